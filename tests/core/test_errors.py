"""Errors for people carry advice and the exit code scripts rely on."""

import pytest

from core.errors import ConfigError, ExitCode, Unavailable, YuqingError


@pytest.mark.parametrize(
    ("kind", "code"), [(YuqingError, 1), (ConfigError, 3), (Unavailable, 4)], ids=lambda value: str(value)
)
def test_each_kind_of_failure_has_the_exit_code_the_readme_names(kind: type[YuqingError], code: int) -> None:
    assert kind("坏了").exit_code == code


def test_exit_codes_are_those_of_the_readme() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "OK": 0,
        "FAILED": 1,
        "USAGE": 2,
        "CONFIG": 3,
        "UNAVAILABLE": 4,
        "PARTIAL": 5,
    }


def test_an_error_tells_what_is_wrong_and_what_to_do() -> None:
    # given
    error = Unavailable("连不上", "再试一次")
    # then
    assert (str(error), error.message, error.advice) == ("连不上", "连不上", "再试一次")
    assert YuqingError("坏了").advice == ""
