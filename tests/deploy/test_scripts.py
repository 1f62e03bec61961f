"""What the deployment's containers run: the preparation of Elasticsearch's users, the health check of Airflow's parts."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, get_args

import pytest
from elasticsearch import Elasticsearch

from dashboards.panel import Index
from docker.es_setup import INDICES, prepare
from pipeline.settings import PROJECT
from store.documents import DOCUMENTS

HEALTHY = PROJECT / "docker" / "healthy.py"


class Server(ThreadingHTTPServer):
    """Keeps the requests; answers each with `answer`. Stands for an Elasticsearch with security, which Maven does not offer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
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
        self.send_response(200)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(self.server.answer).encode())

    def do_PUT(self) -> None:
        """The same."""
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server that answers `{}`."""
    running = Server({})
    thread = threading.Thread(target=running.serve_forever, args=(0.02,))
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def test_the_project_gets_a_user_that_reaches_its_own_indices_only(server: Server) -> None:
    # given
    with Elasticsearch(server.url) as es:
        # when
        prepare(es, "wjw-", kibana_password="k", writer_password="w")
    # then
    (kibana, role, _, _, user) = server.requests
    assert kibana[1:] == ("/_security/user/kibana_system/_password", {"password": "k"})
    assert role[1] == "/_security/role/yuqing_writer"
    assert role[2]["cluster"] == ["monitor", "manage_index_templates"]
    (indices,) = role[2]["indices"]
    assert indices["names"] == [f"wjw-{name}*" for name in INDICES]
    assert set(indices["privileges"]) == {"read", "write", "view_index_metadata", "manage"}
    assert user[1] == "/_security/user/yuqing_writer"
    assert (user[2]["roles"], user[2]["password"]) == (["yuqing_writer", "yuqing_office"], "w")


def test_leaders_look_and_the_office_may_change_and_neither_writes_data(server: Server) -> None:
    # given
    with Elasticsearch(server.url) as es:
        # when
        prepare(es, "wjw-", kibana_password="k", writer_password="w")
    # then
    roles = {path.removeprefix("/_security/role/"): body for _, path, body in server.requests if "/role/" in path}
    assert set(roles) == {"yuqing_writer", "yuqing_office", "yuqing_leader"}
    for name, level in (("yuqing_office", "all"), ("yuqing_leader", "read")):
        (indices,) = roles[name]["indices"]
        assert indices["names"] == [f"wjw-{index}*" for index in get_args(Index)]
        assert indices["privileges"] == ["read", "view_index_metadata"]
        (kibana,) = roles[name]["applications"]
        assert (kibana["application"], kibana["resources"]) == ("kibana-.kibana", ["space:default"])
        assert {privilege.rpartition(".")[2] for privilege in kibana["privileges"]} == {level}
        assert f"feature_dashboard.{level}" in kibana["privileges"]
        assert "cluster" not in roles[name]


def test_the_role_covers_every_index_of_the_project() -> None:
    assert set(DOCUMENTS) <= set(INDICES)


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


def test_the_health_check_fails_when_nothing_answers(server: Server) -> None:
    url = server.url
    server.server_close()

    run = subprocess.run([sys.executable, HEALTHY, url, "scheduler"], capture_output=True, text=True, check=False)

    assert run.returncode == 1
