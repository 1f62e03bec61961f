"""Real SMTP servers on loopback: one that takes mail or refuses it in every way a server can, and ones that misbehave."""

import asyncio
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.conftest import free_port

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Delivery:
    """One mail a server took."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        """The mail as its reader's program sees it."""
        return message_from_bytes(self.content, policy=policy.default)


class Inbox:
    """Takes mail, except what it was told to refuse or, once, to put off; `answers` are given to one DATA after another, then `250 OK`."""

    def __init__(
        self,
        *answers: str,
        refuses: Collection[str] = (),
        puts_off: Collection[str] = (),
        refuses_sender: bool = False,
    ) -> None:
        self.deliveries: list[Delivery] = []
        self.sessions = 0
        self._answers = list(answers)
        self._refuses = set(refuses)
        self._puts_off = set(puts_off)
        self._refuses_sender = refuses_sender

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, answers: list[str]) -> list[str]:  # noqa: N802
        """Count who says hello."""
        session.host_name = name
        self.sessions += 1
        return answers

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        """Take or refuse the sender."""
        if self._refuses_sender:
            return "553 5.7.1 sender not allowed"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        """Take or refuse one recipient."""
        if address in self._refuses:
            return "550 5.1.1 no such user"
        if address in self._puts_off:
            self._puts_off.remove(address)
            return "450 4.2.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take or refuse the mail; `drop` hangs up instead of answering, `hang` never answers."""
        answer = self._answers.pop(0) if self._answers else "250 OK"
        if answer == "hang":
            await asyncio.sleep(600)
        if answer.startswith(("250", "drop")):
            login = session.auth_data.login.decode() if session.auth_data else None
            encrypted = server.transport.get_extra_info("ssl_object") is not None
            self.deliveries.append(
                Delivery(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content, encrypted, login)
            )
        if answer == "drop":
            server.transport.abort()
        return answer


@contextmanager
def serving(inbox: Inbox, **options: Any) -> Iterator[int]:
    """The port the inbox listens on while the context lasts; `options` are those of aiosmtpd's Controller."""
    controller = Controller(inbox, hostname=LOOPBACK, port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def knows(user: str, password: str) -> Any:
    """An authenticator for one user."""

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        good = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=good, handled=False, auth_data=data)

    return authenticate


@contextmanager
def greeting(words: bytes) -> Iterator[int]:
    """The port of a server that says `words` to each caller and nothing more; no words: it keeps silent."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        callers: list[socket.socket] = []

        def answer() -> None:
            while True:
                try:
                    caller, _ = listener.accept()
                except OSError:
                    return
                callers.append(caller)
                caller.sendall(words)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for caller in callers:
                caller.close()
