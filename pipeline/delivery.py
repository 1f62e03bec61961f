"""One mail, once: what a run that dies in between leaves is found by the next one and sent again as the very same mail.

The order of things makes it so: a mail is put into the outbox, its records are kept as `sending`, it is sent, they are
settled, it is taken out. A mail left in doubt is repeated under the same Message-ID, because one that never came is worse
than one that a mail server drops as a repeat.
"""

from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from alerts.mail import NotSent, Uncertain
from pipeline.outbox import Outbox, OutgoingMail
from store.alert_log import AlertLog


class Way(Protocol):
    """How a message gets out: a mail server's session, or a chat channel."""

    def send(self, message: EmailMessage) -> None:
        """Hand it over. Raises `NotSent` or `Uncertain`."""


def deliver(log: AlertLog, outbox: Outbox, mailer: Way, mail: OutgoingMail, sent_at: datetime) -> str | None:
    """Send the mail; None when it went out, else the reason it did not. `sent_at` is the real time, kept in the records.

    One that was certainly not sent is recorded as failed and forgotten; one in doubt stays in the outbox.
    """
    outbox.put(mail)
    log.save(mail.records)
    reason = None
    try:
        mailer.send(mail.message)
    except NotSent as error:
        log.save(replace(record, state="failed", error=str(error)) for record in mail.records)
        reason = error.message
    except Uncertain as error:
        return error.message
    else:
        log.save(replace(record, state="sent", sent_at=sent_at) for record in mail.records)
    outbox.take_out(mail)
    return reason


def in_doubt(log: AlertLog, outbox: Outbox) -> list[OutgoingMail]:
    """The mails a dead run may or may not have sent. One that is on record as sent was only not taken out."""
    doubtful = []
    for mail in outbox.unsettled():
        known = log.states([record.id for record in mail.records])
        ended = (known[record.id] for record in mail.records if record.id in known)
        sent = sum(record.state == "sent" and record.message_id == mail.message_id for record in ended)
        if sent == len(mail.records):
            outbox.take_out(mail)
        else:
            doubtful.append(mail)
    return doubtful
