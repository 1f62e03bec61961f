"""The panels: what they name exists, their figures are those of the posts, their pictures can be drawn."""

import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
import vl_convert

from core.clock import to_beijing
from core.logs import Outcome
from core.pictures import png
from core.post import SENTIMENT_NAMES, STAGE_NAMES, STAGES, SentimentLabel
from dashboards import words
from dashboards.boards import BOARDS, PANELS
from dashboards.kibana_views import fields_of
from dashboards.panel import TIME_FIELDS, Chart, Choice, Index, Panel, Table, WordCloud
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT
from store.post_writing import write_posts
from store.posts import refresh_posts
from store.warnings import WarningKind
from tests.dashboards.content import DEPARTMENTS, FIRST, NOW, POSTS, SOURCES, TOPICS, post

Rows = list[dict[str, Any]]
Ask = Callable[..., Rows]
CHARTS = [panel for panel in PANELS.values() if isinstance(panel.picture, Chart)]
ALL_POSTS = [post(number) for number in range(POSTS)]


@pytest.fixture
def ask(filled: Runtime) -> Ask:
    """Asks a panel of an installation with content; the rows."""
    return lambda id_, **choice: rows_of(filled, PANELS[id_], Choice(**choice))


def rows_of(runtime: Runtime, panel: Panel, choice: Choice) -> Rows:
    """The rows of the panel's answer."""
    search = panel.asked(choice).using(runtime.es).index(runtime.names.prefix + panel.index)
    answer: Any = search.execute().to_dict()
    for part in panel.rows.split("."):
        answer = answer[part]
    return list(answer)


def drawn(panel: Panel, rows: Rows) -> list[dict[str, str]]:
    """What each bar or cell of a panel's picture stands for, by the titles it has for those who cannot see it."""
    assert isinstance(panel.picture, Chart)
    spec = {**panel.picture.spec, "data": {"values": rows}, "width": 400, "height": 300}
    return [
        dict(part.split(": ", 1) for part in text.split("; "))
        for text in _described(vl_convert.vegalite_to_scenegraph(spec)["scenegraph"])
    ]


def _described(node: dict[str, Any]) -> Iterator[str]:
    for item in node.get("items", []):
        if node.get("marktype") == "rect" and node["role"] == "mark":
            yield item["description"]
        yield from _described(item)


# --- what they name


def named_fields(panel: Panel) -> Iterator[str]:
    """Every field of the index that the panel names."""
    body = panel.search.to_dict()
    yield from _walk(body.get("query", {}))
    yield from _walk(body.get("aggs", {}))
    yield from body.get("_source", [])
    for one in body.get("sort", []):
        yield one if isinstance(one, str) else next(iter(one))
    if isinstance(panel.picture, Table):
        yield from (column.field.removeprefix("_source.") for column in panel.picture.columns)
    yield from panel.controls
    yield TIME_FIELDS[panel.index]


def _walk(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _walk(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "field":
                yield value
            elif key in ("term", "terms", "range", "match_phrase") and isinstance(value, dict) and "field" not in value:
                yield from value
            else:
                yield from _walk(value)


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_a_panel_names_only_fields_its_index_has(panel: Panel) -> None:
    assert set(named_fields(panel)) - set(fields_of(panel.index)) == set()


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_a_click_chooses_values_of_fields_that_posts_have(panel: Panel) -> None:
    # given
    match panel.picture:
        case Chart(narrows=narrows):
            fields = set(narrows.values())
        case WordCloud(narrows=field):
            fields = {field}
        case Table():
            fields = set()
    # then
    assert fields - set(fields_of("posts")) == set()


def test_a_table_shows_only_what_it_asked_for() -> None:
    for panel in PANELS.values():
        if isinstance(panel.picture, Table):
            shown = {column.field.removeprefix("_source.") for column in panel.picture.columns}
            assert shown <= set(panel.search.to_dict()["_source"]), panel.id


def test_every_index_is_shown_and_every_board_ends_with_the_posts() -> None:
    assert {panel.index for panel in PANELS.values()} == set(get_args(Index))
    assert [board.id for board in BOARDS] == ["handling", "opinion", "matters"]
    assert [[panel.id for panel in board.layout[-1]] for board in BOARDS] == [["posts"]] * 3


def test_every_code_has_a_chinese_word() -> None:
    assert set(STAGE_NAMES) == set(STAGES)
    assert set(SENTIMENT_NAMES) == set(get_args(SentimentLabel))
    assert set(words.WARNINGS) == set(get_args(WarningKind))
    assert set(words.OUTCOMES) == set(get_args(Outcome))
    assert set(words.STAGES) == set(_stages())


def _stages() -> Iterator[str]:
    """What the stages are called where they are defined."""
    for path in (PROJECT / "pipeline").glob("*.py"):
        yield from re.findall(r'^@logged\("([a-z]+)"', path.read_text(encoding="utf-8"), re.MULTILINE)


# --- figures


def test_posts_are_counted_by_the_days_of_beijing(ask: Ask) -> None:
    # when
    rows = ask("daily", since=FIRST, until=FIRST + timedelta(days=30))
    # then
    expected = Counter(f"{to_beijing(one.posted_at):%Y-%m-%d}" for one in ALL_POSTS)
    found = {row["key_as_string"]: row["doc_count"] for row in rows}
    assert found.items() <= expected.items()
    assert (len(found), min(found)) == (30, "2019-11-11")
    for row in rows:
        assert sum(row[label]["doc_count"] for label in get_args(SentimentLabel)) == row["doc_count"]


def test_a_day_without_posts_has_its_place(runtime: Runtime) -> None:
    # given
    write_posts(runtime.es, runtime.names, [post(0), post(24)])
    refresh_posts(runtime.es, runtime.names)
    # when
    rows = rows_of(runtime, PANELS["daily"], Choice())
    # then
    assert [row["doc_count"] for row in rows] == [1, 0, 0, 0, 1]
    assert len(_spans(rows)) == 5


def test_on_time_rate_and_median_days_are_those_of_answered_posts(ask: Ask) -> None:
    # when
    rates = {row["key"]: row["on_time"]["value"] for row in ask("on-time")}
    medians = {row["key"]: row["median"]["values"][0]["value"] for row in ask("reply-days")}
    # then
    answered = [one for one in ALL_POSTS if one.deadline and one.deadline.answered_at]
    for department in filter(None, DEPARTMENTS):
        own = [one.deadline for one in answered if one.department == department and one.deadline]
        judged = [deadline.on_time for deadline in own if deadline.on_time is not None]
        days = [deadline.answered_in_working_days for deadline in own if deadline.answered_in_working_days is not None]
        assert rates[department] == (pytest.approx(statistics.mean(judged)) if judged else None)
        assert medians[department] == statistics.median(days)
    assert set(rates) == set(medians) == set(filter(None, DEPARTMENTS))
    assert None in rates.values()


def test_what_is_due_is_listed_by_time_with_its_stage(ask: Ask) -> None:
    # when
    rows = ask("due")
    # then
    expected = [one for one in ALL_POSTS if one.deadline and one.deadline.stage]
    assert [row["_id"] for row in rows] == [one.id for one in expected][:100]
    assert {row["_source"]["deadline"]["stage"] for row in rows} == set(STAGES)


def test_counts_by_status_topic_department_word_and_place_are_those_of_the_posts(ask: Ask) -> None:
    def counted(values: Iterator[Any]) -> Counter[Any]:
        return Counter(value for value in values if value is not None)

    assert _counts(ask("status")) == counted(one.status for one in ALL_POSTS)
    assert _counts(ask("topic-departments")) == counted(one.topic for one in ALL_POSTS)
    assert _counts(ask("places")).items() <= Counter(place for one in ALL_POSTS for place in one.places).items()
    assert len(ask("places")) == 15
    assert _counts(ask("words"))["接种"] == POSTS
    (first, *_) = ask("topic-departments")
    assert _counts(first["departments"]["buckets"]) == {DEPARTMENTS[TOPICS.index(first["key"])]: first["doc_count"]}


def _counts(rows: Rows) -> dict[str, int]:
    return {row["key"]: row["doc_count"] for row in rows}


def test_matters_come_hottest_first_without_those_merged_away(ask: Ask) -> None:
    assert [row["_id"] for row in ask("matters")] == [f"m{number}" for number in range(30)]
    assert [row["_id"] for row in ask("heat")] == [f"m{number}" for number in range(12)]
    assert {row["key"]: row["doc_count"] for row in ask("followup-states")} == dict.fromkeys(
        ("待研判", "拟二次解读", "已解读", "不需要"), 3
    )


def test_the_sources_health_is_that_of_their_last_run(ask: Ask) -> None:
    assert [
        (row["_source"]["source"], row["_source"]["item_count"], row["_source"]["error"]) for row in ask("health")
    ] == [
        ("board", 0, "网站拒绝了访问（403）"),
        ("hotline", 30, None),
    ]


def test_of_the_last_ledger_each_leading_section_has_its_tasks_by_state(ask: Ask) -> None:
    # when
    (ledger,) = ask("ledger")
    # then of 51 tasks all have the first section, which leads alone or with one of the two others
    assert ledger["key"] == 2020
    found = {one["key"]: one for one in ledger["sections"]["buckets"]}
    assert {name: one["doc_count"] for name, one in found.items()} == dict(
        zip(DEPARTMENTS[:3], (51, 17, 17), strict=True)
    )
    assert [found[str(DEPARTMENTS[0])][f"s{place}"]["doc_count"] for place in range(4)] == [15, 18, 18, 0]
    # and a bar of the picture for each section and state
    marks = drawn(PANELS["ledger"], [ledger])
    assert sum(int(mark["任务数"]) for mark in marks) == 51 + 17 + 17
    assert {mark["进展"] for mark in marks} == {"未开始", "推进中", "已完成"}


def test_of_each_job_the_last_run_is_shown(ask: Ask) -> None:
    # when
    shown = [row["_source"] for row in ask("runs")]
    # then
    assert [(one["stage"], one["source"], one["outcome"], one["failures"]) for one in shown] == [
        ("collect", "board", "failed", 1),
        ("collect", "hotline", "ok", 0),
        ("enrich", None, "ok", 0),
    ]
    assert (shown[0]["seconds"], shown[0]["usual_seconds"], shown[0]["error"]) == (2.5, 2.0, "SourceFailed")


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_every_control_acts_on_every_panel_it_should(panel: Panel, filled: Runtime) -> None:
    # given
    whole = rows_of(filled, panel, Choice())
    # then
    for field, value in {"source": SOURCES[0], "topic": TOPICS[0], "department": DEPARTMENTS[0]}.items():
        chosen = rows_of(filled, panel, Choice(values={field: [str(value)]}))
        assert (chosen == whole) == (field not in panel.controls), field
        assert chosen
        nothing = rows_of(filled, panel, Choice(values={field: ["没有这个"]}))
        assert (nothing == []) == (field in panel.controls), field
    assert rows_of(filled, panel, Choice(since=NOW + timedelta(days=900))) == []


def test_a_choice_only_posts_know_leaves_the_other_panels_alone(ask: Ask) -> None:
    assert {row["_source"]["status"] for row in ask("posts", values={"status": ["待回复"]})} == {"待回复"}
    assert ask("matters", values={"status": ["待回复"]}) == ask("matters")


# --- pictures


SPANS = {
    "one day": (NOW - timedelta(days=3), NOW - timedelta(days=2)),
    "30 days": (NOW - timedelta(days=33), NOW - timedelta(days=3)),
    "everything": (None, None),
    "nothing": (NOW + timedelta(days=900), None),
}


@pytest.mark.parametrize("panel", CHARTS, ids=lambda panel: panel.id)
def test_a_picture_can_be_drawn_of_a_day_a_month_everything_and_nothing(panel: Panel, filled: Runtime) -> None:
    for name, (since, until) in SPANS.items():
        # when
        rows = rows_of(filled, panel, Choice(since, until))
        marks = drawn(panel, rows)
        # then
        assert bool(marks) == bool(rows) == (name != "nothing"), name


def test_pictures_can_be_printed(filled: Runtime) -> None:
    for panel in CHARTS:
        rows = rows_of(filled, panel, Choice())
        assert png({**panel.picture.spec, "data": {"values": rows}}).startswith(b"\x89PNG")  # type: ignore[union-attr]


def test_days_become_weeks_and_months_the_longer_the_time(ask: Ask) -> None:
    # given
    days = ask("daily", since=FIRST, until=FIRST + timedelta(days=60))
    year = _days(datetime(2019, 1, 1, tzinfo=UTC), 365)
    decade = _days(datetime(2010, 1, 1, tzinfo=UTC), 3650)
    # when
    spans = [_spans(rows) for rows in (days, year, decade)]
    # then
    assert [len(span) for span in spans] == [60, 53, 120]
    assert (min(spans[1]), min(spans[2]), max(spans[2])) == ("2018-12-31", "2010-01", "2019-12")
    assert all(datetime.fromisoformat(day).weekday() == 0 for day in spans[1])
    assert sum(spans[1].values()) == 365


def _days(first: datetime, count: int) -> Rows:
    """Rows of the daily panel: one negative post a day, from the begin of this day in Beijing."""
    none, one = {"doc_count": 0}, {"doc_count": 1}
    moments = [first + timedelta(days=number) for number in range(count)]
    return [
        {
            "key": (moment.timestamp() - 8 * 3600) * 1000,
            "key_as_string": f"{moment:%Y-%m-%d}",
            "negative": one,
            "neutral": none,
            "positive": none,
        }
        for moment in moments
    ]


def _spans(rows: Rows) -> Counter[str]:
    counts: Counter[str] = Counter()
    for mark in drawn(PANELS["daily"], rows):
        counts[mark["发布日期"]] += int(mark["留言数"])
    return counts


def test_all_words_of_the_pictures_are_chinese() -> None:
    for panel in CHARTS:
        spec = panel.picture.spec  # type: ignore[union-attr]
        titles = [title for title in _titles(spec) if title is not None]
        assert titles
        assert [title for title in titles if not any("\u4e00" <= letter <= "\u9fff" for letter in title)] == []


def _titles(node: Any) -> Iterator[str | None]:
    if isinstance(node, list):
        for one in node:
            yield from _titles(one)
    elif isinstance(node, dict):
        if "field" in node and "type" in node and "title" in node:
            yield node["title"]
        for value in node.values():
            yield from _titles(value)


def test_texts_of_panels_are_sentences_for_people() -> None:
    for panel in PANELS.values():
        assert panel.title
        assert panel.about.endswith("。")
        assert panel.empty.endswith("。")
