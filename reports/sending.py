"""The mail of a report, sent once whatever crashes in between.

The mail lies beside the report (`mail-….eml`) with what is known of it (`mail-….json`). It is written first, noted as
`sending` before it is begun, and settled after; a run that finds it unsettled sends that very mail again, to the byte and
under the same Message-ID, even when the report has been made anew since. Once sent it is never sent again.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, Literal

import orjson

from alerts.mail import Mailer, MailSettings, NotSent, Uncertain
from core.files import write_whole

State = Literal["sending", "sent", "failed"]


@dataclass(frozen=True)
class MailRecord:
    """What is known of a mail. `at` is the time of the run that wrote it, `sent_at` the real time it was taken."""

    message_id: str
    recipients: tuple[str, ...]
    at: str
    state: State
    attempts: int
    sent_at: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class KeptMail:
    """The mail with that Message-ID, kept in a folder."""

    folder: Path
    message_id: str

    @property
    def record(self) -> MailRecord | None:
        """What is known of it; None when it was never begun."""
        if not self._record.is_file():
            return None
        told: dict[str, Any] = orjson.loads(self._record.read_bytes())
        return MailRecord(**{**told, "recipients": tuple(told["recipients"])})

    @property
    def is_sent(self) -> bool:
        """Whether it was sent and may not go out again."""
        record = self.record
        return record is not None and record.state == "sent"

    def send(
        self,
        settings: MailSettings,
        recipients: Sequence[str],
        write: Callable[[], bytes],
        at: datetime,
        sent_at: datetime,
    ) -> MailRecord:
        """Send it unless it was sent; `write` makes it when it does not lie here yet. The record says how it went."""
        if not self._content.is_file():
            write_whole(self._content, write())
        before = self.record
        attempts = before.attempts + 1 if before else 1
        record = MailRecord(self.message_id, tuple(recipients), at.isoformat(), "sending", attempts)
        self._keep(record)
        message = message_from_bytes(self._content.read_bytes(), policy=SMTP)
        assert isinstance(message, EmailMessage)  # noqa: S101  the policy makes it one
        try:
            with Mailer(settings) as mailer:
                mailer.send(message)
        except NotSent as error:
            record = replace(record, state="failed", error=error.message)
        except Uncertain as error:
            record = replace(record, error=error.message)
        else:
            record = replace(record, state="sent", sent_at=sent_at.isoformat())
        self._keep(record)
        return record

    def _keep(self, record: MailRecord) -> None:
        write_whole(self._record, orjson.dumps(asdict(record), option=orjson.OPT_INDENT_2))

    @property
    def _content(self) -> Path:
        return self.folder / f"mail-{self._short}.eml"

    @property
    def _record(self) -> Path:
        return self.folder / f"mail-{self._short}.json"

    @property
    def _short(self) -> str:
        return self.message_id[1:13]
