"""An installation with the demo's posts and what was found in them, its preview, and a browser in front of it."""

import shutil
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from selenium.webdriver import Chrome

from core.logs import StageRun
from demo.run import POSTS, POSTS_AT
from pipeline.collect import collect
from pipeline.enrich import enrich_pending
from pipeline.ledger import import_ledger
from pipeline.matters import cluster
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from store.embedded import NodeStatus
from tests.ledger import made_up
from tests.pipeline.content import remove_installation
from tests.preview.browser import Page, start_browser
from tests.preview.serving import preview_of

HOUR = timedelta(hours=1)


@pytest.fixture(scope="session")
def town_environment(es_node: NodeStatus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of an installation with the demo's 300 posts, their matters, two follow-ups, two warnings, a ledger."""
    prefix = f"t{uuid.uuid4().hex[:8]}-"
    environment = {
        "ELASTICSEARCH_URL": es_node.url,
        "YUQING_INDEX_PREFIX": prefix,
        "YUQING_DATA": str(tmp_path_factory.mktemp("town") / "data"),
        "YUQING_AUTHOR_KEY": "only-for-tests",
    }
    _fill(Runtime(Settings(environment)))
    yield environment
    remove_installation(es_node.url, prefix)


def _fill(runtime: Runtime) -> None:
    inbox = runtime.settings.data / "inbox" / "yuqing_demo"
    inbox.mkdir(parents=True)
    shutil.copy(POSTS, inbox)
    collect(runtime, "yuqing_demo", POSTS_AT)
    enrich_pending(runtime, POSTS_AT)
    cluster(runtime, POSTS_AT)
    hot = runtime.matters.hottest(2)
    for number, (matter, state, kind) in enumerate(zip(hot, ("待研判", "已解读"), ("surge", "urgent"), strict=True)):
        about = {"title": matter.title, "department": matter.department, "place": "青禾镇"}
        when = {"updated_at": POSTS_AT, "answered_at": POSTS_AT - 200 * HOUR, "last_post_at": POSTS_AT - HOUR}
        followup = {**about, **when, "matter_id": matter.id, "state": state, "people_after": 4, "reason": "答复后 4 人"}
        warning = {**about, "at": POSTS_AT - HOUR, "kind": kind, "people": 6, "posts": 7, "reason": "24 小时内 6 人"}
        for index, document in ((runtime.names.followups, followup), (runtime.names.warnings, warning)):
            runtime.es.index(index=index, id=str(number), document=document, refresh=True)
    import_ledger(runtime, made_up.write(runtime.settings.data), None, POSTS_AT - HOUR)
    names = runtime.names
    # The stages above have run today, which the page that stands at the posts' time does not show.
    runtime.metrics.add(
        StageRun("collect", "yuqing_demo", POSTS_AT - HOUR, 2.5, "ok", None, {"items": 300}, "r"), "server", "0.1.0"
    )
    for index in (names.posts, names.clusters, names.collector_state, names.tasks, names.metrics):
        runtime.es.indices.refresh(index=index)


@pytest.fixture(scope="session")
def town(town_environment: dict[str, str]) -> Runtime:
    """Its runtime."""
    return Runtime(Settings(town_environment))


@pytest.fixture(scope="session")
def town_url(town_environment: dict[str, str]) -> Iterator[str]:
    """The address of its preview."""
    with preview_of(town_environment, POSTS_AT) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    """One browser for all tests."""
    browser = start_browser()
    yield browser
    browser.quit()


@pytest.fixture
def page(browser: Chrome, town_url: str) -> Page:
    """The preview in the browser, wide and light."""
    return Page(browser, town_url)
