"""Text as it should have been sent: no control characters, no mark-up, no runs of blank."""

import html
import re
import unicodedata

_TAGS = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb]"
)
_EXCEL_LINE_END = "_x000D_"
"""How a workbook writes a carriage return inside a cell; exports made of workbooks carry it on."""


def clean(text: str) -> str:
    """The text in normal form NFC without mark-up and invisible characters; blank runs become one blank or line end."""
    text = text.replace(_EXCEL_LINE_END, "\n").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    if "&" in text or "<" in text:
        text = _TAGS.sub(" ", html.unescape(text))
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    # Splitting at blanks and joining again is several times faster than replacing runs by a pattern.
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def clean_line(text: str) -> str:
    """`clean`, on one line: for titles."""
    return clean(text).replace("\n", " ")
