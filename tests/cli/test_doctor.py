"""`yuqing doctor`: every check says what it found, and what to do where something is wrong."""

from pathlib import Path
from typing import Any

from alerts.catcher import MailCatcher
from core.errors import ExitCode
from tests.cli.command import Outcome, Yuqing, mail_variables
from tests.cli.exports import AT
from tests.conftest import free_port
from tests.core.wording import english_in


def checks(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {finding["check"]: finding for finding in outcome.json}


def test_a_working_installation_can_run(imported: Yuqing) -> None:
    # when
    outcome = imported("doctor", "--at", AT)
    # then
    assert (outcome.code, outcome.err) == (ExitCode.OK, "")
    assert outcome.out.rstrip().endswith("可以运行。")
    assert "不行" not in outcome.out
    assert "留言 6 条" in outcome.out
    assert english_in(outcome.out) == []


def test_programs_get_every_check_and_its_verdict(imported: Yuqing) -> None:
    # when
    found = checks(imported("doctor", "--at", AT, "--json"))
    # then what the shipped configuration leaves to the office is a warning, with advice
    assert {name: finding["verdict"] for name, finding in found.items()} == {
        "版本": "ok",
        "Java": "ok",
        "配置文件": "ok",
        "放假安排": "ok",
        "数据目录": "ok",
        "Elasticsearch": "ok",
        "索引": "ok",
        "节点磁盘": "ok",
        "时钟": "ok",
        "来源": "ok",
        "待入库": "ok",
        "待发邮件": "ok",
        "备份": "warning",
        "模型": "ok",
        "台账": "ok",
        "上次运行": "ok",
        "收件人": "warning",
        "群消息": "ok",
        "邮件服务器": "warning",
    }
    assert "20 个示例地址" in found["收件人"]["found"]
    assert "departments.yml" in found["收件人"]["advice"]
    assert "YUQING_SMTP_HOST" in found["邮件服务器"]["advice"]


def test_elasticsearch_down_is_one_finding_among_others_and_the_command_fails(offline: Yuqing) -> None:
    # when
    outcome = offline("doctor", "--at", AT, "--json")
    # then the other checks were made all the same
    found = checks(outcome)
    assert outcome.code == ExitCode.PARTIAL
    assert found["Elasticsearch"]["verdict"] == "error"
    assert "yuqing es start" in found["Elasticsearch"]["advice"]
    assert found["放假安排"]["verdict"] == "ok"
    assert found["收件人"]["verdict"] == "warning"


def test_every_trouble_comes_with_advice(offline: Yuqing) -> None:
    # when nothing around the installation works
    found = checks(offline("doctor", "--at", "2040-01-02T08:30", "--json", **mail_variables(free_port())))
    # then
    troubles = [finding for finding in found.values() if finding["verdict"] != "ok"]
    assert len(troubles) >= 4
    assert [finding["check"] for finding in troubles if not finding["advice"]] == []


def test_a_mail_server_is_really_asked(imported: Yuqing, catcher: MailCatcher) -> None:
    # when it is there, and when it is not
    there = imported("doctor", "--at", AT, "--json", **mail_variables(catcher.port))
    gone = imported("doctor", "--at", AT, "--json", **mail_variables(free_port()))
    # then
    assert (there.code, checks(there)["邮件服务器"]["verdict"]) == (ExitCode.OK, "ok")
    assert (gone.code, checks(gone)["邮件服务器"]["verdict"]) == (ExitCode.PARTIAL, "error")
    assert not catcher.folder.exists() or list(catcher.folder.iterdir()) == []


def test_a_year_without_holidays_is_warned_of_by_the_beijing_year(imported: Yuqing) -> None:
    # given the first morning of an unknown year in Beijing, still the last evening of a known one in UTC
    found = {
        at: checks(imported("doctor", "--at", at, "--json"))["放假安排"] for at in ("2040-06-01", "2041-01-01T03:00")
    }
    # then
    assert "2040" in found["2040-06-01"]["found"]
    assert found["2040-06-01"]["verdict"] == "warning"
    assert "2041" in found["2041-01-01T03:00"]["found"]


def test_the_doctor_makes_the_data_folder_and_nothing_else(offline: Yuqing) -> None:
    # when
    offline("doctor", "--at", AT)
    # then
    data = Path(offline.environment["YUQING_DATA"])
    assert data.is_dir()
    assert list(data.iterdir()) == []
