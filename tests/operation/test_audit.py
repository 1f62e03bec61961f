"""Who changed what on a post: written once whatever is killed in between, shown per post, gone with a forgotten one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.errors import ExitCode, YuqingError
from matters.decisions import Decision
from pipeline import followups, warning_handling
from pipeline.corrections import correct
from pipeline.extensions import extend
from pipeline.forget import forget
from pipeline.forget_search import Wanted
from pipeline.history import Line, history_of, told
from pipeline.runtime import Runtime
from store.alert_log import AlertRecord
from store.audit import AuditEntry, entry_id
from store.corrections import Correction
from store.followups import FollowUpRecord
from store.matters import EventRecord
from store.warnings import WarningRecord
from tests.cli.command import Yuqing
from tests.pipeline.content import documents, posts
from tests.pipeline.gate import LONGEST_WAIT_SECONDS, Call, Gate, Side
from tests.pipeline.letters import OFFICE, VACCINES, letter, november, put

VACCINE = "疫苗接种"
AT = november(6)
MatchCall = Callable[[Call], bool]


def said(by: str = "张三", at: datetime = AT, number: int = 1, **fields: Any) -> Correction:
    return Correction(post_id=f"board:{number}", by=by, at=at, **fields)


def trail(runtime: Runtime) -> list[dict[str, Any]]:
    """Every entry, the earliest first."""
    return sorted(documents(runtime.es, runtime.names.audit).values(), key=lambda entry: (entry["at"], entry["who"]))


@pytest.fixture
def asked(runtime: Runtime) -> Runtime:
    """An installation with a message that a model has read, and another one."""
    put(runtime, [letter(1, topic="医疗收费", sentiment_label="neutral"), letter(2)])
    return runtime


# ---------- corrections ----------


def test_a_correction_tells_what_was_before_and_after_and_what_it_brought_along(asked: Runtime) -> None:
    # when
    assert correct(asked, [said(topic=VACCINE, note="来电核实")]) == 1
    # then
    (entry,) = trail(asked)
    assert (entry["kind"], entry["action"], entry["post_id"], entry["who"]) == ("post", "correction", "board:1", "张三")
    assert entry["before"] == {"topic": "医疗收费", "department": OFFICE}
    assert entry["after"] == {"topic": VACCINE, "department": VACCINES}
    assert (entry["said"], entry["reason"]) == (["topic"], "来电核实")
    assert datetime.fromisoformat(entry["at"]) == AT


def test_each_change_has_its_entry_and_what_says_nothing_new_has_none(asked: Runtime) -> None:
    # when
    correct(asked, [said(topic=VACCINE)])
    correct(asked, [said("李四", AT + timedelta(hours=1), topic=VACCINE)])
    correct(asked, [said("李四", AT + timedelta(hours=2), topic=VACCINE, sentiment_label="negative")])
    correct(asked, [said("王五", AT + timedelta(hours=3), topic="医疗收费")])
    # then
    told_of = [(entry["who"], entry["before"].get("topic"), entry["after"].get("topic")) for entry in trail(asked)]
    assert told_of == [("张三", "医疗收费", VACCINE), ("李四", VACCINE, VACCINE), ("王五", VACCINE, "医疗收费")]


def test_nobodys_number_gets_into_the_trail(asked: Runtime) -> None:
    # when
    correct(
        asked, [said("张三 13812345678", topic=VACCINE, note="本人来电，手机 13912345678，身份证号 11010519491231002X")]
    )
    # then
    (entry,) = trail(asked)
    kept = documents(asked.es, asked.names.corrections)["board:1"]
    for text in (entry["who"], entry["reason"], kept["by"], kept["note"]):
        assert "138" not in text
        assert "139" not in text
        assert "1949" not in text


def creates_entry(call: Call) -> bool:
    return call.path.startswith("/audit/_create/") or (call.method == "PUT" and call.path.startswith("/audit/"))


def saves_correction(call: Call) -> bool:
    return call.method == "PUT" and call.path.startswith("/corrections/_doc/")


def writes_posts(call: Call) -> bool:
    return call.path == "/_bulk"


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("wanted", [creates_entry, saves_correction, writes_posts], ids=lambda one: one.__name__)
def test_a_correction_that_dies_anywhere_and_is_made_again_is_there_once(
    wanted: MatchCall, side: Side, asked: Runtime, new_runtime: Callable[..., Runtime], gate: Gate
) -> None:
    # given one that died with a request on its way
    _dies(lambda one: correct(one, [said(topic=VACCINE, note="核实")]), new_runtime, gate, wanted, side)
    # when it is made again, later
    correct(asked, [said(at=AT + timedelta(hours=1), topic=VACCINE, note="核实")])
    # then
    (entry,) = trail(asked)
    assert (entry["before"]["topic"], entry["after"]["topic"]) == ("医疗收费", VACCINE)
    assert posts(asked)["board:1"]["topic"] == VACCINE
    assert documents(asked.es, asked.names.corrections)["board:1"]["topic"] == VACCINE


@pytest.mark.parametrize("side", ["before", "after"])
def test_what_one_has_begun_is_not_lost_when_another_goes_on(
    side: Side, asked: Runtime, new_runtime: Callable[..., Runtime], gate: Gate
) -> None:
    # given a correction that died between its entry and what it changes
    _dies(lambda one: correct(one, [said(topic=VACCINE)]), new_runtime, gate, saves_correction, side)
    # when somebody else corrects something else
    correct(asked, [said("李四", AT + timedelta(hours=1), sentiment_label="negative")])
    # then both count
    post = posts(asked)["board:1"]
    assert (post["topic"], post["department"], post["sentiment_label"]) == (VACCINE, VACCINES, "negative")
    assert [entry["who"] for entry in trail(asked)] == ["张三", "李四"]


def _dies(
    work: Callable[[Runtime], object],
    new_runtime: Callable[..., Runtime],
    gate: Gate,
    wanted: MatchCall,
    side: Side,
) -> None:
    """Do it behind the gate, which is cut while the wanted request is on its way."""
    dying = new_runtime(ELASTICSEARCH_URL=gate.url)
    _ = dying.es
    gate.close_at(0, side, wanted)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(work, dying)
        assert gate.held.wait(LONGEST_WAIT_SECONDS)
        gate.cut()
        assert run.exception(LONGEST_WAIT_SECONDS)
    gate.open()


def test_many_at_once_are_all_there(asked: Runtime) -> None:
    # given
    people = [f"{number} 号" for number in range(8)]
    topics = [VACCINE, "医疗收费"] * 4
    # when
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda by, topic: correct(asked, [said(by, topic=topic, note=by)]), people, topics))
    # then
    assert sorted(entry["who"] for entry in trail(asked)) == people
    assert asked.corrections.latest("board:1")[1] == len(people)


def test_an_entry_once_written_stays(asked: Runtime) -> None:
    # given
    entry = AuditEntry(
        id=entry_id("extension", "board:1"), kind="deadline", action="extension", post_id="board:1", who="甲", at=AT
    )
    # when
    written = [asked.audit.add(entry), asked.audit.add(entry.model_copy(update={"who": "乙"}))]
    # then
    assert written == [True, False]
    found = asked.audit.find(entry.id)
    assert found
    assert found.who == "甲"


def test_ids_are_short_however_long_those_of_posts_are() -> None:
    assert len(entry_id("correction", "长" * 170, "12")) < 100
    assert entry_id("correction", "a", "1") != entry_id("correction", "a", "11")


# ---------- the history of a post ----------


def lines(runtime: Runtime, post_id: str = "board:1") -> list[tuple[str, str, str, str, str]]:
    return [_short(line) for line in history_of(runtime, post_id).lines]


def _short(line: Line) -> tuple[str, str, str, str, str]:
    return line.what, line.who, told(line.before), told(line.after), line.reason


@pytest.fixture
def eventful(runtime: Runtime) -> Runtime:
    """A disclosure request to which everything happened that can."""
    put(runtime, [letter(1, channel="disclosure_request", topic="医疗收费", cluster_id="board:1"), letter(2)])
    correct(runtime, [said(topic=VACCINE, note="来电核实")])
    extend(runtime, "board:1", "李主任", "征求第三方意见", november(7))
    mail = AlertRecord(
        id="board:1|due_in_3",
        post_id="board:1",
        department=OFFICE,
        stage="due_in_3",
        day="2019-11-08",
        at=november(8),
        state="sent",
        message_id="<1@yuqing.invalid>",
        recipients=("office@bureau.example",),
        sent_at=november(8),
    )
    warned = replace(mail, id="warning|w1", post_id=None, stage=None, day=None, about="warning", subject="w1")
    runtime.alert_log.save([mail, replace(warned, sent_at=november(9, 10))])
    warning = {"id": "w1", "kind": "surge", "title": "医院", "at": november(9), "mail_at": november(9), "people": 3}
    warning |= {
        "posts": 3,
        "post_ids": ["board:1"],
        "reason": "突增",
        "rule": "opinion_general",
        "due_at": november(11),
    }
    runtime.warnings.save(WarningRecord.model_validate(warning))
    warning_handling.make_major(runtime, "w1", "王局", november(9, 11))
    warning_handling.set_state(runtime, "w1", Decision("处置中", "已联系，电话 13812345678", "赵六", november(9, 12)))
    followup = {"id": "f1", "matter_id": "board:1", "title": "医院", "state": "待研判", "created_at": november(10)}
    followup |= {"updated_at": november(10), "answered_at": AT, "answered_by": "答复", "people_before": 1}
    followup |= {"people_after": 2, "posts_after": 2, "asked_again": 0, "last_post_at": AT, "reason": "仍有人问"}
    runtime.followups.add(FollowUpRecord.model_validate(followup))
    runtime.es.indices.refresh(index=runtime.names.followups)
    followups.set_state(runtime, "f1", Decision("不需要", "见答复", "钱七", november(11)), None)
    event = EventRecord(id="e1", kind="born", matters=["board:1"], at=november(5), posts=["board:1"], count=2)
    runtime.matters.save_events([event])
    runtime.es.indices.refresh(index=f"{runtime.names.prefix}*")
    return runtime


HAPPENED = [
    ("留言", "群众", "", "", ""),
    ("归为热点（board:1）", "系统", "", "", ""),
    ("更正", "张三", "主题 医疗收费；科室 办公室", f"主题 {VACCINE}；科室 {VACCINES}", "来电核实"),
    ("延期", "李主任", "到期 2019-12-02 17:30", "到期 2019-12-30 17:30", "征求第三方意见"),
    ("提醒邮件：3 个工作日内到期", "系统", "", "已发出", "发给办公室（1 个收件人）"),
    ("引起预警 w1", "系统", "", "", "突增"),
    ("预警邮件", "系统", "", "已发出", "发给办公室（1 个收件人）"),
    ("预警 w1 登记为重大政务舆情", "王局", "", "", ""),
    ("预警 w1 处置", "赵六", "待处置", "处置中", "已联系，电话 [电话]"),
    ("所在热点列为二次解读对象 f1", "系统", "", "", "仍有人问"),
    ("二次解读 f1 处理", "钱七", "待研判", "不需要", "见答复"),
]


def test_everything_that_happened_to_a_post_is_told_in_order(eventful: Runtime) -> None:
    assert lines(eventful) == HAPPENED
    assert lines(eventful, "board:2") == HAPPENED[:1]


def test_up_to_a_time_only_what_was_known_then_is_told(eventful: Runtime) -> None:
    assert [_short(line) for line in history_of(eventful, "board:1", november(7)).lines] == HAPPENED[:4]


def test_reading_it_writes_nothing_and_needs_no_index_made(
    eventful: Runtime, new_runtime: Callable[..., Runtime], gate: Gate
) -> None:
    # given
    reader = new_runtime(ELASTICSEARCH_URL=gate.url)
    # when
    assert [_short(line) for line in history_of(reader, "board:1").lines] == HAPPENED
    # then
    asking = [call for call in gate.calls if call.method == "POST"]
    assert {call.path.rpartition("/")[2] for call in asking} <= {"_search", "scroll"}
    assert "PUT" not in {call.method for call in gate.calls}


def test_who_asks_about_an_unknown_post_is_told_so(runtime: Runtime) -> None:
    _ = runtime.es
    for post_id in ("board:404", ""):
        with pytest.raises(YuqingError, match="没有编号为"):
            history_of(runtime, post_id)


def test_the_command_shows_it_to_people_and_to_programs(eventful: Runtime, environment: dict[str, str]) -> None:
    # given
    yuqing = Yuqing(environment)
    # when
    shown, as_json = yuqing("history", "board:1"), yuqing("history", "board:1", "--json", "--at", "2019-11-07T08:30")
    # then
    assert shown.code == ExitCode.OK, shown.err
    for word in ("2019-11-06 08:30", "张三", VACCINE, "来电核实", "已延期，原为 2019-12-02 17:30", "李主任"):
        assert word in shown.out
    assert [line["kind"] for line in as_json.json["lines"]] == ["post", "matter", "correction", "extension"]
    assert as_json.json["lines"][2]["after"] == {"topic": VACCINE, "department": VACCINES}
    assert yuqing("history", "board:404").code == ExitCode.FAILED


# ---------- forgetting ----------


def test_the_trail_forgets_a_forgotten_post_and_tells_who_had_it_done(eventful: Runtime) -> None:
    # given an entry about another post, whose reason names the forgotten one
    correct(eventful, [said("张三", number=2, topic=VACCINE, note="与 board:1 相同")])
    # when
    proof = forget(eventful, Wanted(ids=frozenset({"board:1"})), november(12), "孙八")
    # then
    assert proof.left == 0
    kept = trail(eventful)
    assert [(entry["action"], entry.get("post_id"), entry["who"]) for entry in kept] == [
        ("correction", "board:2", "张三"),
        ("forget", None, "孙八"),
    ]
    assert kept[0]["reason"] == "与 [已删除] 相同"
    assert kept[1]["after"] == {"posts": 1}
    # and what was noted with the correction itself
    correction, number = eventful.corrections.latest("board:2")
    assert correction
    assert (correction.note, number) == ("与 [已删除] 相同", 1)
    assert "board:1" not in str(kept)


def test_forgetting_that_was_killed_and_begun_again_is_told_once(
    asked: Runtime, new_runtime: Callable[..., Runtime], gate: Gate
) -> None:
    # given
    wanted = Wanted(ids=frozenset({"board:1"}))
    put(asked, [letter(1)])
    _dies(lambda one: forget(one, wanted, AT, "孙八"), new_runtime, gate, creates_entry, "after")
    # when
    for hour in (1, 2):
        forget(asked, wanted, AT + timedelta(hours=hour), "孙八")
    # then
    assert [entry["action"] for entry in trail(asked)] == ["forget"]
