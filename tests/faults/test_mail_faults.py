"""The mail server refuses, hangs and hangs up at every moment; afterwards every mail has arrived, and none twice.

A mail that the server took in without saying so has to be sent again, and is the same mail to the byte then: mail servers
and readers know it by its Message-ID. So what counts is distinct by Message-ID, and a repeat may come only after such a
fault.
"""

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from alerts.mail import MailSettings
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT
from tests.alerts.mail_servers import greeting
from tests.conftest import free_port
from tests.core.wording import english_in
from tests.faults.conftest import NewTally
from tests.faults.mailings import GROUP, EarlyWarnings, Mailing, Reminders, WeeklyReports
from tests.faults.moody_post import Mood, MoodyPost
from tests.faults.tally import Tally
from tests.pipeline.content import alerts

PATIENCE = 0.4
"""Seconds a run waits for a server that hangs; 30 as shipped."""
GREETINGS: dict[str, list[bytes | None]] = {
    "refuses the connection": [None],
    "greets with 421 or 554": [b"421 4.3.2 too many connections\r\n", b"554 5.7.1 no mail from you\r\n"],
    "hangs at the greeting": [b""],
}
"""What the server greets with; None: nobody listens."""
MOODS: dict[str, list[Mood]] = {
    "says 4xx": [
        Mood("MAIL", "says", "451 4.3.0 try again later"),
        Mood("RCPT", "says", "450 4.2.0 greylisted"),
        Mood("DATA", "says", "452 4.3.1 no space"),
        Mood("taken in", "says", "451 4.3.0 try again later"),
        Mood("MAIL", "says", "421 4.3.2 shutting down"),
    ],
    "says 5xx": [
        Mood("MAIL", "says", "550 5.7.1 not you"),
        Mood("DATA", "says", "554 5.5.1 no valid recipients"),
        Mood("taken in", "says", "554 5.7.1 looks like spam"),
    ],
    "hangs before it has the mail": [Mood("MAIL", "hangs"), Mood("RCPT", "hangs"), Mood("DATA", "hangs")],
    "hangs after DATA, mail not kept": [Mood("taken in", "hangs")],
    "hangs after DATA, mail kept": [Mood("kept", "hangs")],
    "hangs up before it has the mail": [Mood("MAIL", "hangs up"), Mood("RCPT", "hangs up"), Mood("DATA", "hangs up")],
    "takes the mail in, hangs up": [Mood("taken in", "hangs up"), Mood("kept", "hangs up")],
    "says 250, hangs up before QUIT": [Mood("kept", "hangs up after 250")],
}


@pytest.fixture
def post() -> Iterator[MoodyPost]:
    """A mail server that can be put out of humour."""
    with MoodyPost() as running:
        yield running


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The shipped configuration, with two people in the leadership group."""
    folder = Path(shutil.copytree(PROJECT / "config", tmp_path / "config"))
    path = folder / "departments.yml"
    text = path.read_text(encoding="utf-8")
    written = "leadership_group: [lingdao@bureau.example]"
    assert written in text
    path.write_text(text.replace(written, f"leadership_group: [{', '.join(sorted(GROUP))}]"), encoding="utf-8")
    return folder


@dataclass
class Rounds:
    """Rounds of one mailing: a fault, then runs with a mail server that is well."""

    runtime: Runtime
    mailing: Mailing
    post: MoodyPost
    well: MailSettings
    number: int = 0

    def greeted_with(self, words: bytes | None, tally: Tally) -> None:
        """A round whose first run meets a server that greets so."""
        server: AbstractContextManager[int] = nullcontext(free_port()) if words is None else greeting(words)
        with server as port:
            self._round(tally, lambda: self._run_badly(port=port), may_repeat=False)

    def in_mood(self, mood: Mood, chance: random.Random, tally: Tally) -> None:
        """A round whose first run meets the mood at one of its mails."""

        def disturbed() -> list[str]:
            self.post.disturb(mood, chance.randrange(self.mailing.mails))
            reasons = self._run_badly()
            assert self.post.struck
            return reasons

        # After 250 the first run's mail is settled, and its last one has nothing left to be told.
        self._round(tally, disturbed, may_repeat=mood.keeps_in_doubt, silent=mood.deed == "hangs up after 250")

    def refusing(self, address: str, tally: Tally) -> None:
        """A round in which one recipient does not exist."""

        def refused() -> list[str]:
            self.post.refuse_once(address)
            reasons = self._run_badly()
            assert self.post.struck
            return reasons

        self._round(tally, refused, may_repeat=False, silent=True, without=address)

    def _round(
        self,
        tally: Tally,
        disturbed: Callable[[], list[str]],
        *,
        may_repeat: bool,
        silent: bool = False,
        without: str | None = None,
    ) -> None:
        self.number += 1
        expected = self.mailing.begin(self.runtime, self.number)
        # when
        reasons = disturbed()
        self.post.well()
        self.runtime.settings.mail = self.well
        assert self.mailing.run(self.runtime) == []
        assert self.mailing.run(self.runtime) == []
        # then what went wrong was said, and in Chinese
        assert silent or reasons
        assert not [reason for reason in reasons if english_in(reason.partition("：")[0])]
        # and everything arrived; a repeat only where nothing else was safe, and then as the same mail
        arrived = self.post.take()
        tally.times += 1
        by_id = {mail.id: mail for mail in arrived}
        tally.compare_mails(
            map(self.mailing.content, by_id.values()), {(people - {without}, about) for people, about in expected}
        )
        repeats = [mail for mail in arrived if mail is not by_id[mail.id]]
        if not may_repeat or len(repeats) > 1:
            tally.doubled += len(repeats)
        assert all(mail.content() == by_id[mail.id].content() for mail in repeats)

    def _run_badly(self, port: int | None = None) -> list[str]:
        changes = {"timeout_seconds": PATIENCE, "port": port or self.well.port}
        self.runtime.settings.mail = self.well.model_copy(update=changes)
        return self.mailing.run(self.runtime)


@pytest.mark.parametrize(
    ("mailing", "times"),
    [(Reminders(), 2), (EarlyWarnings(), 1), (WeeklyReports(), 1)],
    ids=["reminders", "warnings", "weekly"],
)
def test_whatever_the_mail_server_does_each_mail_arrives_once(
    mailing: Mailing,
    times: int,
    post: MoodyPost,
    new_runtime: Callable[..., Runtime],
    config: Path,
    new_tally: NewTally,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    # given no LibreOffice, which takes its time, and an order of faults that follows from the seed
    monkeypatch.setenv("PATH", str(tmp_path))
    runtime = new_runtime(**post.settings, YUQING_CONFIG=str(config))
    rounds = Rounds(runtime, mailing, post, runtime.settings.mail)
    chance = random.Random(f"{seed} {mailing.name}")
    tallies = {fault: new_tally(f"SMTP {fault} ({mailing.name})") for fault in (*GREETINGS, *MOODS)}
    one_refused = new_tally(f"SMTP refuses one recipient ({mailing.name})")
    faults = [
        partial(rounds.greeted_with, words, tallies[name]) for name, all_ in GREETINGS.items() for words in all_ * times
    ]
    faults += [
        partial(rounds.in_mood, mood, chance, tallies[name]) for name, moods in MOODS.items() for mood in moods * times
    ]
    chance.shuffle(faults)
    # when
    for meet in faults:
        meet()
    for _ in range(times):
        rounds.refusing(chance.choice(mailing.refusable), one_refused)
    # then
    assert [tally for tally in (*tallies.values(), one_refused) if not tally.is_clean] == []
    assert Counter(record["state"] for record in alerts(runtime).values()).keys() <= {"sent"}
    assert list(runtime.settings.data.glob("outbox/**/*.json")) == []
