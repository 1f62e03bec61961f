"""`yuqing import`: a table becomes searchable messages, once; bad rows and bad files are told by name and reason."""

from pathlib import Path

import pytest

from core.errors import ExitCode
from tests.cli.command import Yuqing
from tests.cli.exports import AT, HEADER, PHONE, ROWS, row, write


def found(yuqing: Yuqing, word: str) -> int:
    return int(yuqing("search", word, "--json").json["total"])


def received(yuqing: Yuqing) -> int:
    return int(yuqing("deadlines", "report", "--at", AT, "--json").json["rows"][-1]["received"])


def test_an_import_makes_a_table_searchable_and_tells_what_it_did(yuqing: Yuqing, tmp_path: Path) -> None:
    # when
    outcome = yuqing("import", write(tmp_path / "导出.csv"), "--at", AT)
    # then the messages are found at once
    assert found(yuqing, "疫苗") == 2
    assert outcome.code == ExitCode.OK
    assert "导出.csv：读入 6 行，来源 yuqing_demo" in outcome.err
    assert "处理 6 条：入库 6" in outcome.out
    assert "脱敏：电话 1" in outcome.out
    assert PHONE not in outcome.out + outcome.err


@pytest.mark.parametrize("name", ["export.csv", "copy.csv"])
def test_the_same_file_again_imports_nothing_whatever_it_is_called(name: str, imported: Yuqing, tmp_path: Path) -> None:
    # given a file of the content that was imported before
    copy = write(tmp_path / name)
    # when
    outcome = imported("import", copy, "--at", AT)
    # then
    assert outcome.code == ExitCode.OK
    assert f"{name} 以前导入过" in outcome.err
    assert "yuqing replay" in outcome.err
    assert "处理 0 条：入库 0" in outcome.out
    assert received(imported) == 6


def test_a_longer_export_adds_only_what_is_new(yuqing: Yuqing, tmp_path: Path) -> None:
    # given
    yuqing("import", write(tmp_path / "monday.csv"), "--at", AT)
    more = [*ROWS, row(7, "水痘疫苗补种", "水痘疫苗在哪里补种", "咨询", "2026-01-09 07:00")]
    # when
    outcome = yuqing("import", write(tmp_path / "tuesday.csv", more), "--at", AT)
    # then the six known ones are written again under their own ids
    assert outcome.code == ExitCode.OK
    assert "处理 7 条：入库 7" in outcome.out
    assert received(yuqing) == 7


def test_several_files_are_one_result_for_programs_with_what_was_masked(yuqing: Yuqing, tmp_path: Path) -> None:
    # given one of them with a telephone number
    files = [write(tmp_path / f"{number}.csv", [one]) for number, one in enumerate(ROWS)]
    # when
    outcome = yuqing("import", *files, "--at", AT, "--json")
    # then
    assert outcome.code == ExitCode.OK
    assert (outcome.json["items"], outcome.json["indexed"], outcome.json["rejections"]) == (6, 6, [])
    assert outcome.json["masked"] == {"phone": 1}


def test_bad_rows_are_named_with_reasons_and_the_good_ones_go_through(yuqing: Yuqing, tmp_path: Path) -> None:
    # given rows 3, 4, 5 and 7 of the file spoiled, each in its own way
    no_time, no_text, odd_time, odd_votes = (list(ROWS[number]) for number in (1, 2, 3, 5))
    no_time[HEADER.index("留言时间")] = ""
    no_text[HEADER.index("标题")] = no_text[HEADER.index("内容")] = " "
    odd_time[HEADER.index("答复时间")] = "上周二"
    odd_votes[HEADER.index("点赞数")] = "很多"
    path = write(tmp_path / "坏行.csv", [ROWS[0], no_time, no_text, odd_time, ROWS[4], odd_votes])
    # when
    outcome = yuqing("import", path, "--at", AT)
    # then
    assert outcome.code == ExitCode.PARTIAL
    assert "处理 6 条：入库 2" in outcome.out
    assert "另存 4" in outcome.out
    lines = {number: line for line in outcome.out.splitlines() for number in (3, 4, 5, 7) if f"第 {number} 行" in line}
    assert "“留言时间”是空的" in lines[3]
    assert "标题和内容都是空的" in lines[4]
    assert "“答复时间”：时间“上周二”认不出" in lines[5]
    assert "“点赞数”应是数字，现在是“很多”" in lines[7]
    assert all("坏行.csv" in line for line in lines.values())
    assert "Traceback" not in outcome.err
    # and when a program asks
    spoiled = write(tmp_path / "坏行二.csv", [ROWS[1], odd_time])
    told = yuqing("import", spoiled, "--at", AT, "--json")
    # then
    assert (told.code, told.json["items"], told.json["indexed"]) == (ExitCode.PARTIAL, 2, 1)
    (rejection,) = told.json["rejections"]
    assert (rejection["source"], rejection["where"]) == ("yuqing_demo", "坏行二.csv 第 3 行")
    assert "上周二" in rejection["reason"]


def test_what_was_masked_is_not_found_again(imported: Yuqing) -> None:
    # when
    shown = imported("search", "九价疫苗", "--json")
    # then
    assert shown.json["total"] == 1
    assert PHONE not in shown.out
    assert "[电话]" in shown.json["posts"][0]["body"]


@pytest.mark.parametrize(
    ("name", "content", "code", "told"),
    [
        ("别的表.csv", "姓名,年龄\n甲,3\n", ExitCode.CONFIG, ["没有哪个来源的列名与 别的表.csv 相符", "姓名、年龄"]),
        ("空.csv", "", ExitCode.CONFIG, ["空.csv", "空文件"]),
        ("旧.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, None, ["旧.xls", "旧版 Excel", ".xlsx"]),
        ("坏.xlsx", b"PK\x03\x04" + b"\0" * 600, None, ["坏.xlsx", "不是完好的 XLSX"]),
        ("引号.csv", f'{",".join(HEADER)}\n1,"没有配对\n', None, ["引号.csv", "引号没有配对"]),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_what_to_do(
    name: str, content: str | bytes, code: ExitCode | None, told: list[str], imported: Yuqing, tmp_path: Path
) -> None:
    # given
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    # when
    outcome = imported("import", path, "--at", AT)
    # then
    assert outcome.code == code if code else outcome.code != ExitCode.OK
    assert [part for part in told if part not in outcome.err] == []
    assert "怎么办：" in outcome.err
    assert outcome.out == ""
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("name", ["没有.csv", ""])
def test_a_file_that_is_not_there_is_named(name: str, imported: Yuqing, tmp_path: Path) -> None:
    # when it is missing, or a folder
    outcome = imported("import", tmp_path / name)
    # then
    assert outcome.code == ExitCode.FAILED
    assert f"找不到文件 {tmp_path / name}" in outcome.err


def test_a_source_that_is_not_there_is_told_with_what_can_be_named(imported: Yuqing, tmp_path: Path) -> None:
    # when
    outcome = imported("import", write(tmp_path / "export.csv"), "--source", "nothing")
    # then
    assert outcome.code == ExitCode.CONFIG
    assert "没有这样的表格来源" in outcome.err
    assert "spreadsheet" in outcome.err


def test_good_files_before_a_bad_one_are_searchable_all_the_same(yuqing: Yuqing, tmp_path: Path) -> None:
    # given
    good, bad = write(tmp_path / "good.csv"), tmp_path / "bad.csv"
    bad.write_text("姓名,年龄\n甲,3\n", encoding="utf-8")
    # when
    outcome = yuqing("import", good, bad, "--at", AT)
    # then the command promises "until they can be searched"
    assert outcome.code == ExitCode.PARTIAL
    assert "bad.csv" in outcome.err
    assert received(yuqing) == 6


def test_good_files_after_a_bad_one_are_imported_and_programs_are_told_which_was_bad(
    yuqing: Yuqing, tmp_path: Path
) -> None:
    # given
    bad, good, missing = tmp_path / "bad.csv", write(tmp_path / "good.csv"), tmp_path / "missing.csv"
    bad.write_text("姓名,年龄\n甲,3\n", encoding="utf-8")
    # when
    outcome = yuqing("import", bad, good, missing, "--at", AT, "--json")
    # then
    assert (outcome.code, outcome.json["indexed"]) == (ExitCode.PARTIAL, 6)
    assert list(outcome.json["failed"]) == [str(bad), str(missing)]
    assert "没有哪个来源的列名" in outcome.json["failed"][str(bad)]
