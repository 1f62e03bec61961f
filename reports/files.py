"""The files of a report: where they lie and what each is called."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.files import write_whole
from reports.content import Report
from reports.mail import to_page
from reports.pdf import NoPdf, to_pdf
from reports.word import to_word


@dataclass(frozen=True)
class ReportFiles:
    """What `save` wrote. `word` and `pictures` are the contents the mail carries; `no_pdf` says why there is no PDF."""

    folder: Path
    names: tuple[str, ...]
    word: bytes
    pictures: Mapping[str, bytes]
    no_pdf: str | None


def save(report: Report, twin: bytes, pictures: Mapping[str, bytes], folder: Path) -> ReportFiles:
    """Write the report as JSON, Word, web page, pictures and, where it can be made, PDF; each whole or not at all."""
    word = to_word(report, pictures)
    contents = {"report.json": twin, "report.docx": word, "report.html": to_page(report).encode()}
    contents |= {f"{name}.png": picture for name, picture in pictures.items()}
    no_pdf = None
    try:
        contents["report.pdf"] = to_pdf(word)
    except NoPdf as reason:
        no_pdf = str(reason)
    for name, content in contents.items():
        write_whole(folder / name, content)
    for left in ("report.pdf", "course.png", "topics.png", "handling.png"):
        # Of an earlier run, it would show another report's figures.
        if left not in contents:
            with suppress(OSError):
                (folder / left).unlink(missing_ok=True)
    return ReportFiles(folder, tuple(sorted(contents)), word, pictures, no_pdf)
