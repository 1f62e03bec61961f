"""Exports: what was written comes out cell by cell, and whatever a row holds is a post or a reason why not."""

import csv
import io
import tempfile
from pathlib import Path

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.targets import TABLE, csv_file, parse
from tests.properties.bounds import BOUNDED, FEW

HEADER = TABLE.columns.headers()
# A NUL is left out on purpose, half a character cannot be encoded, and a line end comes back as the file has it.
WRITTEN = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=30)
ROWS = st.lists(
    st.lists(WRITTEN, min_size=len(HEADER), max_size=len(HEADER)).filter(lambda row: bool("".join(row).strip()))
)
CELLS = st.fixed_dictionaries(
    {
        "时间": st.one_of(st.text(max_size=12), st.just("2020/1/8 9:30")),
        "标题": st.text(max_size=12),
        "内容": st.text(max_size=12),
        "答复时间": st.one_of(st.just(""), st.text(max_size=12), st.just("2020-01-09")),
        "赞": st.one_of(st.just(""), st.text("0123456789.-e+nai", max_size=8)),
        "满意度": st.one_of(st.just(""), st.text("0123456789.-e+nai", max_size=8)),
    },
    optional={
        "编号": st.text(max_size=600),
        "网友": st.text(max_size=9),
        "状态": st.text(max_size=9),
        "答复": st.text(max_size=9),
    },
)


def _cells_of(name: str, content: bytes) -> list[list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        items = [item for batch in TABLE.read_file(path) for item in batch.items]
    return [[item["cells"][column] for column in HEADER] for item in items]


@FEW
@given(ROWS, st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]), st.sampled_from(",;\t"))
def test_the_rows_of_a_text_file_come_back(rows: list[list[str]], encoding: str, separator: str) -> None:
    # given
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([HEADER, *rows])
    # when
    read = _cells_of("a.csv", text.getvalue().encode(encoding))
    # then
    assert read == rows


@FEW
@given(ROWS)
def test_the_rows_of_a_workbook_come_back(rows: list[list[str]]) -> None:
    # given
    book, packed = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for number, row in enumerate([HEADER, *rows], 1):
        for place, text in enumerate(row, 1):
            cell = book.active.cell(number, place, text)
            # As text, though it may look like a formula.
            cell.data_type = "s"
    book.save(packed)
    # when
    read = _cells_of("a.xlsx", packed.getvalue())
    # then
    assert read == rows


@BOUNDED
@given(CELLS)
def test_a_row_is_a_post_or_says_why_not(cells: dict[str, str]) -> None:
    parse(TABLE, {"file": "a.csv", "row": 2, "exported_at": "2026-01-01T00:00:00+00:00", "cells": cells})


@BOUNDED
@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=80).map(lambda text: f"{','.join(HEADER)}\r\n{text}".encode()))
)
def test_a_file_of_any_bytes_is_read_or_refused_by_its_name(content: bytes) -> None:
    csv_file(content.replace(b"\xed", b""))
