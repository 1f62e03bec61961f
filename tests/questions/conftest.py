"""A city whose residents ask when a subsidy is paid, one of whom was answered."""

import pytest

from pipeline.matters import cluster
from pipeline.runtime import Runtime
from tests.matters_pipeline.conftest import city, command
from tests.matters_pipeline.letters import MONDAY, SUBSIDY, SUBSIDY_REPLY, answered, days, letters, put

__all__ = ["city", "command"]
MINED = MONDAY + days(20)


@pytest.fixture
def asking_city(city: Runtime) -> Runtime:
    """Its posts are in the index and its matters are found."""
    posts = letters("subsidy", SUBSIDY)
    posts[0] = answered(posts[0], SUBSIDY_REPLY, MONDAY + days(10))
    put(city, posts)
    cluster(city, MINED)
    return city
