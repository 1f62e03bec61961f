"""What the fault tests count by can fail: a loss, a repeat and a mail that never came each show, and nothing else does."""

from collections import Counter
from email.message import EmailMessage

import pytest

from tests.faults.office import each_once
from tests.faults.tally import Tally, table
from tests.pipeline.postoffice import Mail


def mail(number: int, text: str = "提醒") -> Mail:
    """A mail under the Message-ID of that number."""
    message = EmailMessage()
    message["Message-ID"] = f"<{number}@bureau.example>"
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    return Mail(("office@bureau.example",), message)


@pytest.fixture
def tally() -> Tally:
    """One fault that has happened."""
    return Tally("a fault", times=1)


def figures(tally: Tally) -> tuple[int, int, int]:
    return tally.lost, tally.doubled, tally.unsent


def test_what_is_as_expected_counts_nothing(tally: Tally) -> None:
    # when
    tally.compare(["a", "b", "b"], ["b", "a", "b"])
    tally.compare_mails(["m"], ["m"])
    # then
    assert figures(tally) == (0, 0, 0)
    assert tally.is_clean


@pytest.mark.parametrize(
    ("found", "counted"),
    [
        (["a"], (1, 0, 0)),
        (["a", "b", "b"], (0, 1, 0)),
        (["a", "b", "b", "b", "c"], (0, 3, 0)),
        (["a", "changed"], (1, 1, 0)),
        ([], (2, 0, 0)),
    ],
)
def test_what_is_missing_or_too_much_is_counted(tally: Tally, found: list[str], counted: tuple[int, int, int]) -> None:
    # when
    tally.compare(found, ["a", "b"])
    # then
    assert figures(tally) == counted
    assert not tally.is_clean


@pytest.mark.parametrize(("found", "counted"), [(["m"], (0, 0, 1)), (["m", "n", "n"], (0, 1, 0))])
def test_a_mail_that_never_came_or_came_twice_is_counted(
    tally: Tally, found: list[str], counted: tuple[int, int, int]
) -> None:
    # when
    tally.compare_mails(found, ["m", "n"])
    # then
    assert figures(tally) == counted
    assert not tally.is_clean


def test_a_fault_that_never_happened_proves_nothing() -> None:
    assert not Tally("a fault").is_clean


def test_the_table_ends_with_the_sums() -> None:
    # given
    tallies = [Tally("one", 3, 1, 2, 0), Tally("other", 4, 0, 1, 5)]
    # then
    assert table(tallies).splitlines()[2:] == [
        "| one | 3 | 1 | 2 | 0 |",
        "| other | 4 | 0 | 1 | 5 |",
        "| all | 7 | 1 | 3 | 5 |",
    ]


def test_a_repeat_is_excused_once_for_each_fault_that_left_the_mail_in_doubt() -> None:
    # given the same mail three times, and another one twice
    mails = [mail(1), mail(2), mail(1), mail(2), mail(1)]
    ids = [one.id for one in mails]
    # then
    assert len(each_once(mails, Counter())) == 5
    assert len(each_once(mails, Counter({ids[0]: 1}))) == 4
    assert len(each_once(mails, Counter({ids[0]: 2, ids[1]: 1}))) == 2


def test_another_text_under_the_same_id_is_no_repeat_of_it() -> None:
    # given
    first, changed = mail(1), mail(1, "别的提醒")
    # then
    assert len(each_once([first, changed], Counter({first.id: 5}))) == 2
