"""Traditional characters read as simplified ones, so that words and topics are found in either. The post itself stays as written."""

_DECIDED = {"餘": "余", "後": "后", "於": "于", "徵": "征", "摺": "折", "麽": "么"}
"""Where SnowNLP's table or the rule of GB 2312 would decide against usage."""


class Simplifier:
    """Turns traditional into simplified characters, one for one, by SnowNLP's own table; the length of a text stays."""

    def __init__(self) -> None:
        # SnowNLP loads all its models on import; commands that read no post should not pay for it.
        from snownlp.normal.zh import zh2hans

        pairs = {old: new for old, new in zh2hans.items() if len(old) == 1 and len(new) == 1}
        self._table = {ord(old): new for old, new in pairs.items() if not _is_simplified(old)}
        self._table |= {ord(old): new for old, new in _DECIDED.items()}
        self._traditional = frozenset(map(chr, self._table))

    def __call__(self, text: str) -> str:
        """The text in simplified characters."""
        return text if self._traditional.isdisjoint(text) else text.translate(self._table)


def _is_simplified(character: str) -> bool:
    """Whether simplified Chinese writes the character as well (著名, 余杭, 大阪): GB 2312 holds no others."""
    if character == "瞭":
        return True
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
