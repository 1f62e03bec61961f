"""The data behind the pages: counts are Elasticsearch's, wrong questions get a sentence, one failure costs one panel."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from elasticsearch.dsl import Q, Search
from elasticsearch.dsl.query import Query

from dashboards.boards import BOARDS, PANELS
from dashboards.panel import Choice
from dashboards.preview import Backend, create_app
from dashboards.preview_guard import Admission
from demo.run import POSTS_AT
from pipeline.runtime import Runtime
from store.posts import count_posts
from tests.core.wording import english_in
from tests.preview.serving import serving

LONG = "长" * 201


def get(url: str, board: str, query: str = "") -> dict[str, Any]:
    """The answer to a page's question."""
    answer = requests.get(f"{url}api/boards/{board}?{query}", timeout=30)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def figures(answer: dict[str, Any]) -> dict[str, Any]:
    """The figures by their names."""
    return {figure["id"]: figure["value"] for figure in answer["figures"]}


def count(town: Runtime, *queries: Query) -> int:
    """How many of the town's posts of December meet all of these."""
    december = Q("range", posted_at={"gte": "2025-12-01T00:00+08:00", "lt": "2026-01-01T00:00+08:00"})
    return count_posts(town.es, town.names, Q("bool", filter=[december, *queries]))


def test_figures_are_those_of_elasticsearch(town: Runtime, town_url: str) -> None:
    # when
    told = figures(get(town_url, "handling", "since=2025-12-01&until=2025-12-31"))
    # then
    answered = Q("exists", field="deadline.answered_at")
    assert told == {
        "posts": count(town),
        "negative": count(town, Q("term", sentiment_label="negative"))
        / count(town, Q("exists", field="sentiment_label")),
        "due_today": count(town, Q("term", deadline__stage="due_today")),
        "overdue": count(town, Q("terms", deadline__stage=["overdue", "escalated"])),
        "on_time": count(town, answered, Q("term", deadline__on_time=True)) / count(town, answered),
    }
    assert 0 < told["negative"] < 1
    assert 0 < told["on_time"] < 1
    assert told["overdue"] > 0


def test_figures_are_compared_with_as_many_days_before(town_url: str) -> None:
    # when
    now, before = (get(town_url, "opinion", days) for days in ("days=30", "since=2025-11-11&until=2025-12-10"))
    # then
    posts = now["figures"][0]
    assert posts["compared"] == "前 30 天"
    assert posts["change"] == figures(now)["posts"] - figures(before)["posts"]
    # and with nothing where there was nothing
    assert {figure["change"] for figure in get(town_url, "opinion", "days=3650")["figures"]} == {None}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.id)
def test_rows_are_those_of_the_panels_own_searches(town: Runtime, town_url: str, board: Any) -> None:
    # given
    choice = Choice(
        datetime(2025, 11, 1, tzinfo=UTC).replace(hour=16, day=31, month=10),
        datetime(2026, 1, 9, 16, tzinfo=UTC),
        {"department": ["医政医管科"]},
    )
    # when
    told = get(town_url, board.id, "since=2025-11-01&until=2026-01-09&department=医政医管科")["panels"]
    # then
    for panel in (panel for row in board.layout for panel in row):
        found: Any = town.es.search(index=town.names.prefix + panel.index, body=panel.asked(choice).to_dict()).body
        for key in panel.rows.split("."):
            found = found[key]
        assert told[panel.id]["rows"] == found
        assert told[panel.id]["ignored"] == [] if panel.takes("department") else ["department"]


def test_values_to_choose_from_are_those_of_the_time_whatever_else_is_chosen(town: Runtime, town_url: str) -> None:
    # when
    options = get(town_url, "opinion", "since=2025-12-01&until=2025-12-31&department=医政医管科")["options"]
    # then
    assert options["source"] == [{"value": "yuqing_demo", "title": "示例留言", "count": count(town)}]
    departments = {option["value"]: option["count"] for option in options["department"]}
    assert departments["疾控应急科"] == count(town, Q("term", department="疾控应急科")) > 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("days=0", "days 必须是 1 到 36600 的整数；现在是“0”。"),
        ("days=-1", "days 必须是"),
        ("days=1.5", "days 必须是"),
        ("days=%D9%A3", "days 必须是"),
        ("days=" + "9" * 5000, "days 必须是"),
        ("days=7&days=8", "days 只能写一次。"),
        ("days=7&since=2025-01-01", "days 不能和 since、until 一起用。"),
        ("since=昨天", "since 必须是日期，如 2026-01-09；现在是“昨天”。"),
        ("since=2025-02-30", "since 必须是日期"),
        ("until=0001-01-01", "until 的年份应在 1900 到 2200 之间。"),
        ("until=9999-12-31", "until 的年份应在 1900 到 2200 之间。"),
        ("since=2026-01-02&until=2026-01-01", "开始日期 2026-01-02 在结束日期 2026-01-01 之后。"),
        ("colour=red", "没有 colour 这个条件。"),
        ("body=词", "没有 body 这个条件。"),
        ("topic=", "topic 的值不能是空的"),
        (f"topic={LONG}", "topic 的值不能是空的，最多 200 个字。"),
        ("&".join(f"topic={n}" for n in range(51)), "topic 最多选 50 个。"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_with_what_is_wrong(town_url: str, query: str, said: str) -> None:
    # when
    answer = requests.get(f"{town_url}api/boards/opinion?{query}", timeout=30)
    # then
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(said)
    assert english_in(answer.json()["error"]) == []


def test_values_that_mean_something_to_elasticsearch_are_only_values(town_url: str) -> None:
    # when
    told = get(town_url, "opinion", 'days=365&topic=*&topic={"match_all":{}}&keywords=a" OR "b')
    # then
    assert figures(told)["posts"] == 0


@pytest.mark.parametrize("path", ["boards/none", "nowhere", "static/../preview.py", "posts/yuqing_demo:none"])
def test_a_page_that_is_not_there_is_a_sentence(town_url: str, path: str) -> None:
    # when
    answer = requests.get(town_url + path, timeout=30)
    # then
    assert answer.status_code == 404
    assert "没有" in answer.text
    assert "<h1>" in answer.text


def test_a_board_that_is_not_there_is_a_sentence_to_programs_too(town_url: str) -> None:
    # when
    answer = requests.get(f"{town_url}api/boards/none", timeout=30)
    # then
    assert (answer.status_code, answer.json()["error"]) == (404, "没有这个看板。")


def test_nothing_can_be_changed_through_the_pages(town_url: str) -> None:
    # when
    codes = {requests.post(town_url + path, timeout=30).status_code for path in ("", "api/boards/opinion", "posts/1")}
    # then
    assert codes == {405}


@pytest.fixture
def broken_url(town: Runtime) -> Iterator[str]:
    """The preview of a board one of whose searches Elasticsearch refuses."""
    broken = replace(PANELS["status"], id="broken", search=Search().sort("title"))
    board = replace(BOARDS[0], layout=((broken, PANELS["due"]),))
    backend = Backend(lambda: town.es, town.names.prefix, {}, {}, lambda: POSTS_AT, True)
    with serving(create_app(backend, [board], Admission("127.0.0.1"), Path(__file__))) as url:
        yield url


def test_a_search_that_fails_costs_its_panel_only(broken_url: str) -> None:
    # when
    told = get(broken_url, "handling")
    # then
    assert told["panels"]["broken"]["error"].startswith("这一项没有查出来")
    assert len(told["panels"]["due"]["rows"]) > 10
    assert figures(told)["posts"] == 300
