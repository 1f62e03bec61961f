"""Encryption and login, against real servers: no password and no mail goes where the settings did not mean it to go."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from alerts.mail import Mailer, MailSettings, NotSent, render
from tests.alerts.certificates import Certificates, make_certificates
from tests.alerts.mail_servers import LOOPBACK, Delivery, Inbox, knows, serving
from tests.alerts.samples import digest

SENDER = "reminder@city.example"
PASSWORD = "correct horse"
MAIL = render(digest(), SENDER)


def settings(port: int, security: str, ca_file: Path | None = None, **more: Any) -> MailSettings:
    fields = {"host": LOOPBACK, "port": port, "security": security, "sender": SENDER, "ca_file": ca_file}
    return MailSettings.model_validate({**fields, "timeout_seconds": 5, **more})


def server_options(security: str, certificates: Certificates, **more: Any) -> dict[str, Any]:
    """What aiosmtpd's Controller wants for that kind of encryption."""
    context = certificates.server_context()
    if security == "tls":
        return {"ssl_context": context, **more}
    return {"tls_context": context, "require_starttls": True, **more}


def sent(inbox: Inbox, mail: MailSettings) -> Delivery:
    with Mailer(mail) as mailer:
        mailer.send(MAIL)
    (delivery,) = inbox.deliveries
    return delivery


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_encrypted_to_a_server_whose_authority_is_named(security: str, certificates: Certificates) -> None:
    # given
    inbox = Inbox()
    # when
    with serving(inbox, **server_options(security, certificates)) as port:
        delivery = sent(inbox, settings(port, security, certificates.authority))
    # then
    assert delivery.encrypted
    assert delivery.message["Message-ID"] == MAIL["Message-ID"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_comes_before_the_mail(security: str, certificates: Certificates) -> None:
    # given
    inbox = Inbox()
    login = {"authenticator": knows("reminder", PASSWORD), "auth_require_tls": security != "tls"}
    # when
    with serving(inbox, **server_options(security, certificates, **login)) as port:
        mail = settings(port, security, certificates.authority, username="reminder", password=PASSWORD)
        delivery = sent(inbox, mail)
    # then
    assert (delivery.user, delivery.encrypted) == ("reminder", True)


@pytest.mark.parametrize(("user", "password"), [("reminder", "wrong"), ("other", PASSWORD)])
def test_a_refused_login_means_not_sent_and_tells_what_to_check(
    user: str, password: str, certificates: Certificates
) -> None:
    # given
    inbox = Inbox()
    options = server_options("starttls", certificates, authenticator=knows("reminder", PASSWORD), auth_required=True)
    # when
    with serving(inbox, **options) as port:
        mail = settings(port, "starttls", certificates.authority, username=user, password=password)
        with pytest.raises(NotSent) as told:
            Mailer(mail).__enter__()
    # then
    assert told.value.message == "邮件服务器拒绝了登录。"
    assert "YUQING_SMTP_PASSWORD" in told.value.advice
    assert password not in str(told.value) + told.value.advice


def test_a_password_that_smtp_cannot_carry_means_not_sent(certificates: Certificates) -> None:
    # given a password in Chinese: the login speaks ASCII only
    options = server_options("starttls", certificates, authenticator=knows("reminder", PASSWORD))
    # when
    with serving(Inbox(), **options) as port:
        mail = settings(port, "starttls", certificates.authority, username="reminder", password="密码二号")
        with pytest.raises(NotSent) as told:
            Mailer(mail).__enter__()
    # then
    assert "密码二号" not in str(told.value)


def test_a_server_that_wants_a_login_and_gets_none_takes_no_mail(certificates: Certificates) -> None:
    # given
    inbox = Inbox()
    options = server_options("starttls", certificates, authenticator=knows("reminder", PASSWORD), auth_required=True)
    # when
    with serving(inbox, **options) as port, pytest.raises(NotSent, match="530"):
        sent(inbox, settings(port, "starttls", certificates.authority))
    # then
    assert inbox.deliveries == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_of_an_unknown_authority_gets_nothing(security: str, certificates: Certificates) -> None:
    # given
    inbox = Inbox()
    # when the authority is not named
    with (
        serving(inbox, **server_options(security, certificates)) as port,
        pytest.raises(NotSent, match="certificate verify failed"),
    ):
        sent(inbox, settings(port, security))
    # then
    assert inbox.deliveries == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_server_gets_nothing(security: str, tmp_path: Path) -> None:
    # given a certificate of a trusted authority, for another address
    other = make_certificates(tmp_path, address="192.0.2.1")
    inbox = Inbox()
    # when
    with serving(inbox, **server_options(security, other)) as port, pytest.raises(NotSent, match="IP address mismatch"):
        sent(inbox, settings(port, security, other.authority))
    # then
    assert inbox.deliveries == []


def test_a_server_without_encryption_gets_neither_password_nor_mail_where_encryption_is_wanted(
    certificates: Certificates,
) -> None:
    # given a server that does not offer STARTTLS and would take any login in the clear
    inbox = Inbox()
    seen: list[str] = []

    def eavesdrop(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        seen.append(mechanism)
        return knows("reminder", PASSWORD)(server, session, envelope, mechanism, data)

    # when
    with serving(inbox, authenticator=eavesdrop, auth_require_tls=False) as port:
        mail = settings(port, "starttls", certificates.authority, username="reminder", password=PASSWORD)
        with pytest.raises(NotSent, match="STARTTLS"):
            Mailer(mail).__enter__()
    # then
    assert (seen, inbox.deliveries) == ([], [])


def test_a_plain_server_asked_to_speak_tls_means_not_sent(certificates: Certificates) -> None:
    # given the commonest mistake: the port of one kind with the security of the other
    with serving(Inbox()) as port, pytest.raises(NotSent, match="连不上邮件服务器"):
        Mailer(settings(port, "tls", certificates.authority)).__enter__()


def test_encryption_is_the_default() -> None:
    assert MailSettings(host="mail.city.example", sender=SENDER).security == "starttls"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"username": "reminder"}, "用户名和密码要同时给出"),
        ({"password": "x"}, "用户名和密码要同时给出"),
        ({"username": "reminder", "password": "x", "security": "none"}, "要登录就必须加密"),
        ({"ca_file": "/nowhere/authority.pem"}, "证书文件不存在"),
        ({"security": "ssl"}, "security"),
        ({"port": 0}, "port"),
        ({"sender": "nobody"}, "不是邮箱地址"),
    ],
)
def test_settings_that_cannot_work_are_refused(fields: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        MailSettings.model_validate({"host": "mail.city.example", "sender": SENDER, **fields})


def test_the_password_is_not_shown_with_the_settings() -> None:
    # given
    mail = MailSettings(host="mail.city.example", sender=SENDER, username="u", password=SecretStr(PASSWORD))
    # then
    assert PASSWORD not in f"{mail!r} {mail}"
