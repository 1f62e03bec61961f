"""The clock is moved back: stages run for an earlier time after they ran for a later one, and do no harm by it."""

from datetime import timedelta

import pytest

from core.clock import to_beijing
from tests.faults.conftest import NewTally, stages_at_hand
from tests.faults.office import Usual
from tests.faults.passage import Passage, Trouble
from tests.faults.stages import FEW, Stage
from tests.faults.weeks import Week
from tests.pipeline.content import alerts
from tests.pipeline.killing import Command

BACK = [timedelta(minutes=1), timedelta(hours=2)]
"""Less than what divides one working day from the other: more of it, and other reminders were due then."""
BY_PEOPLE = {"correct", "warnings major", "warnings set", "followups set"}
"""Not run by the clock."""
ALIKE_LATER = {"cluster", "refresh of open posts"}
"""Compared after the stage that follows. The figures of a matter are those of the last run that had read anything of it,
until the recheck; what a source was asked again lies there as often as it was asked, until it is read."""


def typed(week: Week, back: timedelta) -> str:
    """A time before the week's, as `--at` takes it."""
    return f"{to_beijing(week.at - back):%Y-%m-%dT%H:%M}"


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_run_for_an_earlier_time_loses_nothing_and_repeats_nothing(passage: Passage, new_tally: NewTally) -> None:
    # given
    tally = new_tally("clock moved back, every stage")
    office = passage.disturbed

    def disturb(stage: Stage, command: Command, usual: Usual) -> Trouble | None:
        """Run the stage for its time, then for earlier ones; its own comes once more after that."""
        if stage.name in BY_PEOPLE or stage.name == "backup":
            return None
        office.run(command)
        for back in BACK:
            office.run([*command[:-1], typed(week, back)])
            tally.times += 1
        return None if stage.name in ALIKE_LATER else Trouble(tally)

    # when
    week = Week(0)
    passage.week(week, disturb, stages_at_hand())
    # then
    assert tally.is_clean


def _reminders(before: timedelta) -> Command:
    """Reminders as of so long before the next week."""
    return ["alerts", "--at", typed(Week(1), before)]


@pytest.mark.slow
def test_reminders_of_an_earlier_day_after_those_of_a_later_one_are_those_of_that_day(
    passage: Passage, new_tally: NewTally
) -> None:
    # given
    tally = new_tally("clock moved back by days, reminders")
    week = Week(0)
    passage.week(week, lambda stage, command, usual: None, FEW)
    both = passage.disturbed, passage.undisturbed
    for office in both:
        office.post_office.take()
    later, earlier = (_reminders(timedelta(days=days)) for days in (3, 5))
    # when one office runs for two days in their order, the other one for the later day first, and again
    passage.undisturbed.run(earlier)
    passage.undisturbed.run(later)
    for command in (later, earlier, earlier, later):
        passage.disturbed.run(command)
        tally.times += 1
    # then each reminder was told once, in whichever mail, and both know of the same
    found, expected = ([alert for mail in office.post_office.take() for alert in mail.alerts()] for office in both)
    assert expected
    tally.compare_mails(found, expected)
    tally.compare(*(list(alerts(office.runtime)) for office in both))
    assert tally.is_clean
