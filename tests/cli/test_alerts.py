"""`yuqing alerts`: what would go out, what goes out, and that nothing goes out twice."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from alerts.catcher import MailCatcher
from core.errors import ExitCode
from tests.alerts.mail_servers import Inbox, serving
from tests.cli.command import Outcome, Yuqing, mail_variables
from tests.cli.exports import AT, HOSPITAL, MOTHERS, VACCINE, write

Stages = dict[str, dict[str, str]]


def stages(outcome: Outcome) -> Stages:
    """The stage of each message by section, as told to programs."""
    assert outcome.code == ExitCode.OK
    return {
        digest["department"]: {one["post_id"].removeprefix("yuqing_demo:"): one["stage"] for one in digest["items"]}
        for digest in outcome.json["digests"]
    }


def dry_run(yuqing: Yuqing, at: str) -> Stages:
    return stages(yuqing("alerts", "--at", at, "--dry-run", "--json"))


@pytest.fixture
def filled(yuqing: Yuqing, tmp_path: Path) -> Yuqing:
    """An installation of the test's own with the messages of `exports`."""
    assert yuqing("import", write(tmp_path / "export.csv"), "--at", AT).code == ExitCode.OK
    return yuqing


def test_a_dry_run_tells_programs_who_would_be_reminded_of_what(imported: Yuqing) -> None:
    # when
    outcome = imported("alerts", "--at", AT, "--dry-run", "--json")
    # then
    assert stages(outcome) == {HOSPITAL: {"3": "due_in_3"}, VACCINE: {"1": "escalated", "2": "due_today"}}
    assert outcome.json["dry_run"] is True
    assert (outcome.json["already_sent"], outcome.json["sent"], outcome.json["failed"]) == (0, [], [])
    hospital, vaccine = outcome.json["digests"]
    assert (hospital["to"], hospital["cc"]) == (["yizheng@bureau.example"], [])
    assert vaccine["cc"] == ["jikong.leader@bureau.example", "lingdao@bureau.example"]
    assert vaccine["items"][0]["title"] == "九价疫苗何时到苗"
    assert vaccine["items"][0]["due_at"].startswith("2026-01-05T09:30:00")


def test_a_dry_run_shows_people_the_same_and_can_be_repeated(imported: Yuqing) -> None:
    # when
    first, second = (imported("alerts", "--at", AT, "--dry-run") for _ in range(2))
    # then
    assert first == second
    assert (first.code, first.err) == (ExitCode.OK, "")
    assert "2026-01-09 08:30：将发送 2 封；另有 0 条提醒发过" in first.out
    for told in (
        VACCINE,
        "jikong@bureau.example",
        "抄送 jikong.leader@bureau.example",
        "严重超期",
        "今日到期",
        "01-05 17:30",
    ):
        assert told in first.out
    assert "已发送" not in first.out


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2025-12-12T08:30", {}),
        ("2025-12-22T17:30", {MOTHERS: {"5": "due_today"}}),
        ("2025-12-22T17:31", {MOTHERS: {"5": "overdue"}}),
        ("2025-12-24T09:59", {MOTHERS: {"4": "due_in_3", "5": "escalated"}}),
        ("2025-12-24T10:00", {MOTHERS: {"5": "escalated"}}),
        ("2025-12-30T08:30", {MOTHERS: {"5": "escalated"}, VACCINE: {"1": "due_in_3"}}),
        ("2026-01-05T09:00", {VACCINE: {"1": "due_today"}}),
    ],
)
def test_a_run_for_an_earlier_moment_gives_that_moments_result(at: str, expected: Stages, imported: Yuqing) -> None:
    """Message 4 was answered on 24 December at 10:00, message 5 on 5 January at 9:00."""
    assert dry_run(imported, at) == expected


def test_each_section_gets_one_mail_a_day_however_often_the_command_runs(filled: Yuqing, catcher: MailCatcher) -> None:
    # when the run is repeated at once, in the afternoon, and on the next working day
    times = (AT, AT, "2026-01-09T14:00", "2026-01-12T08:30")
    runs = [filled("alerts", "--at", at, "--json", **mail_variables(catcher.port)) for at in times]
    # then on Monday message 3 has come nearer, 1 is told again, and 2 has become overdue
    assert [stages(run) for run in runs] == [
        {HOSPITAL: {"3": "due_in_3"}, VACCINE: {"1": "escalated", "2": "due_today"}},
        {},
        {},
        {HOSPITAL: {"3": "due_in_1"}, VACCINE: {"1": "escalated", "2": "overdue"}},
    ]
    assert [(len(run.json["sent"]), run.json["already_sent"]) for run in runs] == [(2, 0), (0, 3), (0, 3), (2, 0)]
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in catcher.folder.iterdir()]
    assert sorted(mail["Subject"] for mail in mails) == [
        f"【留言办理提醒】{HOSPITAL}：即将到期 1 件（2026-01-09）",
        f"【留言办理提醒】{HOSPITAL}：即将到期 1 件（2026-01-12）",
        f"【留言办理提醒】{VACCINE}：超期 1 件、今日到期 1 件（2026-01-09）",
        f"【留言办理提醒】{VACCINE}：超期 2 件（2026-01-12）",
    ]


def test_a_refused_mail_ends_with_4_in_the_servers_words_and_goes_out_next_time(filled: Yuqing) -> None:
    # given a server that refuses the first mail, with brackets in what it says
    inbox = Inbox("554 5.7.1 [spam/policy] see [/help]")
    # when
    with serving(inbox) as port:
        first = filled("alerts", "--at", AT, **mail_variables(port))
        second = filled("alerts", "--at", AT, "--json", **mail_variables(port))
    # then the other mail went out at once, the refused one in the second run
    assert first.code == ExitCode.UNAVAILABLE
    assert "已发送 1 封，失败 1 封。" in first.out
    assert f"没有发出 {HOSPITAL}" in first.out
    assert "554 5.7.1 [spam/policy] see [/help]" in first.out
    assert stages(second) == {HOSPITAL: {"3": "due_in_3"}}
    assert len(inbox.deliveries) == 2
    assert len({one.message["Message-ID"] for one in inbox.deliveries}) == 2


def test_a_mail_in_doubt_is_repeated_under_the_same_message_id(filled: Yuqing) -> None:
    # given a server that takes the first mail and hangs up before it says so
    inbox = Inbox("drop")
    # when
    with serving(inbox) as port:
        first = filled("alerts", "--at", AT, "--json", **mail_variables(port))
        second = filled("alerts", "--at", AT, "--json", **mail_variables(port))
    # then
    assert first.code == ExitCode.UNAVAILABLE
    assert (len(first.json["sent"]), len(first.json["failed"])) == (1, 1)
    assert (second.code, second.json["digests"], len(second.json["resent"])) == (ExitCode.OK, [], 1)
    delivered = [one.message["Message-ID"] for one in inbox.deliveries]
    assert (len(delivered), len(set(delivered))) == (3, 2)
    assert second.json["resent"] == [delivered[0]]
