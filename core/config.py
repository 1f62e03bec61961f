"""Reading a YAML file into a typed model; an error names file, key, the value found and what is allowed."""

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import ConfigError

M = TypeVar("M", bound=BaseModel)


class Config(BaseModel):
    """Base of every configuration model: unknown keys are refused and values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _KeyTwice(Exception):
    """A key stands twice in one mapping; which one is meant?"""


class _Loader(yaml.SafeLoader):
    """YAML without its two surprises: days and times stay the text they are written as, and a key may stand only once.

    Otherwise 17:30 without quotes is the number 1050, and a day that does not exist is an error without a key.
    """

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """The mapping as it is written, before `<<` is resolved, which may give a key again."""
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise _KeyTwice(f"第 {key.start_mark.line + 1} 行：“{key.value}”写了两次")
                seen.add(key.value)
        return node

    def number_or_time(self, node: yaml.ScalarNode) -> int | str:
        """The number; a time such as 17:30, which YAML 1.1 takes for a number to base 60, as text."""
        return self.as_written(node) if ":" in node.value else self.construct_yaml_int(node)

    def as_written(self, node: yaml.ScalarNode) -> str:
        """The text."""
        return str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.number_or_time)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.as_written)


def load_yaml(path: Path, model: type[M]) -> M:
    """The file as `model`. Raises `ConfigError` naming file, key and what is allowed."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506  a SafeLoader
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError(
            f"找不到配置文件 {path}", "请从项目的 config/ 目录复制一份，或用 YUQING_CONFIG 指明配置目录。"
        ) from None
    except IsADirectoryError:
        raise ConfigError(
            f"{path} 应是文件，现在是文件夹", "请删除这个文件夹，从项目的 config/ 目录复制文件。"
        ) from None
    except PermissionError:
        raise ConfigError(f"没有权限读取配置文件 {path}", "请检查文件的属主和权限。") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} 不是 UTF-8 编码（第 {error.start} 字节）", "请另存为 UTF-8。") from None
    except _KeyTwice as error:
        raise ConfigError(f"{path} {error}", "请只留一处。") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{path} 不是正确的 YAML：{error}", "请检查缩进、冒号后的空格和引号。") from None
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise ConfigError(f"{path} 有 {len(faults(error))} 处不对：\n{describe(error)}") from None


def describe(error: ValidationError) -> str:
    """One line for each fault: the key, what is wrong and the value found."""
    return "\n".join(f"  {key or '（整个文件）'}：{told}" for key, told in faults(error).items())


def faults(error: ValidationError) -> dict[str, str]:
    """What is wrong by key (`a.0.b`; empty for the whole), in Chinese where the fault is a common one, and the value found.

    A whole is not told where a part of it is: a list all of whose entries are wrong counts as too short as well.
    """
    told: dict[tuple[str, ...], list[str]] = {}
    found = {}
    for fault in error.errors(include_url=False):
        where = tuple(part for part in map(str, fault["loc"]) if not _NO_KEY.fullmatch(part))
        told.setdefault(where, []).append(_in_chinese(fault["type"], fault.get("ctx", {}), fault["msg"]))
        found[where] = "" if fault["type"] == "missing" else _found(fault["input"])
    return {
        ".".join(where): "，或".join(words) + found[where]
        for where, words in told.items()
        if not any(len(other) > len(where) and other[: len(where)] == where for other in told)
    }


def _found(value: object) -> str:
    """The value, if it is a single one: a whole section may hold passwords."""
    if value is None:
        return "；现在是空的"
    return f"；现在是 {value!r}"[:120] if isinstance(value, str | int | float) else ""


_NO_KEY = re.compile(r"[a-z-]*\[.*\]", re.DOTALL)
"""What pydantic adds to a location besides keys: `[key]`, and the branch of a union such as `literal['all']`."""

_FAULTS = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这个配置项，请检查拼写",
    "int_parsing": "必须是整数",
    "int_type": "必须是整数",
    "int_from_float": "必须是整数",
    "float_parsing": "必须是数字",
    "float_type": "必须是数字",
    "bool_parsing": "必须是 true 或 false",
    "bool_type": "必须是 true 或 false",
    "string_type": "必须是文字（可加引号）",
    "string_pattern_mismatch": "写法应符合 {pattern}",
    "string_too_short": "至少要有 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "list_type": "必须是列表（每行以“- ”开头）",
    "tuple_type": "必须是列表（每行以“- ”开头）",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "dict_type": "必须是“键: 值”的形式",
    "model_type": "必须是“键: 值”的形式",
    "model_attributes_type": "必须是“键: 值”的形式",
    "date_type": "必须是日期，如 2026-01-31",
    "date_parsing": "必须是日期，如 2026-01-31",
    "date_from_datetime_parsing": "必须是日期，如 2026-01-31",
    "date_from_datetime_inexact": "必须是日期，如 2026-01-31",
    "time_type": "必须是时间，如 17:30",
    "time_parsing": "必须是时间，如 17:30",
    "path_type": "必须是文件或文件夹的路径",
    "literal_error": "只能是 {expected}",
    "union_tag_invalid": "{discriminator} 只能是 {expected_tags}；现在是 '{tag}'",
    "union_tag_not_found": "缺少 {discriminator}",
    "greater_than": "必须大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "必须小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "value_error": "{error}",
}


def _in_chinese(kind: str, context: dict[str, object], message: str) -> str:
    if kind == "literal_error":
        context = {"expected": str(context["expected"]).replace(", ", "、").replace(" or ", " 或 ")}
    return _FAULTS[kind].format(**context) if kind in _FAULTS else message
