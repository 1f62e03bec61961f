"""`yuqing search`: find posts."""

import os

import typer

from cli.output import JsonOption, out, print_json, table
from core.clock import show
from core.post import SENTIMENT_NAMES
from nlp.clean import clean_line
from nlp.segment import Segmenter
from pipeline.runtime import Runtime
from store.posts import search_posts


def search(
    words: list[str] = typer.Argument(..., metavar="词", help="要找的词或句子；可以给几个。"),
    department: str = typer.Option(None, help="只看这个科室的。"),
    topic: str = typer.Option(None, help="只看这个主题的。"),
    status: str = typer.Option(None, help="只看这个状态的：待回复、处理中、已回复、已办结。"),
    limit: int = typer.Option(10, min=1, max=1000, help="最多显示多少条。"),
    as_json: bool = JsonOption,
) -> None:
    """检索留言：所有的词都出现，或整句出现。"""
    runtime = Runtime.for_reading(os.environ)
    text = clean_line(" ".join(words))
    tokens = Segmenter(runtime.settings.config / "user_dict.txt").words(text)
    given = {"department": department, "topic": topic, "status": status}
    filters = {name: value for name, value in given.items() if value}
    total, hits = search_posts(runtime.es, runtime.names, tokens, text, filters, limit)
    if as_json:
        print_json({"total": total, "posts": [post.model_dump(mode="json") | {"score": score} for score, post in hits]})
        return
    rows = [
        (
            show(post.posted_at),
            post.title[:40],
            post.department,
            post.topic,
            SENTIMENT_NAMES[post.sentiment_label] if post.sentiment_label else None,
            post.status,
            post.id,
        )
        for _, post in hits
    ]
    if rows:
        table(f"“{text}”共 {total} 条", ("时间", "标题", "科室", "主题", "情感", "状态", "编号"), rows)
    else:
        out.print(f"没有找到“{text}”。换个词试试，或去掉筛选条件。")
