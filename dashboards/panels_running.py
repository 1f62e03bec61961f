"""The panel about the system itself: what ran last, how it went and how long it took."""

from elasticsearch.dsl import Search

from dashboards.panel import Column, Panel, Table
from dashboards.words import ERRORS, OUTCOMES, STAGES

MOST_JOBS = 100

RUNS = Panel(
    id="runs",
    title="系统运行",
    about="每项任务上一次运行的情况；平时用时是前 30 天的中位数。失败的请联系系统管理员，原因见运行日志。",
    index="metrics",
    search=(
        Search()
        .source(
            [
                "stage",
                "source",
                "started_at",
                "outcome",
                "error",
                "seconds",
                "usual_seconds",
                "item_count",
                "items_per_second",
                "failures",
            ]
        )
        .extra(collapse={"field": "job"})
        .sort("-started_at", "job")[:MOST_JOBS]
    ),
    rows="hits.hits",
    picture=Table(
        (
            Column("_source.stage", "任务", words=STAGES),
            Column("_source.source", "来源"),
            Column("_source.started_at", "上次运行", "time"),
            Column("_source.outcome", "结果", words=OUTCOMES),
            Column("_source.error", "原因", words=ERRORS, optional=True),
            Column("_source.seconds", "用时（秒）", "number"),
            Column("_source.usual_seconds", "平时（秒）", "number"),
            Column("_source.item_count", "条数", "number"),
            Column("_source.items_per_second", "每秒条数", "number"),
            Column("_source.failures", "近 7 天失败", "number"),
        )
    ),
    empty="这段时间没有运行过。",
    controls=(),
)
