"""Typer speaks English. Here its help and its complaints about what was typed are put into Chinese."""

import re
from pathlib import Path
from typing import Any

import typer.rich_utils
from pydantic import ValidationError
from typer.exceptions import TyperException

from core.config import faults

_KINDS = {str: "文字", int: "整数", float: "数字", Path: "路径"}
_COMPLAINTS = (
    (re.compile(r"No such command (.+?)\.(?: Did you mean (.+)\?)?"), "没有这个命令：{}"),
    (re.compile(r"Got unexpected extra argument\(s\) \((.+)\)()"), "多余的参数：{}；含空格的内容要加引号"),
    (re.compile(r"Option (.+) requires (?:an argument|\d+ arguments)\.()"), "选项用法不对：{} 后面缺少值"),
    (re.compile(r"Option (.+) does not take a value\.()"), "选项用法不对：{} 后面不跟值"),
    (re.compile(r"No such option: (\S+)(?: \(Possible options: (.+)\))?"), "没有这个选项：{}"),
)
"""Typer's words, the thing they name and, where it has one, what may have been meant."""


def put_into_chinese(command: Any) -> None:
    """Give a command of Typer's, and the commands below it, Chinese help."""
    typer.rich_utils.OPTIONS_PANEL_TITLE = "选项"
    typer.rich_utils.COMMANDS_PANEL_TITLE = "命令"
    typer.rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
    typer.rich_utils.DEFAULT_STRING = "[默认 {}]"
    typer.rich_utils.REQUIRED_LONG_STRING = "[必填]"
    usage = command.get_usage
    command.get_usage = lambda context: usage(context).replace("Usage: ", "用法：", 1)
    command.options_metavar = "[选项]"
    command.subcommand_metavar = "命令 [参数]..."
    help_option = command.get_help_option(typer.Context(command))
    help_option.help = "显示这份说明。"
    for parameter in (*command.params, help_option):
        shown = _kind(parameter)
        parameter.display_type_rich = lambda ctx, shown=shown: shown
    for below in getattr(command, "commands", {}).values():
        put_into_chinese(below)


def _kind(parameter: Any) -> str:
    """What an option is followed by. An argument's name says it already, and a switch stands alone."""
    if parameter.param_type_name == "argument" or parameter.is_flag:
        return ""
    return parameter.metavar or _KINDS.get(parameter.type_descriptor.annotation, "")


def complaint(error: TyperException) -> str:
    """What is wrong with what was typed, in Chinese; Typer's own words where they are none of those known here."""
    if isinstance(error, typer.BadParameter):
        return _about_value(error)
    for pattern, told in _COMPLAINTS:
        if found := pattern.fullmatch(error.format_message()):
            name, near = found.groups()
            return told.format(name.strip("'")) + (f"（是不是 {near}？）" if near else "")
    return error.message


def _about_value(error: Any) -> str:
    name = str(error.param_hint or error.param.get_error_hint()).strip("'")
    if type(error).__name__ == "MissingParameter":
        return f"缺少参数：{name}"
    cause = error.__cause__
    why = "；".join(faults(cause).values()) if isinstance(cause, ValidationError) else error.message
    return f"参数的值不对（{name}）：{why}"
