"""The outbox: mails that were begun and whose end is not on record, each a file, so that it can be sent again as it was.

A file holds the whole mail and the records it settles. It is there before the first of them is written and goes when the
last one is settled: whatever a run dies in, the next one finds the very mail it has to repeat or to forget.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import orjson

from core.files import write_whole
from store.alert_log import AlertRecord, record_from


@dataclass(frozen=True)
class OutgoingMail:
    """A mail and the records of what it tells, all of one section."""

    message: EmailMessage
    records: tuple[AlertRecord, ...]

    @property
    def message_id(self) -> str:
        """The Message-ID, by which mail servers drop a repeat."""
        return self.records[0].message_id

    @property
    def department(self) -> str:
        """The section it goes to."""
        return self.records[0].department


class Outbox:
    """The outbox below a data folder: of the reminders, or one of its own for other mails that runs beside theirs send."""

    def __init__(self, data: Path, about: str = "") -> None:
        self._folder = data / "outbox" / about

    def put(self, mail: OutgoingMail) -> None:
        """Keep the mail; on disk for good when this returns."""
        records = [asdict(record) for record in mail.records]
        content = {"message": mail.message.as_bytes().decode("ascii"), "records": records}
        write_whole(self._path(mail), orjson.dumps(content))

    def unsettled(self) -> Iterator[OutgoingMail]:
        """The mails that were begun and not taken out, in no particular order."""
        for path in sorted(self._folder.glob("*.json")):
            content = orjson.loads(path.read_bytes())
            message = message_from_bytes(content["message"].encode("ascii"), policy=policy.default)
            yield OutgoingMail(message, tuple(map(record_from, content["records"])))

    def take_out(self, mail: OutgoingMail) -> None:
        """Forget a mail whose records are settled."""
        self._path(mail).unlink(missing_ok=True)

    def holds(self, mail: OutgoingMail) -> bool:
        """Whether it is still there."""
        return self._path(mail).is_file()

    def _path(self, mail: OutgoingMail) -> Path:
        return self._folder / f"{hashlib.sha256(mail.message_id.encode()).hexdigest()[:40]}.json"
