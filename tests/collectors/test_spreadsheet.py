"""Spreadsheets: which files are read, which rows come out of them, and what one row means."""

import csv
import io
import json
import logging
import os
import re
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from collectors import tables
from collectors.base import BadItem, Batch, Context, RawItem, SourceFailed
from collectors.registry import load_sources
from collectors.session import Politeness, PoliteSession
from collectors.spreadsheet import Columns, Spreadsheet, best_match, content_hash
from collectors.tables import LONGEST_CELL, MOST_ROWS, MOST_UNPACKED_BYTES, open_table
from core.errors import ConfigError
from core.post import Post
from pipeline.settings import PROJECT

NOW = datetime(2026, 1, 5, 0, 30, tzinfo=UTC)
HEADER = ["编号", "网友", "标题", "内容", "时间", "答复", "答复时间", "赞"]
ROW = ["17", "王某", "路灯不亮", "晚上看不见路", "2020/1/8 9:30", "已修好", "2020/1/10 15:00", "3"]
COLUMNS = Columns(
    id="编号",
    author="网友",
    title="标题",
    body="内容",
    posted_at="时间",
    reply_body="答复",
    replied_at="答复时间",
    votes_up="赞",
)
BOARD = Spreadsheet(
    name="board",
    title="省长信箱导出表",
    kind="spreadsheet",
    channel="message_board",
    folder=Path("inbox/board"),
    columns=COLUMNS,
    tracks_replies=True,
)


def csv_text(rows: Iterable[list[str]], separator: str = ",", header: list[str] = HEADER) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([header, *rows])
    return text.getvalue()


def xlsx_bytes(rows: Iterable[Sequence[object]], *, before: int = 0) -> bytes:
    book = openpyxl.Workbook()
    for _ in range(before):
        book.create_sheet(index=0).append(["说明"])
    for row in rows:
        book.worksheets[before].append(list(row))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def repacked(data: bytes, edit: Callable[[str, bytes], bytes | None]) -> bytes:
    """The archive with its members changed, or left out where `edit` gives None."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = edit(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return packed.getvalue()


def items_of(path: Path, source: Spreadsheet = BOARD) -> list[RawItem]:
    return [item for batch in source.read_file(path) for item in batch.items]


def posts_of(path: Path, source: Spreadsheet = BOARD) -> list[Post]:
    return [source.parse(item, NOW) for item in items_of(path, source)]


def row_of(changes: dict[str, str], **more: object) -> RawItem:
    """The landed form of `ROW` with some cells changed."""
    cells = dict(zip(HEADER, ROW, strict=True)) | changes
    return {"file": "a.csv", "row": 2, "exported_at": "2026-01-01T00:00:00+00:00", "cells": cells, **more}


def fetched(home: Path, finished: set[str] | None = None, source: Spreadsheet = BOARD) -> list[Batch]:
    context = Context(
        http=PoliteSession(Politeness()), now=NOW, is_finished=lambda key: key in (finished or set()), home=home
    )
    return list(source.fetch(context))


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Puts a file into the watched folder, by default written an hour ago."""

    def write(name: str, content: str | bytes, age: timedelta = timedelta(hours=1)) -> Path:
        path = tmp_path / BOARD.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, ((NOW - age).timestamp(),) * 2)
        return path

    return write


# ---------- the watched folder ----------


def test_files_are_read_by_name_and_each_ends_with_its_content_hash(put: Callable[..., Path], tmp_path: Path) -> None:
    # given
    second = put("b.CSV", csv_text([["2", *ROW[1:]]]))
    first = put("a.xlsx", xlsx_bytes([HEADER, ["1", *ROW[1:]]]))

    # when
    batches = fetched(tmp_path)

    # then
    assert [[item["file"] for item in batch.items] for batch in batches] == [["a.xlsx"], ["b.CSV"]]
    assert [batch.finished for batch in batches] == [content_hash(first), content_hash(second)]


def test_a_file_known_by_its_content_is_not_read_again_under_another_name(
    put: Callable[..., Path], tmp_path: Path
) -> None:
    # given
    known = put("january.csv", csv_text([ROW]))
    put("january (1).csv", csv_text([ROW]))

    # when
    batches = fetched(tmp_path, finished={content_hash(known)})

    # then
    assert batches == []


@pytest.mark.parametrize("name", ["~$a.xlsx", "a.csv.part", ".a.csv"])
def test_temporary_files_of_other_programs_are_left_alone(name: str, put: Callable[..., Path], tmp_path: Path) -> None:
    # given
    put(name, "half a fi")

    # when
    batches = fetched(tmp_path)

    # then
    assert batches == []


def test_a_file_written_a_moment_ago_waits_for_the_next_run(put: Callable[..., Path], tmp_path: Path) -> None:
    # given
    put("new.csv", csv_text([ROW]), age=timedelta(seconds=2))
    put("old.csv", csv_text([ROW]), age=timedelta(seconds=10))

    # when
    files = [item["file"] for batch in fetched(tmp_path) for item in batch.items]

    # then
    assert files == ["old.csv"]


def test_a_run_for_a_past_day_reads_files_written_since(put: Callable[..., Path], tmp_path: Path) -> None:
    # given
    put("later.csv", csv_text([ROW]), age=timedelta(days=-1))

    # when
    files = [item["file"] for batch in fetched(tmp_path) for item in batch.items]

    # then
    assert files == ["later.csv"]


def test_a_folder_not_made_yet_holds_nothing(tmp_path: Path) -> None:
    # when
    batches = fetched(tmp_path)

    # then
    assert batches == []


def test_a_broken_file_is_heard_of_but_keeps_back_no_other(put: Callable[..., Path], tmp_path: Path) -> None:
    # given
    put("a.xls", b"\xd0\xcf\x11\xe0 old Excel")
    put("b.csv", csv_text([ROW]))
    context = Context(http=PoliteSession(Politeness()), now=NOW, home=tmp_path)
    files: list[str] = []

    # when
    with pytest.raises(SourceFailed) as failure:
        files.extend(item["file"] for batch in BOARD.fetch(context) for item in batch.items)

    # then
    assert files == ["b.csv"]
    assert "a.xls" in failure.value.message
    assert "另存为" in failure.value.advice


def test_rows_come_in_batches_of_a_thousand_and_only_the_last_finishes_the_file(put: Callable[..., Path]) -> None:
    # given
    path = put("a.csv", csv_text([str(number), *ROW[1:]] for number in range(2500)))

    # when
    batches = list(BOARD.read_file(path))

    # then
    assert [len(batch.items) for batch in batches] == [1000, 1000, 500]
    assert [batch.finished for batch in batches] == [None, None, content_hash(path)]


def test_a_file_with_a_header_only_is_finished_without_rows(put: Callable[..., Path]) -> None:
    # given
    path = put("a.csv", csv_text([]))

    # when
    batches = list(BOARD.read_file(path))

    # then
    assert [(list(batch.items), batch.finished) for batch in batches] == [([], content_hash(path))]


def test_memory_stays_flat_however_long_a_csv_is(put: Callable[..., Path]) -> None:
    # given
    path = put("a.csv", csv_text([str(number), *ROW[1:]] for number in range(100_000)))

    # when
    tracemalloc.start()
    rows = sum(len(batch.items) for batch in BOARD.read_file(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # then
    assert rows == 100_000
    assert peak < 12 * 1024**2


# ---------- text files ----------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_encoding_and_separator_are_found_out(encoding: str, separator: str, put: Callable[..., Path]) -> None:
    # given
    rare = ["18", "王㐀", "𠮷祥路, 路灯; 不亮\t吗", *ROW[3:]]
    path = put("a.csv", csv_text([ROW, rare], separator).encode(encoding))

    # when
    items = items_of(path)

    # then
    assert [item["cells"] for item in items] == [dict(zip(HEADER, row, strict=True)) for row in (ROW, rare)]


@pytest.mark.parametrize(
    ("before", "place"), [(b"", 0), (b"ab", 2), (b"\xef\xbb\xbf", 3), (b"x" * (1024 * 1024 - 1), 1024 * 1024 - 1)]
)
def test_a_file_in_no_known_encoding_is_refused_with_the_place(
    before: bytes, place: int, put: Callable[..., Path]
) -> None:
    # given
    path = put("a.csv", before + b"\xff\xffrest")

    # when / then
    with pytest.raises(SourceFailed, match=rf"a\.csv.*按 UTF-8\S* 读到第 {place} 字节"):
        items_of(path)


def test_titles_above_the_header_and_blank_rows_are_passed_over(put: Callable[..., Path]) -> None:
    # given
    text = "一季度留言,,,\r\n标题,\r\n" + csv_text([ROW, [""] * 8, ROW])
    path = put("a.csv", text)

    # when
    items = items_of(path)

    # then: the header is row 3, the blank row is row 5
    assert [item["row"] for item in items] == [4, 6]
    assert items[0]["cells"]["编号"] == "17"


def test_rows_are_numbered_as_excel_shows_them_though_texts_run_over_lines(put: Callable[..., Path]) -> None:
    # given
    path = put("a.csv", csv_text([[*ROW[:3], "一\n二\n三", *ROW[4:]], ROW]))

    # when
    items = items_of(path)

    # then
    assert [item["row"] for item in items] == [2, 3]


def test_nul_bytes_are_left_out_and_a_very_long_text_is_kept(put: Callable[..., Path]) -> None:
    # given
    path = put("a.csv", csv_text([[*ROW[:3], "长" * 300_000, *ROW[4:]]]).replace("路灯", "路\0灯"))

    # when
    cells = items_of(path)[0]["cells"]

    # then
    assert cells["标题"] == "路灯不亮"
    assert len(cells["内容"]) == 300_000


def test_a_quote_that_is_never_closed_swallows_no_rows_in_silence(put: Callable[..., Path]) -> None:
    # given
    good = csv_text([ROW] * 1500)
    path = put("a.csv", good + '18,王某,"路灯不亮,晚上,2020/1/8,,,\r\n' + "19,李某,积水,路口,2020/1/9,,,\r\n")
    batches: list[Batch] = []

    # when
    with pytest.raises(SourceFailed, match="第 1502 行的引号没有配对"):
        batches.extend(BOARD.read_file(path))

    # then: not even the good rows are given, lest they be landed again at every run
    assert batches == []


def test_a_cell_over_the_limit_is_taken_for_an_open_quote(put: Callable[..., Path]) -> None:
    # given
    path = put("a.csv", csv_text([ROW]) + '18,"' + "长\n" * (LONGEST_CELL // 2 + 1) + '",,,,,,\r\n')

    # when / then
    with pytest.raises(SourceFailed, match="第 3 行的引号没有配对"):
        items_of(path)


def test_a_line_without_end_is_refused_before_it_fills_the_memory(
    put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(tables, "LONGEST_LINE", 1000)
    path = put("a.csv", csv_text([ROW, ["17", *["甲"] * 1000]]))

    # when / then
    with pytest.raises(SourceFailed, match=r"a\.csv 有一行超过 1000 个字"):
        items_of(path)


def test_a_row_whose_cells_have_moved_is_named_not_misread(put: Callable[..., Path]) -> None:
    # given: an unquoted comma in the body, and harmless empty cells at the end of another row
    path = put("a.csv", csv_text([]) + ",".join(ROW).replace("晚上", "晚上,") + "\r\n" + ",".join(ROW) + ",,\r\n")
    moved, whole = items_of(path)

    # when / then
    with pytest.raises(BadItem, match="比表头多出 1 格"):
        BOARD.parse(moved, NOW)
    assert BOARD.parse(whole, NOW).title == "路灯不亮"


def test_missing_columns_are_named_with_those_found(put: Callable[..., Path]) -> None:
    # given
    path = put("a.csv", "编号,标题,时间\r\n1,路灯,2020/1/8\r\n")

    # when / then
    with pytest.raises(SourceFailed) as failure:
        items_of(path)
    name, _, missing = failure.value.message.rstrip("。").partition(" 缺少列：")
    assert name == "a.csv"
    assert sorted(missing.split("、")) == sorted(["网友", "内容", "答复", "答复时间", "赞"])
    assert "编号、标题、时间" in failure.value.advice


def test_two_columns_of_one_name_are_refused(put: Callable[..., Path]) -> None:
    # given
    path = put("a.csv", csv_text([[*ROW, "另一个时间"]], header=[*HEADER, "时间"]))

    # when / then
    with pytest.raises(SourceFailed, match="同名的列：时间"):
        items_of(path)


# ---------- workbooks ----------


def test_a_workbook_gives_text_as_it_is_read_with_whole_numbers_and_iso_times(put: Callable[..., Path]) -> None:
    # given
    posted, replied = datetime(2020, 1, 8, 9, 30), datetime(2020, 1, 10)
    path = put("a.xlsx", xlsx_bytes([HEADER, [12345.0, None, "路灯", "一\n二", posted, "好", replied, 3]]))

    # when
    item = items_of(path)[0]

    # then
    assert item["cells"] == {
        "编号": "12345",
        "网友": "",
        "标题": "路灯",
        "内容": "一\n二",
        "时间": "2020-01-08T09:30:00",
        "答复": "好",
        "答复时间": "2020-01-10T00:00:00",
        "赞": "3",
    }
    assert json.loads(json.dumps(item)) == item


def test_the_table_is_found_below_a_title_on_a_later_sheet_of_wrong_declared_size(put: Callable[..., Path]) -> None:
    # given
    data = xlsx_bytes([["一季度留言"], HEADER, ROW, [None] * 8, ROW], before=1)

    def declare_one_cell(name: str, content: bytes) -> bytes:
        return re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', content) if "/sheet" in name else content

    path = put("a.xlsx", repacked(data, declare_one_cell))

    # when
    items = items_of(path)

    # then
    assert [item["row"] for item in items] == [3, 5]
    assert items[0]["cells"] == dict(zip(HEADER, ROW, strict=True))


def test_a_note_beside_the_table_in_a_workbook_moves_nothing(put: Callable[..., Path]) -> None:
    # given
    path = put("a.xlsx", xlsx_bytes([HEADER, [*ROW, None, "已电话核实"]]))

    # when
    posts = posts_of(path)

    # then
    assert [post.title for post in posts] == ["路灯不亮"]


def _cut_sheet(name: str, content: bytes) -> bytes | None:
    return content[:-40] if "/sheet" in name else content


def _no_sheet(name: str, content: bytes) -> bytes | None:
    return None if "/sheet" in name else content


def _no_workbook(name: str, content: bytes) -> bytes | None:
    return content if "docProps" in name else None


def _no_content_type(name: str, content: bytes) -> bytes | None:
    return content.replace(b"sheet.main", b"sheet.other") if name == "[Content_Types].xml" else content


def _offset_beyond_the_file(data: bytes) -> bytes:
    # A central directory that stands before the beginning of the file.
    place = data.rindex(b"PK\x05\x06") + 16
    return (
        data[:place]
        + (int.from_bytes(data[place : place + 4], "little") + 1000).to_bytes(4, "little")
        + data[place + 4 :]
    )


GOOD = xlsx_bytes([HEADER, ROW])
SHEET_AT = GOOD.index(b"xl/worksheets/sheet1.xml") + 60
ROTTEN = GOOD[:SHEET_AT] + b"\xff" * 30 + GOOD[SHEET_AT + 30 :]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(GOOD[:-100], id="cut off"),
        pytest.param(ROTTEN, id="bytes lost"),
        pytest.param(repacked(GOOD, _cut_sheet), id="sheet cut off"),
        pytest.param(repacked(GOOD, _no_sheet), id="no sheet"),
        pytest.param(repacked(GOOD, _no_workbook), id="some other archive"),
        pytest.param(repacked(GOOD, _no_content_type), id="no workbook part"),
        pytest.param(_offset_beyond_the_file(GOOD), id="wrong offset"),
    ],
)
def test_a_damaged_workbook_is_refused_by_name(data: bytes, put: Callable[..., Path]) -> None:
    # given
    path = put("a.xlsx", data)

    # when / then
    with pytest.raises(SourceFailed, match=r"a\.xlsx 不是完好的 XLSX 文件"):
        items_of(path)


def test_a_row_that_calls_itself_the_two_thousand_millionth_does_not_keep_us_for_hours(
    put: Callable[..., Path],
) -> None:
    # given: rows left out are filled up by the reader, one by one
    far = repacked(GOOD, lambda name, old: old.replace(b'r="2"', b'r="2000000000"') if "/sheet" in name else old)
    path = put("a.xlsx", far)

    # when / then
    with pytest.raises(SourceFailed, match=f"超过 {MOST_ROWS} 行"):
        items_of(path)


def test_a_workbook_damaged_at_its_end_gives_no_row_at_all(put: Callable[..., Path]) -> None:
    # given: 3,000 rows, with 100 bytes near the end of the packed sheet overwritten
    data = xlsx_bytes([HEADER, *([str(number), *ROW[1:]] for number in range(3000))])
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sheet = packed.getinfo("xl/worksheets/sheet1.xml")
    end = sheet.header_offset + 30 + len(sheet.filename) + sheet.compress_size
    path = put("a.xlsx", data[: end - 200] + b"\xff" * 100 + data[end - 100 :])
    batches: list[Batch] = []

    # when
    with pytest.raises(SourceFailed, match="不是完好的 XLSX 文件"):
        batches.extend(BOARD.read_file(path))

    # then
    assert batches == []


def test_an_old_or_encrypted_workbook_is_refused_with_a_way_out(put: Callable[..., Path]) -> None:
    # given
    path = put("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512)

    # when / then
    with pytest.raises(SourceFailed, match=r"旧版 Excel（\.xls）或有密码") as failure:
        items_of(path)
    assert "另存为没有密码的 .xlsx" in failure.value.advice


def test_a_small_archive_that_unpacks_to_too_much_is_refused_unread(put: Callable[..., Path]) -> None:
    # given: 3 MB of blanks, which pack to a few kilobytes
    path = put("a.xlsx", repacked(GOOD, lambda name, old: old + b" " * 3 * 1024**2 if "/sheet" in name else old))
    careful = BOARD.model_copy(update={"max_unpacked_mb": 2})

    # when / then
    assert path.stat().st_size < 100_000
    with pytest.raises(SourceFailed, match="解压后有 3 MB，超过 2 MB"):
        items_of(path, careful)
    assert len(items_of(path)) == 1


def test_the_limit_of_a_reading_without_a_source_is_half_a_gigabyte(put: Callable[..., Path]) -> None:
    # given
    path = put("a.xlsx", GOOD)

    # when
    with open_table(path, HEADER) as (header, rows):
        numbers = [row.number for row in rows]

    # then
    assert BOARD.max_unpacked_mb * 1024**2 == MOST_UNPACKED_BYTES
    assert (header, numbers) == (HEADER, [2])


# ---------- what a row means ----------


def test_a_row_becomes_a_post_with_its_reply() -> None:
    # when
    post = BOARD.parse(row_of({"内容": "\t\r\n\t 晚上看不见路\u3000_x000D_\n\n  请修\t\n"}), NOW)

    # then
    assert post.id == "board:17"
    assert (post.title, post.body, post.author) == ("路灯不亮", "晚上看不见路\n请修", "王某")
    assert post.posted_at == datetime(2020, 1, 8, 1, 30, tzinfo=UTC)
    assert post.collected_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert [(reply.body, reply.replied_at) for reply in post.replies] == [
        ("已修好", datetime(2020, 1, 10, 7, 0, tzinfo=UTC))
    ]
    assert (post.status, post.votes_up, post.votes_down) == ("已回复", 3, None)


def test_a_row_without_reply_waits_for_one_where_the_export_tracks_replies() -> None:
    # given
    row = row_of({"答复": " ", "答复时间": ""})
    untracked = BOARD.model_copy(update={"tracks_replies": False})

    # when / then
    assert BOARD.parse(row, NOW).status == "待回复"
    assert untracked.parse(row, NOW).status is None


def test_a_reply_without_time_is_a_reply_of_unknown_time() -> None:
    # when
    post = BOARD.parse(row_of({"答复时间": ""}), NOW)

    # then
    assert [(reply.body, reply.replied_at) for reply in post.replies] == [("已修好", None)]
    assert post.status == "已回复"


def test_a_reply_dated_before_its_post_is_kept_without_its_time_and_noted(caplog: pytest.LogCaptureFixture) -> None:
    # when
    with caplog.at_level(logging.WARNING):
        post = BOARD.parse(row_of({"答复时间": "2020/1/8 9:29"}), NOW)

    # then
    assert [(reply.body, reply.replied_at) for reply in post.replies] == [("已修好", None)]
    assert "a.csv 第 2 行" in caplog.text
    assert "已修好" not in caplog.text


def test_a_reply_with_a_bare_date_counts_on_the_day_of_the_post_but_not_before() -> None:
    # when
    same_day = BOARD.parse(row_of({"答复时间": "2020/1/8"}), NOW)
    day_before = BOARD.parse(row_of({"答复时间": "2020/1/7"}), NOW)

    # then
    assert same_day.replies[0].replied_at == datetime(2020, 1, 7, 16, 0, tzinfo=UTC)
    assert day_before.replies[0].replied_at is None


def test_a_row_without_title_takes_the_first_line_of_its_body() -> None:
    # when
    post = BOARD.parse(row_of({"标题": "", "内容": "路灯不亮\n很黑"}), NOW)

    # then
    assert (post.title, post.body) == ("路灯不亮", "路灯不亮\n很黑")


def test_a_row_without_id_gets_the_same_one_in_every_export_and_another_for_another_text() -> None:
    # given
    nameless = BOARD.model_copy(update={"columns": COLUMNS.model_copy(update={"id": None})})

    # when
    first = nameless.parse(row_of({}), NOW)
    answered_later = nameless.parse(row_of({"答复": "又修了一次", "赞": "9"}, row=40, file="b.csv"), NOW)
    others = {nameless.parse(row_of({name: text}), NOW).id for name, text in [("内容", "黑"), ("网友", "李某")]}

    # then
    assert first.id == answered_later.id
    assert len(others | {first.id}) == 3


def test_an_anonymous_author_is_no_author() -> None:
    # when
    post = BOARD.parse(row_of({"网友": "匿名网友"}), NOW)

    # then
    assert post.author is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"时间": ""}, "“时间”是空的"),
        ({"时间": "上周三"}, "“时间”：时间“上周三”认不出"),
        ({"答复时间": "待定"}, "“答复时间”：时间“待定”认不出"),
        ({"标题": " ", "内容": "\n"}, "标题和内容都是空的"),
        ({"赞": "很多"}, "“赞”应是数字，现在是“很多”"),
        ({"赞": "nan"}, "“赞”应是数字，现在是“nan”"),
        ({"赞": "inf"}, "“赞”应是数字，现在是“inf”"),
        ({"赞": "-1"}, "“赞”应是不小于 0 的整数，现在是“-1”"),
        ({"赞": "1.5"}, "“赞”应是不小于 0 的整数，现在是“1.5”"),
    ],
)
def test_a_row_that_is_no_post_says_which_column_and_value_is_wrong(changes: dict[str, str], reason: str) -> None:
    # when / then
    with pytest.raises(BadItem, match=re.escape(reason)):
        BOARD.parse(row_of(changes), NOW)


def test_a_map_without_any_text_column_is_refused() -> None:
    # when / then
    with pytest.raises(ValueError, match="title 和 body 至少要有一个"):
        Columns(posted_at="时间")


# ---------- the shipped maps ----------


@pytest.fixture(scope="module")
def shipped() -> dict[str, Spreadsheet]:
    """The spreadsheets of the shipped `config/sources.yml`."""
    sources = load_sources(PROJECT / "config" / "sources.yml").sources
    return {source.name: source for source in sources if isinstance(source, Spreadsheet)}


def test_a_hotline_export_is_recognised_and_its_own_words_are_understood(
    shipped: dict[str, Spreadsheet], put: Callable[..., Path]
) -> None:
    # given
    header = "工单编号,来电人,来电时间,标题,内容描述,诉求类型,所属区域,承办单位,处理状态,办结时间,回复内容,满意度"
    rows = [
        "G1,张三,2020-01-08 09:30:00,挂号难,排队两小时,投诉举报,甲区,市卫健委,办结,2020-01-09 10:00:00,已加开窗口,非常满意",
        "G2,李四,2020-01-08 10:00:00,疫苗,在哪里打,咨询类,乙区,市疾控中心,办理中,,,",
    ]
    path = put("hotline.csv", "\r\n".join([header, *rows]).encode("gb18030"))

    # when
    source = best_match(list(shipped.values()), path)
    done, open_one = posts_of(path, source)

    # then
    assert source.name == "hotline_12345"
    assert (done.kind, done.status, done.satisfaction, done.channel) == ("投诉", "已办结", 5, "hotline")
    assert done.replies[0].organisation == "市卫健委"
    assert (open_one.kind, open_one.status, open_one.satisfaction, open_one.replies) == ("咨询", "处理中", None, [])


def test_a_word_for_not_asked_gives_no_satisfaction() -> None:
    # given
    source = BOARD.model_copy(
        update={
            "columns": COLUMNS.model_copy(update={"satisfaction": "满意度"}),
            "grades": {"未评价": None, "满意": 4.0},
        }
    )

    # when
    grades = [source.parse(row_of({"满意度": word}), NOW).satisfaction for word in ("未评价", "满意", "2", "")]

    # then
    assert grades == [None, 4.0, 2.0, None]


@pytest.mark.parametrize(
    ("content", "found"),
    [("甲,乙\r\n1,2\r\n", "甲、乙"), ("留言编号,留言主题\r\n1,2\r\n", "留言编号、留言主题"), ("", "（空文件）")],
)
def test_a_file_no_map_fits_is_refused_with_its_headers_and_the_way_to_add_one(
    content: str, found: str, shipped: dict[str, Spreadsheet], put: Callable[..., Path]
) -> None:
    # given
    path = put("a.csv", content)

    # when / then
    with pytest.raises(ConfigError, match=f"文件里有：{found}") as failure:
        best_match(list(shipped.values()), path)
    assert "config/sources.yml" in failure.value.advice


def test_without_any_source_there_is_nothing_to_match(put: Callable[..., Path]) -> None:
    # given
    path = put("a.csv", csv_text([ROW]))

    # when / then
    with pytest.raises(ConfigError, match="没有这样的表格来源"):
        best_match([], path)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "rows", "answered"), [("messages_replied", 1353, True), ("messages_voted", 4326, False)]
)
def test_every_row_of_the_real_files_becomes_a_post_in_any_encoding_and_as_a_workbook(
    name: str, rows: int, answered: bool, shipped: dict[str, Spreadsheet], realdata: Path, put: Callable[..., Path]
) -> None:
    # given
    original = realdata / f"{name}.csv"
    text = original.read_text("utf-8-sig")
    records = list(csv.reader(io.StringIO(text, newline="")))
    copies = [
        put(f"{name}_gb.csv", text.encode("gb18030")),
        put(f"{name}_16.csv", text.encode("utf-16")),
        put(f"{name}.xlsx", xlsx_bytes([["留言导出"], *records])),
    ]

    # when
    source = best_match(list(shipped.values()), original)
    posts = posts_of(original, source)

    # then
    assert source.name == name
    assert len(posts) == rows
    assert [post.source_id for post in posts] == [record[0] for record in records[1:]]
    assert {post.status for post in posts} == ({"已回复"} if answered else {None})
    assert all(bool(post.replies) is answered for post in posts)
    for copy in copies:
        assert best_match(list(shipped.values()), copy) is source
        assert [_content(post) for post in posts_of(copy, source)] == [_content(post) for post in posts]


def _content(post: Post) -> dict[str, object]:
    """All of a post but the age of the file it stood in."""
    return post.model_dump(exclude={"collected_at"}) | {"author": post.author}
