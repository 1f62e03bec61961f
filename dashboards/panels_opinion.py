"""Panels about opinion: how many posts, how they sound, what and where they are about, and what rises suddenly."""

from elasticsearch.dsl import A, Q, Search

from core.post import SENTIMENT_NAMES
from dashboards.marks import BLUE, GREY, VERMILLION, WHOLE, Spec, bars, computed, days, heat_map, spans
from dashboards.panel import Chart, Column, Panel, Table, WordCloud
from dashboards.words import WARNINGS

ZONE = "Asia/Shanghai"
MOST_COLUMNS = 62
"""Columns of the daily picture: two months by the day, beyond that by the week, beyond a year and more by the month."""
MOST_TOPICS = 15
MOST_DEPARTMENTS = 20
MOST_WORDS = 80
MOST_PLACES = 15
MOST_WARNINGS = 50

COLOURS = {"negative": VERMILLION, "neutral": GREY, "positive": BLUE}
"""Negative at the foot of each column, where its height is easiest to compare."""


def _daily() -> Search:
    search = Search()[:0]
    day = A("date_histogram", field="posted_at", calendar_interval="day", time_zone=ZONE, format="yyyy-MM-dd")
    buckets = search.aggs.bucket("days", day)
    for label in SENTIMENT_NAMES:
        # A count for each, so that a day without any still has its place on the axis.
        buckets.bucket(label, A("filter", Q("term", sentiment_label=label)))
    return search


def _daily_spec() -> Spec:
    words = [SENTIMENT_NAMES[label] for label in COLOURS]
    return {
        "transform": [
            *computed({label: f"datum.{label}.doc_count" for label in COLOURS}),
            {"joinaggregate": [{"op": "count", "as": "days"}]},
            *computed(spans("datum.key", "datum.key_as_string", "datum.days", MOST_COLUMNS)),
            {"fold": list(COLOURS), "as": ["sentiment", "posts"]},
            {
                "aggregate": [{"op": "sum", "field": "posts", "as": "count"}],
                "groupby": ["span", "sentiment"],
            },
            *computed(
                {
                    "word": f"{dict(zip(COLOURS, words, strict=True))}[datum.sentiment]",
                    "order": f"indexof({list(COLOURS)}, datum.sentiment)",
                }
            ),
        ],
        "mark": {"type": "bar"},
        "encoding": {
            "x": days("span", "发布日期"),
            "y": {"field": "count", "type": "quantitative", "title": "留言数", "axis": WHOLE},
            "color": {
                "field": "word",
                "type": "nominal",
                "title": "情感",
                "scale": {"domain": words, "range": list(COLOURS.values())},
            },
            "order": {"field": "order", "type": "quantitative", "title": "次序"},
            "tooltip": [
                {"field": "span", "type": "nominal", "title": "日期（起）"},
                {"field": "word", "type": "nominal", "title": "情感"},
                {"field": "count", "type": "quantitative", "title": "留言数", "format": "d"},
            ],
        },
    }


def _topic_weeks() -> Search:
    search = Search()[:0]
    topics = search.aggs.bucket("topics", A("terms", field="topic", size=MOST_TOPICS))
    topics.bucket(
        "weeks",
        A("date_histogram", field="posted_at", calendar_interval="week", time_zone=ZONE, format="yyyy-MM-dd"),
    )
    return search


def _topic_departments() -> Search:
    search = Search()[:0]
    topics = search.aggs.bucket("topics", A("terms", field="topic", size=MOST_TOPICS))
    topics.bucket("departments", A("terms", field="department", size=MOST_DEPARTMENTS))
    return search


def _most(field: str, size: int) -> Search:
    search = Search()[:0]
    search.aggs.bucket(field, A("terms", field=field, size=size))
    return search


DAILY = Panel(
    id="daily",
    title="留言量和情感",
    about="每天的留言数，按情感分；选的时间超过两个月时，一根柱子是一周，更长时是一个月。",
    index="posts",
    search=_daily(),
    rows="aggregations.days.buckets",
    picture=Chart(_daily_spec(), narrows={"sentiment": "sentiment_label"}),
    empty="这段时间没有留言。",
)

TOPIC_WEEKS = Panel(
    id="topic-weeks",
    title="各主题每周的留言",
    about=f"留言最多的 {MOST_TOPICS} 个主题，每格是一周（时间长时是一个月），颜色越深留言越多。",
    index="posts",
    search=_topic_weeks(),
    rows="aggregations.topics.buckets",
    picture=Chart(
        heat_map(
            days("week", "周（星期一）"),
            ("topic", "主题"),
            ("count", "留言数"),
            [
                {"flatten": ["weeks.buckets"], "as": ["one"]},
                *computed({"topic": "datum.key", "day": "datum.one.key_as_string", "posts": "datum.one.doc_count"}),
                {"joinaggregate": [{"op": "distinct", "field": "day", "as": "weeks"}]},
                *computed({"week": f"datum.weeks > {MOST_COLUMNS} ? slice(datum.day, 0, 7) : datum.day"}),
                {"aggregate": [{"op": "sum", "field": "posts", "as": "count"}], "groupby": ["topic", "week"]},
            ],
            [("topic", "主题"), ("week", "该周星期一或该月")],
        ),
        narrows={"topic": "topic"},
    ),
    empty="这段时间没有判明主题的留言。",
)

TOPIC_DEPARTMENTS = Panel(
    id="topic-departments",
    title="主题和科室",
    about=f"留言最多的 {MOST_TOPICS} 个主题各归哪些科室办理，颜色越深留言越多。",
    index="posts",
    search=_topic_departments(),
    rows="aggregations.topics.buckets",
    picture=Chart(
        heat_map(
            {
                "field": "department",
                "type": "nominal",
                "sort": None,
                "title": "科室",
                "axis": {"title": None, "labelAngle": -35},
            },
            ("topic", "主题"),
            ("count", "留言数"),
            [
                {"flatten": ["departments.buckets"], "as": ["one"]},
                *computed({"topic": "datum.key", "department": "datum.one.key", "count": "datum.one.doc_count"}),
            ],
            [("topic", "主题"), ("department", "科室")],
        ),
        narrows={"topic": "topic", "department": "department"},
    ),
    empty="这段时间没有分到科室的留言。",
)

WORDS = Panel(
    id="words",
    title="关键词",
    about="留言里的关键词，字越大，提到它的留言越多。",
    index="posts",
    search=_most("keywords", MOST_WORDS),
    rows="aggregations.keywords.buckets",
    picture=WordCloud("key", "doc_count", narrows="keywords"),
    empty="这段时间的留言没有关键词。",
)

PLACES = Panel(
    id="places",
    title="地点",
    about=f"提到最多的 {MOST_PLACES} 个地点。",
    index="posts",
    search=_most("places", MOST_PLACES),
    rows="aggregations.places.buckets",
    picture=Chart(
        bars("place", "count", ("地点", "留言数"), computed({"place": "datum.key", "count": "datum.doc_count"})),
        narrows={"place": "places"},
    ),
    empty="这段时间的留言没有提到认得的地点。",
)

SURGES = Panel(
    id="warnings",
    title="预警",
    about=f"负面留言突然增多的事项和紧急留言，最新的在前，最多列 {MOST_WARNINGS} 条。",
    index="warnings",
    search=(
        Search()
        .source(["at", "kind", "title", "place", "department", "posts", "people", "expected", "due_at", "reason"])
        .sort("-at")[:MOST_WARNINGS]
    ),
    rows="hits.hits",
    picture=Table(
        (
            Column("_source.at", "时间", "time"),
            Column("_source.kind", "预警", words=WARNINGS),
            Column("_source.title", "事项"),
            Column("_source.place", "地点"),
            Column("_source.department", "科室"),
            Column("_source.people", "人数", "number"),
            Column("_source.posts", "留言数", "number"),
            Column("_source.due_at", "回应时限", "time"),
            Column("_source.reason", "原因"),
        )
    ),
    empty="这段时间没有预警。",
)
