"""The stage: files made, mail sent once to the leadership group whatever happens, sentences instead of errors."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.errors import Unavailable
from pipeline.report_mail import NO_RECIPIENTS
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT
from pipeline.weekly import SummaryRun, summarise, weekly
from reports.content import Table
from reports.mail import message_id, to_mail
from reports.period import WORDS, NoPeriod, last_complete
from reports.twin import sentences
from tests.pipeline.content import alerts
from tests.pipeline.postoffice import PostOffice
from tests.reports.city import WEEK, build_what_came_later, letter, on, put

MONDAY = on(3, 10, 8, 30)
FILES = ("course.png", "handling.png", "report.docx", "report.html", "report.json", "topics.png")

pytestmark = pytest.mark.usefixtures("no_office")


def run(runtime: Runtime, folder: Path | None = None) -> SummaryRun:
    """The run of Monday morning."""
    return weekly(runtime, None, MONDAY, MONDAY + timedelta(seconds=3), folder)


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a report."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


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


@pytest.mark.parametrize("trouble", ["turns_away", "refuses"])
def test_a_mail_that_was_not_taken_goes_out_with_the_next_run(
    mailing_town: Runtime, post_office: PostOffice, trouble: str
) -> None:
    # given
    setattr(post_office, trouble, lambda _: True)
    failed = run(mailing_town)
    assert post_office.take() == []
    setattr(post_office, trouble, lambda _: False)
    # when
    done = run(mailing_town)
    # then
    assert (failed.mailed, done.mailed) == ("failed", "sent")
    assert failed.why
    assert len(post_office.take()) == 1
    assert run(mailing_town).mailed == "sent before"
    (record,) = alerts(mailing_town).values()
    assert (record["about"], record["state"], record["attempts"]) == ("report", "sent", 2)


def test_a_mail_in_doubt_goes_out_again_to_the_byte(mailing_town: Runtime, post_office: PostOffice) -> None:
    # given a server that took the mail and hung up before it said so
    post_office.hangs_up_after = lambda _: True
    failed = run(mailing_town)
    (arrived,) = post_office.take()
    post_office.hangs_up_after = lambda _: False
    # when the report has changed meanwhile
    put(mailing_town, [letter("late in coming", on(3, 4))])
    done = run(mailing_town)
    # then its mail has not
    assert (failed.mailed, done.mailed) == ("failed", "sent")
    (mail,) = post_office.take()
    assert content(mail.message) == content(arrived.message)
    assert run(mailing_town).mailed == "sent before"
    assert post_office.take() == []


def content(message: EmailMessage) -> bytes:
    """The mail as it was handed over."""
    return message.as_bytes(policy=message.policy.clone(linesep="\r\n")).rstrip()


def old_record(runtime: Runtime, state: str, mail: bytes = b"") -> None:
    """What an older version left beside the report of week 10."""
    id_ = message_id(WEEK, ("lingdao@bureau.example",))
    told: dict[str, object] = {"message_id": id_, "recipients": ["lingdao@bureau.example"], "at": MONDAY.isoformat()}
    told |= {"state": state, "attempts": 1, "error": None}
    told["sent_at"] = MONDAY.isoformat() if state == "sent" else None
    folder = runtime.settings.data / "reports" / WEEK.key
    folder.mkdir(parents=True)
    (folder / f"mail-{id_[1:13]}.json").write_bytes(orjson.dumps(told))
    if mail:
        (folder / f"mail-{id_[1:13]}.eml").write_bytes(mail)


def test_a_week_that_an_older_version_sent_is_not_sent_again(mailing_town: Runtime, post_office: PostOffice) -> None:
    # given
    old_record(mailing_town, "sent")
    # then
    assert [run(mailing_town).mailed, run(mailing_town).mailed] == ["sent before", "sent before"]
    assert post_office.take() == []


def test_without_a_mail_server_a_week_that_an_older_version_sent_counts_as_sent(own_town: Runtime) -> None:
    old_record(own_town, "sent")

    assert run(own_town).mailed == "sent before"


def test_a_mail_that_an_older_version_left_in_doubt_goes_out_as_it_was(
    mailing_town: Runtime, post_office: PostOffice
) -> None:
    # given
    report = summarise(mailing_town, WEEK).report
    pictures = {one.name: b"picture" for one in report.pictures}
    mail = to_mail(report, pictures, b"word", "notice@bureau.example", ("lingdao@bureau.example",), MONDAY)
    old_record(mailing_town, "sending", mail.as_bytes())
    # when
    first, second = run(mailing_town), run(mailing_town)
    # then
    assert (first.mailed, second.mailed) == ("sent", "sent before")
    (arrived,) = post_office.take()
    assert content(arrived.message) == mail.as_bytes().rstrip()


def test_a_mail_that_an_older_version_could_not_send_is_sent_now(
    mailing_town: Runtime, post_office: PostOffice
) -> None:
    # given
    old_record(mailing_town, "failed", b"Subject: old\r\n\r\nold\r\n")
    # then
    assert run(mailing_town).mailed == "sent"
    (mail,) = post_office.take()
    assert "2025年第10周" in mail.subject


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
