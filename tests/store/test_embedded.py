"""The embedded node is a real Elasticsearch that starts, refuses and stops as told."""

import socket
from pathlib import Path

import pytest
import requests

from core.errors import YuqingError
from pipeline.settings import PROJECT
from store.embedded import EmbeddedNode

CACHE = PROJECT / "var" / "cache"


def test_a_port_in_use_is_refused_with_a_clear_word(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(YuqingError, match=f"端口 {port} 已被别的程序占用"):
            EmbeddedNode(tmp_path / "node", CACHE).start(port, "512m")


@pytest.mark.slow
def test_data_survives_a_stop_and_a_start(tmp_path: Path) -> None:
    node = EmbeddedNode(tmp_path / "node", CACHE)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said: list[str] = []
    assert node.status() is None
    assert node.stop() is False

    first = node.start(port, "512m", said.append)
    again = EmbeddedNode(tmp_path / "node", CACHE).start(port, "512m", said.append)
    requests.put(f"{first.url}/kept/_doc/1", json={"word": "留言"}, timeout=30).raise_for_status()
    stopped = node.stop()
    status_after_stop = node.status()
    second = node.start(port, "512m", said.append)
    kept = requests.get(f"{second.url}/kept/_doc/1", timeout=30).json()
    node.stop()

    assert again.pid == first.pid
    assert stopped
    assert status_after_stop is None
    assert second.pid != first.pid
    assert kept["_source"] == {"word": "留言"}
    assert any("已就绪" in line for line in said)
    with pytest.raises(requests.ConnectionError):
        requests.get(first.url, timeout=2)


@pytest.mark.slow
def test_a_node_that_cannot_start_says_why(tmp_path: Path) -> None:
    node = EmbeddedNode(tmp_path / "node", CACHE)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    with pytest.raises(YuqingError, match="没有启动成功") as raised:
        node.start(port, "1m")

    assert "heap" in raised.value.message.lower()
    assert node.status() is None
