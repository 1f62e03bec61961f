"""How a figure is taken from an answer of Elasticsearch, or from other figures: a few declared operations. Pure.

A take is one operation and its operands as plain JSON, so that the report can list it and anyone can work it out again.
A path leads through the answer: names, places in lists, and `{"key": "…"}` for the element of a list that has that value.
Operands that are figures are given by name.

| take | value |
|---|---|
| `{"do": "at", "path": path, "else": value}` | what stands there; `else` (default: missing) where nothing does |
| `{"do": "count", "path": path}` | how many elements the list there has |
| `{"do": "median", "path": path}` | the median of the buckets' keys, each as often as its `doc_count` |
| `{"do": "text", "path": path, "or": path, "most": n}` | the text there as one line (`reports.wording`), the second where the first is empty |
| `{"do": "quote", "path": path, "or": path, "most": n}` | the same, cut at the end of a sentence |
| `{"do": "day", "path": path, "in": year}` | the Beijing day of the time there, such as 1月6日; in another year 2019年12月30日 |
| `{"do": "days", "path": path, "until": time}` | whole days from the time there until then |
| `{"do": "working_days", "path": path, "until": time}` | working days after the day there up to the day of `until` |
| `{"do": "weeks", "path": path, "until": time, "least": n, "most": n}` | weeks from the time there until then, to a tenth, within the bounds |
| `{"do": "add", "of": [figures]}`, `{"do": "subtract", "of": [a, b]}` | sum, difference |
| `{"do": "divide", "of": [a, b]}`, `{"do": "mean", "of": [figures]}` | to a tenth, a half upwards; `b` may be a number |
| `{"do": "percent", "of": [a, b]}` | a in per cent of b, to a tenth |

An operation on something missing, and a division by nought, is missing.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from alerts.calendar import WorkCalendar
from alerts.report import quantile
from core.clock import to_beijing
from reports.period import day
from reports.wording import excerpt, one_line

Value = int | float | str | None
Take = dict[str, Any]
Path = Sequence[str | int | Mapping[str, Any]]
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_SECOND = timedelta(seconds=1)


class Taker:
    """Works out takes; the calendar tells working days."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._calendar = calendar

    def value(self, take: Take, answer: Any, figures: Mapping[str, Value]) -> Value:
        """The value of a take on an answer (None where it is made of other figures)."""
        operation = take["do"]
        if operation in _CALCULATIONS:
            operands = [figures[one] if isinstance(one, str) else one for one in take["of"]]
            return None if None in operands else _CALCULATIONS[operation](operands)
        found = at(answer, take["path"])
        if operation in _TEXTS:
            return _TEXTS[operation](str(found or at(answer, take.get("or", [])) or ""), take["most"])
        if operation == "at":
            return _plain(take.get("else") if found is None else found)
        return None if found is None else self._read(operation, take, found)

    def _read(self, operation: str, take: Take, found: Any) -> Value:
        if operation == "count":
            return len(found)
        if operation == "median":
            return _plain(quantile({int(bucket["key"]): bucket["doc_count"] for bucket in found}, 0.5))
        moment = to_beijing(datetime.fromisoformat(found))
        if operation == "day":
            return day(moment.date(), take["in"])
        until = to_beijing(datetime.fromisoformat(take["until"]))
        if operation == "days":
            return (until - moment) // _DAY
        if operation == "working_days":
            return max(0, self._calendar.working_days_between(moment.date(), until.date()))
        if operation == "weeks":
            weeks = Fraction((until - moment) // _SECOND, _WEEK // _SECOND)
            return _tenth(min(max(weeks, Fraction(take["least"])), Fraction(take["most"])))
        raise ValueError(f"no such take: {operation}")


def at(answer: Any, path: Path) -> Any:
    """What stands at the end of the path; None where it leads nowhere."""
    for step in path:
        if isinstance(step, Mapping):
            ((name, value),) = step.items()
            answer = next((one for one in answer or () if one.get(name) == value), None)
        elif isinstance(step, int):
            answer = answer[step] if answer and -len(answer) <= step < len(answer) else None
        else:
            answer = (answer or {}).get(step)
    return answer if path else None


def _plain(value: Value) -> Value:
    """Whole numbers without a point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _tenth(value: Fraction) -> Value:
    """Rounded to a tenth as people round: a half goes up."""
    return _plain(math.floor(value * 10 + Fraction(1, 2)) / 10)


def _exact(value: float) -> Fraction:
    """A whole number or tenths, as written."""
    return Fraction(str(value))


_TEXTS = {"text": one_line, "quote": excerpt}
_CALCULATIONS: dict[str, Callable[[Sequence[Any]], Value]] = {
    "add": sum,
    "subtract": lambda pair: _tenth(_exact(pair[0]) - _exact(pair[1])),
    "divide": lambda pair: _tenth(_exact(pair[0]) / _exact(pair[1])) if pair[1] else None,
    "mean": lambda values: _tenth(sum(map(_exact, values), Fraction()) / len(values)),
    "percent": lambda pair: _tenth(100 * _exact(pair[0]) / _exact(pair[1])) if pair[1] else None,
}
