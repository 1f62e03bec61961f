"""What a person changed in a text, in words: for the record of a review, which people read years later."""

import difflib
import re

_PIECE = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_APART = 2
"""Equal pieces between two changes that are fewer than this belong to one change."""
LONGEST = 120
NOTHING = "未改动"


def changes(before: str, after: str) -> list[str]:
    """The changes one by one, such as `“五个工作日”改为“三个工作日”`; empty where both are the same."""
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    spans: list[tuple[int, int, int, int]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if spans and a - spans[-1][1] < _APART:
            spans[-1] = (spans[-1][0], b, spans[-1][2], d)
        else:
            spans.append((a, b, c, d))
    return [_told("".join(old[a:b]), "".join(new[c:d])) for a, b, c, d in spans]


def _told(gone: str, come: str) -> str:
    gone, come = _short(gone), _short(come)
    if not gone.strip():
        return f"加“{come}”"
    return f"“{gone}”改为“{come}”" if come.strip() else f"删“{gone}”"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…（共 {len(text)} 字）"
