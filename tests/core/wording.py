"""Whether an error is written for its readers."""

import re

_QUOTED = re.compile(r"""'[^']*'|"[^"]*"|“[^”]*”|<[^>]*>|yuqing(?: [a-z]+)+""")
_ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,})+|(?<=' )or(?= ')")


def english_in(message: str) -> list[str]:
    """The English phrases of a message: runs of words outside quotes. Keys, values and commands to type are none."""
    return _ENGLISH.findall(_QUOTED.sub("''", message))
