"""What the page says when there is nothing to show, and when Elasticsearch does not answer."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from dashboards.boards import BOARDS, PANELS
from dashboards.panel import Dashboard
from demo.run import POSTS_AT
from pipeline.runtime import Runtime
from store.embedded import NodeStatus
from tests.core.wording import english_in
from tests.pipeline.gate import Gate
from tests.preview.browser import Page
from tests.preview.serving import preview_of


@pytest.fixture
def empty(browser: Chrome, environment: dict[str, str]) -> Iterator[Page]:
    """The preview of an installation without a post."""
    with preview_of(environment, POSTS_AT) as url:
        yield Page(browser, url)


@pytest.fixture
def gate(es_node: NodeStatus, town: Runtime) -> Iterator[Gate]:
    """A gate before the town's Elasticsearch."""
    with Gate(es_node.url, town.names.prefix) as gate:
        yield gate


@pytest.fixture
def gated(browser: Chrome, town_environment: dict[str, str], gate: Gate) -> Iterator[Page]:
    """The town's preview, whose questions pass through the gate."""
    with preview_of({**town_environment, "ELASTICSEARCH_URL": gate.url}, POSTS_AT) as url:
        yield Page(browser, url)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.id)
def test_a_panel_without_data_says_its_sentence(empty: Page, board: Dashboard) -> None:
    # when
    empty.open(f"/boards/{board.id}")
    # then
    assert empty.panels() == {
        panel.id: {"marks": 0, "sentence": PANELS[panel.id].empty} for row in board.layout for panel in row
    }
    assert empty.texts(".figure .value") == ["0", "—", "0", "0", "—"]
    assert empty.said() == []


def test_a_page_that_lost_elasticsearch_says_so_and_comes_back_by_itself(gated: Page, gate: Gate) -> None:
    # given
    gated.open("/boards/opinion?days=90")
    before = (gated.posts, gated.panels())
    # when
    gate.cut()
    gated.click(".span[data-days='365']")
    # then: a sentence, and what was there before stays
    told = gated.text("#notice")
    assert told.startswith("连不上 Elasticsearch，它可能没有启动")
    assert english_in(told) == []
    assert (gated.posts, gated.panels()) == before
    # when
    gate.open()
    # then
    gated.until(lambda: gated.posts == 300)
    gated.settle()
    assert gated.run("return document.getElementById('notice').hidden")


def test_a_page_opened_while_elasticsearch_is_down_fills_once_it_is_up(gated: Page, gate: Gate) -> None:
    # given
    gate.cut()
    # when
    gated.open("/boards/handling?days=365")
    # then
    assert gated.text("#notice").startswith("连不上 Elasticsearch")
    assert {panel["sentence"] for panel in gated.panels().values()} == {"暂时没有数据。"}
    # when
    gate.open()
    # then
    gated.until(lambda: gated.panels()["posts"]["marks"] == 100)


def test_a_posts_page_without_elasticsearch_is_a_sentence(gated: Page, gate: Gate) -> None:
    # given
    gate.cut()
    # when
    gated.browser.get(f"{gated.base}posts/yuqing_demo:YQ0001")
    # then
    assert gated.text("h1").startswith("连不上 Elasticsearch")
    assert "Traceback" not in gated.text("body")
