"""The mails of reminders and failures, and their way out by SMTP, with a clear word on whether the server took them."""

import logging
import smtplib
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from alerts.departments import Address
from alerts.digest import LEADERSHIP_AFTER_WORKING_DAYS, MESSAGE_ID_DOMAIN, Digest
from alerts.message import Envelope, compose
from core.clock import to_beijing
from core.config import Config
from core.errors import Unavailable
from core.post import STAGE_NAMES

log = logging.getLogger(__name__)
SENDER_NAME = "政务留言办理提醒"


class NotSent(Unavailable):
    """The server certainly did not take the mail; sending it again later cannot double it."""


class Uncertain(Unavailable):
    """The connection broke after the mail was handed over and before the server confirmed: it may have arrived."""


class MailSettings(Config):
    """The mail server, from the environment."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    sender: Address
    ca_file: Path | None = None
    """Certificate authority of the server's certificate, where it is not a public one."""
    timeout_seconds: float = Field(default=30, gt=0)

    @model_validator(mode="after")
    def _consistent(self) -> "MailSettings":
        if (self.username is None) != (self.password is None):
            raise ValueError("用户名和密码要同时给出：YUQING_SMTP_USERNAME、YUQING_SMTP_PASSWORD")
        if self.username and self.security == "none":
            raise ValueError("要登录就必须加密：YUQING_SMTP_SECURITY 只能是 starttls 或 tls")
        if self.ca_file and not self.ca_file.is_file():
            raise ValueError(f"证书文件不存在：{self.ca_file}（YUQING_SMTP_CA_FILE）")
        return self


def render(digest: Digest, sender: str) -> EmailMessage:
    """The digest as a mail: plain text and HTML, a deterministic Message-ID, the date of the run it belongs to."""
    subject = f"【留言办理提醒】{digest.department}：{digest.summary}（{to_beijing(digest.at):%Y-%m-%d}）"
    values: dict[str, object] = {
        "digest": digest,
        "summary": digest.summary,
        "leadership_after": LEADERSHIP_AFTER_WORKING_DAYS,
        "stage_names": STAGE_NAMES,
    }
    envelope = Envelope(subject, SENDER_NAME, sender, digest.recipients, digest.at, digest.message_id)
    message = compose(envelope, "digest", values)
    if digest.cc:
        message["Cc"] = ", ".join(digest.cc)
    return message


def render_failure(
    where: str, error: BaseException | None, log_url: str, at: datetime, operators: Sequence[str], sender: str
) -> EmailMessage:
    """A mail to the operator: which task failed, why, and where its log is."""
    told = f"{type(error).__name__}: {error}" if error else "原因未知，请看日志"
    values: dict[str, object] = {"where": where, "told": told, "log_url": log_url, "at": at}
    message_id = make_msgid(domain=MESSAGE_ID_DOMAIN)
    return compose(Envelope(f"【系统故障】{where}", SENDER_NAME, sender, operators, at, message_id), "failure", values)


class Mailer:
    """One SMTP session. Entering connects and logs in; raises `NotSent` when that fails."""

    def __init__(self, settings: MailSettings) -> None:
        self.settings = settings
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        self._connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, message: EmailMessage) -> None:
        """Hand a mail over. Raises `NotSent` or `Uncertain`; afterwards the next mail gets a new connection."""
        if self._smtp is None:
            self._connect()
        smtp = self._smtp
        assert smtp is not None  # noqa: S101  _connect sets it or raises
        try:
            self._envelope(smtp, _addresses(message, "To"), _addresses(message, "Cc"))
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise NotSent(f"邮件服务器没有接受邮件：{_told(error)}", "稍后再运行一次会补发。") from error
        self._hand_over(smtp, message)

    def _envelope(self, smtp: smtplib.SMTP, meant: list[str], copied: list[str]) -> None:
        """Sender and recipients, one by one: a mail goes out when at least one recipient is taken.

        It does not while all it is meant for are refused for the time being (4xx): nobody would send it to them later.
        """
        recipients = [*meant, *copied]
        code, answer = smtp.mail(self.settings.sender)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, answer, self.settings.sender)
        refused = {}
        for address in recipients:
            code, answer = smtp.rcpt(address)
            if code not in {250, 251}:
                refused[address] = (code, answer)
        # Leaders who get a copy are not those the mail is for: who is put off for a moment is to have it later.
        put_off = {address for address, (code, _) in refused.items() if code < 500}
        if len(refused) == len(recipients) or put_off.issuperset(meant):
            raise smtplib.SMTPRecipientsRefused(refused)
        if refused:
            log.warning("邮件服务器拒收了部分收件人：%s", "、".join(refused))

    def _hand_over(self, smtp: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            code, answer = smtp.data(message.as_bytes(policy=message.policy.clone(linesep="\r\n")))
        except smtplib.SMTPDataError as error:
            self._close()
            raise NotSent(f"邮件服务器没有接受邮件：{_told(error)}", "稍后再运行一次会补发。") from error
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise Uncertain(
                f"邮件已交出，但没有等到服务器的确认：{_told(error)}", "下次运行会用同一个 Message-ID 再发一次。"
            ) from error
        if code != 250:
            self._close()
            raise NotSent(f"邮件服务器没有接受邮件：{code} {answer.decode(errors='replace')}", "稍后再运行一次会补发。")

    def _connect(self) -> None:
        settings = self.settings
        try:
            if settings.security == "tls":
                self._smtp = smtplib.SMTP_SSL(
                    settings.host, settings.port, timeout=settings.timeout_seconds, context=self._tls()
                )
            else:
                self._smtp = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
            if settings.security == "starttls":
                self._smtp.starttls(context=self._tls())
            self._smtp.ehlo_or_helo_if_needed()
            self._log_in(self._smtp)
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            self._close()
            raise NotSent(
                f"连不上邮件服务器 {settings.host}:{settings.port}：{_told(error)}",
                "请检查 YUQING_SMTP_HOST、YUQING_SMTP_PORT、YUQING_SMTP_SECURITY；提醒没有丢，再运行一次会补发。",
            ) from error

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        if not self.settings.username or not self.settings.password:
            return
        try:
            smtp.login(self.settings.username, self.settings.password.get_secret_value())
        except smtplib.SMTPAuthenticationError as error:
            self._close()
            raise NotSent("邮件服务器拒绝了登录。", "请检查 YUQING_SMTP_USERNAME 和 YUQING_SMTP_PASSWORD。") from error
        except UnicodeError:
            self._close()
            # Without its cause, which shows the password.
            raise NotSent(
                "邮件服务器的用户名和密码只能用英文字母、数字和符号。",
                "请检查 YUQING_SMTP_USERNAME 和 YUQING_SMTP_PASSWORD。",
            ) from None

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.settings.ca_file) if self.settings.ca_file else None)

    def _close(self) -> None:
        if self._smtp is None:
            return
        try:
            self._smtp.quit()
        except (smtplib.SMTPException, OSError):
            self._smtp.close()
        self._smtp = None


def _addresses(message: EmailMessage, header: str) -> list[str]:
    field = message[header]
    return [address.addr_spec for address in field.addresses] if field else []


def _told(error: Exception) -> str:
    """What went wrong, in one line; the server's own words where it said any."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "收件人被拒收：" + "、".join(error.recipients)
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"{error.smtp_code} {words}"
    if isinstance(error, UnicodeError):
        return "主机名不对"
    return str(error) or type(error).__name__
