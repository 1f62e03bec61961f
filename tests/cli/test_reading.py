"""`search` and `deadlines report` on the messages of `exports`: right figures for people and for programs."""

from typing import Any

import pytest

from core.errors import ExitCode
from tests.cli.command import Yuqing
from tests.cli.exports import AT, HOSPITAL, MOTHERS, VACCINE
from tests.core.wording import english_in


def ids(yuqing: Yuqing, *arguments: object) -> set[str]:
    outcome = yuqing("search", *arguments, "--json")
    assert outcome.code == ExitCode.OK
    return {post["source_id"] for post in outcome.json["posts"]}


def report(yuqing: Yuqing, at: str) -> dict[tuple[str | None, str | None], dict[str, Any]]:
    outcome = yuqing("deadlines", "report", "--at", at, "--json")
    assert outcome.code == ExitCode.OK
    return {(row["department"], row["month"]): row for row in outcome.json["rows"]}


def test_search_finds_messages_by_their_words(imported: Yuqing) -> None:
    assert ids(imported, "疫苗") == {"1", "2"}
    assert ids(imported, "九价疫苗") == {"1"}
    assert ids(imported, "托育机构") == {"4", "5"}
    assert ids(imported, "没有人写过的词语") == set()


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["--status", "已办结"], {"4", "5"}),
        (["--department", MOTHERS], {"4", "5"}),
        (["--topic", "托育服务"], {"4", "5"}),
        (["--status", "待回复"], set()),
        (["--department", VACCINE], set()),
        (["--department", MOTHERS, "--status", "待回复"], set()),
    ],
)
def test_search_narrows_down(filters: list[str], expected: set[str], imported: Yuqing) -> None:
    assert ids(imported, "托育", *filters) == expected


def test_search_shows_at_most_as_many_as_asked_for_and_tells_how_many_there_are(imported: Yuqing) -> None:
    # when
    outcome = imported("search", "疫苗", "--limit", 1, "--json")
    # then
    assert (outcome.json["total"], len(outcome.json["posts"])) == (2, 1)


def test_search_shows_people_a_table(imported: Yuqing) -> None:
    # when
    outcome = imported("search", "托育")
    # then
    assert outcome.code == ExitCode.OK
    assert "“托育”共 2 条" in outcome.out
    for told in ("普惠托育补助", "2025-12-22 15:00", MOTHERS, "托育服务", "已办结", "yuqing_demo:4"):
        assert told in outcome.out
    assert "None" not in outcome.out


def test_a_search_without_hits_is_no_failure(imported: Yuqing) -> None:
    # when
    outcome = imported("search", "没有人写过的词语")
    # then
    assert (outcome.code, outcome.err) == (ExitCode.OK, "")
    assert "没有找到“没有人写过的词语”" in outcome.out


@pytest.mark.parametrize("words", ["[/b]", "疫苗[/b]", "[red]疫苗", "疫苗 AND (", '"疫苗', "*", "\\"])
def test_search_takes_any_text_as_text(words: str, imported: Yuqing) -> None:
    # when
    outcome = imported("search", words)
    # then
    assert outcome.code == ExitCode.OK
    assert words in outcome.out


def test_programs_get_whole_posts_without_author(imported: Yuqing) -> None:
    # when
    (post,) = imported("search", "九价疫苗", "--json").json["posts"]
    # then
    assert (post["id"], post["kind"], post["topic"], post["department"]) == (
        "yuqing_demo:1",
        "咨询",
        "疫苗接种",
        VACCINE,
    )
    assert post["posted_at"] == "2025-12-26T01:00:00Z"
    assert post["deadline"]["due_at"] == "2026-01-05T09:30:00Z"
    assert post["score"] > 0
    assert "author" not in post
    assert len(post["author_hash"]) == 32


def test_the_report_counts_as_of_the_given_time(imported: Yuqing) -> None:
    # when
    rows = report(imported, AT)
    # then
    assert rows[None, None] == {
        "department": None,
        "month": None,
        "received": 6,
        "answered": 2,
        "on_time": 1,
        "on_time_rate": 0.5,
        "median_days": 8.0,
        "p90_days": pytest.approx(12.8),
        "open": 3,
        "overdue": 1,
        "undated": 0,
        "extended": 0,
    }
    assert (rows[VACCINE, None]["open"], rows[VACCINE, None]["overdue"]) == (1, 1)
    assert (rows[VACCINE, "2025-12"]["received"], rows[VACCINE, "2026-01"]["received"]) == (1, 1)
    assert (rows[MOTHERS, None]["answered"], rows[MOTHERS, None]["on_time_rate"]) == (2, 0.5)
    assert rows[HOSPITAL, None]["median_days"] is None


def test_a_report_for_an_earlier_day_gives_that_days_figures(imported: Yuqing) -> None:
    # given a day on which message 5 was still waiting and late, and two were not yet written
    total = report(imported, "2025-12-30T12:00")[None, None]
    # then
    assert {name: total[name] for name in ("received", "answered", "on_time", "open", "overdue")} == {
        "received": 4,
        "answered": 1,
        "on_time": 1,
        "open": 2,
        "overdue": 1,
    }
    assert (total["on_time_rate"], total["median_days"]) == (1.0, 2.0)


def test_the_minute_a_message_is_due_decides_whether_it_is_overdue(imported: Yuqing) -> None:
    # given message 2, due on 9 January at 17:30, and message 1, long overdue
    assert report(imported, "2026-01-09T17:30")[None, None]["overdue"] == 1
    assert report(imported, "2026-01-09T17:31")[None, None]["overdue"] == 2


def test_people_get_the_report_as_a_table(imported: Yuqing) -> None:
    # when
    outcome = imported("deadlines", "report", "--at", AT)
    # then
    assert (outcome.code, outcome.err) == (ExitCode.OK, "")
    assert "办理时限统计（截至 2026-01-09 08:30）" in outcome.out
    total = next(line for line in outcome.out.splitlines() if "（全部）" in line)
    assert [cell.strip() for cell in total.strip("│ \n").split("│")] == [
        "（全部）", "合计", "6", "2", "1", "50.0%", "8", "12.8", "3", "1", "0",
    ]  # fmt: skip
    assert "放假安排" not in outcome.out
    assert english_in(outcome.out) == []


def test_refreshing_the_stages_changes_what_time_has_changed_and_nothing_twice(imported: Yuqing) -> None:
    # given stages as of the import
    changed, again = (imported("deadlines", "refresh", "--at", "2026-01-12T08:30") for _ in range(2))
    back = imported("deadlines", "refresh", "--at", AT)
    # then message 2 became overdue and 3 due tomorrow; 1 was and stays escalated
    assert [outcome.out for outcome in (changed, again, back)] == [
        f"更新了 {number} 条留言的时限状态。\n" for number in (2, 0, 2)
    ]
