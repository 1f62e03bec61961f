"""A person is forgotten: no index and no file says anything of them any more, and nothing brings it back."""

import gzip
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.errors import ExitCode
from nlp.enrich import hash_author
from pipeline.collect import spreadsheets
from pipeline.outbox import OutgoingMail
from pipeline.runtime import Runtime
from store.alert_log import AlertRecord
from store.documents import DOCUMENTS
from store.warnings import WarningRecord
from tests.cli.command import Outcome, Yuqing
from tests.cli.exports import AT, HEADER, row, write
from tests.pipeline.content import documents, posts

MOMENT = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
NAME, OTHER = "远山的呼唤", "过路的人"
SECRET = "我家楼下的搅拌站每天凌晨三点就开工，灰尘飘进孩子的房间"
SHARED = "希望有关部门早日给小区居民一个满意的答复"
TITLE = "翡翠湾小区旁边的搅拌站扰民"


def of(name: str, cells: list[str]) -> list[str]:
    return [name if header == "网友" else cell for header, cell in zip(HEADER, cells, strict=True)]


ROWS = [
    of(NAME, row(1, TITLE, f"{SECRET}。{SHARED}。", "投诉", "2026-01-02 09:00")),
    of(OTHER, row(12, TITLE, f"翡翠湾小区的搅拌站噪音很大，晚上没法睡觉。{SHARED}。", "投诉", "2026-01-03 09:00")),
    of(
        OTHER,
        row(
            13,
            "翡翠湾小区搅拌站何时搬走",
            "翡翠湾小区旁边的搅拌站灰尘噪音扰民，什么时候搬走",
            "投诉",
            "2026-01-04 09:00",
        ),
    ),
    of(NAME, row(20, "托育补助怎么领取", "请问普惠托育补助的申请材料要交到哪个窗口去办理", "咨询", "2026-01-05 09:00")),
    of(NAME, row(21, "这一条没有时间", "这一条留言连时间都没有写清楚，但确实是我写的", "咨询", "某天")),
]
THEIRS = {"yuqing_demo:1", "yuqing_demo:20"}
KEPT = {"yuqing_demo:12", "yuqing_demo:13"}


@pytest.fixture
def yuqing(environment: dict[str, str], tmp_path: Path) -> Yuqing:
    """An installation that knows the person in every way it can."""
    yuqing = Yuqing(environment)
    assert yuqing("import", write(tmp_path / "one.csv", ROWS), "--at", AT).code == ExitCode.PARTIAL
    runtime = Runtime.from_environment(environment)
    inbox = runtime.settings.data / next(one.folder for one in spreadsheets(runtime) if one.name == "yuqing_demo")
    inbox.mkdir(parents=True)
    write(inbox / "one.csv", ROWS)
    assert yuqing("correct", "yuqing_demo:1", "--sentiment", "负面", "--by", "测试", "--at", AT).code == 0
    assert yuqing("cluster", "--at", AT).code == 0
    leave_traces(runtime)
    assert yuqing("weekly", "--week", "2026-W01", "--dry-run", "--at", AT).code == 0
    return yuqing


@pytest.fixture
def no_purge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wait for Elasticsearch's own half minute, after which what is deleted leaves the disk as well.

    That it does is seen by the tests without this.
    """
    monkeypatch.setattr("store.erase.purge", lambda es, indices: {})


def leave_traces(runtime: Runtime) -> None:
    """What alerts, warnings, mails on their way and logs say of the person."""
    matter = posts(runtime)["yuqing_demo:12"]["cluster_id"]
    assert matter == "yuqing_demo:1"
    warning = WarningRecord(
        id="w1",
        kind="surge",
        matter_id=matter,
        title=TITLE,
        at=MOMENT,
        mail_at=MOMENT,
        people=2,
        posts=3,
        post_ids=["yuqing_demo:1", "yuqing_demo:12"],
        reason="突增",
        rule="opinion_general",
        due_at=MOMENT,
    )
    runtime.warnings.save(warning)
    alert = AlertRecord(
        id="yuqing_demo:1|overdue|2026-01-09",
        post_id="yuqing_demo:1",
        department="办公室",
        stage="overdue",
        day="2026-01-09",
        at=MOMENT,
        state="sending",
        message_id="<one@yuqing.example>",
        recipients=("a@city.example",),
    )
    other = AlertRecord(**{**alert.__dict__, "id": "yuqing_demo:12|overdue|2026-01-09", "post_id": "yuqing_demo:12"})
    runtime.alert_log.save([alert, other])
    message = EmailMessage()
    message["Message-ID"] = alert.message_id
    message.set_content(f"超期：{SECRET}", charset="utf-8", cte="base64")
    runtime.outbox.put(OutgoingMail(message, (alert,)))
    logs = runtime.settings.data / "logs"
    logs.mkdir()
    (logs / "task.log").write_text("开始\n留言 yuqing_demo:1 有误\n留言 yuqing_demo:12 有误\n", encoding="utf-8")


def everything_kept(yuqing: Yuqing) -> Iterator[tuple[str, str]]:
    """The text of every document and every file, with where it is; of files packed, the unpacked."""
    runtime = Runtime.from_environment(yuqing.environment)
    for name in DOCUMENTS:
        for id_, source in documents(runtime.es, runtime.names.prefix + name).items():
            yield f"{name}/{id_}", orjson.dumps([id_, source]).decode()
    for path in runtime.settings.data.rglob("*"):
        if path.is_file() and "locks" not in path.parts:
            content = path.read_bytes()
            unpacked = gzip.decompress(content) if path.suffix == ".gz" else content
            if path.suffix == ".json" and "outbox" in path.parts:
                unpacked += str(content).encode()
            yield str(path), unpacked.decode("utf-8", errors="replace")


def where_said(yuqing: Yuqing, word: str) -> list[str]:
    return [place for place, text in everything_kept(yuqing) if word in text]


def places(outcome: Outcome) -> dict[str, Any]:
    return {one["place"]: one for one in outcome.json["places"]}


def test_without_yes_it_only_says_what_would_go(yuqing: Yuqing) -> None:
    # when
    outcome = yuqing("forget", "--author", NAME, "--json", "--at", AT)
    # then
    assert outcome.code == 0, outcome.err
    assert set(outcome.json["posts"]) == THEIRS
    assert posts(Runtime.from_environment(yuqing.environment)).keys() == THEIRS | KEPT


@pytest.mark.usefixtures("no_purge")
def test_an_author_is_gone_from_every_place_and_the_proof_says_so(yuqing: Yuqing) -> None:
    # given
    digest = hash_author(NAME, b"only-for-tests")
    for word in (SECRET, NAME, digest):
        assert where_said(yuqing, word)
    # when
    outcome = yuqing("forget", "--author", NAME, "--yes", "--json", "--at", AT)
    # then
    assert outcome.code == 0, (outcome.err, outcome.out)
    told = places(outcome)
    assert set(outcome.json["posts"]) == THEIRS
    assert outcome.json["left"] == 0
    assert (told["索引 posts"]["found"], told["原始数据"]["found"], told["另存的坏数据"]["found"]) == (2, 2, 1)
    for place in (
        "索引 alerts",
        "索引 corrections",
        "索引 clusters",
        "索引 warnings",
        "文件 outbox/",
        "文件 reports/",
        "文件 logs/",
        "文件 inbox/",
    ):
        assert told[place]["found"] > 0, place
        assert told[place]["left"] == 0, place
    # and a search of one's own finds nothing
    for word in (SECRET, NAME, digest, "yuqing_demo:20", "这一条留言连时间都没有写清楚"):
        assert where_said(yuqing, word) == []
    assert [place for place in where_said(yuqing, "yuqing_demo:1") if 'yuqing_demo:1"' in place] == []


def test_what_others_said_stays(yuqing: Yuqing) -> None:
    # when
    outcome = yuqing("forget", "--author", NAME, "--yes", "--json", "--at", AT)
    assert (outcome.code, outcome.json["left"]) == (0, 0), outcome.out
    # then
    runtime = Runtime.from_environment(yuqing.environment)
    kept = posts(runtime)
    assert kept.keys() == KEPT
    assert SHARED in kept["yuqing_demo:12"]["body"]
    # their matter lives on under another id, in the warning and the posts alike
    matter = kept["yuqing_demo:12"]["cluster_id"]
    assert matter.startswith("m-")
    found = runtime.matters.find(matter)
    assert found is not None
    assert found.posts == 2
    warning = runtime.warnings.find("w1")
    assert warning is not None
    assert (warning.matter_id, warning.post_ids) == (matter, ["yuqing_demo:12"])
    assert warning.title == found.title
    assert documents(runtime.es, runtime.names.alerts).keys() == {"yuqing_demo:12|overdue|2026-01-09"}
    assert (runtime.settings.data / "logs" / "task.log").read_text("utf-8") == "开始\n留言 yuqing_demo:12 有误\n"
    # and what was deleted is off the disk as well
    stats = runtime.es.indices.stats(index=f"{runtime.names.prefix}*", metric="docs")["indices"]
    settings = runtime.es.indices.get_settings(index=runtime.names.posts)
    assert {index: told["primaries"]["docs"]["deleted"] for index, told in stats.items()} == dict.fromkeys(stats, 0)
    assert "merge" not in next(iter(settings.values()))["settings"]["index"]


@pytest.mark.slow
@pytest.mark.usefixtures("no_purge")
def test_one_post_goes_and_its_author_s_others_stay(yuqing: Yuqing) -> None:
    # when
    outcome = yuqing("forget", "--post", "yuqing_demo:1", "--yes", "--json", "--at", AT)
    # then
    assert (outcome.code, outcome.json["left"]) == (0, 0), outcome.out
    assert posts(Runtime.from_environment(yuqing.environment)).keys() == KEPT | {"yuqing_demo:20"}
    assert where_said(yuqing, SECRET) == []
    assert where_said(yuqing, "申请材料要交到哪个窗口")


@pytest.mark.slow
@pytest.mark.usefixtures("no_purge")
def test_neither_a_replay_nor_the_source_brings_it_back(yuqing: Yuqing, tmp_path: Path) -> None:
    # given
    assert yuqing("forget", "--author-hash", hash_author(NAME, b"only-for-tests"), "--yes", "--at", AT).code == 0
    # when the landed items are read again, and the source offers the same rows with one more
    new = of(OTHER, row(30, "新的留言", "另一件事情", "咨询", "2026-01-08 09:00"))
    assert yuqing("replay", "--at", AT).code == 0
    assert yuqing("import", write(tmp_path / "again.csv", [*ROWS[:4], new]), "--at", AT).code == 0
    assert yuqing("collect", "yuqing_demo", "--at", "2026-01-10T08:30").code == 0
    assert yuqing("enrich", "--at", "2026-01-10T08:30").code == 0
    # then
    assert posts(Runtime.from_environment(yuqing.environment)).keys() == KEPT | {"yuqing_demo:30"}
    landed = [place for place in where_said(yuqing, SECRET) if "landing" in place]
    assert landed == []
    # and the list itself names nobody
    listed = (Path(yuqing.environment["YUQING_DATA"]) / "forgotten" / "ids").read_text()
    assert "yuqing_demo" not in listed
    assert len(listed.split()) >= 2


@pytest.mark.usefixtures("no_purge")
def test_airflow_s_logs_are_searched_and_what_cannot_be_read_is_named(yuqing: Yuqing, tmp_path: Path) -> None:
    # given a log of Airflow's, and a damaged segment and a damaged archive in the data folder
    logs = tmp_path / "airflow-logs" / "dag_id=enrich_posts"
    logs.mkdir(parents=True)
    (logs / "attempt=1.log").write_text("开始\n留言 yuqing_demo:1 有误\n结束\n", encoding="utf-8")
    data = Path(yuqing.environment["YUQING_DATA"])
    segment = data / "landing" / "yuqing_demo" / "2026-01-01" / "080000-0000.jsonl.gz"
    segment.parent.mkdir()
    segment.write_bytes(gzip.compress(b"{}")[:-6])
    damaged = data / "inbox" / "old.zip"
    damaged.write_bytes(b"PK\x03\x04 and no more")
    # when
    arguments = ("forget", "--post", "yuqing_demo:1", "--yes", "--json", "--at", AT)
    outcome = yuqing(*arguments, AIRFLOW__LOGGING__BASE_LOG_FOLDER=str(tmp_path / "airflow-logs"))
    # then
    assert outcome.code == ExitCode.PARTIAL, outcome.err
    assert outcome.json["left"] == 0
    assert outcome.json["unread"] == [str(damaged), str(segment)]
    assert places(outcome)["文件 Airflow 日志/"]["found"] == 1
    assert (logs / "attempt=1.log").read_text("utf-8") == "开始\n结束\n"


def test_who_is_unknown_is_told_so(yuqing: Yuqing) -> None:
    # when
    nobody = yuqing("forget", "--author", "没有这个人", "--yes")
    both = yuqing("forget", "--author", NAME, "--post", "yuqing_demo:1")
    # then
    assert (nobody.code, both.code) == (ExitCode.FAILED, ExitCode.USAGE)
    assert "没有找到" in nobody.err
    assert posts(Runtime.from_environment(yuqing.environment)).keys() == THEIRS | KEPT


@pytest.mark.slow
@pytest.mark.usefixtures("no_purge")
def test_a_backup_brings_nobody_back(embedded: Yuqing, tmp_path: Path) -> None:
    # given a backup made before
    assert embedded("import", write(tmp_path / "one.csv", ROWS), "--at", AT).code == ExitCode.PARTIAL
    name = embedded("backup", "--json", "--at", AT).json["name"]
    forgotten = embedded("forget", "--author", NAME, "--yes", "--json", "--at", AT)
    assert forgotten.json["backups"] == [name]
    # when
    outcome = embedded("restore", name, "--yes", "--json", "--at", AT)
    # then
    assert outcome.code == 0, outcome.err
    assert outcome.json["forgotten"] == 2
    assert posts(Runtime.from_environment(embedded.environment)).keys() == KEPT
    shutil.rmtree(Path(embedded.environment["YUQING_DATA"]) / "backups")
    assert where_said(embedded, SECRET) == []
