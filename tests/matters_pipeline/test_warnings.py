"""Early warning: raised once, mailed once and not at night, with a deadline; urgent posts at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from core.clock import show, to_utc
from core.errors import ConfigError, YuqingError
from core.post import Post
from matters.decisions import Decision
from matters.response import WarningState
from pipeline.matters import cluster
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from pipeline.warning_handling import make_major, response_to, set_state
from pipeline.warnings import warn
from store.warnings import WarningRecord
from tests.cli.command import Yuqing
from tests.matters_pipeline.letters import PLANT, SUBSIDY, days, letter, letters, put
from tests.pipeline.postoffice import PostOffice

LEAD_MAIL, OFFICE_MAIL = "fuyou@bureau.example", "bangongshi@bureau.example"
HOUR = timedelta(hours=1)
THREAT = ("再不处理我就从楼上跳下去", "拖了三年没有人管，再不处理我就从医院楼上跳下去，活不下去了。")


def beijing(text: str) -> datetime:
    """A time as people in Beijing write it."""
    return to_utc(datetime.fromisoformat(text))


AFTERNOON = beijing("2025-03-05 15:00")
NIGHT = beijing("2025-03-05 23:10")


def burst(until: datetime) -> list[Post]:
    """Eight people complain within the eight hours before."""
    return letters("plant", PLANT, until - 8 * HOUR, HOUR)


def raised(runtime: Runtime, at: datetime) -> list[WarningRecord]:
    """What a run raises after clustering."""
    cluster(runtime, at)
    return warn(runtime, at, at).raised


def test_a_burst_of_negative_posts_raises_one_warning_with_the_posts_and_the_deadline(mailing_city: Runtime) -> None:
    # given
    put(mailing_city, burst(AFTERNOON))
    # when
    (warning,) = raised(mailing_city, AFTERNOON)
    # then
    assert (warning.kind, warning.matter_id, warning.place) == ("surge", "board:plant-0", "春江花园")
    assert (warning.source, warning.topic) == (["board"], "生育登记与奖扶")
    assert (warning.people, warning.posts) == (len(PLANT), len(PLANT))
    assert set(warning.post_ids) == {f"board:plant-{number}" for number in range(len(PLANT))}
    assert (warning.at, warning.mail_at) == (AFTERNOON, AFTERNOON)
    assert (warning.rule, warning.due_at) == ("opinion_general", AFTERNOON + days(2))
    # and the same hour, the next hour and the next day raise none
    for at in (AFTERNOON, AFTERNOON + HOUR, AFTERNOON + days(1)):
        assert raised(mailing_city, at) == []
    assert mailing_city.warnings.listed([], 10) == [warning]


def test_a_clock_that_was_moved_back_warns_of_nothing_twice(mailing_city: Runtime) -> None:
    # given a warning that would have been due two hours before as well
    put(mailing_city, burst(AFTERNOON))
    (warning,) = raised(mailing_city, AFTERNOON)
    # when
    again = warn(mailing_city, AFTERNOON - 2 * HOUR, AFTERNOON).raised
    # then
    assert again == []
    assert mailing_city.warnings.listed([], 10) == [warning]


def test_the_lead_department_and_the_office_are_mailed_once(mailing_city: Runtime, post_office: PostOffice) -> None:
    # given
    put(mailing_city, burst(AFTERNOON))
    # when
    (warning,) = raised(mailing_city, AFTERNOON)
    warn(mailing_city, AFTERNOON + HOUR, AFTERNOON)
    # then
    (mail,) = post_office.take()
    assert mail.recipients == (LEAD_MAIL, OFFICE_MAIL)
    assert mail.subject == f"【舆情预警】{warning.title}（2025-03-05 15:00）"
    for text in (mail.text(), mail.text("html")):
        assert warning.reason in text
        assert show(warning.due_at) in text
        assert "国办发〔2016〕61号" in text
        assert all(post_id in text for post_id in warning.post_ids)
        assert all(title in text for title, _ in PLANT)
    (notice,) = mailing_city.alert_log.states([f"warning|{warning.id}"]).values()
    assert (notice.about, notice.subject, notice.state) == ("warning", warning.id, "sent")


def test_what_is_usual_for_a_matter_and_what_is_not_negative_raise_nothing(mailing_city: Runtime) -> None:
    # given a matter with a post every other day, and a burst of thanks
    put(mailing_city, letters("subsidy", SUBSIDY, AFTERNOON - days(9), days(2)))
    put(mailing_city, [post.model_copy(update={"sentiment_label": "positive"}) for post in burst(AFTERNOON)])
    # then
    assert raised(mailing_city, AFTERNOON) == []


def test_at_night_the_warning_is_raised_and_its_mail_waits_for_the_morning(
    mailing_city: Runtime, post_office: PostOffice
) -> None:
    # given
    put(mailing_city, burst(NIGHT))
    # when
    (warning,) = raised(mailing_city, NIGHT)
    warn(mailing_city, beijing("2025-03-06 06:50"), NIGHT)
    # then
    assert (warning.at, warning.mail_at) == (NIGHT, beijing("2025-03-06 07:00"))
    assert post_office.take() == []
    # and in the morning it goes out, with the deadline running since the night
    run = warn(mailing_city, beijing("2025-03-06 07:02"), NIGHT)
    assert (run.raised, run.mails.sent) == ([], [warning.id])
    assert len(post_office.take()) == 1
    assert warning.due_at == NIGHT + days(2)


def test_an_urgent_post_is_mailed_at_once_even_at_night_and_without_a_matter(
    mailing_city: Runtime, post_office: PostOffice
) -> None:
    # given
    put(mailing_city, [letter("threat", THREAT, NIGHT - HOUR, risk="紧急", risk_reasons=["涉及自伤或伤人：跳下去"])])
    # when
    (warning,) = raised(mailing_city, NIGHT)
    warn(mailing_city, NIGHT + HOUR, NIGHT)
    # then
    assert (warning.kind, warning.matter_id, warning.post_ids) == ("urgent", None, ["board:threat"])
    assert (warning.mail_at, warning.due_at) == (NIGHT, NIGHT + days(2))
    (mail,) = post_office.take()
    assert mail.subject.startswith("【紧急】再不处理我就从楼上跳下去")
    assert "涉及自伤或伤人：跳下去" in mail.text()


def test_urgent_posts_of_one_matter_come_in_one_mail_and_only_the_new_ones_later(
    mailing_city: Runtime, post_office: PostOffice
) -> None:
    # given
    put(mailing_city, letters("plant", PLANT[:3], NIGHT - days(1), HOUR, risk="紧急"))
    (first,) = raised(mailing_city, NIGHT)
    # when
    put(mailing_city, letters("more", PLANT[3:5], NIGHT, HOUR, risk="紧急"))
    (second,) = raised(mailing_city, NIGHT + 2 * HOUR)
    # then
    assert first.post_ids == ["board:plant-0", "board:plant-1", "board:plant-2"]
    assert (second.post_ids, second.matter_id) == (["board:more-0", "board:more-1"], first.matter_id)
    assert len(post_office.take()) == 2


def test_an_urgent_post_of_long_ago_warns_nobody(mailing_city: Runtime) -> None:
    # given a file of last year that is imported today
    put(mailing_city, [letter("old", THREAT, NIGHT - days(200), risk="紧急", checked_at=NIGHT)])
    # then
    assert raised(mailing_city, NIGHT) == []


def test_a_person_can_make_it_a_major_matter(mailing_city: Runtime) -> None:
    # given
    put(mailing_city, burst(AFTERNOON))
    (warning,) = raised(mailing_city, AFTERNOON)
    # when
    major = make_major(mailing_city, warning.id, "王主任", AFTERNOON + HOUR)
    # then the shorter deadlines run from the warning on
    assert (major.rule, major.major_by, major.major_at) == ("opinion_major", "王主任", AFTERNOON + HOUR)
    assert (major.due_at, major.conference_due_at) == (AFTERNOON + 5 * HOUR, AFTERNOON + days(1))
    assert mailing_city.warnings.find(warning.id) == major
    # and nobody makes it one again
    with pytest.raises(YuqingError, match="已由王主任登记"):
        make_major(mailing_city, warning.id, "赵", AFTERNOON + HOUR)


def decided(state: WarningState, at: datetime, note: str = "") -> Decision[WarningState]:
    """A decision of 张三's."""
    return Decision(state, note, "张三", at)


def test_what_people_do_about_a_warning_is_kept_in_order(mailing_city: Runtime) -> None:
    # given
    put(mailing_city, burst(AFTERNOON))
    (warning,) = raised(mailing_city, AFTERNOON)
    assert (warning.state, warning.history) == ("待处置", [])
    # when
    set_state(mailing_city, warning.id, decided("处置中", AFTERNOON + HOUR, "已联系环保部门"))
    record = set_state(mailing_city, warning.id, decided("已回应", AFTERNOON + 40 * HOUR, "官网发布情况通报"))
    # then
    assert record.state == "已回应"
    assert [(one.state, one.who, one.note, one.at) for one in record.history] == [
        ("处置中", "张三", "已联系环保部门", AFTERNOON + HOUR),
        ("已回应", "张三", "官网发布情况通报", AFTERNOON + 40 * HOUR),
    ]
    assert mailing_city.warnings.find(warning.id) == record
    told = response_to(record, AFTERNOON + days(9))
    assert (told.answered_at, told.on_time) == (AFTERNOON + 40 * HOUR, True)
    # and what makes no sense is refused and leaves no trace
    with pytest.raises(YuqingError, match="“已回应”不能改为“误报”"):
        set_state(mailing_city, warning.id, decided("误报", AFTERNOON + 41 * HOUR))
    with pytest.raises(YuqingError, match="早于预警时间"):
        set_state(mailing_city, warning.id, decided("处置中", AFTERNOON - HOUR))
    with pytest.raises(YuqingError, match="没有编号为 none 的预警"):
        set_state(mailing_city, "none", decided("处置中", AFTERNOON))
    assert mailing_city.warnings.find(warning.id) == record
    # and when it turns out to be major, the answer came too late
    major = make_major(mailing_city, warning.id, "王主任", AFTERNOON + 42 * HOUR)
    assert (major.history, response_to(major, AFTERNOON + days(9)).on_time) == (record.history, False)


def test_what_is_told_twice_about_a_warning_counts_once(mailing_city: Runtime) -> None:
    # given
    put(mailing_city, burst(AFTERNOON))
    (warning,) = raised(mailing_city, AFTERNOON)
    step = decided("已回应", AFTERNOON + HOUR, "官网发布情况通报")
    # when, as after a kill or an answer that was lost
    for _ in range(2):
        make_major(mailing_city, warning.id, "王主任", AFTERNOON + HOUR)
        record = set_state(mailing_city, warning.id, step)
    # then
    assert [(one.state, one.at) for one in record.history] == [("已回应", AFTERNOON + HOUR)]
    assert (record.major_by, record.major_at) == ("王主任", AFTERNOON + HOUR)


def test_decisions_of_two_people_at_once_are_both_kept(mailing_city: Runtime) -> None:
    # given
    put(mailing_city, burst(AFTERNOON))
    (warning,) = raised(mailing_city, AFTERNOON)
    # when
    with ThreadPoolExecutor(4) as pool:
        notes = [f"第 {number} 次联系" for number in range(4)]
        steps = [decided("处置中", AFTERNOON + HOUR, note) for note in notes]
        list(pool.map(lambda step: set_state(mailing_city, warning.id, step), steps))
    # then
    record = mailing_city.warnings.find(warning.id)
    assert record is not None
    assert sorted(one.note for one in record.history) == notes


@pytest.mark.parametrize("state", ["已回应", "误报"])
def test_a_matter_whose_warning_is_closed_may_warn_again(mailing_city: Runtime, state: WarningState) -> None:
    # given
    put(mailing_city, burst(AFTERNOON))
    (first,) = raised(mailing_city, AFTERNOON)
    closed = set_state(mailing_city, first.id, decided(state, AFTERNOON + HOUR))
    # when people go on: at first too soon and too few to be news, weeks later in numbers
    put(mailing_city, letters("more", PLANT[:4], AFTERNOON + HOUR, HOUR))
    assert raised(mailing_city, AFTERNOON + 9 * HOUR) == []
    put(mailing_city, letters("many", PLANT * 3, AFTERNOON + days(39.5), HOUR / 4))
    again = raised(mailing_city, AFTERNOON + days(40))
    # then there is a new one beside the closed one, which stays as it was
    assert [(one.matter_id, one.state) for one in again] == [(first.matter_id, "待处置")]
    assert mailing_city.warnings.find(first.id) == closed


def test_what_was_settled_at_night_is_not_mailed_in_the_morning(mailing_city: Runtime, post_office: PostOffice) -> None:
    # given
    put(mailing_city, burst(NIGHT))
    (warning,) = raised(mailing_city, NIGHT)
    # when
    set_state(mailing_city, warning.id, decided("误报", NIGHT + HOUR, "同一人换名重复发布"))
    run = warn(mailing_city, beijing("2025-03-06 07:02"), NIGHT)
    # then
    assert (run.mails.sent, run.mails.failed, post_office.take()) == ([], [], [])


def test_a_deadline_rule_that_was_taken_out_is_missed_aloud(
    mailing_city: Runtime, environment: dict[str, str], tmp_path: Path
) -> None:
    # given
    config = tmp_path / "config"
    config.mkdir()
    for path in mailing_city.settings.config.iterdir():
        (config / path.name).write_bytes(path.read_bytes())
    rules = yaml.safe_load((config / "deadlines.yml").read_text("utf-8"))
    del rules["rules"]["opinion_general"]
    (config / "deadlines.yml").write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
    runtime = Runtime(Settings({**environment, "YUQING_CONFIG": str(config)}))
    put(runtime, burst(AFTERNOON))
    cluster(runtime, AFTERNOON)
    # then
    with pytest.raises(ConfigError, match="opinion_general"):
        warn(runtime, AFTERNOON, AFTERNOON)


@pytest.fixture
def warned(mailing_city: Runtime) -> WarningRecord:
    """The one warning there is."""
    put(mailing_city, burst(AFTERNOON))
    (warning,) = raised(mailing_city, AFTERNOON)
    return warning


def test_the_command_line_raises_lists_and_escalates(
    command: Yuqing, mailing_city: Runtime, post_office: PostOffice
) -> None:
    # given
    put(mailing_city, burst(AFTERNOON))
    cluster(mailing_city, AFTERNOON)
    # when
    run = command("warnings", "run", "--at", "2025-03-05T15:00", "--json", **post_office.settings)
    # then
    assert run.code == 0, run.err
    (warning,) = run.json["raised"]
    listed = command("warnings", "--at", "2025-03-05T16:00")
    assert warning["id"] in listed.out
    assert "2025-03-07 15:00" in listed.out
    assert "还有 47 小时" in listed.out
    assert "国办发〔2016〕61号" in listed.out
    # and when a person says that it is major
    major = command("warnings", "major", warning["id"], "--by", "王主任", "--at", "2025-03-05T16:00")
    # then
    assert "2025-03-05 20:00 前发布权威信息，2025-03-06 15:00 前举行新闻发布会" in major.out
    later = command("warnings", "--at", "2025-03-05T21:00").out
    assert "（重大）" in later
    assert "已超时 1 小时" in later


def test_the_command_line_shows_a_warning_with_its_posts_and_takes_what_was_done(
    command: Yuqing, warned: WarningRecord
) -> None:
    # when
    done = command(
        "warnings",
        "set",
        warned.id,
        "--state",
        "已回应",
        "--by",
        "张三",
        "--note",
        "官网通报",
        "--at",
        "2025-03-07T16:00",
    )
    # then
    assert done.code == 0, done.err
    assert "已回应（超时 1 小时）" in done.out
    shown = command("warnings", "show", warned.id, "--at", "2025-03-09T09:00").out
    assert warned.reason in shown
    assert "2025-03-07 15:00 前（一般政务舆情回应，国办发〔2016〕61号）：超时 1 小时" in shown
    assert "2025-03-07 16:00 张三：已回应 官网通报" in shown
    assert all(post_id in shown for post_id in warned.post_ids)
    assert f"yuqing matters show {warned.matter_id}" in shown
    told = command("warnings", "show", warned.id, "--json").json
    assert [post["id"] for post in told["posts_named"]] == warned.post_ids
    assert (told["response"]["on_time"], told["history"][0]["note"]) == (False, "官网通报")
    # and a state there is none of is told with those there are
    wrong = command("warnings", "set", warned.id, "--state", "办结", "--by", "张三")
    assert wrong.code == 1
    assert "待处置、处置中、已回应、误报" in wrong.err
    assert command("warnings", "show", "none").code == 1


def test_open_warnings_are_listed_before_closed_ones_the_one_due_first_first(
    command: Yuqing, mailing_city: Runtime
) -> None:
    # given four urgent posts on four days, the first and the last of them settled
    for number in range(4):
        put(mailing_city, [letter(f"threat-{number}", THREAT, AFTERNOON + days(number), risk="紧急")])
    ids = []
    for number in range(4):
        (warning,) = warn(mailing_city, AFTERNOON + days(number) + HOUR, AFTERNOON).raised
        ids.append(warning.id)
    for number in (0, 3):
        set_state(mailing_city, ids[number], decided("已回应", AFTERNOON + days(number) + 2 * HOUR))
    # and of the open ones the later one is due first
    make_major(mailing_city, ids[2], "王主任", AFTERNOON + days(2) + HOUR)
    # then
    listed = command("warnings", "--json", "--at", "2025-03-09T09:00").json
    assert [one["id"] for one in listed] == [ids[2], ids[1], ids[3], ids[0]]
    assert [one["response"]["on_time"] for one in listed] == [False, False, True, True]
    assert [one["id"] for one in command("warnings", "--json", "--top", "3").json] == [ids[2], ids[1], ids[3]]
