"""Errors meant for a person: each says what is wrong and what to do, in Chinese, and carries an exit code."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the `yuqing` command; scripts and the README rely on them."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CONFIG = 3
    UNAVAILABLE = 4
    PARTIAL = 5


class YuqingError(Exception):
    """A failure a user can act on. `advice` says how; both texts are Chinese."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class ConfigError(YuqingError):
    """A configuration file or environment variable holds something that is not allowed."""

    exit_code = ExitCode.CONFIG


class Unavailable(YuqingError):
    """Something outside (Elasticsearch, mail server, a site) did not answer; running again later is safe."""

    exit_code = ExitCode.UNAVAILABLE


NOT_OF_ONE_ITEM = (ConfigError, Unavailable, MemoryError, OSError)
"""What says nothing about the item at hand: the next one would meet it as well, so it ends the run."""
