"""What the search for a forgotten person reads of a file: packed, within one another, damaged, and never without limit."""

import gzip
import io
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from docx.shared import RGBColor

from pipeline.file_text import text_of

SAID = "我家楼下的搅拌站 <每天> & 凌晨三点就开工"


def word_file() -> bytes:
    """A Word file that says it in three pieces of different colours."""
    document = Document()
    paragraph = document.add_paragraph(SAID[:5])
    paragraph.add_run(SAID[5:9]).font.color.rgb = RGBColor(255, 0, 0)
    paragraph.add_run(SAID[9:])
    return saved(document.save)


def workbook() -> bytes:
    """An Excel file that says it in a cell."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["内容", SAID])
    return saved(book.save)


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    """What saving writes."""
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def archive(*files: tuple[str, bytes]) -> bytes:
    """A ZIP file of these."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files:
            packed.writestr(name, content)
    return stream.getvalue()


def mail(name: str, content: bytes) -> bytes:
    """A mail with an attachment."""
    message = EmailMessage()
    message["Subject"] = "转办"
    message.set_content("见附件")
    message.add_attachment(content, "application", "octet-stream", filename=name)
    return message.as_bytes()


def said_in_mail() -> bytes:
    """A mail that says it itself, in GB18030."""
    message = EmailMessage()
    message.set_content(SAID.encode("gb18030"), "text", "plain", cte="base64")
    return message.as_bytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", SAID.encode()),
        ("a.csv", SAID.encode("gb18030")),
        ("a.jsonl.gz", gzip.compress(SAID.encode())),
        ("a.docx", word_file()),
        ("a.xlsx", workbook()),
        ("a.zip", archive(("inner/a.docx", word_file()))),
        ("a.eml", mail("转办.docx", word_file())),
        ("a.eml", mail("转办.zip", archive(("一.xlsx", workbook())))),
        ("a.eml", mail("转发.eml", mail("转办.docx", word_file()))),
        ("a.eml", said_in_mail()),
    ],
)
def test_what_a_file_says_is_found_wherever_it_is_packed(name: str, content: bytes, tmp_path: Path) -> None:
    # given
    path = tmp_path / name
    path.write_bytes(content)
    # when
    text = text_of(path)
    # then
    assert SAID in text.said
    assert text.whole


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl.gz", gzip.compress(SAID.encode() * 1000)[:-20]),
        ("a.jsonl.gz", b"no gzip"),
        ("a.docx", word_file()[:-200]),
        ("a.zip", b"PK\x03\x04 and no more"),
        ("a.zip", archive(("a.docx", word_file()[:3000]))),
        ("a.pdf", b"%PDF-1.7"),
        ("a.eml", mail("附件.pdf", b"%PDF-1.7")),
    ],
)
def test_what_cannot_be_read_is_told_from_what_says_nothing(name: str, content: bytes, tmp_path: Path) -> None:
    # given
    path = tmp_path / name
    path.write_bytes(content)
    # then
    assert not text_of(path).whole


def test_a_damaged_mail_in_the_outbox_is_told(tmp_path: Path) -> None:
    # given
    path = tmp_path / "outbox" / "a.json"
    path.parent.mkdir()
    path.write_bytes(b'{"message": ')
    # then
    assert not text_of(path).whole


def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1024**2)) for _ in range(megabytes)) + packer.flush()


@pytest.mark.parametrize("name", ["a.gz", "a.zip", "many.zip"])
def test_a_bomb_is_given_up_while_it_unpacks(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given 300 MB in a file of a few hundred kilobytes, in one piece or in many, where 4 MB are allowed
    monkeypatch.setattr("pipeline.file_text.MOST_BYTES", 4 * 1024**2)
    content = {
        "a.gz": lambda: _bomb(300),
        "a.zip": lambda: archive(("a.bin", bytes(300 * 1024**2))),
        "many.zip": lambda: archive(*((f"{number}.gz", _bomb(3)) for number in range(100))),
    }[name]()
    path = tmp_path / name
    path.write_bytes(content)
    # when
    tracemalloc.start()
    text = text_of(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # then
    assert not text.whole
    assert peak < 60 * 1024**2
