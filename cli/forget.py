"""`yuqing forget`: remove what was kept of a person, and prove it."""

import os

import typer

from cli.output import AtOption, JsonOption, leave, moment, out, print_json, say, table
from cli.who import current_user
from core.clock import show
from core.errors import ExitCode
from pipeline import forget as stage
from pipeline.backup_files import FOLDER, SUFFIX
from pipeline.forget_search import Wanted, look, wanted_author
from pipeline.runtime import Runtime

MOST_SHOWN = 20


def forget(
    author: str = typer.Option(
        None, "--author", metavar="作者名", help="这位作者的全部留言（与来源里写的名字完全一样）。"
    ),
    author_hash: str = typer.Option(None, "--author-hash", metavar="散列", help="同上，用索引里的 author_hash 指明。"),
    posts: list[str] = typer.Option(None, "--post", metavar="编号", help="一条留言；可以给多次。"),
    by: str = typer.Option(
        None, "--by", metavar="姓名", help="谁经办的；默认当前用户。只记姓名和条数，不记是谁的留言。"
    ),
    yes: bool = typer.Option(False, "--yes", help="确实删除；不加只列出会删除什么。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """按本人要求删除个人数据：留言、原始数据、提醒、材料、周报、日志里的都删，然后逐处检索证明。不能撤销。"""
    if sum(map(bool, (author, author_hash, posts))) != 1:
        raise typer.BadParameter("--author、--author-hash、--post 三者给一个。", param_hint="--author")
    runtime, when = Runtime.from_environment(os.environ), moment(at)
    wanted = Wanted(frozenset(posts or ()), frozenset({author_hash} if author_hash else ()))
    if author:
        wanted = wanted_author(runtime, author)
    if not yes:
        _show_what_would_go(runtime, wanted, at, as_json)
        return
    proof = stage.forget(runtime, wanted, when, by or current_user())
    if as_json:
        lines = [
            {"place": one.place, "found": one.found, "removed": one.removed, "left": one.left} for one in proof.lines
        ]
        print_json(
            {
                "posts": proof.posts,
                "places": lines,
                "left": proof.left,
                "unread": proof.unread,
                "backups": _backups(runtime),
            }
        )
    else:
        table(
            "检索证明", ("位置", "找到", "已删除", "剩余"), [(o.place, o.found, o.removed, o.left) for o in proof.lines]
        )
        _tell_backups(runtime)
    if proof.unread:
        say("这些文件读不出来（损坏、有密码、太大，或是 PDF），没能检索，请人工检查：")
        for path in proof.unread:
            say(f"  {path}")
    if proof.left:
        say("还有剩余：可能有别的任务正在写入，请再运行一次；文件请按上表人工处理。")
    if proof.left or proof.unread:
        leave(ExitCode.PARTIAL)


def _show_what_would_go(runtime: Runtime, wanted: Wanted, at: str, as_json: bool) -> None:
    found = look(runtime, wanted, moment(at))
    if as_json:
        print_json({"posts": [post.id for post in found]})
        return
    rows = [(post.id, show(post.posted_at), post.title) for post in found[:MOST_SHOWN]]
    table(f"会删除 {len(found)} 条留言（显示前 {MOST_SHOWN} 条）", ("编号", "时间", "标题"), rows)
    out.print("什么也没有删除。确定要删除，请加 --yes；不能撤销。")


def _backups(runtime: Runtime) -> list[str]:
    """The backups made before, which nothing is taken out of."""
    return sorted(path.name.removesuffix(SUFFIX) for path in (runtime.settings.data / FOLDER).glob(f"*{SUFFIX}"))


def _tell_backups(runtime: Runtime) -> None:
    if names := _backups(runtime):
        out.print(f"较早的 {len(names)} 份备份里还有这些数据；恢复它们时会再次删除。")
        out.print("要立即清除：yuqing backup --keep 1（另存的副本用 --to 指明同一文件夹）。")
