"""Short messages to chat channels beside the mails, each once (`pipeline.delivery`), whatever becomes of the mail.

A message has records of its own, one for each channel of what a mail would tell, so that neither repeats the other. On its
way it is kept in the shape of a mail. A chat service drops no repeats: a message in doubt is sent again once, under the same
number, which tells readers that it is the same; when no answer comes to that either, it counts as sent. One line twice does
less harm than a deadline nobody was told of, and a group that hears the same line every hour listens to none.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import EmailMessage
from functools import partial

from alerts.channels import Channel
from alerts.chat import Sheet, Telling, digest_text, message_id_of, telling_text, trial_text
from alerts.digest import LEADERSHIP_AFTER_WORKING_DAYS, AlertItem, Digest
from alerts.mail import NotSent
from core.clock import to_beijing
from core.errors import ConfigError
from pipeline.delivery import deliver, in_doubt
from pipeline.outbox import Outbox, OutgoingMail
from pipeline.runtime import Runtime
from pipeline.settings import channel_variable
from store.alert_log import About, AlertRecord

log = logging.getLogger(__name__)
NEVER_CONFIRMED = "补发后仍没有等到确认，不再重复"


@dataclass(frozen=True)
class Announcement:
    """Something to be told once to each of the channels. `subject` is the id of what it is about."""

    subject: str
    department: str
    channels: tuple[str, ...]
    tell: Callable[[], Telling]


@dataclass
class ChatRun:
    """What became of messages; `failed` with the reason."""

    sent: list[OutgoingMail] = field(default_factory=list)
    failed: list[tuple[OutgoingMail, str]] = field(default_factory=list)


def announce(
    runtime: Runtime, about: About, announcements: Sequence[Announcement], at: datetime, sent_at: datetime
) -> ChatRun:
    """Tell what a channel was not told before. `at` is the run's time, `sent_at` the real one. The caller holds a lock."""
    told = ((one, name) for one in announcements for name in dict.fromkeys(one.channels))
    wanted = [(one, name, chat_id(f"{about}|{one.subject}", name)) for one, name in told]
    # Without channels nothing is asked of the record; what an earlier run left in doubt is seen to all the same.
    records, settled = known(runtime, about, [id_ for _, _, id_ in wanted]) if wanted else ({}, set())
    chats = []
    for one, name, id_ in wanted:
        if id_ in settled:
            continue
        record = AlertRecord(
            id=id_,
            about=about,
            subject=one.subject,
            department=one.department,
            at=at,
            state="sending",
            message_id="",
            recipients=(),
            attempts=records[id_].attempts + 1 if id_ in records else 1,
        )
        telling = one.tell()
        chats.append(outgoing(runtime.settings.channels[name], [record], partial(telling_text, telling)))
    return send_chats(runtime, about, chats, sent_at)


def try_out(runtime: Runtime, name: str, at: datetime) -> str:
    """Send a line to a channel to see whether it works; a sentence that says so. Raises `NotSent` or `Uncertain`.

    Raises `ConfigError` when no channel bears that name.
    """
    channels = runtime.settings.channels
    if name not in channels:
        there = f"现有通道：{'、'.join(channels)}" if channels else "现在一个通道也没有设置。"
        raise ConfigError(f"没有名为“{name}”的通道。", f"地址放在环境变量 {channel_variable(name)}；{there}")
    channel = channels[name]
    channel.send(trial_text(name, at, Sheet(channel.most_bytes, message_id_of(name, [at.isoformat()]))))
    return f"{channel.title}通道“{name}”收下了测试消息，请在群里看一看。"


def chat_id(id_: str, channel: str) -> str:
    """The id of the record of what was told to a channel, where `id_` is that of the mail's record."""
    return f"{id_}|@{channel}"


def channel_of(chat: OutgoingMail) -> str:
    """The name of the channel it goes to."""
    return chat.records[0].recipients[0]


def text_of(chat: OutgoingMail) -> str:
    """What it says."""
    return str(chat.message.get_content()).rstrip("\n")


def known(runtime: Runtime, about: About | None, ids: Sequence[str]) -> tuple[dict[str, AlertRecord], set[str]]:
    """What is recorded of these ids, and those of them that need no new message: sent, or waiting in the outbox."""
    records = runtime.alert_log.states(ids)
    settled = {id_ for id_, record in records.items() if record.state == "sent"}
    settled |= {record.id for chat in _outbox(runtime, about).unsettled() for record in chat.records}
    return records, settled


def outgoing(channel: Channel, records: Iterable[AlertRecord], write: Callable[[Sheet], str]) -> OutgoingMail:
    """The message to a channel, ready to be sent; `write` makes its text."""
    bare = list(records)
    message_id = message_id_of(channel.name, [record.id for record in bare])
    message = EmailMessage()
    message["Message-ID"] = message_id
    message.set_content(write(Sheet(channel.most_bytes, message_id)), cte="base64")
    named = (replace(record, message_id=message_id, recipients=(channel.name,)) for record in bare)
    return OutgoingMail(message, tuple(named))


def digest_chats(runtime: Runtime, digests: Sequence[Digest]) -> list[OutgoingMail]:
    """The messages about digests, without what was told to a channel before. Writes and sends nothing.

    The leaders' channels get what the leaders would have a copy of.
    """
    departments = runtime.settings.departments
    told: list[tuple[Digest, str]] = []
    for digest in digests:
        names = dict.fromkeys((*departments.named(digest.department).channels, *departments.leadership_channels))
        told += [(digest, name) for name in names]
    if not told:
        return []
    ids = [_item_id(item, digest, name) for digest, name in told for item in digest.items]
    records, settled = known(runtime, None, ids)
    chats = []
    for digest, name in told:
        fresh = tuple(item for item in digest.items if _item_id(item, digest, name) not in settled)
        late = any(item.overdue_working_days > LEADERSHIP_AFTER_WORKING_DAYS for item in fresh)
        if fresh and (late or name in departments.named(digest.department).channels):
            chats.append(_digest_chat(runtime.settings.channels[name], replace(digest, items=fresh), records))
    return chats


def send_chats(runtime: Runtime, about: About | None, chats: Sequence[OutgoingMail], sent_at: datetime) -> ChatRun:
    """Send them, after those that a run which died left in doubt. The caller holds a lock. `sent_at` is the real time."""
    outbox = _outbox(runtime, about)
    run = ChatRun()
    repeats = in_doubt(runtime.alert_log, outbox)
    for chat in (*repeats, *chats):
        reason = deliver(runtime.alert_log, outbox, _Way(runtime, channel_of(chat)), chat, sent_at)
        if reason and chat in repeats and outbox.holds(chat):
            _give_up(runtime, outbox, chat, sent_at)
            reason = None
        if reason:
            run.failed.append((chat, f"群消息 {channel_of(chat)}：{reason}"))
        else:
            run.sent.append(chat)
    return run


def _give_up(runtime: Runtime, outbox: Outbox, chat: OutgoingMail, sent_at: datetime) -> None:
    """Count a message as sent that nobody confirmed twice."""
    log.warning("群消息 %s %s：%s", channel_of(chat), chat.message_id, NEVER_CONFIRMED)
    runtime.alert_log.save(
        replace(record, state="sent", sent_at=sent_at, error=NEVER_CONFIRMED) for record in chat.records
    )
    outbox.take_out(chat)


class _Way:
    """The way to a channel."""

    def __init__(self, runtime: Runtime, name: str) -> None:
        self._channel = runtime.settings.channels.get(name)

    def send(self, message: EmailMessage) -> None:
        """Hand the message over. Raises `NotSent` or `Uncertain`; a channel that is no longer there takes nothing."""
        if self._channel is None:
            raise NotSent("已没有这个通道", "请检查环境变量。")
        self._channel.send(str(message.get_content()).rstrip("\n"))


def _digest_chat(channel: Channel, digest: Digest, known_records: Mapping[str, AlertRecord]) -> OutgoingMail:
    day = to_beijing(digest.at).date()
    records = []
    for item in digest.items:
        id_ = _item_id(item, digest, channel.name)
        records.append(
            AlertRecord(
                id=id_,
                post_id=item.post_id,
                department=digest.department,
                stage=item.stage,
                day=day.isoformat(),
                at=digest.at,
                state="sending",
                message_id="",
                recipients=(),
                attempts=known_records[id_].attempts + 1 if id_ in known_records else 1,
            )
        )
    return outgoing(channel, records, partial(digest_text, digest))


def _item_id(item: AlertItem, digest: Digest, channel: str) -> str:
    return chat_id(item.alert_id(to_beijing(digest.at).date()), channel)


def _outbox(runtime: Runtime, about: About | None) -> Outbox:
    return Outbox(runtime.settings.data, f"chat-{about}" if about else "chat")
