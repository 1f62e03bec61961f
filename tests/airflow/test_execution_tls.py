"""Tasks on other machines speak TLS to Airflow's API server, and only to one that the installation's own authority knows.

With the settings of `docker-compose.yml`, a real API server, and the client that Airflow itself runs tasks with.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.alerts.certificates import Certificates, make_certificates
from tests.conftest import free_port
from tests.deploy.compose_file import COMPOSE, environment_of, raw

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
PATIENCE = 240
AIRFLOW = str(Path(sys.executable).with_name("airflow"))
ASK = """
import sys
from airflow.sdk.api.client import Client
print(Client(base_url=sys.argv[1], token="none").get("health").json())
"""


def settings(worker: str, home: Path, authority: Path) -> dict[str, str]:
    """The environment of a service of compose as far as its speaking to the API server goes, with files of the test."""
    given = environment_of(raw(COMPOSE)["services"][worker])
    own = {name: value for name, value in given.items() if name.startswith("AIRFLOW__API__CLIENT_")}
    assert "AIRFLOW__API__SSL_CA_FILE" in given
    own |= {"AIRFLOW__API__SSL_CA_FILE": str(authority), "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "1"}
    return {**os.environ, **own, "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}


def ask(environment: dict[str, str], url: str) -> subprocess.CompletedProcess[str]:
    """What the client of the tasks gets from there."""
    command = [sys.executable, "-c", ASK, url]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE)


def _listens(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """Those of the installation."""
    return make_certificates(tmp_path)


@pytest.fixture
def api_server(certificates: Certificates, tmp_path: Path) -> Iterator[str]:
    """The address for tasks of a running API server."""
    home, port = tmp_path / "airflow", free_port()
    environment = settings("airflow-api-server", home, certificates.authority)
    environment |= {
        "AIRFLOW__API__SSL_CERT": str(certificates.server),
        "AIRFLOW__API__SSL_KEY": str(certificates.key),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
    }
    subprocess.run([AIRFLOW, "db", "migrate"], env=environment, check=True, capture_output=True, timeout=PATIENCE)
    with (tmp_path / "api-server.log").open("wb") as log:
        server = subprocess.Popen(
            [AIRFLOW, "api-server", "--apps", "execution"], env=environment, stdout=log, stderr=log
        )
    url = f"https://127.0.0.1:{port}/execution/"
    try:
        ends = time.monotonic() + PATIENCE
        while not _listens(port) and server.poll() is None and time.monotonic() < ends:
            time.sleep(1)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def test_tasks_trust_the_authority_of_the_installation_and_nobody_else(
    api_server: str, certificates: Certificates, tmp_path: Path
) -> None:
    # given
    (tmp_path / "others").mkdir()
    others = make_certificates(tmp_path / "others")
    # when
    known = ask(settings("airflow-worker", tmp_path / "worker", certificates.authority), api_server)
    unknown = ask(settings("airflow-worker", tmp_path / "worker", others.authority), api_server)
    plain = ask(
        settings("airflow-worker", tmp_path / "worker", certificates.authority), api_server.replace("https", "http")
    )
    # then
    assert known.returncode == 0, known.stderr
    assert "'status': 'healthy'" in known.stdout
    assert unknown.returncode == 1
    assert "CERTIFICATE_VERIFY_FAILED" in unknown.stderr
    assert plain.returncode == 1
