"""PDF where LibreOffice is present, a sentence where it is not, and never a run that hangs."""

import os
import shutil
import time
from pathlib import Path

import pytest

from pipeline.runtime import Runtime
from pipeline.weekly import summarise
from reports.pdf import FAILED, MISSING, TOO_SLOW, NoPdf, to_pdf
from reports.word import to_word
from tests.reports.city import WEEK


def office(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a `soffice` of that script first on the path."""
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_without_libreoffice_there_is_a_sentence(no_office: None) -> None:
    # when
    with pytest.raises(NoPdf) as reason:
        to_pdf(b"")
    # then
    assert str(reason.value) == MISSING


def test_one_that_hangs_is_ended_with_all_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    alive = tmp_path / "alive"
    office(tmp_path, f"(while true; do touch {alive}; sleep 0.1; done) & wait", monkeypatch)
    # when
    with pytest.raises(NoPdf) as reason:
        to_pdf(b"", limit_seconds=1)
    # then
    assert str(reason.value) == TOO_SLOW
    alive.unlink()
    time.sleep(0.5)
    assert not alive.exists()


def test_one_that_makes_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    office(tmp_path, "exit 0", monkeypatch)
    # when
    with pytest.raises(NoPdf) as reason:
        to_pdf(b"")
    # then
    assert str(reason.value) == FAILED


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_libreoffice_makes_a_pdf_of_the_report(town: Runtime) -> None:
    # given
    report = summarise(town, WEEK.before(60)).report
    # when
    pdf = to_pdf(to_word(report, {}))
    # then
    assert pdf.startswith(b"%PDF")
