"""The charts of a report as Vega-Lite specifications, all in one style. Pure; `core.pictures` draws them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from reports.content import Picture
from reports.period import Period, Words, day

Rows = Sequence[Mapping[str, Any]]
WIDTH = 540
"""Of the whole picture, so that letters are as large in one as in the next."""
FEELINGS = {"负面": "#c0563e", "中性": "#c9d1d9", "正面": "#5b8db8", "未研判": "#ebebeb"}
OUTCOMES = {"按时答复": "#5b8db8", "超时答复": "#e3a857", "超期未答复": "#c0563e"}
NOW, THEN = "#2f5d8a", "#b9c6d3"
_GREY = "#5f6b76"
_WEEKDAYS = "一二三四五六日"
_STYLE = {
    "axis": {
        "labelColor": _GREY,
        "titleColor": _GREY,
        "labelFontSize": 14,
        "titleFontSize": 14,
        "titleFontWeight": "normal",
        "domainColor": "#c9d1d9",
        "gridColor": "#eceff2",
        "ticks": False,
        "labelPadding": 6,
        "labelLimit": 200,
    },
    "legend": {"orient": "top", "title": None, "labelColor": _GREY, "labelFontSize": 14, "symbolType": "square"},
    "scale": {"bandPaddingInner": 0.3},
    "text": {"fontSize": 13, "color": "#2b3640"},
}
_COUNTS = {"tickMinStep": 1, "tickCount": 5, "format": "d", "title": None}


def course(rows: Rows, period: Period) -> Picture:
    """Posts of each day (in a quarter: week), a column of their sentiments."""
    weekly = period.kind == "quarter"
    drawn = _in_order("情感", FEELINGS, [{**row, "日期": _label(str(row["日期"]), period)} for row in rows])
    labels = list(dict.fromkeys(row["日期"] for row in drawn))
    x = {
        "field": "日期",
        "type": "ordinal",
        "sort": labels,
        "axis": {"title": None, "labelAngle": 0, "labelExpr": "split(datum.label, '|')", "labelOverlap": True},
    }
    stacked = _stacked("情感", FEELINGS, drawn)
    spec = _layers(
        height=250,
        bars={"x": x, "y": {"field": "条数", "type": "quantitative", "axis": _COUNTS}, **stacked},
        totals={"x": x, "y": _total(), "text": _total()} if len(labels) <= 14 else None,
        text={"dy": -7},
    )
    each = "每周" if weekly else "每天"
    about = f"柱形图：{each}收到的留言，按情感分色。"
    return Picture("course", f"{each}收到的留言（条）", about, "course", rows, _with(spec, drawn))


def topics(rows: Rows, words: Words) -> Picture:
    """The topics of the period; where there is one before, what they had then as a thin bar below."""
    order = [row["主题"] for row in rows]
    drawn = [
        {"主题": row["主题"], "时间": span, "条数": row[key]}
        for row in rows
        for span, key in ((words.this, "本期"), (words.before, "上期"))
        if key in row
    ]
    y = {"field": "主题", "type": "nominal", "sort": order, "axis": {"title": None}}
    offset = {"field": "时间", "sort": [words.this, words.before]}
    x = {"field": "条数", "type": "quantitative", "axis": _COUNTS}
    colours = _colours("时间", {words.this: NOW, words.before: THEN}, {row["时间"] for row in drawn})
    spec = _layers(
        height=_rows_height(len(order), 34),
        bars={"y": y, "yOffset": offset, "x": x, "color": colours},
        totals={"y": y, "yOffset": offset, "x": x, "text": {"field": "条数"}},
        text={"dx": 4, "align": "left"},
    )
    about = f"条形图：{words.this}留言的主要主题，与{words.before}相比。"
    return Picture("topics", "主要主题（条）", about, "posts", rows, _with(spec, drawn))


def handling(rows: Rows) -> Picture:
    """Of each section: answered in time, answered late, and overdue."""
    drawn = _in_order("情况", OUTCOMES, rows)
    order = list(dict.fromkeys(row["科室"] for row in rows))
    y = {"field": "科室", "type": "nominal", "sort": order, "axis": {"title": None}}
    x = {"field": "条数", "type": "quantitative", "axis": _COUNTS}
    spec = _layers(
        height=_rows_height(len(order), 28),
        bars={"y": y, "x": x, **_stacked("情况", OUTCOMES, drawn)},
        totals=None,
        text={},
    )
    about = "条形图：各科室按时答复、超时答复和超期未答复的留言。"
    return Picture("handling", "各科室办理（条）", about, "answered", rows, _with(spec, drawn))


def _layers(height: int, bars: dict[str, Any], totals: dict[str, Any] | None, text: dict[str, Any]) -> dict[str, Any]:
    layers: list[dict[str, Any]] = [{"mark": "bar", "encoding": bars}]
    if totals:
        layers.append({"mark": {"type": "text", **text}, "encoding": totals})
    return {
        "width": WIDTH,
        "height": height,
        "layer": layers,
        "autosize": {"type": "fit", "contains": "padding"},
        "config": _STYLE,
    }


def _with(spec: dict[str, Any], rows: Rows) -> dict[str, Any]:
    return {"data": {"values": [dict(row) for row in rows]}, **spec}


def _stacked(field: str, colours: Mapping[str, str], rows: Rows) -> dict[str, Any]:
    """Colours in a fixed order from the axis outwards; what never occurs is left out of the legend."""
    present = {row[field] for row in rows if row["条数"]}
    return {"color": _colours(field, colours, present), "order": {"field": "次序", "type": "quantitative"}}


def _in_order(field: str, colours: Mapping[str, str], rows: Rows) -> Rows:
    """The rows with the place of their colour in the stack."""
    places = {name: place for place, name in enumerate(colours)}
    return [{**row, "次序": places[row[field]]} for row in rows]


def _colours(field: str, colours: Mapping[str, str], present: set[Any]) -> dict[str, Any]:
    domain = [name for name in colours if name in present]
    return {
        "field": field,
        "type": "nominal",
        "sort": domain,
        "scale": {"domain": domain, "range": [colours[name] for name in domain]},
    }


def _total() -> dict[str, Any]:
    return {"aggregate": "sum", "field": "条数", "type": "quantitative"}


def _rows_height(count: int, each: int) -> int:
    return max(count, 2) * each + 70


def _label(iso: str, period: Period) -> str:
    one = date.fromisoformat(iso)
    return f"{day(one)}|周{_WEEKDAYS[one.weekday()]}" if period.kind == "week" else f"{one.month}/{one.day}"
