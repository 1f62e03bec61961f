"""Clustering and mails about matters are killed wherever they may be; run again, they leave what an undisturbed run leaves."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.clock import to_beijing
from core.errors import ExitCode
from pipeline.matters import cluster, recheck
from pipeline.runtime import Runtime
from pipeline.warning_handling import make_major
from tests.matters_pipeline.content import everything, labels
from tests.matters_pipeline.letters import MONDAY, PARKING, PLANT, SUBSIDY, SUBSIDY_LATER, days, letter, put, town_talk
from tests.matters_pipeline.test_followups import asked_again, asked_and_answered
from tests.matters_pipeline.test_warnings import AFTERNOON, burst
from tests.pipeline.conftest import StartCommand
from tests.pipeline.content import documents
from tests.pipeline.gate import Call, Gate
from tests.pipeline.killing import Command, Killer, delays, writes_in_bulk
from tests.pipeline.postoffice import PostOffice

TEXTS = [text for four in zip(PLANT, [*SUBSIDY, *PARKING], strict=True) for text in four]
"""Sixteen posts about three matters, in turn."""


def killed_once_kept(yuqing: StartCommand, command: Command, path: Path) -> bool:
    """Kill the command as soon as it has kept what it found in this file; whether the kill ended it."""
    before = _seen(path)
    return yuqing(*command).kill_when(lambda: _seen(path) != before)


def _seen(path: Path) -> bytes:
    """Up to where the matters kept in the file were read."""
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        (seen,) = connection.execute("SELECT value FROM rest WHERE key = 'seen'").fetchone()
    return bytes(seen)


def writes_record(call: Call) -> bool:
    """A follow-up or the record of a mail."""
    return writes_in_bulk(call) or (call.method == "PUT" and call.path.startswith("/followups/"))


@pytest.mark.slow
def test_clustering_killed_anywhere_and_run_again_leaves_what_an_undisturbed_run_leaves(
    yuqing: StartCommand, gate: Gate, runtime: Runtime, twin: Callable[[], Runtime]
) -> None:
    # given
    undisturbed = twin()
    killer = Killer(yuqing, gate, runtime)
    state = runtime.settings.data / "matters" / "state.sqlite"
    put(runtime, town_talk(40))
    put(undisturbed, town_talk(40))
    at = MONDAY - days(1)
    length = killer.length_of(["cluster", "--at", _typed(at)])
    cluster(undisturbed, at)
    kills: list[Callable[[Command], bool]] = [
        # nothing kept yet; kept, and nothing told yet
        lambda command: killer.at_call(command, lambda call: call.path == "/posts/_refresh", 0, "after"),
        lambda command: killed_once_kept(yuqing, command, state),
        # with some of events, labels and matters told
        *(
            lambda command, number=number, side=side: killer.at_call(command, writes_in_bulk, number, side)
            for number in range(3)
            for side in ("before", "after")
        ),
        *(lambda command, delay=delay: killer.after(command, delay) for delay in delays(length, 3)),
    ]
    killed = []
    # when a few posts come in each round
    for number, kill in enumerate(kills):
        at = MONDAY + timedelta(hours=number)
        for which in (number % len(TEXTS), (number + 5) % len(TEXTS)):
            post = letter(f"{number}-{which}", TEXTS[which], at - timedelta(hours=1, minutes=which))
            put(runtime, [post])
            put(undisturbed, [post])
        command: Command = ["cluster", "--at", _typed(at)]
        killed.append(kill(command))
        again = yuqing(*command)
        assert again.wait() == ExitCode.OK, again.output()
        cluster(undisturbed, at)
    # then
    assert all(killed[:-3])
    assert labels(runtime) == labels(undisturbed)
    assert len({label for label in labels(runtime).values() if label}) >= 3
    # and after a run that works out every matter anew, so are matters and events
    recheck(runtime, at)
    recheck(undisturbed, at)
    assert everything(runtime) == everything(undisturbed)


def test_a_candidate_is_kept_and_mailed_once_though_the_run_dies_at_every_step(
    yuqing: StartCommand, gate: Gate, city: Runtime, post_office: PostOffice
) -> None:
    # given
    put(city, asked_and_answered() + asked_again())
    at = MONDAY + days(12)
    cluster(city, at)
    killer = Killer(lambda *a, **more: yuqing(*a, **post_office.settings, **more), gate, city)
    command: Command = ["followups", "run", "--at", _typed(at)]
    # when it dies before and after it is kept, before its mail is noted, and with the mail noted and not begun
    killed = [
        killer.at_call(command, writes_record, 0, "before"),
        killer.at_call(command, writes_record, 0, "after"),
        killer.at_call(command, writes_record, 0, "before"),
        killer.at_mail(command, post_office, "MAIL", 0),
    ]
    assert killed == [True] * 4
    assert post_office.take() == []
    # then the next run mails it, and those after it do not
    for _ in range(2):
        run = yuqing(*command, **post_office.settings)
        assert run.wait() == ExitCode.OK, run.output()
    assert len(post_office.take()) == 1
    assert len(documents(city.es, city.names.followups)) == 1


def test_a_mail_in_doubt_goes_out_again_as_the_same_mail(
    yuqing: StartCommand, gate: Gate, city: Runtime, post_office: PostOffice
) -> None:
    # given
    put(city, asked_and_answered() + asked_again())
    at = MONDAY + days(12)
    cluster(city, at)
    killer = Killer(lambda *a, **more: yuqing(*a, **post_office.settings, **more), gate, city)
    # when the run dies with the mail taken and not confirmed
    assert killer.at_mail(["followups", "run", "--at", _typed(at)], post_office, "kept", 0)
    # and people go on writing before the next one
    put(city, [letter("last", SUBSIDY_LATER[0], at + timedelta(hours=1))])
    cluster(city, at + timedelta(hours=2))
    run = yuqing("followups", "run", "--at", _typed(at + timedelta(hours=2)), **post_office.settings)
    assert run.wait() == ExitCode.OK, run.output()
    # then a mail server can tell the second for the first
    first, second = post_office.take()
    assert first.content() == second.content()
    assert first.id == second.id


def test_a_warning_in_doubt_goes_out_again_as_the_same_mail_though_it_became_major_meanwhile(
    yuqing: StartCommand, gate: Gate, city: Runtime, post_office: PostOffice
) -> None:
    # given
    put(city, burst(AFTERNOON))
    cluster(city, AFTERNOON)
    killer = Killer(lambda *a, **more: yuqing(*a, **post_office.settings, **more), gate, city)
    command: Command = ["warnings", "run", "--at", _typed(AFTERNOON)]
    # when the run dies with the mail taken and not confirmed
    assert killer.at_mail(command, post_office, "kept", 0)
    (warning,) = city.warnings.listed([], 10)
    make_major(city, warning.id, "王主任", AFTERNOON + timedelta(hours=1))
    run = yuqing(*command, **post_office.settings)
    assert run.wait() == ExitCode.OK, run.output()
    # then
    first, second = post_office.take()
    assert first.content() == second.content()
    assert first.id == second.id
    # and nothing is left over
    assert yuqing(*command, **post_office.settings).wait() == ExitCode.OK
    assert post_office.take() == []


def _typed(at: datetime) -> str:
    """The time as `--at` takes it."""
    return f"{to_beijing(at):%Y-%m-%dT%H:%M}"
