"""When something outside or in the configuration is wrong: one sentence, advice, the right exit code, no traceback."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ExitCode
from pipeline.settings import PROJECT
from tests.cli.command import Outcome, Yuqing, mail_variables
from tests.cli.exports import AT, write
from tests.conftest import free_port

NEEDS_ELASTICSEARCH = [
    ["search", "疫苗"],
    ["deadlines", "report"],
    ["deadlines", "refresh"],
    ["alerts", "--dry-run"],
    ["collect"],
]
READS_CONFIGURATION = [*NEEDS_ELASTICSEARCH, ["doctor"], ["alerts"], ["enrich"], ["replay"], ["es", "status"]]


def assert_plain_words(outcome: Outcome) -> None:
    """An error of one or a few lines, on standard error only, without Python's inner life."""
    assert outcome.out == ""
    assert outcome.err.startswith("出错：")
    assert "Traceback" not in outcome.err
    assert 'File "' not in outcome.err


@pytest.mark.parametrize("command", NEEDS_ELASTICSEARCH, ids=" ".join)
def test_elasticsearch_down_ends_with_4_and_advice(command: list[str], offline: Yuqing) -> None:
    # when
    outcome = offline(*command, "--json") if command[0] == "search" else offline(*command)
    # then
    assert outcome.code == ExitCode.UNAVAILABLE
    assert "连不上 Elasticsearch" in outcome.err
    assert "怎么办：" in outcome.err
    assert "yuqing es start" in outcome.err
    assert "Traceback" not in outcome.err


def test_an_import_while_elasticsearch_is_down_ends_with_4_and_can_be_repeated(offline: Yuqing, tmp_path: Path) -> None:
    # when
    outcome = offline("import", write(tmp_path / "export.csv"))
    # then nothing was landed that a second import would double
    assert outcome.code == ExitCode.UNAVAILABLE
    assert "怎么办：" in outcome.err
    assert [path for path in Path(offline.environment["YUQING_DATA"]).rglob("*") if path.is_file()] == []


def test_the_embedded_node_not_running_is_told_with_the_command_that_starts_it(tmp_path: Path) -> None:
    # given no cluster named
    embedded = Yuqing({"YUQING_DATA": str(tmp_path)})
    # when
    search, status, stop = embedded("search", "疫苗"), embedded("es", "status", "--json"), embedded("es", "stop")
    # then
    assert_plain_words(search)
    assert search.code == ExitCode.UNAVAILABLE
    assert "yuqing es start" in search.err
    assert (status.code, status.json) == (ExitCode.UNAVAILABLE, {"running": False})
    assert (stop.code, stop.out) == (ExitCode.OK, "Elasticsearch 本来就没有运行。\n")


def test_the_installed_command_shows_no_traceback_either(offline: Yuqing) -> None:
    # when
    ended = subprocess.run(
        [Path(sys.executable).with_name("yuqing"), "search", "疫苗"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=offline.environment,
    )
    # then
    assert_plain_words(Outcome(ended.returncode, ended.stdout, ended.stderr))
    assert ended.returncode == ExitCode.UNAVAILABLE


@pytest.mark.parametrize("command", READS_CONFIGURATION, ids=" ".join)
def test_a_mistake_in_the_configuration_ends_every_command_with_3_before_it_does_anything(
    command: list[str], offline: Yuqing, tmp_path: Path
) -> None:
    # given
    config = Path(shutil.copytree(PROJECT / "config", tmp_path / "config"))
    (config / "pipeline.yml").write_text("keep_landed_days: 半年\n", encoding="utf-8")
    # when
    outcome = offline(*command, YUQING_CONFIG=str(config))
    # then
    assert_plain_words(outcome)
    assert outcome.code == ExitCode.CONFIG
    for told in (str(config / "pipeline.yml"), "keep_landed_days", "必须是整数", "半年"):
        assert told in outcome.err.replace("\n", "")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"YUQING_SMTP_HOST": "mail.city.example"}, "YUQING_SMTP_FROM"),
        ({"ELASTICSEARCH_URL": "localhost:9200"}, "ELASTICSEARCH_URL"),
        ({"YUQING_CONFIG": "/nowhere"}, "/nowhere/pipeline.yml"),
    ],
)
def test_a_wrong_variable_ends_with_3_and_its_name(variables: dict[str, str], told: str, offline: Yuqing) -> None:
    # when
    outcome = offline("doctor", **variables)
    # then
    assert_plain_words(outcome)
    assert outcome.code == ExitCode.CONFIG
    assert told in outcome.err


def test_a_refresh_asks_only_sources_that_can_be_asked_again(offline: Yuqing) -> None:
    # given the shipped configuration, in which only spreadsheets are switched on
    outcome = offline("collect", "--refresh", "--json")
    # then nobody is told that so many tables were asked
    assert (outcome.code, outcome.json) == (ExitCode.OK, {"collected": [], "failed": {}})


def test_a_source_that_is_not_configured_ends_with_3_and_the_names_there_are(imported: Yuqing) -> None:
    # when
    outcome = imported("collect", "hotline_12345", "hotline")
    # then running again, which code 4 would advise, will not help; and nothing was collected before it was noticed
    assert_plain_words(outcome)
    assert "没有名为 hotline 的来源" in outcome.err
    assert "hotline_12345" in outcome.err
    assert outcome.code == ExitCode.CONFIG


def test_sending_without_a_mail_server_configured_ends_with_3_and_advice(imported: Yuqing) -> None:
    # when
    outcome = imported("alerts", "--at", AT)
    # then
    assert_plain_words(outcome)
    assert outcome.code == ExitCode.CONFIG
    assert "YUQING_SMTP_HOST" in outcome.err
    assert "--dry-run" in outcome.err


def test_sending_while_the_mail_server_is_down_ends_with_4_and_records_nothing(imported: Yuqing) -> None:
    # when
    outcome = imported("alerts", "--at", AT, **mail_variables(free_port()))
    # then the same reminders are still to be sent
    assert_plain_words(outcome)
    assert outcome.code == ExitCode.UNAVAILABLE
    assert "YUQING_SMTP_HOST" in outcome.err
    assert imported("alerts", "--at", AT, "--dry-run", "--json").json["already_sent"] == 0
