"""Reading configuration: a mistake is answered with file, key, what was found and what is allowed, in Chinese."""

import re
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field, ValidationError

from core.config import Config, load_yaml
from core.errors import ConfigError
from tests.core.wording import english_in


class Inner(Config):
    """A part of the example."""

    name: str = Field(min_length=1)
    colour: Literal["red", "green"] = "red"


class Example(Config):
    """A file with one key of each kind the project's files use."""

    days: int = Field(default=7, ge=1, le=31)
    share: float = Field(default=0.5, gt=0)
    enabled: bool = True
    text: str = "x"
    size: str = Field(default="1g", pattern=r"^\d+[mg]$")
    names: tuple[str, ...] = ()
    some: tuple[str, ...] = Field(default=("x",), min_length=1)
    words: dict[str, str] = {}
    dates: dict[date, Literal["work", "rest"]] = {}
    parts: tuple[Inner, ...] = ()
    which: tuple[Literal["甲", "乙"], ...] | Literal["all"] = "all"
    folder: Path = Path()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "example.yml"


def refused(path: Path, content: str | bytes) -> ConfigError:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigError) as told:
        load_yaml(path, Example)
    assert str(path) in told.value.message
    return told.value


def test_a_correct_file_is_read_and_cannot_be_changed_afterwards(path: Path) -> None:
    # given
    path.write_text("days: 3\nparts:\n  - name: 甲\n    colour: green\ndates:\n  2026-06-30: rest\n", encoding="utf-8")
    # when
    found = load_yaml(path, Example)
    # then
    assert found == Example(days=3, parts=(Inner(name="甲", colour="green"),), dates={date(2026, 6, 30): "rest"})
    with pytest.raises(ValidationError):
        found.days = 4  # type: ignore[misc]


@pytest.mark.parametrize("content", ["", "# nothing but a comment\n", "---\n"])
def test_an_empty_file_means_the_defaults(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    assert load_yaml(path, Example) == Example()


def test_a_file_saved_by_windows_notepad_is_read(path: Path) -> None:
    # given a byte order mark and carriage returns
    path.write_bytes(b"\xef\xbb\xbf" + "# 说明\r\ndays: 3\r\n".encode())
    # then
    assert load_yaml(path, Example).days == 3


@pytest.mark.parametrize(
    ("content", "key", "allowed"),
    [
        ("dais: 3", "dais", "没有这个配置项，请检查拼写"),
        ("parts: [{name: 甲, color: red}]", "parts.0.color", "没有这个配置项，请检查拼写"),
        ("parts: [{colour: red}]", "parts.0.name", "缺少这一项"),
        ("days: 一周", "days", "必须是整数"),
        ("days: [3]", "days", "必须是整数"),
        ("days: 2.5", "days", "整数"),
        ("days: 0", "days", "不能小于 1"),
        ("days: 32", "days", "不能大于 31"),
        ("share: 一半", "share", "必须是数字"),
        ("share: [1]", "share", "必须是数字"),
        ("share: 0", "share", "必须大于 0"),
        ("enabled: maybe", "enabled", "必须是 true 或 false"),
        ("enabled: [1]", "enabled", "必须是 true 或 false"),
        ("text: 120", "text", "必须是文字（可加引号）"),
        ("names: 甲", "names", "必须是列表（每行以“- ”开头）"),
        ("words: [甲]", "words", "必须是“键: 值”的形式"),
        ("parts: [甲]", "parts.0", "必须是“键: 值”的形式"),
        ("- 甲", "整个文件", "必须是“键: 值”的形式"),
        ("size: 1gb", "size", "[mg]"),
        ("some: []", "some", "1"),
        ("parts: [{name: ''}]", "parts.0.name", "1"),
        ("parts: [{name: 甲, colour: blue}]", "parts.0.colour", "只能是 'red'"),
        ("dates: {2026-06-30: holiday}", "2026-06-30", "只能是 'work'"),
        ("dates: {明天: rest}", "明天", "日期"),
        ("dates: {2026-02-30: rest}", "dates.2026-02-30", "日期"),
        ("days:", "days", "现在是空的"),
        ("which: [丙]", "which.0", "只能是 '甲' 或 '乙'；现在是 '丙'"),
        ("which: 丙", "which", "必须是列表（每行以“- ”开头），或只能是 'all'；现在是 '丙'"),
        ("some: [1]", "some.0", "必须是文字（可加引号）"),
    ],
)
def test_a_mistake_is_told_by_key_and_what_is_allowed_in_chinese(
    path: Path, content: str, key: str, allowed: str
) -> None:
    # when
    error = refused(path, content)
    # then
    first, line = error.message.split("\n", 1)
    assert "有 1 处不对" in first
    assert key in line.split("：")[0]
    assert allowed in line
    assert english_in(line) == []


@pytest.mark.parametrize(("content", "found"), [("days: 一周", "'一周'"), ("days: 99", "99"), ("dais: 3", "3")])
def test_what_was_found_is_shown(path: Path, content: str, found: str) -> None:
    assert f"现在是 {found}" in refused(path, content).message


def test_what_was_found_is_not_shown_where_it_is_a_whole_section(path: Path) -> None:
    # given a section among whose keys there may be passwords
    error = refused(path, "text: {password: correct-horse}\nwords: [{password: correct-horse}]\n")
    # then
    assert "correct-horse" not in error.message


def test_all_mistakes_of_a_file_are_told_at_once(path: Path) -> None:
    # when
    error = refused(path, "days: 0\nshare: 一半\nfarbe: 红\n")
    # then
    assert "有 3 处不对" in error.message
    assert [line.split("：")[0].strip() for line in error.message.splitlines()[1:]] == ["days", "share", "farbe"]


def test_a_huge_value_does_not_flood_the_message(path: Path) -> None:
    assert len(refused(path, f"days: {'九' * 10_000}").message) < 500


@pytest.mark.parametrize("content", ["dates: {2026-02-30: rest}", "dates: {2026-13-01: rest}"])
def test_a_day_that_does_not_exist_is_told_like_any_other_mistake(path: Path, content: str) -> None:
    assert english_in(refused(path, content).message.replace(str(path), "")) == []


@pytest.mark.parametrize(
    ("content", "line"),
    [("days: 3\nnames: [甲\n", 3), ("days: 3\n\tshare: 1\n", 2), ("text: a: b\n", 1), ('text: "开\n', 2)],
)
def test_broken_yaml_is_told_with_its_line_and_what_to_look_for(path: Path, content: str, line: int) -> None:
    # when
    error = refused(path, content)
    # then
    assert "不是正确的 YAML" in error.message
    assert f"line {line}" in error.message
    assert "缩进" in error.advice


def test_yaml_that_would_run_code_is_refused(path: Path) -> None:
    assert "不是正确的 YAML" in refused(path, "text: !!python/object/apply:os.getcwd []").message


def test_a_key_written_twice_is_noticed(path: Path) -> None:
    # given a day entered twice, once each way: which one did the office mean?
    error = refused(path, "dates:\n  2026-06-30: rest\n  2026-06-30: work\n")
    # then
    assert "第 3 行：“2026-06-30”写了两次" in error.message


def test_a_key_may_stand_again_where_it_replaces_one_that_was_taken_over(path: Path) -> None:
    # given YAML's own way to repeat a section with one thing changed
    path.write_text("parts:\n- &one {name: 甲, colour: red}\n- {<<: *one, colour: green}\n", encoding="utf-8")
    # then
    assert load_yaml(path, Example).parts[1] == Inner(name="甲", colour="green")


def test_a_file_in_another_encoding_says_where_and_what_to_do(path: Path) -> None:
    # when
    error = refused(path, "# 说明\ndays: 3\n".encode("gb18030"))
    # then
    assert re.search(r"不是 UTF-8 编码（第 \d+ 字节）", error.message)
    assert "另存为 UTF-8" in error.advice


def test_a_missing_file_is_named_with_what_to_do(path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        load_yaml(path, Example)
    assert str(path) in told.value.message
    assert "config/" in told.value.advice


def test_a_folder_in_the_place_of_a_file_is_told_too(path: Path) -> None:
    # given what a container makes of a file that was not there when it was mounted
    path.mkdir()
    # then
    with pytest.raises(ConfigError, match=r"example\.yml"):
        load_yaml(path, Example)
