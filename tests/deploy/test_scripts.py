"""What the deployment's containers run: the preparation of Elasticsearch's users, the health check of Airflow's parts."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
import requests
from elasticsearch import Elasticsearch

from core.errors import ExitCode
from dashboards.panel import Index
from docker.es_setup import prepare, register
from pipeline.settings import PROJECT
from store.documents import DOCUMENTS, Names
from store.roles import TOLD
from tests.alerts.certificates import make_certificates
from tests.cli.command import Yuqing
from tests.deploy.serving import running
from tests.preview.serving import preview_of

POSTED_AT = datetime(2026, 1, 9, 8, tzinfo=UTC)
POST = {
    "_index": "wjw-posts-000001",
    "_id": "demo:1",
    "_source": {
        "id": "demo:1",
        "source": "demo",
        "title": "井盖松动",
        "body": "请处理。",
        "posted_at": POSTED_AT.isoformat(),
    },
}
HEALTHY = PROJECT / "docker" / "healthy.py"


class Server(ThreadingHTTPServer):
    """Keeps the requests; answers each with `answer`, those of a method of `forbidden` with 403, paths of `answers` with theirs.

    Stands for an Elasticsearch with security, which Maven does not offer.
    """

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.answers: dict[str, Any] = {}
        self.forbidden: set[str] = set()
        self.requests: list[tuple[str, str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Any request, any path."""

    server: Server

    def do_GET(self) -> None:
        """Keep it; answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path, json.loads(body or b"{}")))
        refused = self.command in self.server.forbidden
        self.send_response(403 if refused else 200)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        refusal = {"error": {"type": "security_exception", "reason": "action is unauthorized"}, "status": 403}
        answer = self.server.answers.get(urlsplit(self.path).path, self.server.answer)
        self.wfile.write(json.dumps(refusal if refused else answer).encode())

    def do_PUT(self) -> None:
        """The same."""
        self.do_GET()

    def do_POST(self) -> None:
        """The same."""
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server that answers `{}`."""
    with running(Server({})) as started:
        yield started


def test_the_project_gets_a_user_that_reaches_its_own_indices_only(server: Server) -> None:
    # given
    with Elasticsearch(server.url) as es:
        # when
        prepare(es, Names("wjw-"), kibana_password="k", writer_password="w")
    # then
    (kibana, role, _, _, user) = server.requests
    assert kibana[1:] == ("/_security/user/kibana_system/_password", {"password": "k"})
    assert role[1] == "/_security/role/yuqing_writer"
    snapshots = ["create_snapshot", "cluster:admin/snapshot/delete", "cluster:admin/snapshot/restore"]
    assert role[2]["cluster"] == ["monitor", "manage_index_templates", *snapshots]
    (indices,) = role[2]["indices"]
    assert indices["names"] == reached(*DOCUMENTS)
    assert set(indices["privileges"]) == {"read", "write", "view_index_metadata", "manage"}
    assert user[1] == "/_security/user/yuqing_writer"
    assert (user[2]["roles"], user[2]["password"]) == (["yuqing_writer", "yuqing_office"], "w")


def test_the_repository_of_the_backups_is_registered_once(server: Server) -> None:
    # given a cluster that has none
    server.answer = {"error": {"type": "repository_missing_exception"}, "status": 404}
    with Elasticsearch(server.url) as es:
        # when
        register(es, "yuqing")
        # then
        assert server.requests[-1] == ("PUT", "/_snapshot/yuqing", {"type": "fs", "settings": {"location": "yuqing"}})
        # and one that is there stays as it is
        server.answer = {"yuqing": {"type": "fs"}}
        register(es, "yuqing")
        assert [method for method, *_ in server.requests] == ["GET", "PUT", "GET"]


def test_leaders_look_and_the_office_may_change_and_neither_writes_data(server: Server) -> None:
    # given
    with Elasticsearch(server.url) as es:
        # when
        prepare(es, Names("wjw-"), kibana_password="k", writer_password="w")
    # then
    roles = roles_put(server)
    assert set(roles) == {"yuqing_writer", "yuqing_office", "yuqing_leader"}
    for name, level in (("yuqing_office", "all"), ("yuqing_leader", "read")):
        (indices,) = roles[name]["indices"]
        told = (*get_args(Index), *TOLD)
        assert indices["names"] == reached(*told)
        assert indices["privileges"] == ["read", "view_index_metadata"]
        (kibana,) = roles[name]["applications"]
        assert (kibana["application"], kibana["resources"]) == ("kibana-.kibana", ["space:default"])
        assert {privilege.rpartition(".")[2] for privilege in kibana["privileges"]} == {level}
        assert f"feature_dashboard.{level}" in kibana["privileges"]
        assert "cluster" not in roles[name]


def reached(*aliases: str) -> list[str]:
    """What a role names to reach these aliases and the indices behind them; posts are written by their months' aliases."""
    months = {"posts": ["wjw-posts-in-*"]}
    return [name for alias in aliases for name in (f"wjw-{alias}", f"wjw-{alias}-0*", *months.get(alias, []))]


def roles_put(server: Server) -> dict[str, dict[str, Any]]:
    """The roles the server was told, by name."""
    return {path.removeprefix("/_security/role/"): body for _, path, body in server.requests if "/role/" in path}


def test_the_command_puts_the_same_roles_and_touches_no_user(server: Server) -> None:
    # given
    with Elasticsearch(server.url) as es:
        prepare(es, Names("wjw-"), kibana_password="k", writer_password="w")
    prepared = roles_put(server)
    server.requests.clear()
    # when
    outcome = command_on(server)("es", "roles")
    # then, but for what reaches other systems' snapshots
    assert (outcome.code, outcome.err) == (ExitCode.OK, "")
    fewer = ["monitor", "manage_index_templates", "create_snapshot"]
    assert roles_put(server) == prepared | {"yuqing_writer": prepared["yuqing_writer"] | {"cluster": fewer}}
    assert len(server.requests) == len(prepared) == 3
    assert all(name in outcome.out for name in prepared)
    # and where there are none, the very same
    assert command_on(server)("es", "roles", "--own-cluster").code == ExitCode.OK
    assert roles_put(server) == prepared


def test_the_roles_can_be_for_a_space_of_their_own(server: Server) -> None:
    # when
    outcome = command_on(server)("es", "roles", "--space", "yuqing")
    # then
    assert outcome.code == ExitCode.OK
    roles = roles_put(server)
    for name in ("yuqing_office", "yuqing_leader"):
        assert [granted["resources"] for granted in roles[name]["applications"]] == [["space:yuqing"]]


def test_who_may_not_manage_roles_is_told_which_account_may(server: Server) -> None:
    # given
    server.forbidden = {"PUT"}
    # when
    outcome = command_on(server)("es", "roles")
    # then
    assert outcome.code == ExitCode.CONFIG
    assert "不能管理 Elasticsearch 的角色（403）" in outcome.err
    assert "manage_security" in outcome.err
    assert len(server.requests) == 1


def test_a_cluster_without_security_says_that_it_has_none(environment: dict[str, str]) -> None:
    outcome = Yuqing(environment)("es", "roles")

    assert outcome.code == ExitCode.CONFIG
    assert "没有开启安全功能" in outcome.err
    assert "Traceback" not in outcome.err


def command_on(server: Server) -> Yuqing:
    """The command of an installation that works on that server."""
    return Yuqing(
        {"ELASTICSEARCH_URL": server.url, "YUQING_INDEX_PREFIX": "wjw-", "YUQING_AUTHOR_KEY": "only-for-tests"}
    )


def test_a_reader_who_may_change_nothing_sees_the_preview(server: Server) -> None:
    # given: an account that may search, and nothing else
    server.forbidden = {"PUT"}
    server.answer = {
        "took": 1,
        "responses": [],
        "timed_out": False,
        "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
        "hits": {"total": {"value": 1, "relation": "eq"}, "hits": [POST]},
    }
    server.answers = {"/wjw-audit/_search": {**server.answer, "hits": {"hits": []}}}
    # when
    with preview_of({"ELASTICSEARCH_URL": server.url, "YUQING_INDEX_PREFIX": "wjw-"}, POSTED_AT) as url:
        page = requests.get(f"{url}posts/demo:1", timeout=10)
    # then
    assert page.status_code == 200
    assert "井盖松动" in page.text
    assert [asked[:2] for asked in server.requests] == [
        ("POST", "/wjw-posts/_search?ignore_unavailable=true"),
        ("POST", "/wjw-audit/_search?ignore_unavailable=true"),
    ]


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [(["metadatabase"], 0, ""), (["metadatabase", "scheduler"], 1, "scheduler: unhealthy")],
)
def test_the_health_check_fails_for_a_part_that_is_unwell(
    server: Server, asked: list[str], code: int, told: str
) -> None:
    # given
    server.answer = {"metadatabase": {"status": "healthy"}, "scheduler": {"status": "unhealthy"}}
    # when
    run = subprocess.run([sys.executable, HEALTHY, server.url, *asked], capture_output=True, text=True, check=False)
    # then
    assert (run.returncode, run.stderr.strip()) == (code, told)
    assert server.requests[0][1] == "/api/v2/monitor/health"


def test_the_health_check_trusts_the_installation_s_own_authority_and_nobody_else(
    server: Server, tmp_path: Path
) -> None:
    # given an API server that speaks TLS
    own = make_certificates(tmp_path)
    (tmp_path / "others").mkdir()
    others = make_certificates(tmp_path / "others")
    server.socket = own.server_context().wrap_socket(server.socket, server_side=True)
    server.answer = {"scheduler": {"status": "healthy"}}
    # when
    runs = {
        authority: subprocess.run(
            [sys.executable, HEALTHY, server.url.replace("http:", "https:"), "scheduler"],
            env={**os.environ, "AIRFLOW__API__SSL_CA_FILE": str(authority)},
            capture_output=True,
            text=True,
            check=False,
        )
        for authority in (own.authority, others.authority)
    }
    # then
    assert runs[own.authority].returncode == 0
    assert runs[others.authority].returncode == 1
    assert "CERTIFICATE_VERIFY_FAILED" in runs[others.authority].stderr


def test_the_health_check_fails_when_nothing_answers(server: Server) -> None:
    url = server.url
    server.server_close()

    run = subprocess.run([sys.executable, HEALTHY, url, "scheduler"], capture_output=True, text=True, check=False)

    assert run.returncode == 1
