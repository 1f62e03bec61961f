"""A Word file as PDF by LibreOffice, where there is one: nothing else sets Word files as Word does."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

LIMIT_SECONDS = 120
MISSING = "没有安装 LibreOffice，没有生成 PDF。"
TOO_SLOW = "LibreOffice 没有在时限内完成，没有生成 PDF。"
FAILED = "LibreOffice 没能转换，没有生成 PDF。"


class NoPdf(Exception):
    """There is no PDF; the message (Chinese) says why."""


def to_pdf(word: bytes, limit_seconds: float = LIMIT_SECONDS) -> bytes:
    """The document as PDF. Raises `NoPdf` when LibreOffice is absent, fails or takes too long."""
    office = shutil.which("soffice")
    if office is None:
        raise NoPdf(MISSING)
    with tempfile.TemporaryDirectory(prefix="yuqing-pdf-") as folder:
        source, result = Path(folder, "report.docx"), Path(folder, "report.pdf")
        source.write_bytes(word)
        # With a profile of its own: one in use by another LibreOffice would make this one do nothing.
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(source)]
        _run(command, folder, limit_seconds)
        if not result.is_file():
            raise NoPdf(FAILED)
        return result.read_bytes()


def _run(command: list[str], home: str, limit_seconds: float) -> None:
    """Run it and everything it starts; all of that is ended when the time is over."""
    environment = {**os.environ, "HOME": home}
    process = subprocess.Popen(  # noqa: S603
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(limit_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise NoPdf(TOO_SLOW) from None
