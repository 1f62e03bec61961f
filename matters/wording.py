"""Dates as an official document writes them."""

from datetime import date, datetime

from core.clock import to_beijing


def day_of(moment: datetime) -> str:
    """`2020年1月10日`, the Beijing day of the moment."""
    return in_words(to_beijing(moment).date())


def in_words(day: date) -> str:
    """`2020年1月10日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def minute_of(moment: datetime) -> str:
    """`2020年1月10日08:30`, in Beijing time."""
    return f"{day_of(moment)}{to_beijing(moment):%H:%M}"
