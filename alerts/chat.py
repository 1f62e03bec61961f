"""The short messages that go to chat channels beside the mails: what is most urgent, and how much is left out. Pure.

Plain text: nothing that people wrote can become a link, a mention of everybody or another line. Every message ends with the
same words, so that a robot may be set to take only messages that hold them, and with its number, by which a reader knows a
message that came twice.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.digest import MESSAGE_ID_DOMAIN, Digest
from alerts.message import templates_of
from core.clock import show, to_beijing
from core.errors import YuqingError
from core.post import STAGE_NAMES

MOST_ENTRIES = 8
LONGEST = 60
NUMBER_LENGTH = 8
_SAFE = str.maketrans("<>@", "＜＞＠")


def plain(text: object, most: int = LONGEST) -> str:
    """What people wrote as part of a line: cut short, without what a chat would take for a mention (`<at …>`, `@all`)."""
    line = "".join(filter(str.isprintable, " ".join(str(text).split()))).translate(_SAFE)
    return line if len(line) <= most else line[: most - 1] + "…"


_templates = templates_of("alerts")
_templates.filters["time"] = show
_templates.filters["day_time"] = lambda moment: f"{to_beijing(moment):%m-%d %H:%M}"
_templates.filters["plain"] = plain


@dataclass(frozen=True)
class Sheet:
    """Where a text goes: how many bytes (UTF-8) may stand on it, and its number (`message_id` the whole of it)."""

    most_bytes: int
    message_id: str

    @property
    def number(self) -> str:
        """The number a reader sees."""
        return self.message_id[1 : NUMBER_LENGTH + 1]


def message_id_of(channel: str, ids: Sequence[str]) -> str:
    """The same channel and records give the same id, in the form that a mail's has."""
    key = "\n".join([channel, *sorted(ids)])
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{MESSAGE_ID_DOMAIN}>"


def digest_text(digest: Digest, sheet: Sheet) -> str:
    """A digest, the most urgent entries of it."""
    values: dict[str, object] = {"digest": digest, "stage_names": STAGE_NAMES}
    return _fit("chat_digest", values, digest.items, sheet)


@dataclass(frozen=True)
class Telling:
    """Something that is told once: `title` in a few words, the `lines` that explain it, `entries` as far as there is room.

    `unit` is what an entry is called when some are left out.
    """

    title: str
    lines: tuple[str, ...]
    entries: tuple[str, ...] = ()
    unit: str = "条"


def telling_text(telling: Telling, sheet: Sheet) -> str:
    """A warning, a follow-up, a report."""
    return _fit("chat_telling", {"telling": telling}, telling.entries, sheet)


def failure_text(where: str, error: BaseException | None, at: datetime, sheet: Sheet) -> str:
    """What the operator is told. Of an error that is not the project's own only its kind, for its words may quote a post."""
    told = error.message if isinstance(error, YuqingError) else type(error).__name__ if error else "原因未知"
    lines = (f"时间：{show(at)}", f"原因：{plain(told, 200)}", "详见 Airflow 的日志。")
    return telling_text(Telling(f"【系统故障】{plain(where, 200)}", lines), sheet)


def trial_text(channel: str, at: datetime, sheet: Sheet) -> str:
    """What a trial of a channel sends."""
    return telling_text(Telling("【测试】", (f"通道“{channel}”可以收到消息。{show(at)}",)), sheet)


def _fit(template: str, values: dict[str, object], entries: Sequence[object], sheet: Sheet) -> str:
    """The text with as many whole entries, the first ones first, as there is room for."""
    text = ""
    for shown in range(min(len(entries), MOST_ENTRIES), -1, -1):
        told = {"entries": entries[:shown], "left_out": len(entries) - shown, "number": sheet.number}
        text = _templates.get_template(f"{template}.txt.j2").render(values | told).strip()
        if len(text.encode()) <= sheet.most_bytes:
            return text
    return text.encode()[: sheet.most_bytes].decode(errors="ignore")
