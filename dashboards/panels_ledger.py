"""The panel about the work ledger (台账): how far each section's tasks have come."""

from collections.abc import Mapping

from elasticsearch.dsl import A, Q, Search

from dashboards.marks import BLUE, GREY, WHOLE, Spec, computed
from dashboards.panel import Chart, Panel

MOST_SECTIONS = 50
COLOURS: Mapping[str, str] = {"已完成": BLUE, "推进中": "#56b4e9", "未开始": GREY, "已取消": "#e0e0e0"}
"""What is done stands at the left, where bars are easiest to compare."""


def _by_section() -> Search:
    search = Search()[:0]
    # The last ledger: those of earlier years have their look back.
    year = search.aggs.bucket("years", A("terms", field="year", size=1, order={"_key": "desc"}))
    sections = year.bucket("sections", A("terms", field="lead", size=MOST_SECTIONS))
    for number, state in enumerate(COLOURS):
        sections.bucket(f"s{number}", A("filter", Q("term", state=state)))
    return search


def _spec() -> Spec:
    states = list(COLOURS)
    folded = {state: f"datum.section.s{number}.doc_count" for number, state in enumerate(states)}
    return {
        "transform": [
            {"flatten": ["sections.buckets"], "as": ["section"]},
            *computed({"lead": "datum.section.key", "tasks": "datum.section.doc_count", "year": "datum.key"}),
            *computed(folded),
            {"fold": states, "as": ["state", "count"]},
            {"filter": "datum.count > 0"},
            *computed({"order": f"indexof({states}, datum.state)"}),
        ],
        "mark": {"type": "bar"},
        "encoding": {
            "y": {
                "field": "lead",
                "type": "nominal",
                "sort": None,
                "title": "科室",
                "axis": {"title": None, "labelLimit": 220, "ticks": False},
            },
            "x": {"field": "count", "type": "quantitative", "title": "任务数", "axis": {**WHOLE, "tickCount": 5}},
            "color": {
                "field": "state",
                "type": "nominal",
                "title": "进展",
                "scale": {"domain": states, "range": list(COLOURS.values())},
            },
            "order": {"field": "order", "type": "quantitative", "title": "次序"},
            "tooltip": [
                {"field": "year", "type": "nominal", "title": "台账年份"},
                {"field": "lead", "type": "nominal", "title": "科室"},
                {"field": "state", "type": "nominal", "title": "进展"},
                {"field": "count", "type": "quantitative", "title": "任务数", "format": "d"},
                {"field": "tasks", "type": "quantitative", "title": "共牵头", "format": "d"},
            ],
        },
    }


LEDGER = Panel(
    id="ledger",
    title="台账进度（按科室）",
    about="所选时间里导入或登记过进展的任务，按牵头科室看到了哪一步；几个科室共同牵头的各计一次，只看最新一年的台账。",
    index="tasks",
    search=_by_section(),
    rows="aggregations.years.buckets",
    picture=Chart(_spec()),
    empty="这段时间没有导入台账，也没有登记过进展。",
    controls=(),
)
