"""Reminders of the ledger: who gets which tasks when, each once, through a real mail server; and its DAG."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pytest

from alerts.calendar import WorkCalendar
from alerts.deadlines import DeadlineBook, DeadlinesFile
from alerts.digest import REPEATING
from alerts.ledger_mail import LEDGER_STAGE_NAMES
from core.clock import BEIJING, to_beijing
from core.config import load_yaml
from core.errors import ConfigError, ExitCode
from ledger.reminders import OpenTask, item_of, reminder_id
from pipeline.ledger_file import read_ledger
from pipeline.ledger_reminders import plan, send_reminders
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT, Settings
from tests.alerts.chat_server import ChatServer
from tests.cli.command import Yuqing
from tests.ledger.made_up import ALIASES, write
from tests.pipeline.chats import configured
from tests.pipeline.postoffice import PostOffice

CALENDAR = WorkCalendar()
BOOK = DeadlineBook(load_yaml(PROJECT / "config" / "deadlines.yml", DeadlinesFile), CALENDAR)


def beijing(text: str) -> datetime:
    """The time in Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.fixture
def mailing(command: Yuqing, post_office: PostOffice, tmp_path: Path) -> Yuqing:
    """An installation with the made-up ledger and a mail server."""
    command.environment.update(post_office.settings)
    assert command("ledger", "import", write(tmp_path), "--at", "2023-01-05").code == 0
    return command


def runtime_of(command: Yuqing) -> Runtime:
    """The runtime of the installation."""
    return Runtime(Settings(command.environment))


# --- when


@pytest.mark.parametrize(
    ("at", "stage"),
    [
        # Task 2 is due on Friday 30 June 2023; 22 and 23 June are holidays, Sunday 25 June is worked.
        ("2023-05-31T08:30", None),
        ("2023-06-01T08:30", "due_in_20"),
        ("2023-06-26T08:30", "due_in_20"),
        ("2023-06-27T08:30", "due_in_3"),
        ("2023-06-29T08:30", "due_in_1"),
        ("2023-06-30T08:30", "due_today"),
        ("2023-07-03T08:30", "overdue"),
        ("2023-07-04T08:30", "escalated"),
    ],
)
def test_a_task_passes_the_stages_of_posts_and_an_earlier_one(at: str, stage: str | None, tmp_path: Path) -> None:
    # given
    task = read_ledger(write(tmp_path), None, ALIASES).tasks[1]
    assert task.due
    due = datetime.combine(task.due, time(17, 30), BEIJING)
    # when
    item = item_of(OpenTask("2023-2", task, due, "未开始"), beijing(at), BOOK, CALENDAR)
    # then
    assert (item and item.stage) == stage
    if item:
        id_ = reminder_id(item, "疾控应急科", to_beijing(beijing(at)).date())
        assert ("|2023-W27" in id_) == (item.stage in REPEATING)
        assert reminder_id(replace(item, key="2023-3"), "疾控应急科", beijing(at).date()) != id_
        assert item.stage in LEDGER_STAGE_NAMES


# --- who


def test_one_mail_for_each_section_that_leads_with_all_its_tasks(mailing: Yuqing, post_office: PostOffice) -> None:
    # when 2 and 3 are due today, and no other is near
    done = mailing("ledger", "remind", "--at", "2023-06-30T08:30", "--json")
    # then
    assert done.code == 0, done.err
    (mail,) = post_office.take()
    assert mail.recipients == ("jikong@bureau.example",)
    assert mail.subject == "【台账提醒】疾控应急科：今日到期 2 项（2023-06-30）"
    for kind in ("plain", "html"):
        assert "2023 年台账第 2 项（未开始）" in mail.text(kind)
        assert "规划信息科等有关科室配合" in mail.text(kind)
        assert "yuqing ledger state 序号" in mail.text(kind)
    # and what was sent is not sent again, whatever runs
    again = mailing("ledger", "remind", "--at", "2023-06-30T14:00", "--json").json
    assert (again["sent"], again["already_sent"]) == ([], 2)
    assert post_office.take() == []


def test_tasks_without_a_leading_section_go_to_all_that_are_named(mailing: Yuqing, post_office: PostOffice) -> None:
    # when task 4 (two sections together) is due, then 1 and 7 (all sections) at the end of the year
    mailing("ledger", "remind", "--at", "2023-09-15T08:30")
    together = {mail.recipients[0] for mail in post_office.take()}
    mailing("ledger", "state", 5, "已完成", "--by", "张三", "--at", "2023-09-20")
    for number in (2, 3, 4, 6):
        mailing("ledger", "state", number, "已完成", "--by", "张三", "--at", "2023-09-20")
    mailing("ledger", "remind", "--at", "2023-12-28T08:30")
    everyone = post_office.take()
    # then
    assert together == {
        "yizheng@bureau.example",
        "xuanjiao@bureau.example",
        "jikong@bureau.example",
        "fagui@bureau.example",
    }
    sections = Settings(mailing.environment).departments.departments
    assert [mail.recipients for mail in everyone] == [section.mail for section in sections]
    office = next(mail for mail in everyone if mail.recipients == ("bangongshi@bureau.example",))
    assert "第 1 项" in office.text()
    assert "第 7 项" in office.text()
    assert "第 1 项" not in everyone[-1].text()


def test_leaders_are_copied_when_a_task_is_overdue_and_told_again_each_week(
    mailing: Yuqing, post_office: PostOffice
) -> None:
    # when the reminders run every working day after task 2 and 3 were due on Friday 30 June
    told = {}
    for day in ("03", "04", "05", "06", "07", "10", "11"):
        mailing("ledger", "remind", "--at", f"2023-07-{day}T08:30")
        told[day] = [mail.recipients for mail in post_office.take()]
    # then on the first day, when they are escalated, and in the next week
    section, leader, group = "jikong@bureau.example", "jikong.leader@bureau.example", "lingdao@bureau.example"
    assert told == {
        "03": [(section,)],
        "04": [(section, leader)],
        "05": [],
        "06": [],
        "07": [],
        "10": [(section, leader, group)],
        "11": [],
    }


def test_what_is_done_or_cancelled_is_not_reminded_as_of_any_time(mailing: Yuqing) -> None:
    # given
    mailing("ledger", "state", 2, "已完成", "--by", "张三", "--at", "2023-06-28T12:00")
    mailing("ledger", "state", 3, "已取消", "--by", "张三", "--note", "改由省里统一做", "--at", "2023-06-29T12:00")
    runtime = runtime_of(mailing)

    def due(at: str) -> list[int]:
        return [item.number for digest in plan(runtime, beijing(at)).digests for item in digest.items]

    # then a run for an earlier day finds what was open then
    assert [due(f"2023-06-{day}T08:30") for day in (28, 29, 30)] == [[2, 3], [3], []]


# --- once


def test_a_mail_that_did_not_go_out_is_sent_by_the_next_run_and_only_it(
    mailing: Yuqing, post_office: PostOffice
) -> None:
    # given a server that refuses one of the two sections
    post_office.refuses = lambda address: address.startswith("xuanjiao")
    done = mailing("ledger", "remind", "--at", "2023-09-15T08:30")
    assert done.code == ExitCode.UNAVAILABLE
    assert "没有发出 宣教科" in done.out
    sent = {mail.recipients[0] for mail in post_office.take()}
    assert "yizheng@bureau.example" in sent
    # when
    post_office.refuses = lambda _: False
    assert mailing("ledger", "remind", "--at", "2023-09-15T14:00").code == 0
    # then
    assert [mail.recipients[0] for mail in post_office.take()] == ["xuanjiao@bureau.example"]


def test_a_mail_in_doubt_goes_out_again_as_the_very_same_mail(mailing: Yuqing, post_office: PostOffice) -> None:
    # given a connection that breaks before the server has said that it took the mail
    post_office.hangs_up_after = lambda _: True
    assert mailing("ledger", "remind", "--at", "2023-06-30T08:30").code == ExitCode.UNAVAILABLE
    (first,) = post_office.take()
    # when
    post_office.hangs_up_after = lambda _: False
    done = mailing("ledger", "remind", "--at", "2023-06-30T08:40")
    # then
    assert "补发上次中断的 1 封" in done.out
    (second,) = post_office.take()
    assert second.content() == first.content()
    assert mailing("ledger", "remind", "--at", "2023-06-30T08:50", "--json").json["sent"] == []


def test_a_dry_run_shows_and_keeps_nothing_and_without_mail_server_it_is_said(
    mailing: Yuqing, post_office: PostOffice
) -> None:
    # when
    shown = mailing("ledger", "remind", "--dry-run", "--at", "2023-06-30T08:30")
    # then
    assert "将发送 1 封" in shown.out
    assert "疾控应急科 → jikong@bureau.example" in shown.out
    assert post_office.take() == []
    without = {name: value for name, value in mailing.environment.items() if "SMTP" not in name}
    with pytest.raises(ConfigError, match="没有配置邮件服务器"):
        send_reminders(Runtime(Settings(without)), beijing("2023-06-30T08:30"), beijing("2023-06-30T08:30"))
    mailing("ledger", "remind", "--at", "2023-06-30T08:30")
    assert len(post_office.take()) == 1


def test_the_sections_group_is_told_once_whatever_becomes_of_the_mail(
    mailing: Yuqing, post_office: PostOffice, chat: ChatServer, tmp_path: Path
) -> None:
    # given a section with a group, which takes nothing at first
    mailing.environment.update(configured(tmp_path / "config"), YUQING_CHANNEL_JIKONG_WECOM=chat.wecom)
    chat.answer = {"errcode": 93000, "errmsg": "invalid webhook url"}
    failed = mailing("ledger", "remind", "--at", "2023-06-30T08:30")
    assert failed.code == ExitCode.UNAVAILABLE
    assert "93000" in failed.out
    assert (len(post_office.take()), len(chat.take())) == (1, 1)
    # when
    chat.answer = {"errcode": 0}
    for minute in (40, 50):
        assert mailing("ledger", "remind", "--at", f"2023-06-30T08:{minute}").code == 0
    # then
    (received,) = chat.take()
    assert received.text.startswith("【台账提醒】疾控应急科")
    assert "台账任务今日到期 2 项没有完成" in received.text
    assert "今日到期：2023 年第 2 项" in received.text
    assert post_office.take() == []


# --- by Airflow

SCRIPT = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
dag = bag.dags["ledger_reminders"]
print(json.dumps({"errors": bag.import_errors, "tasks": dag.task_ids, "schedule": dag.schedule,
                  "zone": str(dag.timezone)}))
"""


@pytest.mark.airflow
def test_the_dag_runs_every_morning_and_looks_first_whether_it_is_a_working_day(tmp_path: Path) -> None:
    # when
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(PROJECT),
        "YUQING_DATA": str(tmp_path / "data"),
    }
    command = [sys.executable, "-c", SCRIPT, str(PROJECT / "dags" / "ledger_reminders.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300)
    # then
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "errors": {},
        "tasks": ["working_day", "mails"],
        "schedule": "30 8 * * *",
        "zone": "Asia/Shanghai",
    }
