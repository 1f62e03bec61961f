"""Text as it should have been sent: no control characters, no mark-up, no runs of blank."""

import html
import re
import unicodedata

_TAGS = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r" *\n[ \n]*")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text in normal form NFC without mark-up and invisible characters; blank runs become one blank or line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    if "&" in text or "<" in text:
        text = _TAGS.sub(" ", html.unescape(text))
    text = unicodedata.normalize("NFC", _SURROGATES.sub("", _INVISIBLE.sub("", text)))
    return _LINE_ENDS.sub("\n", _BLANKS.sub(" ", text)).strip()


def clean_line(text: str) -> str:
    """`clean`, on one line: for titles."""
    return clean(text).replace("\n", " ")
