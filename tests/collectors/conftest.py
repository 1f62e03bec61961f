"""A site, a message board, and a session that waits in a time of its own."""

from collections.abc import Callable, Iterator

import pytest

from collectors.session import Politeness, PoliteSession
from tests.collectors.clock import Clock
from tests.collectors.servers import Board, Site


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server on loopback."""
    with Site() as running:
        yield running


@pytest.fixture
def board() -> Iterator[Board]:
    """A message board on loopback."""
    with Board() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    """The time the session of the test lives in."""
    return Clock()


@pytest.fixture
def session(clock: Clock) -> Callable[..., PoliteSession]:
    """Makes sessions with the manners given; without jitter unless asked for, and with little patience."""

    def make(**manners: object) -> PoliteSession:
        settings = Politeness.model_validate({"jitter": 0, "connect_timeout": 2, "read_timeout": 2, **manners})
        return PoliteSession(settings, sleep=clock.sleep, clock=clock)

    return make
