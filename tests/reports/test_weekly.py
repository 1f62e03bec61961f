"""The stage: files made, mail sent once to the leadership group whatever happens, sentences instead of errors."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import Unavailable
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT
from pipeline.weekly import NO_RECIPIENTS, SummaryRun, summarise, weekly
from reports.content import Table
from reports.period import WORDS, NoPeriod, last_complete
from reports.twin import sentences
from tests.pipeline.postoffice import PostOffice
from tests.reports.city import WEEK, build_what_came_later, letter, on, put

MONDAY = on(3, 10, 8, 30)
FILES = ("course.png", "handling.png", "report.docx", "report.html", "report.json", "topics.png")

pytestmark = pytest.mark.usefixtures("no_office")


def run(runtime: Runtime, folder: Path | None = None) -> SummaryRun:
    """The run of Monday morning."""
    return weekly(runtime, None, MONDAY, MONDAY + timedelta(seconds=3), folder)


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a report without its mail."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith("mail-")}


def test_monday_makes_the_files_of_last_week_and_sends_them(mailing_town: Runtime, post_office: PostOffice) -> None:
    # when
    done = run(mailing_town)
    # then
    folder = mailing_town.settings.data / "reports" / "2025-W10"
    assert done.mailed == "sent"
    assert (done.files.folder, done.files.names) == (folder, FILES)
    assert tuple(sorted(contents(folder))) == FILES
    assert done.files.no_pdf == "没有安装 LibreOffice，没有生成 PDF。"
    (mail,) = post_office.take()
    assert mail.recipients == ("lingdao@bureau.example",)
    assert "2025年第10周" in mail.subject
    word = [part.get_content() for part in mail.message.iter_attachments()]
    assert word == [(folder / "report.docx").read_bytes()]


def test_a_second_run_writes_the_same_files_and_sends_nothing(mailing_town: Runtime, post_office: PostOffice) -> None:
    # given
    first = run(mailing_town)
    before = contents(first.files.folder)
    post_office.take()
    # when
    again = run(mailing_town)
    # then
    assert again.mailed == "sent before"
    assert contents(again.files.folder) == before
    assert post_office.take() == []


@pytest.mark.parametrize("trouble", ["turns_away", "hangs_up_after", "refuses"])
def test_a_mail_that_failed_goes_out_again_to_the_byte(
    mailing_town: Runtime, post_office: PostOffice, trouble: str
) -> None:
    # given
    setattr(post_office, trouble, lambda _: True)
    failed = run(mailing_town)
    arrived = post_office.take()
    setattr(post_office, trouble, lambda _: False)
    folder = failed.files.folder
    kept = {path.name: path.read_bytes() for path in folder.glob("mail-*.eml")}
    # when
    put(mailing_town, [letter("late in coming", on(3, 4))])
    done = run(mailing_town)
    # then
    assert (failed.mailed, done.mailed) == ("failed", "sent")
    assert failed.why
    assert {path.name: path.read_bytes() for path in folder.glob("mail-*.eml")} == kept
    (mail,) = post_office.take()
    (content,) = kept.values()
    assert mail.message.as_bytes(policy=mail.message.policy.clone(linesep="\r\n")).rstrip() == content.rstrip()
    # The server of the broken connection has it already, under the same Message-ID.
    assert [one.id for one in arrived] == ([mail.id] if trouble == "hangs_up_after" else [])
    assert run(mailing_town).mailed == "sent before"


def test_when_nobody_answers_nothing_is_lost(
    own_town: Runtime, new_runtime: Callable[..., Runtime], post_office: PostOffice
) -> None:
    # given
    unreachable = new_runtime(**{**post_office.settings, "YUQING_SMTP_PORT": "9"})
    # when
    failed = run(unreachable)
    done = run(new_runtime(**post_office.settings))
    # then
    assert failed.mailed == "failed"
    assert "连不上邮件服务器" in failed.why
    assert done.mailed == "sent"
    assert len(post_office.take()) == 1


def test_without_a_mail_server_the_files_are_made_and_the_reason_told(own_town: Runtime) -> None:
    # when
    done = run(own_town)
    # then
    assert done.mailed == "not sent"
    assert done.why.startswith("没有配置邮件服务器")
    assert tuple(sorted(contents(done.files.folder))) == FILES


def test_without_leaders_addresses_the_reason_is_told(
    own_town: Runtime, new_runtime: Callable[..., Runtime], post_office: PostOffice, tmp_path: Path
) -> None:
    # given
    shutil.copytree(PROJECT / "config", tmp_path / "config")
    file = tmp_path / "config" / "departments.yml"
    text = file.read_text(encoding="utf-8").replace(
        "leadership_group: [lingdao@bureau.example]", "leadership_group: []"
    )
    file.write_text(text, encoding="utf-8")
    # when
    done = run(new_runtime(**post_office.settings, YUQING_CONFIG=str(tmp_path / "config")))
    # then
    assert (done.mailed, done.why) == ("not sent", NO_RECIPIENTS)
    assert post_office.take() == []


def test_another_folder_gets_the_files_and_the_mail_is_remembered_all_the_same(
    mailing_town: Runtime, post_office: PostOffice, tmp_path: Path
) -> None:
    # given
    elsewhere = tmp_path / "elsewhere"
    # when
    first, second = run(mailing_town, elsewhere), run(mailing_town)
    # then
    assert (first.mailed, second.mailed) == ("sent", "sent before")
    assert contents(elsewhere) == contents(second.files.folder)
    assert len(post_office.take()) == 1


def test_two_runs_at_once_are_one(own_town: Runtime) -> None:
    # when
    with own_town.lock("reports"), pytest.raises(Unavailable):
        run(own_town)
    # then
    assert not (own_town.settings.data / "reports").exists()


def test_a_week_that_is_not_over_is_refused(own_town: Runtime) -> None:
    # then
    with pytest.raises(NoPeriod):
        weekly(own_town, WEEK.following(), MONDAY, MONDAY)


def test_an_empty_week_says_so_and_leaves_no_picture_of_another(own_town: Runtime) -> None:
    # given
    build_what_came_later(own_town)
    empty = last_complete("week", on(6, 1))
    folder = own_town.settings.data / "reports" / empty.key
    folder.mkdir(parents=True)
    (folder / "topics.png").write_bytes(b"of another report")
    # when
    done = weekly(own_town, empty, on(6, 1), on(6, 1))
    # then
    told = [sentence.text for _, sentence in sentences(done.summary.report)]
    assert told[:2] == ["本周没有收到留言。", "本周没有答复留言。"]
    assert "本周没有表示感谢或肯定的留言。" in told
    assert "本周没有两人以上反映的同一件事。" in told
    assert "topics.png" not in contents(folder)
    assert all(table.rows for table in done.summary.report.tables)


def test_what_no_source_tells_is_no_nought(runtime: Runtime) -> None:
    # given
    put(runtime, [letter(number, on(3, 4 + number), status=None) for number in range(3)])
    # when
    report = weekly(runtime, WEEK, MONDAY, MONDAY).summary.report
    # then
    assert [sentence.text for sentence in report.changes[1]] == ["留言的来源没有答复情况，不作办理统计。"]
    assert isinstance(report.numbers, Table)
    assert [row[0].text for row in report.numbers.rows] == ["收到留言（条）", "负面占比"]
    assert [table.name for table in report.tables] == ["numbers"]


def test_a_polite_complaint_is_no_praise(runtime: Runtime) -> None:
    # given
    happy: dict[str, Any] = {"sentiment": 0.97, "sentiment_label": "positive"}
    put(
        runtime,
        [
            letter(1, on(3, 4), title="网上挂号打不开", body="请尽快处理，非常感谢！", kind="求助", **happy),
            letter(2, on(3, 5), title="感谢社区医生上门", body="老人行动不便，医生每周上门。", kind=None, **happy),
            letter(
                3, on(3, 6), title="给市中医院送一面旗", body="手术很成功。", kind="感谢", sentiment_label="neutral"
            ),
        ],
    )
    # when
    report = weekly(runtime, WEEK, MONDAY, MONDAY).summary.report
    # then
    told = [sentence.text for place, sentence in sentences(report) if place == "群众认可"]
    assert told == [
        "本周有 2 条留言表示感谢或肯定。",
        "《给市中医院送一面旗》：“手术很成功。”（3月6日）",
        "《感谢社区医生上门》：“老人行动不便，医生每周上门。”（3月5日）",
    ]


def test_an_index_without_posts_gives_one_sentence(runtime: Runtime) -> None:
    # when
    runs = [weekly(runtime, last_complete(kind, MONDAY), MONDAY, MONDAY) for kind in WORDS]
    # then
    for done in runs:
        assert done.files.names == ("report.docx", "report.html", "report.json")
        assert [sentence.text for _, sentence in sentences(done.summary.report)] == [
            "系统里还没有留言，没有可统计的内容。",
            "没有需要提请研究的事项。",
            "系统里还没有留言，没有可统计的内容。",
        ]
        assert done.summary.report.tables == []


def test_two_requests_are_enough(town: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    asked: list[str] = []
    perform = town.es.transport.perform_request

    def counted(method: str, target: str, **more: object) -> object:
        asked.append(target.partition("?")[0])
        return perform(method, target, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(town.es.transport, "perform_request", counted)
    # when
    summarise(town, WEEK)
    # then
    assert asked.count("/_msearch") == 2
