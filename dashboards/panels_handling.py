"""Panels about handling: what is due, what was answered and when, whether the sources deliver, and the posts themselves."""

from typing import Any

from elasticsearch.dsl import A, Search
from elasticsearch.dsl.aggs import Agg

from core.post import SENTIMENT_NAMES, STAGE_NAMES
from dashboards.marks import bars, computed
from dashboards.panel import Chart, Column, Panel, Table

MOST_DEPARTMENTS = 50
MOST_DUE = 100
MOST_POSTS = 100
MOST_SOURCES = 100

DEPARTMENT = {"department": "datum.key", "count": "datum.doc_count"}


def _by_department(**figures: Agg[Any]) -> Search:
    """Answered posts by department, those with most of them first."""
    search = Search().filter("exists", field="deadline.answered_at")[:0]
    departments = search.aggs.bucket("departments", A("terms", field="department", size=MOST_DEPARTMENTS))
    for name, figure in figures.items():
        departments.metric(name, figure)
    return search


def _statuses() -> Search:
    search = Search()[:0]
    search.aggs.bucket("statuses", A("terms", field="status", size=10))
    return search


DUE = Panel(
    id="due",
    title="即将到期和超期的留言",
    about=f"还没有答复、办理时限将到或已过的留言，最早到期的在前，最多列 {MOST_DUE} 条。",
    index="posts",
    search=(
        Search()
        .filter("exists", field="deadline.stage")
        .source(
            [
                *("title", "department", "topic", "source", "status", "url"),
                *("deadline.due_at", "deadline.first_due_at", "deadline.stage"),
            ]
        )
        .sort("deadline.due_at", "id")[:MOST_DUE]
    ),
    rows="hits.hits",
    picture=Table(
        (
            Column("_source.deadline.stage", "办理情况", words=STAGE_NAMES),
            Column("_source.deadline.due_at", "到期时间", "time"),
            Column("_source.deadline.first_due_at", "原到期时间（已延期）", "time", optional=True),
            Column("_source.title", "标题"),
            Column("_source.department", "科室"),
            Column("_source.topic", "主题"),
            Column("_source.source", "来源"),
            Column("_source.status", "状态"),
            Column("_source.url", "原文", "link"),
        )
    ),
    empty="没有即将到期或超期的留言。",
)

STATUS = Panel(
    id="status",
    title="答复情况",
    about="各状态的留言数；来源没有说明状态的留言不计。",
    index="posts",
    search=_statuses(),
    rows="aggregations.statuses.buckets",
    picture=Chart(
        bars("status", "count", ("状态", "留言数"), computed({"status": "datum.key", "count": "datum.doc_count"})),
        narrows={"status": "status"},
    ),
    empty="这段时间没有标明状态的留言。",
)

ON_TIME = Panel(
    id="on-time",
    title="各科室按时答复率",
    about="已答复的留言中，在办理时限内答复的占多少；柱后括号里是已答复的留言数。",
    index="posts",
    search=_by_department(on_time=A("avg", field="deadline.on_time")),
    rows="aggregations.departments.buckets",
    picture=Chart(
        bars(
            "department",
            "rate",
            ("科室", "按时答复率"),
            [
                # Without a value where no answer of the department had a deadline.
                {"filter": "isValid(datum.on_time.value)"},
                *computed(
                    {
                        **DEPARTMENT,
                        "rate": "datum.on_time.value",
                        "shown": "format(datum.rate, '.0%') + '（' + datum.count + '）'",
                    }
                ),
            ],
            share=True,
            shown="shown",
            tooltip=[("count", "已答复")],
        ),
        narrows={"department": "department"},
    ),
    empty="这段时间没有已答复的留言。",
)

REPLY_DAYS = Panel(
    id="reply-days",
    title="各科室答复用时（工作日）",
    about="从留言到第一次答复的工作日数的中位数：一半的留言比它快，一半比它慢；当天答复算 0。",
    index="posts",
    search=_by_department(
        median=A("percentiles", field="deadline.answered_in_working_days", percents=[50], keyed=False)
    ),
    rows="aggregations.departments.buckets",
    picture=Chart(
        bars(
            "department",
            "days",
            ("科室", "工作日（中位数）"),
            [
                {"filter": "isValid(datum.median.values[0].value)"},
                *computed({**DEPARTMENT, "days": "datum.median.values[0].value"}),
            ],
            tooltip=[("count", "已答复")],
        ),
        narrows={"department": "department"},
    ),
    empty="这段时间没有已答复的留言。",
)

HEALTH = Panel(
    id="health",
    title="来源运行情况",
    about="每个来源上次采集的时间、条数和出错情况；出错的来源可能漏收留言，请联系系统管理员。",
    index="collector-state",
    search=(
        Search()
        .filter("term", what="health")
        .source(["source", "last_run_at", "last_success_at", "last_item_at", "item_count", "error"])
        .sort("source")[:MOST_SOURCES]
    ),
    rows="hits.hits",
    picture=Table(
        (
            Column("_source.source", "来源"),
            Column("_source.last_run_at", "上次采集", "time"),
            Column("_source.last_success_at", "上次成功", "time"),
            Column("_source.last_item_at", "上次收到留言", "time"),
            Column("_source.item_count", "上次条数", "number"),
            Column("_source.error", "错误"),
        )
    ),
    empty="这段时间没有采集过。",
    controls=("source",),
)

POSTS = Panel(
    id="posts",
    title="留言",
    about=f"符合以上选择的留言，最新的在前，最多列 {MOST_POSTS} 条；点图上的一块，这里只留下那一块的留言。",
    index="posts",
    search=(
        Search()
        .source(["posted_at", "title", "source", "topic", "department", "sentiment_label", "status", "url"])
        .sort("-posted_at", "id")[:MOST_POSTS]
    ),
    rows="hits.hits",
    picture=Table(
        (
            Column("_source.posted_at", "时间", "time"),
            Column("_source.title", "标题"),
            Column("_source.source", "来源"),
            Column("_source.topic", "主题"),
            Column("_source.department", "科室"),
            Column("_source.sentiment_label", "情感", words=SENTIMENT_NAMES),
            Column("_source.status", "状态"),
            Column("_source.url", "原文", "link"),
        )
    ),
    empty="没有符合这些选择的留言。",
)
