"""The mail catcher of demo and tests: every mail becomes one file, whatever its subject."""

import smtplib
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerts.catcher import MailCatcher
from alerts.mail import Mailer, MailSettings, render
from tests.alerts.mail_servers import LOOPBACK
from tests.alerts.samples import digest
from tests.conftest import free_port

SENDER = "reminder@city.example"


def settings(port: int) -> MailSettings:
    return MailSettings(host=LOOPBACK, port=port, security="none", sender=SENDER)


def mail(subject: str | None) -> EmailMessage:
    message = EmailMessage()
    if subject is not None:
        message["Subject"] = subject
    message["From"] = message["To"] = SENDER
    message.set_content("正文")
    return message


def caught(folder: Path, *mails: EmailMessage) -> list[Path]:
    with MailCatcher(folder, LOOPBACK, free_port()) as catcher, Mailer(settings(catcher.port)) as mailer:
        for one in mails:
            mailer.send(one)
    return sorted(folder.iterdir())


def test_a_mail_is_kept_as_a_file_named_by_its_subject_that_mail_programs_open(tmp_path: Path) -> None:
    # given
    reminder = render(digest(), SENDER)
    # when
    (path,) = caught(tmp_path / "mails", reminder)
    # then
    assert path.name == "【留言办理提醒】疾控应急科：今日到期_1_件（2026-01-12）.eml"
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["Message-ID"] == reminder["Message-ID"]


def test_a_second_delivery_is_a_second_file(tmp_path: Path) -> None:
    assert [path.name for path in caught(tmp_path, mail("提醒"), mail("提醒"), mail("提醒"))] == [
        "提醒-2.eml",
        "提醒-3.eml",
        "提醒.eml",
    ]


@pytest.mark.parametrize("subject", ["../../出去", "/etc/passwd", "a\0b", "..", "长" * 500, "", None])
def test_no_subject_leads_out_of_the_folder(subject: str | None, tmp_path: Path) -> None:
    # given
    folder = tmp_path / "mails"
    # when
    paths = caught(folder, mail(subject))
    # then
    assert len(paths) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == paths


def test_it_listens_only_while_its_context_lasts(tmp_path: Path) -> None:
    # given
    with MailCatcher(tmp_path, LOOPBACK, free_port()) as catcher:
        smtplib.SMTP(LOOPBACK, catcher.port, timeout=5).quit()
    # then
    with pytest.raises(OSError, match="refused"):
        smtplib.SMTP(LOOPBACK, catcher.port, timeout=5)
