"""Reading an explanation from the file it was written in."""

from pathlib import Path

import pytest
from docx import Document

from core.errors import YuqingError
from pipeline.explanation import read_explanation

LINES = ["育儿补贴政策解读", "离职人员可以凭失业登记证明领取。"]


@pytest.mark.parametrize(("name", "encoding"), [("a.txt", "utf-8-sig"), ("b.md", "utf-8"), ("c.txt", "gb18030")])
def test_text_is_read_whatever_editor_saved_it(tmp_path: Path, name: str, encoding: str) -> None:
    # given
    (tmp_path / name).write_text("# " + "\r\n\r\n".join(LINES), encoding)
    # then
    assert read_explanation(tmp_path / name) == (LINES[0], "\n".join(LINES))


def test_a_word_file_is_read(tmp_path: Path) -> None:
    # given
    document = Document()
    for line in ["", *LINES]:
        document.add_paragraph(line)
    document.save(str(tmp_path / "解读.docx"))
    # then
    assert read_explanation(tmp_path / "解读.docx") == (LINES[0], "\n".join(LINES))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.docx", b"no word file", "不是 Word"),
        ("b.txt", b"\xff\xff\xff", "不是文本文件"),
        ("c.txt", b" \n", "没有文字"),
        ("d.txt", None, "找不到文件"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes | None, told: str) -> None:
    # given
    if content is not None:
        (tmp_path / name).write_bytes(content)
    # then
    with pytest.raises(YuqingError, match=told):
        read_explanation(tmp_path / name)
