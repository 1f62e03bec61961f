"""The picture of a timeline: columns of posts, rules where something was said."""

import itertools
from collections import Counter
from datetime import date, timedelta
from typing import Any

from core.clock import to_beijing
from core.pictures import png
from matters.timeline import Timeline

WEEKS_FROM_DAYS = 180
"""A matter that lasts longer than this has a column for each week: columns of days would be too thin to see."""
MOST_STEPS = 5
_COLUMN = "#9db7d5"
_PEAK = "#d9734e"
_COLOURS = {"答复": "#2f6f4f", "解读": "#7a3e9d"}


def picture(timeline: Timeline, title: str) -> bytes:
    """The timeline as PNG."""
    return png(chart(timeline, title))


def chart(timeline: Timeline, title: str) -> dict[str, Any]:
    """The Vega-Lite specification: Beijing days, a column a day (or week), peaks in a warm colour, a rule for each day
    on which something was said."""
    first, last = timeline.days[0].day, to_beijing(timeline.at).date()
    weekly = (last - first).days > WEEKS_FROM_DAYS
    said = Counter((to_beijing(answer.at).date(), answer.kind) for answer in timeline.answers if answer.at)
    rules = [
        {"日期": day.isoformat(), "发布": kind, "标签": f"{kind} {count} 条" if count > 1 else kind}
        for (day, kind), count in sorted(said.items())
    ]
    columns = _columns(timeline, weekly)
    ticks = _ticks(max(column["留言"] for column in columns))
    # Dates without time are UTC midnights to Vega; a UTC scale shows the same day wherever the picture is drawn.
    scale = {"type": "utc", "domain": [columns[0]["日期"], (last + timedelta(days=1)).isoformat()]}
    when = {"field": "日期", "type": "temporal", "scale": scale}
    axis = {"format": "%Y-%m-%d", "labelAngle": -30, "title": None, "tickMinStep": 86_400_000, "labelOverlap": True}
    bars = {
        "data": {"values": columns},
        "mark": {"type": "rect", "clip": True, "stroke": "white", "strokeWidth": 0.5},
        "encoding": {
            "x": {**when, "axis": axis},
            "x2": {"field": "至"},
            "y": {
                "field": "留言",
                "type": "quantitative",
                "title": "每周留言（条）" if weekly else "每天留言（条）",
                "scale": {"domain": [0, ticks[-1]]},
                "axis": {"values": ticks, "format": "d"},
            },
            "y2": {"datum": 0},
            "color": {"condition": {"test": "datum['高峰']", "value": _PEAK}, "value": _COLUMN},
        },
    }
    colour = {
        "field": "发布",
        "type": "nominal",
        "scale": {"domain": list(_COLOURS), "range": list(_COLOURS.values())},
        "legend": None,
    }
    lines = {
        "data": {"values": rules},
        "mark": {"type": "rule", "strokeWidth": 1.5, "strokeDash": [5, 3]},
        "encoding": {"x": when, "color": colour},
    }
    # Every rule's name would cover its neighbours': the first of each kind has one.
    named = [next((rule for rule in rules if rule["发布"] == kind), None) for kind in _COLOURS]
    names = {
        "data": {"values": [rule for rule in named if rule]},
        "mark": {"type": "text", "align": "left", "baseline": "top", "dx": 3, "y": -14, "fontSize": 11},
        "encoding": {"x": when, "text": {"field": "标签"}, "color": colour},
    }
    return {"title": {"text": title, "offset": 16}, "width": 640, "height": 200, "layer": [bars, lines, names]}


def _ticks(most: int) -> list[int]:
    """Whole numbers from 0 up to `most` or just above it, a round step apart; Vega itself would have half posts."""
    round_ones = (digit * 10**power for power in itertools.count() for digit in (1, 2, 5))
    step = next(one for one in round_ones if one * MOST_STEPS >= most)
    return list(range(0, most + step, step))


def _columns(timeline: Timeline, weekly: bool) -> list[dict[str, Any]]:
    counts: Counter[date] = Counter()
    warm: set[date] = set()
    peaks = {day.day for day in timeline.peaks}
    for day in timeline.days:
        start = day.day - timedelta(days=day.day.weekday()) if weekly else day.day
        counts[start] += day.posts
        if day.day in peaks:
            warm.add(start)
    length = timedelta(days=7 if weekly else 1)
    return [
        {"日期": start.isoformat(), "至": (start + length).isoformat(), "留言": count, "高峰": start in warm}
        for start, count in sorted(counts.items())
    ]
