"""The runtime: its locks, the key that authors are hashed with, and what it says when something is not there."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import ConfigError, ExitCode, Unavailable
from pipeline.collect import collect
from pipeline.housekeeping import forget_old_landings
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from tests.pipeline.children import Child
from tests.pipeline.conftest import StartCommand
from tests.pipeline.letters import letter, put
from tests.pipeline.postoffice import PostOffice

NOW = datetime(2026, 1, 5, 0, 30, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of an installation that needs no Elasticsearch."""
    return lambda **more: Settings({"YUQING_DATA": str(tmp_path / "data"), **more})


# ---------- locks ----------


def test_a_lock_is_held_by_one_at_a_time(settings: Callable[..., Settings]) -> None:
    # given two runtimes of one installation
    one, other = Runtime(settings()), Runtime(settings())
    # when
    with one.lock("alerts"):
        with pytest.raises(Unavailable, match=r"另一个进程正在做同样的事（alerts）"), other.lock("alerts"):
            pass
        # then a lock of another name is free
        with other.lock("clusters"):
            pass
    # and this one is free when the first is done
    with other.lock("alerts"):
        pass


def test_a_lock_is_free_after_an_error(settings: Callable[..., Settings]) -> None:
    runtime = Runtime(settings())
    with pytest.raises(ZeroDivisionError), runtime.lock("alerts"):
        _ = 1 / 0
    with runtime.lock("alerts"):
        pass


def test_installations_do_not_lock_each_other_out(settings: Callable[..., Settings], tmp_path: Path) -> None:
    with Runtime(settings()).lock("alerts"), Runtime(settings(YUQING_DATA=str(tmp_path / "other"))).lock("alerts"):
        pass


def test_the_lock_of_a_killed_process_is_free(
    new_runtime: Callable[..., Runtime], post_office: PostOffice, yuqing: StartCommand
) -> None:
    # given
    runtime = new_runtime()
    put(runtime, [letter(1)])
    post_office.close_at("taken in")
    child: Child = yuqing("alerts", "--at", "2019-11-18T08:30", **post_office.settings)
    assert post_office.held.wait(30)
    with pytest.raises(Unavailable), runtime.lock("alerts"):
        pass
    # when
    assert child.kill()
    # then
    with runtime.lock("alerts"):
        pass


# ---------- the key of authors' names ----------


def test_a_key_made_here_is_kept_and_readable_by_its_owner_only(settings: Callable[..., Settings]) -> None:
    # when
    first = settings().author_key
    # then
    assert len(first) == 64
    assert settings().author_key == first
    assert (settings().data / "author.key").stat().st_mode & 0o777 == 0o600
    # and a key from the environment goes before it
    assert settings(YUQING_AUTHOR_KEY="the office's own").author_key == b"the office's own"


def test_an_empty_key_file_is_no_key(settings: Callable[..., Settings]) -> None:
    # given what a kill or a full disk leaves behind
    settings().data.mkdir()
    (settings().data / "author.key").touch(0o600)
    # when
    try:
        key = settings().author_key
    except ConfigError:
        return
    # then names are not hashed with nothing
    assert key


# ---------- what is not there ----------


def test_without_a_node_and_without_a_cluster_the_word_is_clear(settings: Callable[..., Settings]) -> None:
    runtime = Runtime(settings())
    with pytest.raises(Unavailable, match="Elasticsearch 没有运行") as raised:
        _ = runtime.es
    assert "yuqing es start" in raised.value.advice


def test_a_source_nobody_knows_is_answered_with_those_there_are(settings: Callable[..., Settings]) -> None:
    with pytest.raises(ConfigError, match="没有名为 nothing 的来源") as raised:
        Runtime(settings()).source("nothing")
    assert "hotline_12345" in raised.value.advice


def test_housekeeping_needs_no_elasticsearch(settings: Callable[..., Settings]) -> None:
    assert forget_old_landings(Runtime(settings()), NOW) == 0


def test_collecting_without_elasticsearch_lands_nothing(settings: Callable[..., Settings]) -> None:
    runtime = Runtime(settings())
    with pytest.raises(Unavailable):
        collect(runtime, "hotline_12345", NOW)
    assert runtime.landing.segments() == []


def test_the_command_as_it_is_installed_says_what_is_missing(settings: Callable[..., Settings], tmp_path: Path) -> None:
    # given the console script itself, in an environment of its own
    command = [str(Path(sys.executable).with_name("yuqing")), "enrich"]
    environment = {"YUQING_DATA": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    # when something is pending
    Runtime(settings(YUQING_DATA=str(tmp_path))).landing.write("hotline_12345", NOW, [{"row": 1}])
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    # then
    assert ended.returncode == ExitCode.UNAVAILABLE
    assert "Elasticsearch 没有运行" in ended.stderr
    assert "Traceback" not in ended.stderr
