"""Labelled posts to train on and to be judged by: from files, or from the office's own index."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from elasticsearch.dsl import Q

from collectors.tables import Row, open_table
from core.errors import YuqingError
from core.post import SentimentLabel
from nlp.clean import clean, clean_line
from nlp.sentiment_training import weak_label
from nlp.topics import UNKNOWN
from pipeline.runtime import Runtime
from store.posts import scan_posts

Task = Literal["topic", "sentiment"]
TITLES = ("留言主题", "标题", "title")
BODIES = ("留言详情", "内容", "body", "text")
TOKENS = ("tokens",)
LABELS: dict[Task, tuple[str, ...]] = {
    "topic": ("一级标签", "一级分类", "主题", "label"),
    "sentiment": ("情感", "情感标签", "sentiment", "label"),
}
SECOND_LABELS = ("二级标签", "二级分类")
SENTIMENTS: dict[str, SentimentLabel] = {
    "负面": "negative",
    "消极": "negative",
    "negative": "negative",
    "中性": "neutral",
    "neutral": "neutral",
    "正面": "positive",
    "积极": "positive",
    "positive": "positive",
}


@dataclass(frozen=True)
class Labelled:
    """One labelled post. `tokens` are given where the file holds words instead of texts."""

    title: str
    body: str
    label: str
    second: str | None = None
    tokens: tuple[str, ...] = ()
    weak: bool = False
    """Whether the label was not given by a person but follows from the post's own marks."""


@dataclass(frozen=True)
class Fault:
    """A row that cannot be used: where it stands and why (Chinese)."""

    where: str
    reason: str


def read_labelled(path: Path, task: Task, faults: list[Fault]) -> Iterator[Labelled]:
    """The labelled posts of a CSV or XLSX file; rows without text or with an unknown label are added to `faults`.

    Raises `YuqingError` naming the columns that are needed when the file lacks them.
    """
    if not path.is_file():
        raise YuqingError(f"找不到文件 {path}")
    with open_table(path, [*TITLES, *BODIES, *TOKENS, *LABELS[task]]) as (header, rows):
        columns = _Columns(header, task)
        columns.check(path, task)
        for row in rows:
            read = columns.read(row, task)
            if isinstance(read, str):
                faults.append(Fault(f"{path.name} 第 {row.number} 行", read))
            else:
                yield read


class _Columns:
    """Which of a file's columns hold title, body, tokens and label."""

    def __init__(self, header: list[str], task: Task) -> None:
        def first(names: Iterable[str]) -> str | None:
            return next((name for name in names if name in header), None)

        self._title, self._body, self._tokens = first(TITLES), first(BODIES), first(TOKENS)
        self._label, self._second = first(LABELS[task]), first(SECOND_LABELS)

    def check(self, path: Path, task: Task) -> None:
        if self._label is None:
            raise YuqingError(f"{path.name} 没有标签列。", f"列名要是其中之一：{'、'.join(LABELS[task])}")
        if not (self._title or self._body or self._tokens):
            raise YuqingError(
                f"{path.name} 没有正文列。", f"要有 {'、'.join((*TITLES, *BODIES))} 之一，或分好词的 tokens。"
            )

    def read(self, row: Row, task: Task) -> Labelled | str:
        """The labelled post of a row, or why it is none."""

        def cell(name: str | None) -> str:
            return row.cells.get(name, "").strip() if name else ""

        # Blank entries stay: they mark where the title ended.
        label, tokens = cell(self._label), tuple(cell(self._tokens).split(" ")) if cell(self._tokens) else ()
        title, body = clean_line(cell(self._title)), clean(cell(self._body))
        if not label:
            return "没有标签"
        if task == "sentiment":
            if label not in SENTIMENTS:
                return f"不认识的情感“{label[:20]}”，应是负面、中性或正面"
            label = SENTIMENTS[label]
        if not (tokens or title or body):
            return "没有文字"
        return Labelled(title, body, label, cell(self._second) or None, tokens)


def indexed_labels(runtime: Runtime, task: Task, unknown: Counter[str]) -> Iterator[Labelled]:
    """What the posts of the index tell of themselves, and what people corrected: labels an office has from day one.

    Labels that stand for no known category are counted in `unknown`; their posts are left out.
    """
    return _indexed_topics(runtime, unknown) if task == "topic" else _indexed_sentiments(runtime)


def _indexed_topics(runtime: Runtime, unknown: Counter[str]) -> Iterator[Labelled]:
    """Posts under the category that the site's own label or a person's correction stands for."""
    corrected = {one.post_id: one.topic for one in runtime.corrections.all() if one.topic}
    categories = runtime.settings.topics.categories_by_label()
    for post in scan_posts(runtime.es, runtime.names, Q("exists", field="domain") | Q("ids", values=list(corrected))):
        label = corrected.get(post.id) or post.domain
        if label in categories:
            yield Labelled(post.title, post.body, categories[label])
        elif label and label != UNKNOWN:
            unknown[label] += 1


def _indexed_sentiments(runtime: Runtime) -> Iterator[Labelled]:
    """Posts whose kind, title or grade tell their mood, or with a label a person gave."""
    corrected = {one.post_id: one.sentiment_label for one in runtime.corrections.all() if one.sentiment_label}
    # All posts are asked: a title tells a mood as well as a kind does, and no query finds it.
    for post in scan_posts(runtime.es, runtime.names, Q("match_all")):
        label = corrected.get(post.id) or weak_label(post.title, post.kind, post.satisfaction)
        if label:
            yield Labelled(post.title, post.body, label, weak=post.id not in corrected)
