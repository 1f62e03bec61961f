"""Panels about matters: which are hot and why, which ask for a second explanation, and what became of that."""

from elasticsearch.dsl import A, Search

from dashboards.marks import bars, computed
from dashboards.panel import Chart, Column, Panel, Table

MOST_BARS = 12
MOST_MATTERS = 50
MOST_FOLLOWUPS = 100

# What has come to rest has no heat left, and what was merged into another matter has none at all.
HOT = Search().filter("range", heat__total={"gt": 0}).sort("-heat.total", "title.raw")


def _states() -> Search:
    search = Search()[:0]
    search.aggs.bucket("states", A("terms", field="state", size=10))
    return search


HEAT = Panel(
    id="heat",
    title="热点事项",
    about=f"热度最高的 {MOST_BARS} 件事；点一根柱子，下面只列这件事的留言。",
    index="clusters",
    search=HOT.source(["title", "heat.total", "heat.explained", "posts", "people"])[:MOST_BARS],
    rows="hits.hits",
    picture=Chart(
        bars(
            "title",
            "heat",
            ("事项", "热度"),
            computed(
                {
                    "title": "datum._source.title",
                    "heat": "datum._source.heat.total",
                    "explained": "datum._source.heat.explained",
                    "posts": "datum._source.posts",
                    "matter": "datum._id",
                }
            ),
            tooltip=[("posts", "留言数"), ("explained", "热度的来由")],
        ),
        narrows={"matter": "cluster_id"},
    ),
    empty="这段时间没有热点事项。",
)

MATTERS = Panel(
    id="matters",
    title="热点事项和热度的来由",
    about=f"热度由人数、留言数、赞同、近期增长和负面程度相加，最热的在前，最多列 {MOST_MATTERS} 件。",
    index="clusters",
    search=HOT.source(
        [
            "title",
            "place",
            "topic",
            "department",
            "posts",
            "people",
            "negative_share",
            "last_at",
            "state",
            "heat.total",
            "heat.explained",
        ]
    )[:MOST_MATTERS],
    rows="hits.hits",
    picture=Table(
        (
            Column("_source.heat.total", "热度", "number"),
            Column("_source.title", "事项"),
            Column("_source.place", "地点"),
            Column("_source.department", "科室"),
            Column("_source.people", "人数", "number"),
            Column("_source.posts", "留言数", "number"),
            Column("_source.negative_share", "负面占比", "share"),
            Column("_source.last_at", "最近留言", "time"),
            Column("_source.state", "二次解读"),
            Column("_source.heat.explained", "热度的来由"),
        )
    ),
    empty="这段时间没有热点事项。",
)

STATES = Panel(
    id="followup-states",
    title="二次解读的进度",
    about="答复以后仍有多人提出的事项，按办理的进度计数。",
    index="followups",
    search=_states(),
    rows="aggregations.states.buckets",
    picture=Chart(
        bars("state", "count", ("进度", "事项数"), computed({"state": "datum.key", "count": "datum.doc_count"}))
    ),
    empty="这段时间没有需要研判的事项。",
)

FOLLOWUPS = Panel(
    id="followups",
    title="二次解读候选",
    about=f"答复以后仍有多人提出的事项，最近更新的在前，最多列 {MOST_FOLLOWUPS} 件。",
    index="followups",
    search=(
        Search()
        .source(["title", "place", "department", "state", "people_after", "answered_at", "last_post_at", "reason"])
        .sort("-updated_at", "title.raw")[:MOST_FOLLOWUPS]
    ),
    rows="hits.hits",
    picture=Table(
        (
            Column("_source.state", "进度"),
            Column("_source.title", "事项"),
            Column("_source.place", "地点"),
            Column("_source.department", "科室"),
            Column("_source.people_after", "答复后人数", "number"),
            Column("_source.answered_at", "答复时间", "time"),
            Column("_source.last_post_at", "最近留言", "time"),
            Column("_source.reason", "理由"),
        )
    ),
    empty="这段时间没有二次解读候选。",
)
