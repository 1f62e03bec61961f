"""What people wrote, made harmless for a line of a report: one line, nothing invisible, no formula. Pure."""

import unicodedata

_ENDS = tuple("。！？!?；;…")
_FORMULA = dict(zip("=+-@", "＝＋－＠", strict=True))
"""A cell that begins so is worked out by Excel when a table is pasted there."""


def one_line(text: str, most: int | None = None) -> str:
    """The text in one line without control characters, cut to `most` characters, the last one then an ellipsis."""
    line = " ".join("".join(map(_visible, text)).split())
    if most and len(line) > most:
        line = line[: most - 1].rstrip() + "…"
    return _FORMULA.get(line[:1], line[:1]) + line[1:]


def excerpt(text: str, most: int) -> str:
    """The text in one line, cut after the last sentence that ends within `most` characters; in the first one if it must be."""
    line = one_line(text)
    ends = [place for place in range(1, most + 1) if line[place - 1 : place] in _ENDS]
    return line if len(line) <= most else line[: ends[-1]] if ends else one_line(line, most)


def _visible(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cc":
        return " "
    # Marks of writing direction, halves of surrogates and the like: unseen, and some turn a line round.
    return "" if kind.startswith("C") else character
