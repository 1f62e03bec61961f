"""`yuqing dashboards preview` as a process: in the background, stopped, started twice, and never taken for another one."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.cli.command import Yuqing
from tests.conftest import free_port

PREVIEW = ("dashboards", "preview")
LONG_AGO = "2026-01-09T08:30"


@pytest.fixture
def yuqing(environment: dict[str, str]) -> Iterator[Yuqing]:
    """The command of an installation of the test's own; what it left running is ended."""
    # The command's children find the project as this test does.
    yuqing = Yuqing({**environment, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)})
    yield yuqing
    yuqing(*PREVIEW, "--stop")


def url_in(text: str) -> str:
    """The address that was told."""
    return str(re.findall(r"http://\S+?/", text)[0])


def answers(url: str) -> bool:
    """Whether the page is there."""
    try:
        return requests.get(f"{url}api/boards/opinion", timeout=10).status_code == 200
    except requests.ConnectionError:
        return False


def test_it_runs_in_the_background_until_it_is_stopped(yuqing: Yuqing) -> None:
    # when
    started = yuqing(*PREVIEW, "--background", "--port", free_port(), "--at", LONG_AGO)
    # then
    assert started.code == 0, started.err
    url = url_in(started.out)
    assert requests.get(f"{url}api/boards/opinion", timeout=30).json()["at"] == "2026-01-09T08:30:00+08:00"
    # when
    stopped = yuqing(*PREVIEW, "--stop")
    # then
    assert (stopped.code, stopped.out) == (0, "看板网页已停止。\n")
    assert not answers(url)
    assert yuqing(*PREVIEW, "--stop").out == "看板网页本来就没有运行。\n"


def test_a_second_start_in_the_background_takes_the_first_ones_place(yuqing: Yuqing) -> None:
    # given
    first = url_in(yuqing(*PREVIEW, "--background", "--port", free_port()).out)
    # when
    second = yuqing(*PREVIEW, "--background", "--port", free_port())
    # then
    assert second.code == 0, second.err
    assert (answers(first), answers(url_in(second.out))) == (False, True)
    # and in front of the terminal one is told where it runs
    refused = yuqing(*PREVIEW, "--port", free_port())
    assert refused.code == 1
    assert f"看板网页已在运行：{url_in(second.out)}" in refused.err


def test_ctrl_c_ends_it_without_a_complaint(yuqing: Yuqing) -> None:
    # given
    command = [str(Path(sys.executable).with_name("yuqing")), *PREVIEW, "--port", str(free_port())]
    process = subprocess.Popen(
        command, env={**os.environ, **yuqing.environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    url = url_in(process.stdout.readline())
    assert answers(url)
    # when
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    # then
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    assert not answers(url)


def test_a_process_that_got_a_dead_previews_number_is_left_alone(yuqing: Yuqing) -> None:
    # given
    folder = Path(yuqing.environment["YUQING_DATA"]) / "preview"
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (folder / "state.json").write_text(json.dumps({"pid": stranger.pid, "url": "http://127.0.0.1:1/"}))
        # when
        stopped = yuqing(*PREVIEW, "--stop")
        # then
        assert stopped.out == "看板网页本来就没有运行。\n"
        assert stranger.poll() is None
        stranger.kill()


def test_a_port_that_is_taken_is_named(yuqing: Yuqing) -> None:
    # given
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        # when
        refused = yuqing(*PREVIEW, "--port", port)
        in_background = yuqing(*PREVIEW, "--background", "--port", port)
    # then
    assert (refused.code, in_background.code) == (1, 4)
    assert f"端口 {port} 已被别的程序占用" in refused.err
    assert f"端口 {port} 已被别的程序占用" in in_background.err
    assert "Traceback" not in in_background.err


def test_without_a_port_the_next_free_one_is_taken(yuqing: Yuqing) -> None:
    # given
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 8601))
            other.listen()
        except OSError:
            # Somebody else has it, which is as good.
            pass
        # when
        started = yuqing(*PREVIEW, "--background")
    # then
    assert re.search(r"http://127\.0\.0\.1:86(0[2-9]|1\d|20)/", started.out)


def test_other_machines_are_let_in_only_with_a_token(yuqing: Yuqing) -> None:
    # when
    refused = yuqing(*PREVIEW, "--background", "--host", "0.0.0.0")
    # then
    assert refused.code == 3
    assert "YUQING_PREVIEW_TOKEN" in refused.err
    # when
    started = yuqing(*PREVIEW, "--background", "--host", "0.0.0.0", YUQING_PREVIEW_TOKEN="a-token-of-the-office")
    # then
    assert started.code == 0, started.err
    assert "?token=" in started.out
    assert "a-token-of-the-office" not in started.out


def test_what_cannot_be_is_told_at_once(yuqing: Yuqing) -> None:
    assert yuqing(*PREVIEW, "--at", "昨天").code == 2
    assert yuqing(*PREVIEW, "--background", "--stop").code == 2
    refused = yuqing(*PREVIEW, "--host", "203.0.113.7", YUQING_PREVIEW_TOKEN="a-token-of-the-office")
    assert refused.code == 1
    assert "本机不能使用地址 203.0.113.7" in refused.err
