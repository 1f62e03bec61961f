"""The kinds of pictures the panels draw: parts of Vega-Lite specifications, all words Chinese.

Nothing here reads a date as a moment: a browser would show it in a time zone of its own. Elasticsearch writes the days
of Beijing as text, and the axes show that text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Spec = dict[str, Any]

BLUE = "#0072b2"
GREY = "#a6a6a6"
VERMILLION = "#d55e00"
INK = "#333333"
"""The first three are told apart with any kind of colour vision (Okabe and Ito), and in grey by their order in a stack."""

WHOLE = {"format": "d", "labelExpr": "datum.value % 1 ? '' : datum.label"}
"""An axis or legend of counts: no 0.5 posts. (`tickMinStep` does not hold for a count of 1.)"""

DAY_MILLISECONDS = 86_400_000
BEIJING_MILLISECONDS = 28_800_000
"""How far Beijing is ahead of UTC."""

SHORT_DAY = "length(datum.label) < 10 || datum.index === 0 ? datum.label : slice(datum.label, 5)"
"""Labels `2020-01-10`, `01-11`, …: of days the year once, at the left end; months (`2020-01`) whole."""


def days(field: str, title: str) -> Spec:
    """The encoding of days written `2020-01-10` along the foot; labels that would overlap are left out."""
    labels = {"labelExpr": SHORT_DAY, "labelOverlap": "greedy", "labelSeparation": 8, "labelAngle": 0}
    return {"field": field, "type": "ordinal", "title": title, "axis": {"ticks": False, **labels}}


def spans(moment: str, day: str, days: str, most: int) -> dict[str, str]:
    """A field `span` for days of Beijing: the day itself, its Monday where there are more than `most` days, its month where
    there are more than `most` weeks.

    Formulas of the day: its beginning as milliseconds, as text, and the number of all days.
    """
    number = f"floor(({moment} + {BEIJING_MILLISECONDS}) / {DAY_MILLISECONDS})"
    # Day 0, 1970-01-01, was a Thursday.
    monday = f"utcFormat(({number} - ({number} + 3) % 7) * {DAY_MILLISECONDS}, '%Y-%m-%d')"
    return {"span": f"{days} > {7 * most} ? slice({day}, 0, 7) : {days} > {most} ? {monday} : {day}"}


def computed(fields: Mapping[str, str]) -> list[Spec]:
    """Transforms that give a row further fields; a formula per field."""
    return [{"calculate": formula, "as": name} for name, formula in fields.items()]


def bars(
    label: str,
    value: str,
    titles: tuple[str, str],
    transform: Sequence[Spec] = (),
    share: bool = False,
    shown: str | None = None,
    tooltip: Sequence[tuple[str, str]] = (),
) -> Spec:
    """Horizontal bars, in the order of the rows, each with its value at its end.

    `titles` are those of label and value; with `share` the value is a number from 0 to 1. `shown` is a field with the
    text at the end of the bar, the value itself if it is missing. `tooltip` holds further fields with their titles.
    """
    axis = {"format": ".0%", "values": [0, 0.25, 0.5, 0.75, 1]} if share else {**WHOLE, "tickCount": 5}
    scale = {"domain": [0, 1]} if share else {}
    number = ".0%" if share else ".1~f"
    text = {"field": shown, "type": "nominal"} if shown else {"field": value, "type": "quantitative", "format": number}
    axis_of_labels = {"title": None, "labelLimit": 220, "ticks": False}
    y = {"field": label, "type": "nominal", "sort": None, "title": titles[0], "axis": axis_of_labels}
    return {
        "transform": list(transform),
        "encoding": {
            "y": y,
            "x": {"field": value, "type": "quantitative", "title": titles[1], "axis": axis, "scale": scale},
            "tooltip": [
                {"field": label, "type": "nominal", "title": titles[0]},
                {"field": value, "type": "quantitative", "title": titles[1], "format": number},
                *({"field": field, "type": "nominal", "title": title} for field, title in tooltip),
            ],
        },
        "layer": [
            {"mark": {"type": "bar", "color": BLUE}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": INK, "clip": False},
                "encoding": {"text": text},
            },
        ],
    }


def heat_map(
    x: Spec,
    y: tuple[str, str],
    count: tuple[str, str],
    transform: Sequence[Spec],
    tooltip: Sequence[tuple[str, str]],
) -> Spec:
    """A cell for each pair of x and y, the darker the more; pairs of nothing stay white."""
    return {
        "transform": [*transform, {"filter": f"datum.{count[0]} > 0"}],
        "mark": {"type": "rect"},
        "encoding": {
            "x": x,
            "y": {
                "field": y[0],
                "type": "nominal",
                "sort": None,
                "title": y[1],
                "axis": {"title": None, "labelLimit": 220, "ticks": False, "labelOverlap": "greedy"},
            },
            "color": {
                "field": count[0],
                "type": "quantitative",
                "title": count[1],
                "scale": {"scheme": "blues", "domainMin": 0},
                "legend": {**WHOLE, "gradientLength": 120},
            },
            "tooltip": [
                *({"field": field, "type": "nominal", "title": title} for field, title in tooltip),
                {"field": count[0], "type": "quantitative", "title": count[1], "format": "d"},
            ],
        },
    }
