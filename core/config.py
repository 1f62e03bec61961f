"""Reading a YAML file into a typed model; an error names file, key, the value found and what is allowed."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import ConfigError

M = TypeVar("M", bound=BaseModel)


class Config(BaseModel):
    """Base of every configuration model: unknown keys are refused and values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def load_yaml(path: Path, model: type[M]) -> M:
    """The file as `model`. Raises `ConfigError` naming file, key and what is allowed."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"找不到配置文件 {path}", "请从项目的 config/ 目录复制一份，或用 YUQING_HOME 指明目录。"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} 不是 UTF-8 编码（第 {error.start} 字节）", "请另存为 UTF-8。") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} 不是正确的 YAML：{error}", "请检查缩进、冒号后的空格和引号。") from None
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise ConfigError(f"{path} 有 {error.error_count()} 处不对：\n{describe(error)}") from None


def describe(error: ValidationError) -> str:
    """One line for each fault: the key, what is wrong (in Chinese where the fault is a common one), the value found."""
    lines = []
    for fault in error.errors(include_url=False):
        key = ".".join(str(part) for part in fault["loc"]) or "（整个文件）"
        found = "" if fault["type"] == "missing" else f"；现在是 {fault['input']!r}"[:120]
        lines.append(f"  {key}：{_in_chinese(fault['type'], fault.get('ctx', {}), fault['msg'])}{found}")
    return "\n".join(lines)


_FAULTS = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这个配置项，请检查拼写",
    "int_parsing": "必须是整数",
    "int_type": "必须是整数",
    "float_parsing": "必须是数字",
    "bool_parsing": "必须是 true 或 false",
    "string_type": "必须是文字（可加引号）",
    "list_type": "必须是列表（每行以“- ”开头）",
    "dict_type": "必须是“键: 值”的形式",
    "model_type": "必须是“键: 值”的形式",
    "literal_error": "只能是 {expected}",
    "union_tag_invalid": "只能是 {expected_tags}",
    "union_tag_not_found": "缺少 {discriminator}",
    "greater_than": "必须大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "value_error": "{error}",
}


def _in_chinese(kind: str, context: dict[str, object], message: str) -> str:
    return _FAULTS[kind].format(**context) if kind in _FAULTS else message
