"""`./do audit`: what it says and whether it fails, by what a database of vulnerabilities on loopback answers."""

import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import free_port
from tests.deploy import audit as auditing
from tests.deploy.audit import NOT_AUDITED, audit
from tests.deploy.serving import running


class Database(ThreadingHTTPServer):
    """Answers as OSV does. `faults` has (id, the version that mends it or None) by package; `status` is for all answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults: dict[str, tuple[str, str | None]] = {}
        self.status = 200
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        """Its address for questions."""
        return f"http://127.0.0.1:{self.server_port}/v1/query"

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """What is known of the package."""
        package = question.get("package", {}).get("name")
        if package:
            self.asked.append((package, question["version"]))
        if package not in self.faults:
            return {}
        fault, mended = self.faults[package]
        events = [{"introduced": "0"}, *([{"fixed": mended}] if mended else [])]
        ranges = [{"type": "ECOSYSTEM", "events": events}]
        affected = [{"package": {"name": package, "ecosystem": "PyPI"}, "ranges": ranges}]
        return {"vulns": [{"id": fault, "summary": "bad", "affected": affected}]}


class Handler(BaseHTTPRequestHandler):
    """Questions come as POST."""

    server: Database

    def do_POST(self) -> None:
        """Answer one."""
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = json.dumps(self.server.answer(question)).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def database() -> Iterator[Database]:
    """A running one that knows no vulnerability."""
    with running(Database()) as started:
        yield started


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock file of two packages, one of them for another system."""
    path = tmp_path / "requirements.lock"
    hashed = f"--hash=sha256:{'0' * 64}"
    path.write_text(
        f"six==1.17.0 \\\n    {hashed}\nidna==3.4 \\\n    {hashed}\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n    {hashed}\n"
    )
    return path


def test_dependencies_without_known_vulnerabilities_pass(database: Database, lock: Path) -> None:
    said: list[str] = []

    assert audit(lock, database.url, said.append) == 0
    assert sorted(database.asked) == [("idna", "3.4"), ("six", "1.17.0")]
    assert said == ["检查了 2 个依赖，已知漏洞 0 个 / audited 2, vulnerabilities 0"]


def test_a_vulnerability_that_a_newer_version_mends_fails(database: Database, lock: Path) -> None:
    # given
    database.faults = {"idna": ("PYSEC-2024-60", "3.7")}
    said: list[str] = []
    # when
    code = audit(lock, database.url, said.append)
    # then
    assert code == 1
    assert said[0] == "idna 3.4：PYSEC-2024-60，升级到 / mended in 3.7"


def test_a_vulnerability_nobody_has_mended_yet_is_told_and_passes(database: Database, lock: Path) -> None:
    # given
    database.faults = {"six": ("PYSEC-2099-1", None)}
    said: list[str] = []
    # when
    code = audit(lock, database.url, said.append)
    # then
    assert code == 0
    assert said[0].startswith("six 1.17.0：PYSEC-2099-1，还没有修好的版本")


def test_a_database_that_is_not_there_or_in_trouble_is_noted_in_one_line(database: Database, lock: Path) -> None:
    # given
    said: list[str] = []
    database.status = 503
    # when
    codes = [audit(lock, database.url, said.append), audit(lock, f"http://127.0.0.1:{free_port()}", said.append)]
    # then
    assert codes == [0, 0]
    assert said == [NOT_AUDITED] * 2


def test_a_database_that_takes_the_call_and_never_answers_is_given_up(
    lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "PROBE_SECONDS", 2)
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert audit(lock, f"http://127.0.0.1:{silent.getsockname()[1]}", said.append) == 0

    assert said == [NOT_AUDITED]


def test_the_lock_file_of_the_project_is_one_that_can_be_audited(database: Database) -> None:
    # when
    code = audit(database=database.url, say=lambda _: None)
    # then
    assert code == 0
    assert len(database.asked) > 150
    assert {"elasticsearch", "apache-airflow"} <= {name for name, _ in database.asked}
