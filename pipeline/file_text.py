"""What a file says, packed, zipped or as a mail with attachments: as far as it can be read, and never more than a limit."""

import html
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path, PurePath

import orjson

from collectors.gunzip import Gunzip

MOST_BYTES = 256 * 1024**2
"""Of a file, unpacked with all that is in it."""
DEEPEST = 4
"""Archives and mails within one another."""
OUTBOX = "outbox"
_ZIPPED = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".zip")
_OPAQUE = (".pdf", ".doc", ".xls", ".rar", ".7z")
"""Text lies in these in a form that is not read here."""
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".emf", ".wmf")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Text:
    """What could be read. `whole`: that this is all there is, so that what is not found is not there."""

    said: str
    whole: bool


def text_of(path: Path) -> Text:
    """What the file says. A damaged one, one that is too large and one that nothing here reads are not whole."""
    reader = _Reader()
    try:
        if path.stat().st_size > MOST_BYTES:
            return Text("", whole=False)
        content = path.read_bytes()
        if path.suffix == ".json" and OUTBOX in path.parts:
            reader.mail(orjson.loads(content)["message"].encode("ascii"), 0)
        reader.read(path.name, content, 0)
    except FileNotFoundError:
        # It went while the others were read.
        pass
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        reader.whole = False
    return Text("\n".join(reader.parts), reader.whole)


class _Reader:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self.whole = True
        self._left = MOST_BYTES

    def read(self, name: str, content: bytes, depth: int) -> None:
        """Take in what a file of that name and content says."""
        suffix = PurePath(name).suffix.lower()
        if depth > DEEPEST or suffix in _OPAQUE:
            self.whole = False
        elif suffix in _PICTURES:
            return
        elif suffix == ".gz":
            self._gzip(name, content, depth)
        elif suffix in _ZIPPED:
            self._zip(content, depth)
        elif suffix == ".eml":
            self.mail(content, depth)
        else:
            self._plain(suffix, content)

    def mail(self, content: bytes, depth: int) -> None:
        """Take in headers, texts and attachments."""
        message: Message = message_from_bytes(content, policy=policy.default)
        self.parts += [f"{name}: {value}" for name, value in message.items()]
        for part in message.walk():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                self.read(part.get_filename() or f"text.{part.get_content_subtype()}", payload, depth + 1)

    def _plain(self, suffix: str, content: bytes) -> None:
        text = content.decode("utf-8", errors="replace")
        if "\N{REPLACEMENT CHARACTER}" in text:
            text += content.decode("gb18030", errors="replace")
        if suffix in {".xml", ".html", ".rels"}:
            # What a person typed in one go may be cut up by tags.
            text += html.unescape(_TAG.sub("", text))
        self.parts.append(text)

    def _gzip(self, name: str, content: bytes, depth: int) -> None:
        gunzip = Gunzip()
        try:
            unpacked = gunzip.unpack(content, self._left + 1)
        except zlib.error:
            self.whole = False
            return
        self.whole = self.whole and gunzip.whole
        if self._within_limit(unpacked):
            self.read(name.removesuffix(".gz"), unpacked, depth + 1)

    def _zip(self, content: bytes, depth: int) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                for entry in packed.infolist():
                    with packed.open(entry) as stream:
                        unpacked = stream.read(self._left + 1)
                    if not self._within_limit(unpacked):
                        return
                    self.read(entry.filename, unpacked, depth + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError):
            # Damaged, or with a password.
            self.whole = False

    def _within_limit(self, unpacked: bytes) -> bool:
        self._left -= len(unpacked)
        self.whole = self.whole and self._left >= 0
        return self._left >= 0
