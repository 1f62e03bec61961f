"""Working out a report's figures again from its JSON alone: each listed query is asked for itself, each take followed by code
that shares nothing with the project's, except how a text becomes one line and the State Council's calendar."""

import re
import statistics
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
from elasticsearch import Elasticsearch

from reports.wording import excerpt, one_line

NUMBER = re.compile(r"\d+(?:\.\d+)?")


def recompute(twin: dict[str, Any], es: Elasticsearch, prefix: str) -> dict[str, Any]:
    """The value of every figure by name."""
    answers = {
        query["name"]: es.search(index=prefix + query["index"], body=query["body"]).body for query in twin["queries"]
    }
    wanted = {figure["name"]: figure for figure in twin["figures"]}
    done: dict[str, Any] = {}

    def value(name: str) -> Any:
        if name not in done:
            figure = wanted[name]
            done[name] = _take(figure["take"], answers.get(figure["query"]), value)
        return done[name]

    return {name: value(name) for name in wanted}


def unexplained(text: str, values: list[Any], allowed: str) -> list[str]:
    """The numbers of a text that are neither among the values (signs apart) nor in what is allowed."""
    for quoted in sorted((one for one in values if isinstance(one, str)), key=len, reverse=True):
        text = text.replace(quoted, "")
    known = {str(one).removeprefix("-") for one in values if not isinstance(one, str)} | set(NUMBER.findall(allowed))
    return [number for number in NUMBER.findall(text) if number not in known]


def _take(take: dict[str, Any], answer: Any, value: Any) -> Any:
    kind = take["do"]
    if kind in {"add", "subtract", "divide", "mean", "percent"}:
        numbers = [value(one) if isinstance(one, str) else one for one in take["of"]]
        return None if None in numbers else _reckon(kind, [Decimal(str(one)) for one in numbers])
    found = _walk(answer, take["path"])
    if kind in {"text", "quote"}:
        text = str(found or _walk(answer, take.get("or", [])) or "")
        return (one_line if kind == "text" else excerpt)(text, take["most"])
    if found is None:
        return take.get("else")
    if kind == "at":
        return found
    if kind == "count":
        return len(found)
    if kind == "median":
        days = [bucket["key"] for bucket in found for _ in range(bucket["doc_count"])]
        return _number(Decimal(str(statistics.median(days)))) if days else None
    return _of_time(kind, take, _beijing(found))


def _of_time(kind: str, take: dict[str, Any], moment: datetime) -> Any:
    if kind == "day":
        year = f"{moment.year}年" if moment.year != take["in"] else ""
        return f"{year}{moment.month}月{moment.day}日"
    until = _beijing(take["until"])
    if kind == "days":
        return (until - moment).days
    if kind == "weeks":
        weeks = Decimal(int((until - moment).total_seconds())) / Decimal(7 * 86400)
        return _tenth(max(Decimal(take["least"]), min(Decimal(take["most"]), weeks)))
    assert kind == "working_days", kind
    days = [moment.date() + timedelta(days=n) for n in range(1, (until.date() - moment.date()).days + 1)]
    return sum(map(_works, days))


def _walk(answer: Any, path: list[Any]) -> Any:
    if not path:
        return None
    for step in path:
        if answer is None:
            return None
        if isinstance(step, dict):
            ((key, wanted),) = step.items()
            matching = [one for one in answer if one[key] == wanted]
            answer = matching[0] if matching else None
        elif isinstance(step, int):
            answer = answer[step]
        else:
            answer = answer.get(step)
    return answer


def _reckon(kind: str, numbers: list[Decimal]) -> Any:
    if kind == "add":
        return _number(sum(numbers, Decimal()))
    if kind == "mean":
        return _tenth(sum(numbers, Decimal()) / len(numbers))
    first, second = numbers
    if kind == "subtract":
        return _tenth(first - second)
    if second == 0:
        return None
    return _tenth(first / second if kind == "divide" else 100 * first / second)


def _tenth(number: Decimal) -> Any:
    return _number((number * 10 + Decimal("0.5")).to_integral_value(ROUND_FLOOR) / 10)


def _number(number: Decimal) -> Any:
    return int(number) if number == number.to_integral_value() else float(number)


def _beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(ZoneInfo("Asia/Shanghai"))


def _works(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))
