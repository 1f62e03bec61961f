"""How much came in, how it sounded and what it was about."""

from datetime import date
from typing import Any

from reports.charts import course, topics
from reports.compare import Comparison
from reports.content import Block, Sentence
from reports.figures import Figures, buckets
from reports.period import Kind, Period
from reports.takes import Path
from reports.telling import Teller

LABELS = {"negative": "负面", "neutral": "中性", "positive": "正面"}
OTHER = "其他"
"""The topic of what belongs nowhere."""
UNREAD = "未研判"
SHOWN_TOPICS = 8
LONGEST = 20
LEAST_RISE: dict[Kind, int] = {"week": 3, "month": 6, "quarter": 12}
"""So many posts more make a rise worth telling."""


def add_figures(compare: Comparison) -> None:
    """The figures of volume, sentiment and topics."""
    figures = compare.figures
    compare.count("posts", "posts")
    for label in LABELS:
        compare.count(label, "posts", ["sentiment", "buckets", {"key": label}, "doc_count"])
    compare.share("negative_share", "negative", "posts")
    for topic in dict.fromkeys([*_most_frequent(figures), risen(compare)]):
        if topic:
            bucket: Path = ["topics", "buckets", {"key": topic}]
            name = compare.count(f"topic.{topic}", "posts", [*bucket, "doc_count"])
            named: Path = ["aggregations", "spans", "buckets", "this", *bucket, "key"]
            figures.add(f"{name}.name", {"do": "text", "path": named, "most": LONGEST}, "posts")


def risen(compare: Comparison) -> str | None:
    """The topic that rose most against the period before, if by enough to tell of."""
    if not compare.before:
        return None
    now, then = _topics(compare.figures, "this"), _topics(compare.figures, "before")
    rises = [(count - then.get(topic, 0), topic) for topic, count in now.items() if topic != OTHER]
    most = max(rises, key=lambda one: one[0], default=None)
    return most[1] if most and most[0] >= LEAST_RISE[compare.kind] else None


def changes(teller: Teller, compare: Comparison) -> list[Sentence]:
    """The sentences of the first page."""
    figures, this = teller.figures, teller.words.this
    if not figures.number("posts"):
        return [teller.sentence(f"{this}没有收到留言{_fallen(teller)}。")]
    told = [teller.sentence(f"{this}收到留言 {teller('posts')} 条{teller.change('posts')}{_beside_mean(teller)}。")]
    if not compare.before:
        told.append(teller.sentence(f"这是有留言以来的第一{teller.words.unit}，没有可比的数据。"))
    if figures.number("negative"):
        text = f"其中负面 {teller('negative')} 条，占 {teller('negative_share')}%{teller.shift('negative_share')}。"
        told.append(teller.sentence(text))
    else:
        told.append(teller.sentence(f"{this}没有负面留言。"))
    if topic := risen(compare):
        name = f"topic.{topic}"
        text = f"增加最多的是{teller.quoted(f'{name}.name')}：{teller(name)} 条{teller.change(name)}。"
        told.append(teller.sentence(text))
    return told


def blocks(teller: Teller, period: Period) -> tuple[list[Block], list[Block]]:
    """What the sections on volume and on topics show."""
    figures = teller.figures
    if not figures.number("posts"):
        nothing = teller.sentence(f"{teller.words.this}没有收到留言。")
        return [nothing], [nothing]
    over_time: list[Block] = [course(_rows(figures, period), period)]
    by_topic: list[Block] = [topics(_topic_rows(figures), teller.words)]
    return over_time, by_topic


def _fallen(teller: Teller) -> str:
    if not teller.figures.number("posts.before"):
        return ""
    return f"，{teller.words.before}有 {teller('posts.before')} 条"


def _beside_mean(teller: Teller) -> str:
    if not teller.figures.known("posts.mean"):
        return ""
    difference = teller.figures.number("posts") - teller.figures.number("posts.mean")
    verb = "高于" if difference > 0 else "低于" if difference < 0 else "等于"
    return f"，{verb}{teller.words.four}平均的 {teller('posts.mean')} 条"


def _topics(figures: Figures, key: str) -> dict[str, int]:
    found = figures.answers["posts"]["aggregations"]["spans"]["buckets"][key]["topics"]["buckets"]
    return {bucket["key"]: bucket["doc_count"] for bucket in found}


def _most_frequent(figures: Figures) -> list[str]:
    """Topics of the period, the most frequent first, what belongs nowhere last."""
    frequent = list(_topics(figures, "this"))[:SHOWN_TOPICS]
    return sorted(frequent, key=lambda topic: topic == OTHER)


def _rows(figures: Figures, period: Period) -> list[dict[str, Any]]:
    """A row for each day (or week) and sentiment."""
    rows = []
    for bucket in buckets(figures.answers["course"], "course"):
        counts = {one["key"]: one["doc_count"] for one in bucket["sentiment"]["buckets"]}
        # A week of a quarter may begin before it.
        first = max(date.fromisoformat(bucket["key_as_string"]), period.first)
        unread = bucket["doc_count"] - sum(counts.values())
        feelings = {name: counts.get(label, 0) for label, name in LABELS.items()} | {UNREAD: unread}
        rows += [{"日期": first.isoformat(), "情感": name, "条数": count} for name, count in feelings.items()]
    return rows


def _topic_rows(figures: Figures) -> list[dict[str, Any]]:
    rows = []
    for topic in _most_frequent(figures):
        row: dict[str, Any] = {"主题": figures[f"topic.{topic}.name"], "本期": figures[f"topic.{topic}"]}
        if figures.known(f"topic.{topic}.before"):
            row["上期"] = figures[f"topic.{topic}.before"]
        rows.append(row)
    return rows
