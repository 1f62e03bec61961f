"""`yuqing matters`: the matters by heat, and everything about one of them."""

import os

import typer

from cli.cluster import EVENTS
from cli.output import AtOption, JsonOption, moment, out, print_json, table
from core.clock import show, to_beijing
from matters.sentences import is_courtesy, sentences
from pipeline.matter_story import Story, story_of
from pipeline.runtime import Runtime
from store.matters import HeatRecord

app = typer.Typer(help="热点：按热度排列，或看其中一件。", invoke_without_command=True)
TERMS = {
    "people": "人数",
    "posts": "留言",
    "copies": "重复",
    "votes": "点赞",
    "recent": "近期",
    "negative": "负面占比",
    "freshness": "新近程度",
}
MOST_POSTS = 50


@app.callback()
def matters(
    context: typer.Context,
    top: int = typer.Option(20, min=1, max=10_000, help="显示热度最高的多少件。"),
    as_json: bool = JsonOption,
) -> None:
    """按热度列出热点。"""
    if context.invoked_subcommand:
        return
    runtime = Runtime.for_reading(os.environ)
    found = runtime.matters.hottest(top)
    if as_json:
        print_json([record.model_dump(mode="json", exclude={"copy_ids"}) for record in found])
        return
    if not found:
        out.print("还没有热点。先用 yuqing cluster 归并。")
        return
    rows = [
        (
            f"{record.heat.total:.1f}",
            record.heat.explained,
            record.title[:40],
            record.place,
            record.department,
            f"{to_beijing(record.last_at):%Y-%m-%d}",
            record.state,
            record.id,
        )
        for record in found
    ]
    table(
        f"热点 {len(found)} 件（截至 {show(max(record.updated_at for record in found))}）",
        ("热度", "说明", "标题", "地点", "科室", "最近一条", "二次解读", "编号"),
        rows,
    )


@app.command("show")
def show_matter(
    matter_id: str = typer.Argument(..., metavar="编号", help="热点编号（yuqing matters 的最后一列）。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """一件热点的来龙去脉：热度构成、时间线、变化、答复和留言。"""
    runtime = Runtime.for_reading(os.environ)
    story = story_of(runtime, matter_id, moment(at))
    if as_json:
        print_json(
            {
                "matter": story.record.model_dump(mode="json"),
                "merged_from": story.asked_for,
                "merged_at": story.merged_at,
                "timeline": story.course,
                "events": [event.model_dump(mode="json") for event in story.events],
                "posts": [post.model_dump(mode="json", exclude={"tokens"}) for post in story.matter.posts],
            }
        )
        return
    _show_figures(story)
    _show_course(story)
    _show_posts(story)


def _show_figures(story: Story) -> None:
    record = story.record
    if story.asked_for:
        when = f"已于 {show(story.merged_at)} " if story.merged_at else "已"
        out.print(f"{story.asked_for} {when}并入 {record.id}，以下是合并后的情况。", style="yellow", soft_wrap=True)
    out.print(record.title, style="bold")
    facts = [record.place, record.topic, record.department, "已平息" if record.quiet else "", record.id]
    out.print(" · ".join(fact for fact in facts if fact))
    out.print(f"热度 {record.heat.total:.1f}（{record.heat.explained}），截至 {show(record.heat.at)}")
    table("热度构成", ("项", "数值", "加分"), _terms(record.heat))


def _terms(heat: HeatRecord) -> list[tuple[str, str | None, str]]:
    rows = []
    for name, title in TERMS.items():
        term = getattr(heat, name)
        rows.append((title, None if term.value is None else f"{term.value:g}", f"{term.contribution:.2f}"))
    return rows


def _show_course(story: Story) -> None:
    course = story.course
    rows = [(show(course.first_seen), "首次出现", "")]
    rows += [(f"{peak.day}", "高峰", f"{peak.posts} 条，{peak.people} 人") for peak in course.peaks]
    rows += [
        (show(one.at), one.kind, " ".join(part for part in (one.title, _gist(one.text)) if part))
        for one in course.answers
    ]
    rows += [(show(event.at), EVENTS[event.kind], f"{event.count} 条") for event in story.events]
    rows += [(show(one.at), one.state, f"{one.who}：{one.note}") for f in story.followups for one in f.history]
    rows.append((show(course.last_seen), "最近一条", ""))
    # Replies without a date have no place in time; they come last.
    rows.sort(key=lambda row: row[0] or "9999")
    table("时间线", ("时间", "事件", "说明"), rows)
    if course.first_answer_at:
        out.print(f"首次答复后又有 {course.posts_after} 条留言，{course.people_after} 人。")


def _gist(text: str) -> str:
    """Where an answer begins to say something."""
    said = (one for one in sentences(text) if not is_courtesy(one))
    return next(said, text)[:60]


def _show_posts(story: Story) -> None:
    latest = list(reversed(story.matter.posts))[:MOST_POSTS]
    copies = story.matter.duplicates
    rows = [
        (
            show(post.posted_at),
            post.title[:40] + ("（重复）" if post.id in copies else ""),
            post.votes_up,
            post.status,
            post.id,
        )
        for post in latest
    ]
    table(
        f"留言 {len(story.matter.posts)} 条（显示最近 {len(rows)} 条）", ("时间", "标题", "点赞", "状态", "编号"), rows
    )
