"""Reads time limits: which day `全年工作`, `6月底前` or `上半年` ends on; and the times a task's text names."""

import re
from calendar import monthrange
from datetime import date

DECEMBER = 12
_ALL_YEAR = re.compile(r"全年(?:工作|任务)?|年内|常年(?:工作)?|长期(?:工作|坚持)?|持续推进|本年度?(?:内)?")
_DAY = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号](?:之?前|以前|底|止)?(?:完成)?")
_NUMBERS = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00)?)?")
_MONTH = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(?:份|底|末)?(?:之?前|以前|内)?(?:完成)?")
_YEAR_END = re.compile(r"(?:(\d{4})年)?(?:年?底|年末|下半年|下半年底)(?:之?前|以前|内)?(?:完成)?")
_HALF = re.compile(r"(?:(\d{4})年)?上半年(?:内|底|前)?(?:完成)?")
_QUARTER = re.compile(r"(?:(\d{4})年)?第?([一二三四1-4])季度(?:内|末|底|前)*(?:完成)?")
_QUARTERS = "一二三四"
_HINT = re.compile(
    r"\d{4}\s*年\s*(?:\d{1,2}\s*月\s*(?:\d{1,2}\s*日)?)?\s*底?(?:之?前|底)"
    r"|[^\d\s，。；、]{0,4}\s*\d{1,3}\s*(?:个工作)?日内"
    r"|每(?:年|季度|月|半年|周)(?:至少[^，。；]{0,12}次)?"
)
"""Times in a text: `2022年12月底前`, `印发 30 日内`, `每季度`, `每年至少召开一次`."""


def due_day(limit: str, year: int) -> date | None:
    """The last day of the limit, of the ledger's year unless another is named; None for words that tell no day."""
    words = re.sub(r"[\s（）()]+", "", limit) if not _NUMBERS.fullmatch(limit.strip()) else limit.strip()
    if _ALL_YEAR.fullmatch(words):
        return date(year, DECEMBER, 31)
    if found := _NUMBERS.fullmatch(words):
        return _date(*map(int, found.groups()))
    if found := _DAY.fullmatch(words):
        return _date(int(found[1] or year), int(found[2]), int(found[3]))
    if found := _MONTH.fullmatch(words):
        return _month_end(int(found[1] or year), int(found[2]))
    if found := _YEAR_END.fullmatch(words):
        return date(int(found[1] or year), DECEMBER, 31)
    if found := _HALF.fullmatch(words):
        return date(int(found[1] or year), 6, 30)
    if found := _QUARTER.fullmatch(words):
        quarter = int(found[2]) if found[2].isascii() else _QUARTERS.index(found[2]) + 1
        return _month_end(int(found[1] or year), 3 * quarter)
    return None


def hints(text: str) -> tuple[str, ...]:
    """The times the text names, each once."""
    return tuple(dict.fromkeys(re.sub(r"\s+", "", found[0]) for found in _HINT.finditer(text)))


def _month_end(year: int, month: int) -> date | None:
    return date(year, month, monthrange(year, month)[1]) if 1 <= month <= DECEMBER else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
