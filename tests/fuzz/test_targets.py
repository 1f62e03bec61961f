"""The fuzz run's own parts: every target has seeds that it takes, and notices what a parser should not do."""

import pytest

from tests.fuzz.seeds import dictionary, seeds
from tests.fuzz.targets import BOARD, TARGETS, parse


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_takes_its_seeds_and_nothing(name: str) -> None:
    # given
    inputs = [*seeds()[name], b"", b"\0", b"\xff" * 9]
    # when / then
    assert len(inputs) > 3
    for data in inputs:
        TARGETS[name](data)


def test_a_seed_is_read_to_a_post() -> None:
    # given: else the run would only ever see refusals
    (board, *_) = seeds()["message_board"]
    # when / then
    assert b'"tid": 17' in board
    assert parse(BOARD, {"tid": 17, "fid": 7, "subject": "路灯不亮", "dateline": 1578447000}) is not None


def test_the_words_are_in_the_form_that_libfuzzer_reads() -> None:
    # when
    lines = dictionary(lambda word: "".join(f"\\x{byte:02x}" for byte in word)).splitlines()
    # then
    assert len(lines) > 40
    assert all(line.startswith('"\\x') and line.endswith('"') for line in lines)
