"""Time zones. Records hold UTC; people read Asia/Shanghai. Nothing here asks what time it is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def to_utc(moment: datetime) -> datetime:
    """The same instant in UTC; a time without zone is taken as Beijing time, as every Chinese export writes it."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=BEIJING)
    return moment.astimezone(UTC)


def to_beijing(moment: datetime) -> datetime:
    """The same instant in Asia/Shanghai; a time without zone is taken as Beijing time."""
    return to_utc(moment).astimezone(BEIJING)


def show(moment: datetime | None) -> str:
    """`2020-01-10 08:30` in Beijing time, or an empty string for a missing time."""
    return to_beijing(moment).strftime("%Y-%m-%d %H:%M") if moment else ""
