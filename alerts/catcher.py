"""A real SMTP server on loopback that keeps every mail as a file: for the demo and the tests."""

import re
from email import message_from_bytes, policy
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller

MOST_BYTES = 10 * 1024 * 1024


class MailCatcher:
    """Listens while its context lasts; each mail becomes `folder/NAME.eml`, a second delivery of one a second file."""

    def __init__(self, folder: Path, host: str, port: int, **smtp_options: Any) -> None:
        self.folder = folder
        self.port = port
        self._controller = Controller(
            self, hostname=host, port=port, data_size_limit=MOST_BYTES, decode_data=False, **smtp_options
        )

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        """Keep one mail; the server says 250 only when it is on disk."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        subject = re.sub(r"[^\w（）【】：、，-]+", "_", str(message["Subject"]))[:60]
        for number in range(1, 1000):
            path = self.folder / (f"{subject}.eml" if number == 1 else f"{subject}-{number}.eml")
            if not path.exists():
                path.write_bytes(envelope.content)
                return "250 OK"
        return "452 too many mails of one subject"
