"""A real Airflow with its scheduler on takes posts from a watched folder to deadline mails by itself."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from elasticsearch.dsl import Q

from core.clock import to_beijing
from store.posts import count_posts, scan_posts
from tests.airflow.conftest import Installation

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
PATIENCE = 420
OVERDUE = {"yuqing_demo:A1", "yuqing_demo:A2"}


def _eventually(condition: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if condition():
            return
        time.sleep(1)
    pytest.fail(f"not within {PATIENCE} s: {what}")


def _messages(office: Installation) -> Sequence[EmailMessage]:
    """The mails that came."""
    read = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in office.mails.glob("*.eml")]
    return [message for message in read if isinstance(message, EmailMessage)]


def _mails(office: Installation) -> Sequence[str]:
    """Their text parts."""
    return [body.get_content() for message in _messages(office) if (body := message.get_body(("plain",)))]


def test_posts_go_from_the_watched_folder_to_deadline_mails_by_the_clock(office: Installation) -> None:
    # when the scheduler has had its time
    _eventually(lambda: count_posts(office.runtime.es, office.runtime.names) == 4, "four posts in the index")
    _eventually(lambda: len(_mails(office)) >= 1, "a deadline mail")

    # then collect ran by its schedule and enrich because the posts asset was updated
    assert office.airflow.await_run("collect_posts", None, PATIENCE)["run_type"] == "scheduled"
    assert office.airflow.await_run("enrich_posts", None, PATIENCE)["run_type"] == "asset_triggered"
    _eventually(lambda: bool(_successes(office, "deadline_alerts")), "a successful run of deadline_alerts")
    assert {run["run_type"] for run in _successes(office, "deadline_alerts")} == {"scheduled"}
    # and what is overdue was mailed, the rest was not
    told = "\n".join(_mails(office))
    assert all(post_id in told for post_id in OVERDUE)
    assert "yuqing_demo:A4" not in told
    stored = {post.id: post for post in scan_posts(office.runtime.es, office.runtime.names, Q("match_all"))}
    assert "[电话]" in stored["yuqing_demo:A1"].body
    assert stored["yuqing_demo:A4"].deadline is not None
    assert stored["yuqing_demo:A4"].deadline.answered_in_working_days is not None


def test_runs_minute_after_minute_neither_import_nor_mail_again(office: Installation) -> None:
    # given
    _eventually(lambda: len(_mails(office)) >= 1, "a deadline mail")
    before = len(_mails(office))
    runs = len(_successes(office, "deadline_alerts"))

    # when two more rounds have gone by on the same day
    _eventually(lambda: len(_successes(office, "deadline_alerts")) >= runs + 2, "two more runs")

    # then
    assert count_posts(office.runtime.es, office.runtime.names) == 4
    same_day = to_beijing(office.began).date() == to_beijing(_latest(office)).date()
    assert len(_mails(office)) == before or not same_day


def test_a_backfill_stands_for_the_days_it_is_asked_for(office: Installation) -> None:
    # given
    _eventually(lambda: count_posts(office.runtime.es, office.runtime.names) == 4, "four posts in the index")
    at = office.began.replace(second=0, microsecond=0) - timedelta(days=1)

    # when
    office.airflow.backfill("deadline_alerts", at, at + timedelta(minutes=1))

    # then each run stood for its own minute of yesterday, and yesterday's reminders were sent once
    _eventually(lambda: len(_backfilled(office)) == 2, "two backfilled runs")
    assert {datetime.fromisoformat(run["logical_date"]) for run in _backfilled(office)} == {
        at,
        at + timedelta(minutes=1),
    }
    records = office.runtime.alert_log.states([f"{post_id}|escalated|{_day(at)}" for post_id in OVERDUE])
    assert {record.post_id for record in records.values()} == OVERDUE
    assert {record.state for record in records.values()} == {"sent"}
    assert all(at <= record.at <= at + timedelta(minutes=1) for record in records.values())


def test_two_runs_of_one_dag_asked_for_together_do_the_work_of_one(office: Installation) -> None:
    # given
    _eventually(lambda: count_posts(office.runtime.es, office.runtime.names) == 4, "four posts in the index")
    at = office.began.replace(second=0, microsecond=0) - timedelta(days=2)
    times = [at, at + timedelta(minutes=1)]

    # when two runs of each are asked for at the same moment
    asked = [(dag_id, moment) for dag_id in ("collect_posts", "deadline_alerts") for moment in times]
    with ThreadPoolExecutor(len(asked)) as pool:
        runs = list(pool.map(lambda one: (one[0], office.airflow.trigger(*one)), asked))
    for dag_id, run_id in runs:
        assert office.airflow.await_run(dag_id, run_id, PATIENCE)["state"] == "success"

    # then nothing was imported again, and that day's reminders went out once, in one mail to their section
    assert count_posts(office.runtime.es, office.runtime.names) == 4
    records = office.runtime.alert_log.states([f"{post_id}|escalated|{_day(at)}" for post_id in OVERDUE])
    assert {record.post_id for record in records.values()} == OVERDUE
    assert {(record.state, record.attempts) for record in records.values()} == {("sent", 1)}
    assert [mail["Message-ID"] for mail in _messages(office) if _day(mail["Date"].datetime) == _day(at)] == list(
        {record.message_id for record in records.values()}
    )


def _successes(office: Installation, dag_id: str) -> list[dict[str, str]]:
    return [run for run in office.airflow.runs(dag_id) if run["state"] == "success"]


def _backfilled(office: Installation) -> list[dict[str, str]]:
    return [run for run in _successes(office, "deadline_alerts") if run["run_type"] == "backfill"]


def _latest(office: Installation) -> datetime:
    return max(datetime.fromisoformat(run["logical_date"]) for run in _successes(office, "deadline_alerts"))


def _day(at: datetime) -> str:
    return to_beijing(at).date().isoformat()
