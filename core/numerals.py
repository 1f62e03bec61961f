"""Chinese numerals, as headings of official documents are counted with."""

_NUMERALS = "一二三四五六七八九十"


def numeral(number: int) -> str:
    """一 for 1 and so on, up to 十九."""
    return _NUMERALS[number - 1] if number <= 10 else "十" + _NUMERALS[number - 11]
