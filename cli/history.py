"""`yuqing history`: who changed what on a post, and what else happened to it."""

import os
from dataclasses import asdict

import typer

from cli.output import JsonOption, out, print_json, table, typed_time
from core.clock import show
from pipeline.history import History, history_of, told
from pipeline.runtime import Runtime

COLUMNS = ("时间", "事项", "谁", "原来", "改为", "理由、说明")


def history(
    post_id: str = typer.Argument(..., metavar="编号", help="留言编号（yuqing search 的最后一列）。"),
    at: str = typer.Option(None, "--at", metavar="时间", help="只看到这个时间为止的（北京时间）；默认全部。"),
    as_json: bool = JsonOption,
) -> None:
    """一条留言的经过：谁在什么时候改了什么、为什么；更正、延期、提醒邮件、预警和二次解读。"""
    runtime = Runtime.for_reading(os.environ)
    found = history_of(runtime, post_id, typed_time("--at", at) if at else None)
    if as_json:
        print_json({"post_id": found.post.id, "title": found.post.title, "lines": [asdict(one) for one in found.lines]})
        return
    _show(found)


def _show(found: History) -> None:
    post = found.post
    out.print(f"{post.id} {post.title}", style="bold")
    facts = [post.status, post.department, post.topic]
    if post.deadline:
        extended = f"（已延期，原为 {show(post.deadline.first_due_at)}）" if post.deadline.first_due_at else ""
        facts.append(f"到期 {show(post.deadline.due_at)}{extended}")
    out.print(" · ".join(fact for fact in facts if fact))
    rows = [
        (show(one.at), one.what, one.who, told(one.before) or None, told(one.after) or None, one.reason or None)
        for one in found.lines
    ]
    table(f"经过 {len(rows)} 项", COLUMNS, rows)
