"""An answer of a site, and the reading of its text, whatever its server says about the encoding."""

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

_HEADER_CHARSET = re.compile(r"""charset=\s*["']?([\w-]+)""", re.IGNORECASE)
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["']([\w-]+)""")
# Pages declared as GB2312 hold characters that only GB18030 has. UTF-8 may begin with a byte order mark.
_ENCODINGS = {"gb2312": "gb18030", "gbk": "gb18030", "utf-8": "utf-8-sig"}
# What servers declare when nobody set them up. No Chinese text can be in one of these, yet each byte decodes.
_SERVER_DEFAULTS = {"iso8859-1", "cp1252", "ascii"}
_REPLACED = "\ufffd"


@dataclass(frozen=True)
class Page:
    """An answer: where it finally came from, status, headers in lower case, content without its transfer compression."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    def text(self) -> str:
        """The content in the encoding that fits its bytes best; of equals the one declared, by the header first.

        Many pages are declared wrongly, and some hold a few broken bytes in the right encoding: so what counts is how
        few bytes cannot be read. Those few come out as U+FFFD.
        """
        in_header = _HEADER_CHARSET.search(self.headers.get("content-type", ""))
        in_page = _XML_CHARSET.match(self.content) or _META_CHARSET.search(self.content[:4096])
        declared = [in_header and in_header[1], in_page and in_page[1].decode()]
        names = [name for one in declared if one and (name := _usable(one))]
        readings = (self._read_as(name) for name in (*names, "utf-8-sig", "gb18030"))
        return min((text for text in readings if text is not None), key=lambda text: text.count(_REPLACED))

    def _read_as(self, encoding: str) -> str | None:
        """The content in this encoding; None where it is none of text (hex) or stumbles over the content (idna)."""
        try:
            return self.content.decode(encoding, errors="replace")
        except (LookupError, ValueError):
            return None

    def json(self) -> Any:
        """The content as JSON. Raises `ValueError` when it is none (cut short, or a page instead)."""
        try:
            return json.loads(self.content)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def _usable(declared: str) -> str | None:
    """Python's name for a declared encoding; None for one that is unknown or says nothing."""
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return None
    return None if name in _SERVER_DEFAULTS else _ENCODINGS.get(name, name)


def web_address(base: str, target: str) -> str | None:
    """The absolute http(s) address that `target` names on the page at `base`; None for `javascript:` and the like."""
    try:
        url = urljoin(base, target.strip())
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None
