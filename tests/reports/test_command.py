"""`yuqing weekly` as people type it."""

from pathlib import Path

import pytest

from pipeline.runtime import Runtime
from tests.cli.command import Yuqing
from tests.pipeline.postoffice import PostOffice

pytestmark = pytest.mark.usefixtures("no_office")
MONDAY = "2025-03-10T08:30"


def test_it_shows_the_first_page_and_where_the_files_are(own_town: Runtime, command: Yuqing) -> None:
    # when
    done = command("weekly", "--at", MONDAY)
    # then
    assert done.code == 0
    assert "政务留言与舆情周报  2025年第10周（3月3日至3月9日）" in done.out
    assert "本周收到留言 28 条，比上周增加 19 条" in done.out
    assert "1. 是否立即回应预警事项“春江花园旁的搅拌站粉尘”。" in done.out
    assert "reports/2025-W10" in done.out
    assert "没有安装 LibreOffice，没有生成 PDF。" in done.out
    assert "没有配置邮件服务器（YUQING_SMTP_HOST 等，见 README），文件已生成，没有发邮件。" in done.out


def test_with_json_it_prints_the_report(own_town: Runtime, command: Yuqing, tmp_path: Path) -> None:
    # when
    done = command("weekly", "--month", "2025-02", "--at", MONDAY, "--out", tmp_path / "feb", "--json").json
    # then
    assert done["report"]["period"]["key"] == "2025-02"
    assert {table["name"] for table in done["report"]["tables"]} >= {"numbers", "ledger"}
    assert (tmp_path / "feb" / "report.json").is_file()
    assert done["mail"] == "not sent"


def test_it_sends_once(own_town: Runtime, command: Yuqing, post_office: PostOffice) -> None:
    # when
    dry, first, second = (
        command("weekly", "--week", "2025-W10", "--at", MONDAY, *options, **post_office.settings)
        for options in (["--dry-run"], [], [])
    )
    # then
    assert "没有发邮件（--dry-run）。" in dry.out
    assert "已发给 lingdao@bureau.example。" in first.out
    assert "以前已发给 lingdao@bureau.example，没有重复发送。" in second.out
    assert len(post_office.take()) == 1


def test_a_mail_that_was_not_taken_is_told_with_exit_code_4(
    own_town: Runtime, command: Yuqing, post_office: PostOffice
) -> None:
    # given
    post_office.turns_away = lambda _: True
    # when
    done = command("weekly", "--quarter", "2024-Q4", "--at", MONDAY, **post_office.settings)
    # then
    assert done.code == 4
    assert "没有发出：邮件服务器没有接受邮件" in done.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--week", "2019-W53"], "2019 年没有第 53 周。"),
        (["--month", "一月"], "认不出这个月份：一月"),
        (["--week", "2025-W11"], "还没有结束"),
        (["--week", "2025-W10", "--month", "2025-02"], "只能用一个"),
    ],
)
def test_a_wrong_period_is_told(runtime: Runtime, command: Yuqing, arguments: list[str], told: str) -> None:
    # when
    done = command("weekly", "--at", MONDAY, *arguments)
    # then
    assert done.code == 2
    assert told in done.err
