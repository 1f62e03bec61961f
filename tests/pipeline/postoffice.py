"""A real SMTP server that keeps what it took, and that can refuse, fall silent or hang up at a chosen moment."""

# ruff: noqa: N802  aiosmtpd asks for these names

import asyncio
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Literal, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

Moment = Literal["MAIL", "RCPT", "DATA", "taken in", "kept"]
"""`DATA`: before the server says 354. `taken in`: it has the whole mail and not kept it. `kept`: before it says 250."""

_ENTRY = re.compile(r"^\d+\. 【(?P<stage>[^，】]+)[^\n]*\n.*?编号 (?P<id>\S+)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Mail:
    """One delivery."""

    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def id(self) -> str:
        """Its Message-ID."""
        return str(self.message["Message-ID"])

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.message["Subject"])

    def text(self, kind: str = "plain") -> str:
        """The body of that kind."""
        part = self.message.get_body((kind,))
        assert isinstance(part, EmailMessage)
        return str(part.get_content())

    def alerts(self) -> list[tuple[str, str]]:
        """Post id and stage (as a person reads it) of every entry of a digest."""
        return [(entry["id"], entry["stage"]) for entry in _ENTRY.finditer(self.text())]

    def content(self) -> tuple[object, ...]:
        """All that a reader sees and a server goes by; not the separators between the parts, which are random."""
        headers = [(name, str(value)) for name, value in self.message.items() if name != "Content-Type"]
        return (*headers, self.text(), self.text("html"), self.recipients)


class _Server(SMTP):
    """Tells the handler of DATA before it is answered."""

    async def smtp_DATA(self, arg: str) -> None:
        await self.event_handler.pause("DATA", self)
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, decode_data=False, data_size_limit=20_000_000, hostname="post.example")


class PostOffice:
    """Listens while its context lasts, on a port of its own that it keeps when it is closed and opened again."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.mails: list[Mail] = []
        self.connections = 0
        self.refuses: Callable[[str], bool] = lambda _: False
        """Says of a recipient whether it is refused."""
        self.hangs_up_after: Callable[[Mail], bool] = lambda _: False
        """Says of a mail just taken whether the connection breaks before the 250."""
        self.turns_away: Callable[[Mail], bool] = lambda _: False
        """Says of a mail whether it is answered with a 4xx after its content has been read."""
        self.held = threading.Event()
        self._hold: tuple[Moment, int] | None = None
        self._go = threading.Event()

    def __enter__(self) -> Self:
        self._controller = _Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open()
        self._controller.stop()

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables that send mail here."""
        return {
            "YUQING_SMTP_HOST": "127.0.0.1",
            "YUQING_SMTP_PORT": str(self.port),
            "YUQING_SMTP_SECURITY": "none",
            "YUQING_SMTP_FROM": "notice@bureau.example",
        }

    def take(self) -> list[Mail]:
        """What came since this was asked last."""
        mails, self.mails = self.mails, []
        return mails

    def close_at(self, moment: Moment, number: int = 0) -> None:
        """Hold the `number`-th (from 0) of the coming mails at that moment."""
        self._go.clear()
        self.held.clear()
        self._hold = (moment, number)

    def open(self) -> None:
        """Hold nothing any more."""
        self._hold = None
        self._go.set()

    async def pause(self, moment: Moment, server: Any) -> None:
        """Stand still here if this is the moment."""
        if self._hold is None or self._hold[0] != moment:
            return
        if self._hold[1] > 0:
            self._hold = (moment, self._hold[1] - 1)
            return
        self._hold = None
        self.held.set()
        while not self._go.is_set() and server.transport is not None and not server.transport.is_closing():
            await asyncio.sleep(0.005)

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count the connections."""
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take the sender."""
        await self.pause("MAIL", server)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take or refuse a recipient."""
        await self.pause("RCPT", server)
        if self.refuses(address):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep the mail, or turn it away."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        mail = Mail(tuple(envelope.rcpt_tos), message)
        await self.pause("taken in", server)
        if server.transport is None or server.transport.is_closing():
            return "451 gone"
        if self.turns_away(mail):
            return "451 try again later"
        self.mails.append(mail)
        await self.pause("kept", server)
        if self.hangs_up_after(mail):
            server.transport.abort()
        return "250 OK"
