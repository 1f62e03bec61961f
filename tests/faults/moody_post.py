"""A mail server in a bad mood: a real one that at one mail's chosen moment says no, falls silent or hangs up."""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from tests.pipeline.postoffice import Moment, PostOffice

Deed = Literal["says", "hangs", "hangs up", "hangs up after 250"]


@dataclass(frozen=True)
class Mood:
    """What the server does at which moment of the mail. `words` is what it says instead of its usual answer."""

    moment: Moment
    deed: Deed
    words: str = ""

    @property
    def keeps_in_doubt(self) -> bool:
        """Whether it has the mail and its sender cannot know: only then may the same mail come once more."""
        return self.moment == "kept" and self.deed in {"hangs", "hangs up"}


class _Says(Exception):
    """Answer with these words; aiosmtpd asks `handle_exception` for them."""


class MoodyPost(PostOffice):
    """Well until `disturb` is called."""

    def __init__(self) -> None:
        super().__init__()
        self.struck = False
        """Whether the mood has shown."""
        self._mood: Mood | None = None
        self._before = 0
        self._of_this_mail = False
        self._refused: str | None = None

    def disturb(self, mood: Mood, number: int) -> None:
        """Show the mood at the `number`-th (from 0) of the coming mails."""
        self._mood, self._before, self._of_this_mail, self.struck = mood, number, False, False

    def refuse_once(self, address: str) -> None:
        """Refuse this recipient until the server is `well` again."""
        self._refused, self.struck = address, False
        self.refuses = self._is_refused

    def well(self) -> None:
        """Be as a mail server should be."""
        self._mood, self._refused = None, None
        self.refuses = lambda _: False

    async def pause(self, moment: Moment, server: Any) -> None:
        """Show the mood if this is its moment."""
        mood = self._mood
        if mood is None:
            return
        if moment == "MAIL":
            self._of_this_mail = self._before == 0
            self._before -= 1
        if not self._of_this_mail or moment != mood.moment:
            return
        self.struck = True
        if mood.deed == "says":
            raise _Says(mood.words)
        if mood.deed == "hangs":
            while server.transport is not None and not server.transport.is_closing():
                await asyncio.sleep(0.01)
            # Whatever comes of the mail now, its sender has gone.
            raise ConnectionResetError
        if mood.deed == "hangs up after 250":
            await server.push("250 OK")
            server.transport.close()
        else:
            server.transport.abort()
        raise ConnectionResetError

    async def handle_exception(self, error: Exception) -> str:
        """The answer to a command that raised."""
        if isinstance(error, _Says):
            return str(error)
        raise error

    def _is_refused(self, address: str) -> bool:
        self.struck = self.struck or address == self._refused
        return address == self._refused
