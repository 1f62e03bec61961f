"""Telling the operator that something failed."""

import logging
from datetime import datetime

from alerts.chat import Sheet, failure_text, message_id_of
from alerts.mail import Mailer, NotSent, Uncertain, render_failure
from pipeline.runtime import Runtime

log = logging.getLogger(__name__)


def report_failure(runtime: Runtime, where: str, error: BaseException | None, log_url: str, at: datetime) -> None:
    """Tell the operator, by mail and on the chat channels, which task failed and why.

    Without a mail server, or when it fails too, the log has to do.
    """
    for name in dict.fromkeys(runtime.settings.departments.operator_channels):
        channel = runtime.settings.channels[name]
        sheet = Sheet(channel.most_bytes, message_id_of(name, [where, at.isoformat()]))
        try:
            channel.send(failure_text(where, error, at, sheet))
        except (NotSent, Uncertain):
            log.exception("任务失败的群消息没有发出：%s", where)
    operators = runtime.settings.departments.operator
    mail = runtime.settings.mail
    if mail is None or not operators:
        log.error("任务失败，没有配置邮件服务器或运维收件人，无法通知：%s", where)
        return
    try:
        with Mailer(mail) as mailer:
            mailer.send(render_failure(where, error, log_url, at, operators, mail.sender))
    except (NotSent, Uncertain):
        log.exception("任务失败的通知邮件没有发出：%s", where)
