"""Reminders: who gets which mail when, and what becomes of a mail that could not be sent."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from alerts.mail import NotSent
from core.errors import ConfigError, ExitCode, Unavailable
from core.post import Post, Reply
from pipeline.alerting import AlertRun, plan, send_alerts
from pipeline.runtime import Runtime
from tests.pipeline.conftest import StartCommand
from tests.pipeline.content import alerts
from tests.pipeline.letters import MAILBOX, OFFICE, STAFF, VACCINES, letter, november, put
from tests.pipeline.postoffice import Mail, PostOffice

SENT_AT = datetime(2026, 1, 5, tzinfo=UTC)
LEADER = "bangongshi.leader@bureau.example"
LEADERSHIP = "lingdao@bureau.example"
TODAY = november(18)
"""The day on which a letter is due."""


@pytest.fixture
def office(new_runtime: Callable[..., Runtime], post_office: PostOffice) -> Runtime:
    """An installation that sends its mail to the post office."""
    return new_runtime(**post_office.settings)


def run(runtime: Runtime, at: datetime) -> AlertRun:
    return send_alerts(runtime, at, SENT_AT)


def states(runtime: Runtime) -> dict[str, str]:
    """The state of every alert by its id."""
    return {alert: record["state"] for alert, record in alerts(runtime).items()}


def told(mails: Iterable[Mail]) -> dict[str, list[tuple[str, str]]]:
    """Alerts by the first recipient of each mail."""
    return {mail.recipients[0]: sorted(mail.alerts()) for mail in mails}


# ---------- what is mailed, and when ----------


def test_each_section_gets_one_mail_with_all_its_messages(office: Runtime, post_office: PostOffice) -> None:
    # given
    far = letter(9, OFFICE, november(8))
    put(office, [letter(1, VACCINES), letter(2, OFFICE), letter(3, VACCINES), letter(4, "撤销了的科室"), far])
    # when
    done = run(office, TODAY)
    # then
    assert told(post_office.take()) == {
        MAILBOX[VACCINES]: [("board:1", "今日到期"), ("board:3", "今日到期")],
        # A section that is no longer in the configuration: its messages are the fallback's.
        MAILBOX[OFFICE]: [("board:2", "今日到期"), ("board:4", "今日到期")],
    }
    assert (len(done.digests), len(done.sent), done.failed, done.already_sent) == (2, 2, [], 0)
    assert post_office.connections == 1
    records = alerts(office)
    assert states(office) == {f"board:{number}|due_today": "sent" for number in (1, 2, 3, 4)}
    assert {record["sent_at"] for record in records.values()} == {SENT_AT.isoformat()}


def test_a_message_is_told_of_at_every_stage_once_and_every_working_day_once_overdue(
    office: Runtime, post_office: PostOffice
) -> None:
    # given
    put(office, [letter(1)])
    seen: list[tuple[int, int, str, tuple[str, ...]]] = []
    # when it is run twice a day from the day after posting to the end of the month, weekends left out as the DAG does
    for day in (day for day in range(5, 30) if office.calendar.is_working_day(november(day).date())):
        for hour in (8, 14):
            run(office, november(day, hour))
            seen += [
                (day, hour, stage, mail.recipients[1:]) for mail in post_office.take() for _, stage in mail.alerts()
            ]
    # then
    assert seen == [
        (13, 8, "3 个工作日内到期", ()),
        (15, 8, "1 个工作日内到期", ()),
        (18, 8, "今日到期", ()),
        (19, 8, "超期", ()),
        *((day, 8, "严重超期", (LEADER,)) for day in (20, 21)),
        *((day, 8, "严重超期", (LEADER, LEADERSHIP)) for day in (22, 25, 26, 27, 28, 29)),
    ]


def test_a_second_run_of_the_day_mails_only_what_came_since(office: Runtime, post_office: PostOffice) -> None:
    # given
    put(office, [letter(1)])
    run(office, TODAY)
    post_office.take()
    put(office, [letter(2)])
    # when
    done = run(office, november(18, 14))
    # then
    assert told(post_office.take()) == {MAILBOX[OFFICE]: [("board:2", "今日到期")]}
    assert done.already_sent == 1


def answered(number: int, replied_at: datetime | None) -> Post:
    return letter(number, collected_at=TODAY, status="已回复", replies=[Reply(body="已办好", replied_at=replied_at)])


def test_a_message_answered_meanwhile_is_not_mailed(office: Runtime, post_office: PostOffice) -> None:
    # given
    put(office, [letter(1), letter(2), letter(3)])
    assert len(plan(office, TODAY).digests[0].items) == 3
    # when two are answered before the run, one of them without a date
    put(office, [answered(1, november(15)), answered(2, None)], TODAY)
    run(office, TODAY)
    # then
    assert told(post_office.take()) == {MAILBOX[OFFICE]: [("board:3", "今日到期")]}


def test_a_run_for_a_past_day_tells_what_was_due_then(office: Runtime, post_office: PostOffice) -> None:
    # given a message answered on the 20th
    put(office, [answered(1, november(20))], november(25))
    # when
    run(office, november(19))
    run(office, november(21))
    # then
    assert [mail.alerts() for mail in post_office.take()] == [[("board:1", "超期")]]


def test_a_dry_run_writes_and_sends_nothing(office: Runtime, post_office: PostOffice) -> None:
    # given
    put(office, [letter(1)])
    # when
    planned = plan(office, TODAY)
    # then
    assert [digest.department for digest in planned.digests] == [OFFICE]
    assert (post_office.mails, alerts(office)) == ([], {})
    assert run(office, TODAY).digests == planned.digests


def test_without_a_mail_server_nothing_is_recorded(runtime: Runtime) -> None:
    # given
    put(runtime, [letter(1)])
    # when
    with pytest.raises(ConfigError, match="没有配置邮件服务器"):
        run(runtime, TODAY)
    # then
    assert alerts(runtime) == {}


# ---------- a mail server that does not do its part ----------


def test_while_the_mail_server_is_down_nothing_counts_as_sent(
    office: Runtime, new_runtime: Callable[..., Runtime], post_office: PostOffice
) -> None:
    # given
    put(office, [letter(1), letter(2, VACCINES)])
    nobody_there = PostOffice().settings
    # when
    with pytest.raises(NotSent, match="连不上邮件服务器"):
        run(new_runtime(**nobody_there), TODAY)
    # then
    assert not {"sent", "sending"} & set(states(office).values())
    # and the next run sends it all
    run(office, TODAY)
    assert told(post_office.take()).keys() == {MAILBOX[OFFICE], MAILBOX[VACCINES]}


def test_a_refused_section_is_recorded_as_failed_and_sent_by_the_next_run(
    office: Runtime, post_office: PostOffice
) -> None:
    # given
    put(office, [letter(1, OFFICE), letter(2, VACCINES), letter(3, STAFF)])
    post_office.refuses = lambda address: address == MAILBOX[VACCINES]
    # when
    done = run(office, TODAY)
    # then
    assert told(post_office.take()).keys() == {MAILBOX[OFFICE], MAILBOX[STAFF]}
    [(digest, reason)] = done.failed
    assert digest.department == VACCINES
    assert MAILBOX[VACCINES] in reason
    assert states(office) == {"board:1|due_today": "sent", "board:2|due_today": "failed", "board:3|due_today": "sent"}
    assert MAILBOX[VACCINES] in alerts(office)["board:2|due_today"]["error"]
    # and when it is refused no more
    post_office.refuses = lambda _: False
    again = run(office, november(18, 14))
    # then exactly what was missing goes out
    assert told(post_office.take()) == {MAILBOX[VACCINES]: [("board:2", "今日到期")]}
    assert (len(again.sent), again.already_sent) == (1, 2)
    record = alerts(office)["board:2|due_today"]
    assert (record["state"], record["attempts"], "error" in record) == ("sent", 2, False)


def test_a_refused_leader_does_not_keep_the_mail_from_the_section(office: Runtime, post_office: PostOffice) -> None:
    # given
    put(office, [letter(1)])
    post_office.refuses = lambda address: address == LEADER
    # when
    done = run(office, november(20))
    # then
    (mail,) = post_office.take()
    assert mail.recipients == (MAILBOX[OFFICE],)
    assert (len(done.sent), done.failed) == (1, [])


def test_a_mail_turned_away_after_its_content_is_tried_again(office: Runtime, post_office: PostOffice) -> None:
    # given
    put(office, [letter(1, OFFICE), letter(2, VACCINES)])
    post_office.turns_away = lambda mail: mail.recipients[0] == MAILBOX[OFFICE]
    # when
    done = run(office, TODAY)
    # then
    assert [digest.department for digest, _ in done.failed] == [OFFICE]
    assert states(office) == {"board:1|due_today": "failed", "board:2|due_today": "sent"}
    assert told(post_office.take()).keys() == {MAILBOX[VACCINES]}
    # and
    post_office.turns_away = lambda _: False
    run(office, TODAY)
    assert told(post_office.take()).keys() == {MAILBOX[OFFICE]}


def test_a_mail_whose_receipt_is_lost_goes_out_again_under_its_own_message_id(
    office: Runtime, post_office: PostOffice
) -> None:
    # given
    put(office, [letter(1, OFFICE), letter(2, VACCINES), letter(3, STAFF)])
    post_office.hangs_up_after = lambda mail: mail.recipients[0] == MAILBOX[OFFICE]
    # when
    done = run(office, TODAY)
    # then the others have it, and nobody claims that this one was sent
    first = post_office.take()
    assert told(first).keys() == {MAILBOX[OFFICE], MAILBOX[VACCINES], MAILBOX[STAFF]}
    assert [digest.department for digest, _ in done.failed] == [OFFICE]
    assert states(office) == {"board:1|due_today": "sending", "board:2|due_today": "sent", "board:3|due_today": "sent"}
    # and when the next run, a day later, begins with it
    post_office.hangs_up_after = lambda _: False
    put(office, [letter(4, OFFICE)])
    again = run(office, november(19))
    # then it is the very same mail, and the news of the day is in another
    second = post_office.take()
    (lost,) = [mail for mail in first if mail.recipients[0] == MAILBOX[OFFICE]]
    assert second[0].content() == lost.content()
    assert len(again.resent) == 1
    assert len({mail.id for mail in second}) == len(second) == 4
    assert [mail.alerts() for mail in second if mail.recipients[0] == MAILBOX[OFFICE]] == [
        [("board:1", "今日到期")],
        [("board:1", "超期"), ("board:4", "超期")],
    ]
    assert set(states(office).values()) == {"sent"}


def test_a_mail_server_that_goes_away_in_mid_run_leaves_the_rest_as_failed(
    office: Runtime, post_office: PostOffice
) -> None:
    # given a server that takes one mail and then nothing more
    put(office, [letter(1, OFFICE), letter(2, VACCINES), letter(3, STAFF)])
    post_office.refuses = lambda _: len(post_office.mails) == 1
    # when
    done = run(office, TODAY)
    # then
    assert (len(done.sent), len(done.failed)) == (1, 2)
    assert sorted(states(office).values()) == ["failed", "failed", "sent"]
    # and
    post_office.refuses = lambda _: False
    first = told(post_office.take())
    run(office, TODAY)
    second = told(post_office.take())
    assert first.keys() | second.keys() == set(MAILBOX.values())
    assert not first.keys() & second.keys()


def test_a_failed_reminder_is_overtaken_by_the_next_stage(office: Runtime, post_office: PostOffice) -> None:
    # given
    put(office, [letter(1)])
    post_office.refuses = lambda _: True
    run(office, november(15))
    assert states(office) == {"board:1|due_in_1": "failed"}
    # when
    post_office.refuses = lambda _: False
    run(office, TODAY)
    # then
    assert told(post_office.take()) == {MAILBOX[OFFICE]: [("board:1", "今日到期")]}


# ---------- a mail in doubt, and a world that has moved on ----------


@pytest.fixture
def in_doubt(office: Runtime, post_office: PostOffice) -> Mail:
    """A mail about letters 1 and 2 that arrived, though its receipt was lost."""
    put(office, [letter(1), letter(2)])
    post_office.hangs_up_after = lambda _: True
    run(office, TODAY)
    post_office.hangs_up_after = lambda _: False
    (mail,) = post_office.take()
    assert set(states(office).values()) == {"sending"}
    return mail


MOVES = {
    "one is answered, undated": lambda: answered(1, None),
    "one was answered before the run, which is learnt only now": lambda: answered(1, november(15)),
    "one belongs to another section by now": lambda: letter(1, STAFF, collected_at=TODAY),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_one_message_id_is_one_mail_whatever_has_happened_since(
    office: Runtime, post_office: PostOffice, in_doubt: Mail, move: Callable[[], Post]
) -> None:
    # when
    put(office, [move()], TODAY)
    run(office, november(18, 14))
    # then what carries the old Message-ID is the old mail
    again = [mail.content() for mail in post_office.take() if mail.id == in_doubt.id]
    assert again in ([], [in_doubt.content()])


@pytest.mark.parametrize("number", [1, 2])
def test_no_reminder_stays_in_doubt_for_ever(
    office: Runtime, post_office: PostOffice, in_doubt: Mail, number: int
) -> None:
    # when one of the two or both are answered, as the board says, without a date
    put(office, [answered(one, None) for one in range(1, number + 1)], TODAY)
    run(office, november(18, 14))
    # then
    assert "sending" not in states(office).values()


# ---------- two at once ----------


def test_a_second_run_at_the_same_time_refuses(office: Runtime, post_office: PostOffice, yuqing: StartCommand) -> None:
    # given a run that waits for the mail server
    put(office, [letter(1)])
    post_office.close_at("taken in")
    first = yuqing("alerts", "--at", "2019-11-18T08:30", **post_office.settings)
    assert post_office.held.wait(30)
    # when
    with pytest.raises(Unavailable, match="另一个进程正在做同样的事"):
        run(office, TODAY)
    # then one may still look, and the first is not disturbed
    assert plan(office, TODAY).already_sent == 1
    post_office.open()
    assert first.wait() == ExitCode.OK, first.output()
    assert told(post_office.take()) == {MAILBOX[OFFICE]: [("board:1", "今日到期")]}
    assert run(office, TODAY).already_sent == 1
