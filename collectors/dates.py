"""Reading the times that exports and pages write. A text that matches no known format is refused, never guessed."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

from collectors.base import BadItem
from core.clock import to_utc

FORMATS = (
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日 %H时%M分%S秒",
    "%Y年%m月%d日 %H时%M分",
    "%Y年%m月%d日%H:%M:%S",
    "%Y年%m月%d日%H:%M",
    "%Y年%m月%d日%H时%M分%S秒",
    "%Y年%m月%d日%H时%M分",
    "%Y-%m-%dT%H:%M:%S",
    "%Y.%m.%d %H:%M:%S",
    "%Y.%m.%d %H:%M",
    "%Y/%m/%d",
    "%Y-%m-%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
)
EXCEL_EPOCH = datetime(1899, 12, 30)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_EXCEL_SERIAL = re.compile(r"\d{5}(\.\d+)?")
# strptime lets a part of a date have one digit instead of two, so digits without separators are read by their number.
_COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


def parse_time(value: object, extra_formats: tuple[str, ...] = ()) -> datetime | None:
    """The moment `value` names, in UTC; None for a blank.

    Takes a datetime or date (as openpyxl gives), an Excel serial number, epoch seconds or milliseconds, ISO 8601 with
    or without zone, and the usual Chinese forms; without zone it is Beijing time. Raises `BadItem` for anything else
    and for moments outside 2000 to 2100.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    shown = str(value)[:40]
    try:
        moment = _moment(value, extra_formats)
    except OverflowError:
        # Year 1 stands for "no time" in some systems; it has no instant in UTC.
        raise BadItem(f"时间“{shown}”不在 2000 至 2100 年之间") from None
    if moment is None:
        raise BadItem(f"时间“{shown}”认不出，应如 2020-01-08 09:30:00")
    if not EARLIEST <= moment < LATEST:
        raise BadItem(f"时间“{shown}”不在 2000 至 2100 年之间")
    return moment


def _moment(value: object, extra_formats: tuple[str, ...]) -> datetime | None:
    if isinstance(value, datetime):
        return to_utc(value)
    if isinstance(value, date):
        return to_utc(datetime(value.year, value.month, value.day))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(float(value))
    # Times typed by hand hold full-width digits and colons.
    text = " ".join(unicodedata.normalize("NFKC", str(value)).split())
    for pattern in extra_formats:
        if moment := _read(text, pattern):
            return moment
    if _EXCEL_SERIAL.fullmatch(text):
        return _from_number(float(text))
    if text.isdecimal():
        return _from_number(float(text)) if len(text) in (10, 13) else _read(text, _COMPACT.get(len(text), ""))
    for pattern in FORMATS:
        if moment := _read(text, pattern):
            return moment
    try:
        return to_utc(datetime.fromisoformat(text))
    except ValueError:
        return None


def _read(text: str, pattern: str) -> datetime | None:
    try:
        return to_utc(datetime.strptime(text, pattern))
    except ValueError:
        return None


def _from_number(number: float) -> datetime | None:
    """An Excel serial date (days, Beijing time), epoch seconds or epoch milliseconds, told apart by size.

    Epochs end in May 2033: from there on the same digits could be a date such as 2020010809.
    """
    if 30_000 <= number < 80_000:
        return to_utc(EXCEL_EPOCH + timedelta(seconds=round(number * 86_400)))
    if 900_000_000 <= number < 2_000_000_000:
        return datetime.fromtimestamp(number, UTC)
    if 900_000_000_000 <= number < 2_000_000_000_000:
        return datetime.fromtimestamp(number / 1000, UTC)
    return None
