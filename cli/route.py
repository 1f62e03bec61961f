"""`yuqing route`: why a post goes to a section."""

import os
import sys

import typer

from cli.output import AtOption, JsonOption, moment, out, print_json
from core.errors import YuqingError
from pipeline.routing import Routed, route_post, route_text
from pipeline.runtime import Runtime


def route(
    post_id: str = typer.Argument(None, metavar="编号", help="留言编号；不给则从标准输入读一段留言，第一行作标题。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """说明一条留言为什么归这个科室：主题、科室职责、台账第几项。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    routed = route_post(runtime, post_id, when) if post_id else route_text(runtime, _standard_input(), when)
    if as_json:
        print_json(_as_json(routed))
        return
    out.print(routed.explanation.sentence, soft_wrap=True)


def _standard_input() -> str:
    text = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()
    if not text.strip():
        raise YuqingError("没有给出留言。", "写上留言编号，或把留言的文字从标准输入送进来。")
    return text


def _as_json(routed: Routed) -> dict[str, object]:
    return {
        "post_id": routed.post_id,
        "topic": routed.topic,
        "department": routed.department,
        "sentence": routed.explanation.sentence,
        "ledger": routed.ledger,
        "task": routed.explanation.task,
    }
