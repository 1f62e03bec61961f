"""What strangers write is shown as they wrote it and never runs."""

from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver import Chrome

from demo.run import POSTS_AT
from pipeline.runtime import Runtime
from store.periods import OTHER
from tests.preview.browser import Page
from tests.preview.serving import preview_of

SCRIPT = "<script>window.ran = true</script>"
IMAGE = '<img src=x onerror="window.ran = true">'
BREAKING_OUT = '</script></textarea>"><svg onload="window.ran = true">'
POST_ID = 'yuqing_demo:1/"><script>window.ran = true</script>?a#b'
POST: dict[str, Any] = {
    "id": POST_ID,
    "source": "yuqing_demo",
    "source_id": "1",
    "channel": "message_board",
    "url": "javascript:window.ran = true",
    "title": f"标题{SCRIPT}{IMAGE}",
    "body": f"正文{BREAKING_OUT}{IMAGE}",
    "posted_at": "2026-01-08T02:00:00Z",
    "collected_at": "2026-01-08T03:00:00Z",
    "status": "已回复",
    "replies": [{"organisation": f"单位{IMAGE}", "body": f"答复{SCRIPT}", "replied_at": "2026-01-08T04:00:00Z"}],
    "sentiment_label": "negative",
    "topic": f"主题{IMAGE}",
    "keywords": [f"词{SCRIPT}", f"词{IMAGE}"],
    # Short enough for the axis to show it whole.
    "places": ["<img src=x>地点"],
    "department": f"科室{IMAGE}",
    "deadline": {"rule": "message", "due_at": "2026-01-09T09:30:00Z", "stage": "due_today"},
}


@pytest.fixture
def page(browser: Chrome, environment: dict[str, str], runtime: Runtime) -> Iterator[Page]:
    """The preview of an installation whose one post carries what an attacker would write."""
    runtime.es.index(index=runtime.names.posts_in(OTHER), id=POST_ID, document=POST, refresh=True)
    with preview_of(environment, POSTS_AT) as url:
        yield Page(browser, url)


def nothing_ran(page: Page) -> bool:
    """Whether no text came alive: neither as a program nor as an element."""
    return bool(
        page.run("return !window.ran && !document.querySelector('img, script:not([src]):not(#told), svg[onload]')")
    )


def test_panels_controls_and_chips_show_markup_as_text(page: Page) -> None:
    # when
    page.open("/boards/opinion?days=30")
    # then
    assert page.texts("#panel-posts td a") == [POST["title"]]
    assert sorted(page.texts(".words button")) == sorted(POST["keywords"])
    assert POST["places"][0] in page.texts("#panel-places text")
    assert f"{POST['department']}（1）" in page.texts("select[data-field=department] option")
    assert nothing_ran(page)
    # when
    page.click(".words button")
    page.choose("department", POST["department"])
    page.choose("topic", POST["topic"])
    # then
    assert f"主题：{POST['topic']}×" in page.texts(".chips li")
    assert page.posts == 1
    assert nothing_ran(page)
    assert page.said() == []


def test_a_posts_page_shows_markup_as_text_and_links_to_no_program(page: Page) -> None:
    # given
    page.open("/boards/handling?days=30")
    # when
    page.find("#panel-due td a").click()
    page.until(lambda: page.address.startswith("/posts/"))
    # then
    assert page.text("h1") == POST["title"]
    assert page.text(".text") == POST["body"]
    assert page.text(".reply .text") == POST["replies"][0]["body"]
    assert POST["replies"][0]["organisation"] in page.text(".reply .when")
    assert POST["department"] in page.texts(".facts dd")
    assert page.run("return [...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))") == [
        "/boards/handling?days=30"
    ]
    assert nothing_ran(page)
    assert page.said() == []


def test_only_web_addresses_are_linked_and_they_learn_nothing_of_us(page: Page, runtime: Runtime) -> None:
    # given
    other = {**POST, "id": "yuqing_demo:2", "url": "https://board.example/2?a=1&b=2", "title": "另一条"}
    runtime.es.index(index=runtime.names.posts_in(OTHER), id="yuqing_demo:2", document=other, refresh=True)
    # when
    page.open("/boards/opinion?days=30")
    # then
    links = page.run(
        "return [...document.querySelectorAll('#panel-posts td[data-kind=link] a')]"
        ".map((a) => [a.getAttribute('href'), a.rel, a.target])"
    )
    assert links == [["https://board.example/2?a=1&b=2", "noopener noreferrer", "_blank"]]
