"""An installation whose index holds what a city writes about, a mail server, and commands as child processes."""

from collections.abc import Callable

import pytest

from pipeline.runtime import Runtime
from tests.cli.command import Yuqing
from tests.matters_pipeline.letters import put, town_talk
from tests.pipeline.conftest import gate, post_office, twin, yuqing, zygote
from tests.pipeline.postoffice import PostOffice

__all__ = ["gate", "post_office", "twin", "yuqing", "zygote"]
TALK = 40
"""So many posts about other things: what is rare can only be told from many."""


@pytest.fixture
def city(runtime: Runtime) -> Runtime:
    """The runtime of an installation with so much talk in its index."""
    put(runtime, town_talk(TALK))
    return runtime


@pytest.fixture
def mailing_city(city: Runtime, new_runtime: Callable[..., Runtime], post_office: PostOffice) -> Runtime:
    """The same with a mail server."""
    return new_runtime(**post_office.settings)


@pytest.fixture
def command(environment: dict[str, str]) -> Yuqing:
    """The `yuqing` command of the test's installation, run inside the test."""
    return Yuqing(environment)
