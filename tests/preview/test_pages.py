"""The three dashboards in a real browser: everything is drawn, everything works, nothing comes from elsewhere."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from elasticsearch.dsl import Q
from elasticsearch.dsl.query import Query
from selenium.webdriver.common.keys import Keys

from core.clock import BEIJING
from dashboards.boards import BOARDS, PANELS
from dashboards.panel import Dashboard
from demo.run import POSTS_AT
from pipeline.runtime import Runtime
from store.posts import count_posts
from tests.preview.browser import PHONE, Page

MOST_ROWS = 100
"""The table of posts holds no more."""
EVERY_BOARD = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.id)
YEAR = "days=365"


def since(days: int) -> Query:
    """Posts of so many days up to the demo's today."""
    first = POSTS_AT.astimezone(BEIJING).date() - timedelta(days=days - 1)
    return days_between(first, POSTS_AT.astimezone(BEIJING).date())


def days_between(first: date, last: date) -> Query:
    """Posts of these Beijing days, both included."""
    begin, end = (datetime(day.year, day.month, day.day, tzinfo=BEIJING) for day in (first, last + timedelta(days=1)))
    return Q("range", posted_at={"gte": begin, "lt": end})


def count(town: Runtime, *queries: Query) -> int:
    """How many posts Elasticsearch has that meet all of these."""
    return count_posts(town.es, town.names, Q("bool", filter=list(queries)))


def ids(board: Dashboard) -> list[str]:
    """The board's panels in their order."""
    return [panel.id for row in board.layout for panel in row]


def shown_posts(page: Page) -> int:
    """The rows of the table of posts."""
    return int(page.panels()["posts"]["marks"])


def places(page: Page) -> list[str]:
    """The names at the bars of places, the longest bar's first."""
    labels = "[...document.querySelectorAll('#panel-places .role-axis-label')].at(-1).querySelectorAll('text')"
    return list(page.run(f"return [...{labels}].map((label) => label.textContent)"))


def test_the_page_begins_with_the_first_board(page: Page) -> None:
    # when
    page.open("/")
    # then
    assert page.text("h1") == BOARDS[0].title
    assert page.texts(".tab") == [board.title for board in BOARDS]
    assert page.text(".tab[aria-current]") == BOARDS[0].title


@EVERY_BOARD
def test_every_panel_is_drawn_without_a_complaint_and_from_this_machine_alone(page: Page, board: Dashboard) -> None:
    # given
    page.asked_for()
    # when
    page.open(f"/boards/{board.id}?{YEAR}")
    # then
    page.picture(f"wide-{board.id}")
    panels = page.panels()
    assert list(panels) == ids(board)
    assert {name: panel for name, panel in panels.items() if not panel["marks"] or panel["sentence"]} == {}
    assert page.texts("h2") == [PANELS[name].title for name in panels]
    assert page.said() == []
    asked = page.asked_for()
    assert len(asked) > 8
    assert [address for address in asked if not address.startswith(page.base)] == []


@EVERY_BOARD
def test_a_phone_shows_one_panel_under_the_other_and_never_scrolls_sideways(page: Page, board: Dashboard) -> None:
    # given
    page.size(PHONE)
    # when
    page.open(f"/boards/{board.id}?{YEAR}")
    # then
    page.picture(f"phone-{board.id}")
    wide, lefts = page.run(
        "return [document.documentElement.scrollWidth,"
        " [...document.querySelectorAll('.card')].map((card) => card.getBoundingClientRect().left)]"
    )
    assert wide == PHONE[0]
    assert len(set(lefts)) == 1
    assert page.said() == []
    # and long tables scroll inside their panel
    inside, outside = page.run(
        "const t = document.querySelector('#panel-posts .scroll'); return [t.scrollWidth, t.clientWidth]"
    )
    assert inside > outside


def test_a_dark_screen_gets_dark_pages_with_light_letters(page: Page) -> None:
    # given
    page.look(dark=True)
    # when
    page.open(f"/boards/opinion?{YEAR}")
    # then
    page.picture("dark-opinion")
    colours = "const style = getComputedStyle(document.body.parentElement); return [style.backgroundColor, style.color]"
    behind, letters = ([int(part) for part in re.findall(r"\d+", colour)] for colour in page.run(colours))
    assert max(behind[:3]) < 60 < 180 < min(letters[:3])
    # and the bars' ink, which is dark on white, is light here
    assert (
        page.run("return getComputedStyle(document.querySelector('#panel-places .role-mark > text')).fill") > "rgb(200"
    )
    assert page.said() == []


def test_a_click_on_a_bar_leaves_its_posts_everywhere_and_a_second_click_takes_it_off(
    page: Page, town: Runtime
) -> None:
    # given
    page.open(f"/boards/opinion?{YEAR}")
    all_words = page.panels()["words"]["marks"]
    place = places(page)[0]
    wanted = count(town, since(365), Q("term", places=place))
    assert 1 < wanted < MOST_ROWS < count(town, since(365))
    # when
    page.click("#panel-places .role-mark > path")
    # then
    assert unquote(page.address) == f"/boards/opinion?{YEAR}&places={place}"
    assert (page.posts, shown_posts(page)) == (wanted, wanted)
    assert page.panels()["words"]["marks"] < all_words
    assert page.texts(".chips li") == [f"地点：{place}×"]
    # and again
    page.click("#panel-places .role-mark > path")
    assert page.address == f"/boards/opinion?{YEAR}"
    assert page.posts == count(town, since(365))
    assert page.said() == []


def test_a_click_on_a_cell_narrows_by_both_its_sides(page: Page, town: Runtime) -> None:
    # given
    page.open(f"/boards/opinion?{YEAR}")
    # when
    page.click("#panel-topic-departments .role-mark > path")
    # then
    chosen = dict(parse_qsl(urlsplit(page.address).query))
    topic, department = chosen["topic"], chosen["department"]
    wanted = count(town, since(365), Q("term", topic=topic), Q("term", department=department))
    assert (page.posts, shown_posts(page)) == (wanted, wanted)
    assert set(page.texts("#panel-posts td[data-field='_source.topic']")) == {topic}
    # and the other boards keep the choice
    page.click(".tab[data-board=handling]")
    assert dict(parse_qsl(urlsplit(page.address).query)) == chosen
    assert page.text("h1") == "今日办理"
    assert page.posts == wanted


def test_a_click_on_a_word_leaves_the_posts_that_have_it(page: Page, town: Runtime) -> None:
    # given
    page.open(f"/boards/opinion?{YEAR}")
    # when
    word = page.texts(".words button")[0]
    page.click(".words button")
    # then
    wanted = count(town, since(365), Q("term", keywords=word))
    assert page.posts == wanted > 0
    # and panels about something else than posts say that they do not take part
    assert page.text("#panel-warnings .note") == "这一项不受“关键词”的选择影响"
    assert page.panels()["warnings"]["marks"] == 2


@pytest.mark.parametrize("what", ["#panel-heat .role-mark > path", "#panel-matters td button"])
def test_a_click_on_a_matter_leaves_its_posts_and_calls_it_by_its_title(page: Page, town: Runtime, what: str) -> None:
    # given
    page.open(f"/boards/matters?{YEAR}")
    hottest = town.matters.hottest(1)[0]
    # when
    page.click(what)
    # then
    assert unquote(page.address).endswith(f"cluster_id={hottest.id}")
    assert page.texts(".chips li") == [f"事项：{hottest.title}×"]
    assert shown_posts(page) == count(town, since(365), Q("term", cluster_id=hottest.id)) > 0


def test_marks_can_be_reached_and_chosen_by_keyboard(page: Page) -> None:
    # given
    page.open(f"/boards/opinion?{YEAR}")
    second = places(page)[1]
    page.find("#panel-places .role-mark > path").send_keys(Keys.ARROW_DOWN)
    # when
    page.browser.switch_to.active_element.send_keys(Keys.ENTER)
    page.settle()
    # then
    assert page.texts(".chips li") == [f"地点：{second}×"]


def test_the_controls_act_and_what_is_chosen_can_be_taken_off(page: Page, town: Runtime) -> None:
    # given
    page.open("/boards/opinion")
    assert page.posts == count(town, since(30))
    # when
    page.choose("department", "医政医管科")
    page.choose("department", "疾控应急科")
    page.click(".span[data-days='90']")
    # then
    departments = Q("terms", department=["医政医管科", "疾控应急科"])
    assert page.posts == count(town, since(90), departments)
    assert page.text(".span[aria-pressed=true]") == "近 90 天"
    assert page.texts(".chips li") == ["科室：医政医管科×", "科室：疾控应急科×", "全部去掉"]
    # when one is taken off
    page.click(".chips li button")
    # then
    assert page.posts == count(town, since(90), Q("term", department="疾控应急科"))
    # when all are
    page.choose("source", "yuqing_demo")
    page.click(".chips .clear")
    # then
    assert page.address == "/boards/opinion?days=90"
    assert page.posts == count(town, since(90))


def test_ones_own_dates_count_both_days(page: Page, town: Runtime) -> None:
    # given
    page.open("/boards/opinion")
    page.click("#own")
    # when
    page.run(
        "for (const [id, day] of [['since', '2025-10-01'], ['until', '2025-10-08']]) {"
        " const input = document.getElementById(id); input.value = day; input.dispatchEvent(new Event('change')); }"
    )
    page.settle()
    # then
    assert page.address == "/boards/opinion?since=2025-10-01&until=2025-10-08"
    assert page.posts == count(town, days_between(date(2025, 10, 1), date(2025, 10, 8))) > 0
    assert page.text(".span[aria-pressed=true]") == "自定义"


def test_the_address_shows_a_colleague_the_same_and_back_goes_back(page: Page, town: Runtime) -> None:
    # given
    page.open("/boards/opinion")
    page.click(".span[data-days='90']")
    page.choose("topic", "疫苗接种")
    told = (page.address, page.posts, page.panels(), page.texts(".chips li"))
    # when the address is opened anew
    page.open("/")
    page.open(told[0])
    # then
    assert (page.address, page.posts, page.panels(), page.texts(".chips li")) == told
    assert page.posts == count(town, since(90), Q("term", topic="疫苗接种"))
    # when
    page.choose("department", "疾控应急科")
    page.browser.back()
    page.until(lambda: page.address == told[0])
    page.settle()
    # then
    assert (page.posts, page.texts(".chips li")) == (told[1], told[3])


def test_a_post_opens_on_a_page_of_its_own_and_the_way_back_keeps_the_choice(page: Page, town: Runtime) -> None:
    # given
    page.open("/boards/handling?days=90&department=执法支队")
    before = page.address
    title = page.text("#panel-due td a")
    # when
    page.find("#panel-due td a").click()
    page.until(lambda: page.address.startswith("/posts/"))
    # then
    page.picture("wide-post")
    assert page.text("h1") == title
    assert "执法支队" in page.text("#facts ~ .facts")
    assert "工作日" in page.text("#deadline ~ .facts") or "超期" in page.text("#deadline ~ .facts")
    assert len(page.text(".text")) > 50
    # and back
    page.click("#back")
    assert page.address == before
    assert page.said() == []


def test_an_address_that_is_wrong_is_answered_with_a_sentence(page: Page) -> None:
    # when
    page.open("/boards/opinion?days=" + quote("很多"))
    # then
    assert page.text("#notice") == "days 必须是 1 到 36600 的整数；现在是“很多”。"
    assert {panel["sentence"] for panel in page.panels().values()} == {"暂时没有数据。"}


def test_pictures_are_kept(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setenv("CI_ARTIFACTS_DIR", str(tmp_path))
    page.open("/boards/opinion")
    # when
    kept: Any = page.picture("kept")
    # then
    assert kept.parent == tmp_path
    assert kept.read_bytes().startswith(b"\x89PNG")
