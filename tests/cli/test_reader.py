"""What only reads needs a reader's account: no template is put, no index made, and a missing one is told in a sentence."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.command import Yuqing
from tests.cli.door import Door, only_reads, reads
from tests.cli.exports import AT

READING: list[tuple[str, ...]] = [
    ("search", "疫苗"),
    ("deadlines", "report", "--at", AT),
    ("matters",),
    ("followups", "--at", AT),
    ("warnings", "--at", AT),
    ("reply", "report", "--at", AT),
    ("alerts", "--dry-run", "--at", AT),
]


@pytest.fixture
def door(imported: Yuqing) -> Iterator[Door]:
    """A way to the installation's Elasticsearch for those who may only read."""
    with Door(imported.environment["ELASTICSEARCH_URL"], reads) as opened:
        yield opened


@pytest.fixture
def reader(imported: Yuqing, door: Door) -> Yuqing:
    """The command of a reader of that installation."""
    return Yuqing({**imported.environment, "ELASTICSEARCH_URL": door.url})


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_reader_gets_what_the_writer_gets(
    imported: Yuqing, reader: Yuqing, door: Door, arguments: tuple[str, ...]
) -> None:
    # when
    seen, whole = reader(*arguments, "--json"), imported(*arguments, "--json")
    # then
    assert (seen.code, seen.err.strip()) == (0, "")
    assert seen.json == whole.json
    assert {path.rpartition("/")[2] for _, path in door.refused} <= {"_refresh"}


@pytest.mark.parametrize("arguments", READING[:-1], ids=" ".join)
def test_where_nothing_was_ever_stored_a_sentence_says_so_and_nothing_is_made(
    yuqing: Yuqing, door: Door, arguments: tuple[str, ...]
) -> None:
    # when
    outcome = yuqing(*arguments, ELASTICSEARCH_URL=door.url)
    # then
    assert outcome.code == 1
    assert "还没有建立索引：本系统还没有存入过留言。" in outcome.err
    assert "yuqing import" in outcome.err
    assert "Traceback" not in outcome.err


def test_the_doctor_tells_a_reader_what_it_sees(reader: Yuqing, door: Door) -> None:
    # given an account without any right to the cluster
    door.lets = only_reads
    # when
    outcome = reader("doctor", "--json", "--at", AT)
    # then
    found: dict[str, dict[str, Any]] = {finding["check"]: finding for finding in outcome.json}
    assert outcome.code == 0
    assert found["来源"]["verdict"] == "ok"
    for name in ("Elasticsearch", "节点磁盘"):
        assert (found[name]["verdict"], found[name]["found"]) == ("warning", "当前账号没有查看的权限（403）")
        assert "yuqing_writer" in found[name]["advice"]
    assert {path.rpartition("/")[2] for method, path in door.refused if method != "GET"} <= {"_refresh"}


def test_the_doctor_makes_no_index_and_finds_a_new_installation_well(yuqing: Yuqing, door: Door) -> None:
    # when
    outcome = yuqing("doctor", "--json", "--at", AT, ELASTICSEARCH_URL=door.url)
    # then
    found = {finding["check"]: finding for finding in outcome.json}
    assert outcome.code == 0
    assert "还没有留言，索引在第一次入库时建立" in found["Elasticsearch"]["found"]
    assert found["Elasticsearch"]["verdict"] == found["索引"]["verdict"] == "ok"
