"""`yuqing ask`: the published answer to a question, or that there is none and what was asked before."""

import os
import sys

import typer

from cli.output import AtOption, JsonOption, moment, out, print_json, table
from core.clock import show, to_beijing
from core.post import OPEN_STATUSES, Post
from pipeline.asking import Reply
from pipeline.asking import ask as ask_base
from pipeline.runtime import Runtime
from questions.entry import needs_review, review_again_at
from store.questions import QuestionRecord

GIST = 40


def ask(
    words: list[str] = typer.Argument(None, metavar="问题", help="要问的话；不给则从标准输入读。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """从问答库里找答案：只答已发布的，并说明出处；没有就说没有，列出相似的留言。"""
    runtime = Runtime.for_reading(os.environ)
    text = (" ".join(words) if words else sys.stdin.read()).strip()
    if not text:
        raise typer.BadParameter("不能为空", param_hint="问题")
    when = moment(at)
    reply = ask_base(runtime, text, when)
    months = runtime.settings.pipeline.questions.again_after_months
    if as_json:
        print_json(_as_json(text, reply, needs_review(reply.entry, when, months) if reply.entry else False))
        return
    if reply.entry:
        _show_answer(reply.entry, months, needs_review(reply.entry, when, months))
        return
    out.print("没有已发布的答案。", style="bold")
    if reply.similar:
        rows = [(show(one.posted_at), one.title[:GIST], _answered(one), one.id) for one in reply.similar]
        table("相似的留言", ("时间", "标题", "是否答复", "编号"), rows)


def _show_answer(entry: QuestionRecord, months: int, old: bool) -> None:
    published, again = entry.published, review_again_at(entry, months)
    assert published is not None  # noqa: S101  only published entries are found
    out.print(published.question, style="bold", soft_wrap=True)
    out.print(published.answer, soft_wrap=True)
    source = published.source
    if source:
        replied = f"{to_beijing(source.replied_at):%Y-%m-%d}" if source.replied_at else None
        told = [source.organisation, replied and f"{replied} 答复", f"留言 {source.post_id}", source.url]
        out.print("出处：" + "，".join(one for one in told if one), soft_wrap=True)
    else:
        out.print("出处：由人撰写，没有对应的答复")
    note = f"（已过，需复核：{show(again)[:10]}）" if old else f"，{show(again)[:10]} 起需复核"
    out.print(f"三审：{show(published.reviewed_at)[:10]}{note}；编号 {entry.id}", soft_wrap=True)


def _answered(post: Post) -> str:
    if post.replies:
        return "已答复"
    return "待答复" if post.status in OPEN_STATUSES else "没有答复记录"


def _as_json(text: str, reply: Reply, old: bool) -> dict[str, object]:
    entry = reply.entry
    found = None
    if entry and entry.published:
        found = {"id": entry.id, **entry.published.model_dump(mode="json"), "needs_review": old}
    similar = [
        {"id": one.id, "posted_at": one.posted_at, "title": one.title, "answered": bool(one.replies), "url": one.url}
        for one in reply.similar
    ]
    return {"question": text, "answer": found, "likeness": round(reply.likeness, 3), "similar_posts": similar}
