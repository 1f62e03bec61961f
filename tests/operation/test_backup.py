"""A backup brings everything back, or says why it cannot and changes nothing."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from core.errors import ExitCode
from docker.es_setup import register
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT
from store.documents import DOCUMENTS
from tests.cli.command import Yuqing
from tests.cli.door import Door, prunes_nothing
from tests.cli.exports import AT, ROWS, row, write
from tests.pipeline.content import documents, remove_installation
from tests.pipeline.gate import Call, Deal, Gate, Lost, PassOn, Reply

LATER = "2026-01-09T12:00"
Content = dict[str, dict[str, dict[str, Any]]]


def data(yuqing: Yuqing) -> Path:
    return Path(yuqing.environment["YUQING_DATA"])


def client(yuqing: Yuqing) -> Elasticsearch:
    return Runtime.from_environment(yuqing.environment).client


def content(yuqing: Yuqing) -> Content:
    """Every document of every alias by id; without the notes on runs, to which every command adds."""
    with client(yuqing) as es:
        prefix = yuqing.environment["YUQING_INDEX_PREFIX"]
        return {name: documents(es, prefix + name) for name in DOCUMENTS if name != "metrics"}


def indices(yuqing: Yuqing) -> set[str]:
    with client(yuqing) as es:
        return set(es.indices.get(index=f"{yuqing.environment['YUQING_INDEX_PREFIX']}*", expand_wildcards="all"))


def kept_files(folder: Path) -> dict[str, bytes]:
    """What of a data folder goes into a backup."""
    names = ("landing", "rejected", "models", "outbox")
    paths = [path for name in names for path in (folder / name).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.fixture
def filled(embedded: Yuqing, tmp_path: Path) -> Yuqing:
    """An installation with posts, a correction, a rejected row, a model in use and a mail on its way."""
    bad = row(7, "没有时间", "这一行没有时间", "咨询", "某天")
    assert embedded("import", write(tmp_path / "one.csv", [*ROWS, bad]), "--at", AT).code == ExitCode.PARTIAL
    assert embedded("correct", "yuqing_demo:1", "--sentiment", "负面", "--by", "测试", "--at", AT).code == 0
    for name, text in {"models/topic-snownlp-1.model": "model", "outbox/a.json": "{}"}.items():
        (data(embedded) / name).parent.mkdir(parents=True, exist_ok=True)
        (data(embedded) / name).write_text(text)
    (data(embedded) / "models" / "topic-snownlp.model").symlink_to("topic-snownlp-1.model")
    return embedded


def breaks(call: Call, body: bytes, pass_on: PassOn) -> Reply:
    """The connection breaks when snapshots are asked for."""
    if call.path.startswith("/_snapshot"):
        raise Lost
    return pass_on(body)


def is_busy(call: Call, body: bytes, pass_on: PassOn) -> Reply:
    """The node has no time for them."""
    busy = Reply(429, [("X-Elastic-Product", "Elasticsearch"), ("Content-Type", "application/json")], b"{}")
    return busy if call.path.startswith("/_snapshot") else pass_on(body)


def back_up(yuqing: Yuqing, *more: object) -> str:
    outcome = yuqing("backup", "--json", *more)
    assert outcome.code == 0, outcome.err
    return str(outcome.json["name"])


def damage(folder: Path) -> None:
    """Turn over bytes in the middle of the largest file of a snapshot repository: the data of posts."""
    largest = max((path for path in folder.rglob("__*") if path.is_file()), key=lambda path: path.stat().st_size)
    whole = bytearray(largest.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 64] = bytes(255 - byte for byte in whole[middle : middle + 64])
    largest.write_bytes(whole)


def test_what_was_deleted_comes_back_as_it_was(filled: Yuqing) -> None:
    # given a backup, after which everything is lost
    before, files = content(filled), kept_files(data(filled))
    name = back_up(filled)
    with client(filled) as es:
        for index in indices(filled):
            es.indices.delete(index=index)
    for folder in ("landing", "rejected", "models", "outbox"):
        shutil.rmtree(data(filled) / folder)
    # when
    outcome = filled("restore", name, "--json")
    # then
    assert outcome.code == 0, outcome.err
    assert content(filled) == before
    assert len(before["posts"]) == 6
    assert before["corrections"].keys() == {"yuqing_demo:1"}
    assert kept_files(data(filled)) == files
    assert (data(filled) / "models" / "topic-snownlp.model").readlink() == Path("topic-snownlp-1.model")
    assert outcome.json["counts"][f"{filled.environment['YUQING_INDEX_PREFIX']}posts"] == 6
    # and everything goes on from there
    assert filled("doctor", "--json", "--at", AT).code in {ExitCode.OK, ExitCode.PARTIAL}
    assert filled("search", "疫苗").code == 0


def test_a_copy_in_another_folder_is_enough_for_an_empty_node(filled: Yuqing, tmp_path: Path) -> None:
    # given a copy on another disk, and a machine that has nothing else
    before, files = content(filled), kept_files(data(filled))
    name = back_up(filled, "--to", tmp_path / "disk")
    node = Runtime.from_environment(filled.environment).node
    status = node.status()
    assert status
    remove_installation(status.url, filled.environment["YUQING_INDEX_PREFIX"])
    shutil.rmtree(data(filled))
    with client(filled) as es:
        es.snapshot.delete_repository(name=f"{filled.environment['YUQING_INDEX_PREFIX']}yuqing")
    shutil.rmtree(node.repositories / f"{filled.environment['YUQING_INDEX_PREFIX']}yuqing")
    # when
    listed = filled("backups", "--from", tmp_path / "disk", "--json")
    outcome = filled("restore", name, "--from", tmp_path / "disk")
    # then
    assert [(one["name"], one["whole"]) for one in listed.json] == [(name, True)]
    assert outcome.code == 0, outcome.err
    assert content(filled) == before
    assert kept_files(data(filled)) == files
    assert [path.name for path in node.repositories.glob("copy-*")] == []


def test_present_data_is_replaced_only_when_told_to(filled: Yuqing, tmp_path: Path) -> None:
    # given a backup, and messages that came after it
    then = content(filled)
    name = back_up(filled)
    assert (
        filled("import", write(tmp_path / "two.csv", [row(8, "新留言", "后来的", "咨询", LATER)]), "--at", LATER).code
        == 0
    )
    now, before = content(filled), indices(filled)
    # when
    refused = filled("restore", name)
    # then
    assert refused.code == ExitCode.FAILED
    assert "--yes" in refused.err
    assert "posts 7" in refused.err
    assert (content(filled), indices(filled)) == (now, before)
    # when
    allowed = filled("restore", name, "--yes")
    # then the backup is there in place of what was, and what was landed since comes back with the next run
    assert allowed.code == 0, allowed.err
    assert content(filled)["posts"] == then["posts"]
    assert len(indices(filled)) == len(before)
    assert filled("enrich", "--at", LATER).code == 0
    assert content(filled)["posts"].keys() == now["posts"].keys()


def test_a_damaged_snapshot_says_so_and_changes_nothing(filled: Yuqing) -> None:
    # given
    name = back_up(filled)
    node = Runtime.from_environment(filled.environment).node
    damage(node.repositories / f"{filled.environment['YUQING_INDEX_PREFIX']}yuqing")
    now, files, before = content(filled), kept_files(data(filled)), indices(filled)
    # when
    outcome = filled("restore", name, "--yes")
    # then
    assert outcome.code == ExitCode.FAILED
    assert "已损坏" in outcome.err
    assert "换用另一份备份" in outcome.err
    assert (content(filled), kept_files(data(filled)), indices(filled)) == (now, files, before)


@pytest.mark.parametrize("harm", ["cut", "turned", "gone"])
def test_a_damaged_archive_says_so_and_changes_nothing(filled: Yuqing, harm: str) -> None:
    # given
    name = back_up(filled, "--at", AT)
    archive = data(filled) / "backups" / f"{name}.tar.gz"
    whole = archive.read_bytes()
    if harm == "gone":
        archive.unlink()
    else:
        archive.write_bytes(whole[:-20] if harm == "cut" else whole[:-8] + bytes(4) + whole[-4:])
    now, files, before = content(filled), kept_files(data(filled)), indices(filled)
    # when
    outcome = filled("restore", name, "--yes")
    # then
    assert outcome.code == ExitCode.FAILED
    assert "没有恢复" in outcome.err
    assert (content(filled), kept_files(data(filled)), indices(filled)) == (now, files, before)


def test_a_backup_that_was_killed_half_way_is_made_again_for_the_same_time(filled: Yuqing, tmp_path: Path) -> None:
    # given a snapshot without its archive
    name = back_up(filled, "--at", AT)
    archive = data(filled) / "backups" / f"{name}.tar.gz"
    archive.unlink()
    # when the same task of Airflow is tried again
    assert back_up(filled, "--at", AT) == name
    # then
    assert archive.is_file()
    assert [(one["name"], one["whole"]) for one in filled("backups", "--json").json] == [(name, True)]
    # and a whole one is not made twice, but copied where it is wanted
    made_at = archive.stat().st_mtime_ns
    assert back_up(filled, "--at", AT, "--to", tmp_path / "copy") == name
    assert archive.stat().st_mtime_ns == made_at
    assert [one["name"] for one in filled("backups", "--from", tmp_path / "copy", "--json").json] == [name]


def test_only_the_latest_backups_are_kept(filled: Yuqing) -> None:
    # when
    names = [back_up(filled, "--keep", 2, "--at", f"2026-01-{day:02}T04:00") for day in (10, 11, 12)]
    # then
    listed = filled("backups", "--json").json
    assert [one["name"] for one in listed] == [names[2], names[1]]
    assert {path.name for path in (data(filled) / "backups").glob("*.gz")} == {f"{name}.tar.gz" for name in names[1:]}


def test_a_backup_is_for_its_owner_only(filled: Yuqing, tmp_path: Path) -> None:
    # given a generous umask
    before = os.umask(0)
    try:
        name = back_up(filled, "--to", tmp_path / "disk")
    finally:
        os.umask(before)
    # then
    node = Runtime.from_environment(filled.environment).node
    folders = [data(filled) / "backups", tmp_path / "disk", node.repositories]
    copies = [path for path in (tmp_path / "disk").rglob("*") if path.is_file()]
    archives = [data(filled) / "backups" / f"{name}.tar.gz", *copies]
    assert {oct(folder.stat().st_mode & 0o777) for folder in folders} == {"0o700"}
    assert {oct(archive.stat().st_mode & 0o777) for archive in archives} == {"0o600"}
    assert len(copies) > 10


def test_an_office_s_own_cluster_keeps_snapshots_in_the_repository_it_names(
    yuqing_with_repository: Yuqing, tmp_path: Path
) -> None:
    # given
    yuqing = yuqing_with_repository
    assert yuqing("import", write(tmp_path / "one.csv"), "--at", AT).code == 0
    before = content(yuqing)
    # when
    name = back_up(yuqing, "--to", tmp_path / "disk")
    restored = yuqing("restore", name, "--yes", "--from", tmp_path / "disk")
    # then
    assert restored.code == 0, restored.err
    assert content(yuqing) == before


@pytest.mark.parametrize(("deal", "told"), [(breaks, "连不上 Elasticsearch"), (is_busy, "正忙或未就绪（429）")])
def test_a_repository_that_cannot_be_asked_now_is_not_called_damaged(
    yuqing_with_repository: Yuqing, deal: Deal, told: str
) -> None:
    # given
    yuqing = yuqing_with_repository
    assert back_up(yuqing, "--at", AT)
    with Gate(yuqing.environment["ELASTICSEARCH_URL"], yuqing.environment["YUQING_INDEX_PREFIX"]) as gate:
        gate.deal = deal
        # when
        outcome = yuqing("backups", ELASTICSEARCH_URL=gate.url)
    # then
    assert outcome.code == ExitCode.UNAVAILABLE
    assert told in outcome.err


def test_old_backups_that_the_account_may_not_delete_are_told_and_kept_whole(yuqing_with_repository: Yuqing) -> None:
    # given an account that may make snapshots and not delete them
    yuqing = yuqing_with_repository
    first = back_up(yuqing, "--at", "2026-01-10T04:00")
    with Door(yuqing.environment["ELASTICSEARCH_URL"], prunes_nothing) as door:
        # when
        outcome = yuqing("backup", "--keep", 1, "--at", "2026-01-11T04:00", ELASTICSEARCH_URL=door.url)
    # then the backup is made, and the old one is as good as before
    assert outcome.code == ExitCode.PARTIAL
    assert "已完成" in outcome.out
    assert f"没有删掉较早的：{first}" in outcome.out
    assert "yuqing es roles --own-cluster" in outcome.out
    listed = yuqing("backups", "--json").json
    assert [one["whole"] for one in listed] == [True, True]
    # and goes once it may
    last = yuqing("backup", "--keep", 1, "--at", "2026-01-12T04:00", "--json")
    assert (last.code, last.json["kept_on"], len(last.json["dropped"])) == (0, [], 2)


def test_the_repository_that_compose_registers_is_used_unless_the_office_names_another(
    environment: dict[str, str],
) -> None:
    # given
    name = environment["YUQING_INDEX_PREFIX"] + "compose"
    with Elasticsearch(environment["ELASTICSEARCH_URL"]) as es:
        # when registered twice, as at every start
        register(es, name)
        register(es, name)
        # then
        made = back_up(Yuqing(environment | {"YUQING_BACKUP_REPOSITORY": name}))
        assert [one["snapshot"] for one in es.snapshot.get(repository=name, snapshot="*")["snapshots"]] == [made]


def test_without_a_repository_an_office_s_own_cluster_is_asked_for_one(environment: dict[str, str]) -> None:
    # when
    outcome = Yuqing(environment)("backup")
    # then
    assert outcome.code == ExitCode.CONFIG
    assert "backup: repository" in outcome.err


@pytest.fixture
def yuqing_with_repository(environment: dict[str, str], tmp_path: Path) -> Yuqing:
    """An installation on an office's own cluster, which has a repository."""
    name = environment["YUQING_INDEX_PREFIX"] + "repository"
    with Elasticsearch(environment["ELASTICSEARCH_URL"]) as es:
        es.snapshot.create_repository(name=name, repository={"type": "fs", "settings": {"location": name}})
    config = shutil.copytree(PROJECT / "config", tmp_path / "config")
    settings = (config / "pipeline.yml").read_text(encoding="utf-8")
    assert "repository: null" in settings
    (config / "pipeline.yml").write_text(settings.replace("repository: null", f"repository: {name}"), encoding="utf-8")
    return Yuqing({**environment, "YUQING_CONFIG": str(config)})
