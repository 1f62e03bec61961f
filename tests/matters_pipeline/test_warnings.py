"""Early warning: raised once, mailed once and not at night, with a deadline; urgent posts at once."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from core.clock import show, to_utc
from core.errors import ConfigError, YuqingError
from core.post import Post
from pipeline.matters import cluster
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from pipeline.warnings import make_major, warn
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
    assert (warning.people, warning.posts) == (len(PLANT), len(PLANT))
    assert set(warning.post_ids) == {f"board:plant-{number}" for number in range(len(PLANT))}
    assert (warning.at, warning.mail_at) == (AFTERNOON, AFTERNOON)
    assert (warning.rule, warning.due_at) == ("opinion_general", AFTERNOON + days(2))
    # and the same hour, the next hour and the next day raise none
    for at in (AFTERNOON, AFTERNOON + HOUR, AFTERNOON + days(1)):
        assert raised(mailing_city, at) == []
    assert mailing_city.warnings.latest(10) == [warning]


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
    assert mailing_city.notices.of("warning", [warning.id])[warning.id].state == "sent"


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
    assert "已过" not in listed.out
    # and when a person says that it is major
    major = command("warnings", "major", warning["id"], "--by", "王主任", "--at", "2025-03-05T16:00")
    # then
    assert "2025-03-05 20:00 前发布权威信息，2025-03-06 15:00 前举行新闻发布会" in major.out
    assert "重大政务舆情" in command("warnings", "--at", "2025-03-05T21:00").out
    assert "已过" in command("warnings", "--at", "2025-03-05T21:00").out
