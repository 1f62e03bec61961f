"""Collecting through the pipeline: what is landed, what is remembered, what is asked again, what is heard of."""

import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.base import SourceFailed
from core.errors import ConfigError, Unavailable, YuqingError
from pipeline.alerting import send_alerts
from pipeline.collect import collect, import_file, refresh, scheduled_sources
from pipeline.deadlines import deadline_report, refresh_stages
from pipeline.enrich import enrich_pending, replay
from pipeline.runtime import Runtime
from tests.collectors.servers import Answer, Board, hang_up, instead, refused
from tests.pipeline.conftest import SetSources
from tests.pipeline.content import posts, rejected
from tests.pipeline.letters import november
from tests.pipeline.postoffice import PostOffice
from tests.pipeline.sources import GOVERNOR, MAYOR, board_source, sheet_source, write_table

# The tenth of the board's posts is a quarter of an hour old.
NOW = datetime.fromtimestamp(1_578_000_000 + 100 * 10 + 900, UTC)
HOUR = timedelta(hours=1)


def brought(runtime: Runtime, at: datetime = NOW) -> int:
    """Collect and enrich; the number of items landed."""
    items = collect(runtime, "board", at).items
    enrich_pending(runtime, at)
    return items


def asked_again(runtime: Runtime, at: datetime) -> int:
    """Refresh and enrich; the number of items landed."""
    # The search for open posts sees what was indexed a second ago.
    runtime.es.indices.refresh(index=runtime.names.posts)
    items = refresh(runtime, "board", at).items
    enrich_pending(runtime, at)
    return items


def statuses(runtime: Runtime) -> dict[str, Any]:
    return {post_id: post.get("status") for post_id, post in posts(runtime).items()}


@pytest.fixture
def full_board(board: Board) -> Board:
    """The mayor's forum with posts 1 to 10, the governor's with 11 to 13."""
    for tid in range(1, 14):
        board.add(MAYOR if tid <= 10 else GOVERNOR, tid, nickName=f"网友{tid}")
    return board


# ---------- a board ----------


def test_the_first_crawl_brings_all_and_the_next_what_is_new(full_board: Board, set_sources: SetSources) -> None:
    # given
    runtime = set_sources(board_source(full_board))
    # when
    assert brought(runtime) == 13
    # then
    stored = posts(runtime)
    assert stored.keys() == {f"board:{tid}" for tid in range(1, 14)}
    assert {post["forum"] for post in stored.values()} == {"市长留言", "省长留言"}
    assert {post["collected_at"] for post in stored.values()} == {NOW.isoformat()}
    assert not [post_id for post_id, post in stored.items() if "author" in post or "ip" in str(post)]
    # and nothing comes twice
    assert brought(runtime, NOW + HOUR) == 0
    full_board.add(MAYOR, 14)
    assert brought(runtime, NOW + 2 * HOUR) == 1
    assert len(posts(runtime)) == 14
    health = runtime.state.health("board")
    assert health is not None
    assert (health.item_count, health.error) == (1, None)
    assert health.last_item_at == health.last_success_at == (NOW + 2 * HOUR).isoformat()


def test_open_posts_are_asked_about_until_they_are_closed(full_board: Board, set_sources: SetSources) -> None:
    # given
    runtime = set_sources(board_source(full_board))
    brought(runtime)
    # when nothing has changed
    assert asked_again(runtime, NOW + HOUR) == 13
    # then it is known when each was last asked about
    assert set(statuses(runtime).values()) == {"待回复"}
    assert {post["checked_at"] for post in posts(runtime).values()} == {(NOW + HOUR).isoformat()}
    # and when three are taken up, answered and closed
    full_board.change(4, stateInfo="办理中")
    full_board.change(5, stateInfo="已回复", answerContent="已修好", answerOrganization="市城管局", favNum=7)
    full_board.change(6, stateInfo="已办理", answerContent="已修好")
    asked_again(runtime, NOW + 2 * HOUR)
    # then
    assert {post_id: status for post_id, status in statuses(runtime).items() if status != "待回复"} == {
        "board:4": "处理中",
        "board:5": "已回复",
        "board:6": "已办结",
    }
    post = posts(runtime)["board:5"]
    assert post["replies"] == [{"organisation": "市城管局", "body": "已修好"}]
    assert post["votes_up"] == 7
    # and what is closed is asked about no more
    full_board.change(5, favNum=8)
    assert asked_again(runtime, NOW + 3 * HOUR) == 11
    assert posts(runtime)["board:5"]["votes_up"] == 7


def test_a_reply_seen_later_ends_the_reminders(
    board: Board,
    set_sources: SetSources,
    environment: dict[str, str],
    post_office: PostOffice,
) -> None:
    # given two complaints of one day
    environment |= post_office.settings
    runtime = set_sources(board_source(board))
    for tid in (1, 2):
        board.add(MAYOR, tid, november(4, 9), typeName="投诉")
    brought(runtime, november(5))
    send_alerts(runtime, november(18), november(18))
    (mail,) = post_office.take()
    assert [post_id for post_id, _ in mail.alerts()] == ["board:1", "board:2"]
    # when one is answered in the afternoon, which is seen in the evening
    board.change(1, stateInfo="已回复", answerContent="已办好", answerTime="2019-11-18 15:00:00")
    assert asked_again(runtime, november(18, 20)) == 2
    refresh_stages(runtime, november(19))
    send_alerts(runtime, november(19), november(19))
    # then
    assert statuses(runtime) == {"board:1": "已回复", "board:2": "待回复"}
    (mail,) = post_office.take()
    assert mail.alerts() == [("board:2", "超期")]
    stored = posts(runtime)
    assert "stage" not in stored["board:1"]["deadline"]
    assert (stored["board:1"]["deadline"]["on_time"], stored["board:2"]["deadline"]["stage"]) == (True, "overdue")
    total = deadline_report(runtime, november(19))[-1]
    assert (total.received, total.answered, total.on_time, total.overdue) == (2, 1, 1, 1)


def test_a_post_taken_off_the_board_does_not_stand_in_the_way_of_others(
    full_board: Board, set_sources: SetSources
) -> None:
    # given a budget of one request, and the post asked about first gone
    runtime = set_sources(board_source(full_board, refresh_requests=1, page_size=1))
    brought(runtime)
    full_board.remove(1)
    # when
    for number in range(1, 14):
        asked_again(runtime, NOW + number * HOUR)
    # then each of the others has been asked about, and the one that is gone is kept as it was
    checked = {post_id: post["checked_at"] for post_id, post in posts(runtime).items()}
    assert NOW.isoformat() not in checked.values()
    assert posts(runtime)["board:1"]["status"] == "待回复"


def test_a_state_seen_earlier_never_overwrites_a_later_one(full_board: Board, set_sources: SetSources) -> None:
    # given the first crawl landed and not yet enriched when the refresh of an hour later is
    runtime = set_sources(board_source(full_board))
    collect(runtime, "board", NOW)
    (first, *_) = runtime.landing.pending()
    full_board.change(9, stateInfo="已回复", answerContent="已修好")
    runtime.landing.write("board", NOW + HOUR, [_raw(full_board, 9)])
    # when it is enriched in order, and then all of it again
    enrich_pending(runtime, NOW + HOUR)
    again = replay(runtime, NOW + HOUR)
    # then
    assert first.source == "board"
    assert statuses(runtime)["board:9"] == "已回复"
    assert (again.items, again.stale) == (14, 1)


def _raw(board: Board, tid: int) -> dict[str, Any]:
    """The post as the board shows it now."""
    (item,) = [item for posts_ in board._forums.values() for place, item in posts_ if place == tid]
    return {**item, "fid": MAYOR}


# ---------- a source that fails ----------


FAULTS = {
    "it refuses": refused(403),
    "it hangs up": hang_up,
    "it gives a page instead": instead(Answer(b"<html>maintenance</html>")),
    "it says no": instead(Answer(json.dumps({"result": "fail", "message": "busy"}).encode())),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_source_that_fails_keeps_its_cursor_and_is_heard_of(
    full_board: Board, set_sources: SetSources, fault: Any
) -> None:
    # given
    runtime = set_sources(board_source(full_board))
    brought(runtime)
    cursor = runtime.state.cursor("board")
    full_board.add(MAYOR, 14)
    full_board.disturb(Board.LIST_PATH, *[fault] * 20)
    # when
    with pytest.raises(YuqingError) as raised:
        collect(runtime, "board", NOW + HOUR)
    # then
    assert raised.value.message
    assert runtime.state.cursor("board") == cursor
    health = runtime.state.health("board")
    assert health is not None
    assert (health.last_run_at, health.last_success_at) == ((NOW + HOUR).isoformat(), NOW.isoformat())
    assert health.error is not None
    assert raised.value.message in health.error
    assert health.item_count == 0
    assert not runtime.landing.pending()
    # and when it is well again, nothing is missing and nobody complains
    full_board._faults.clear()
    assert brought(runtime, NOW + 2 * HOUR) == 1
    health = runtime.state.health("board")
    assert health is not None
    assert health.error is None


def test_what_was_landed_before_a_failure_is_not_asked_for_again(full_board: Board, set_sources: SetSources) -> None:
    # given the third list of the crawl refused
    runtime = set_sources(board_source(full_board))
    full_board.disturb(Board.LIST_PATH, None, None, *[refused(429)] * 20)
    # when
    with pytest.raises(Unavailable):
        collect(runtime, "board", NOW)
    health = runtime.state.health("board")
    assert health is not None
    assert health.item_count == 6
    full_board._faults.clear()
    full_board.asked.clear()
    # then
    assert brought(runtime, NOW + HOUR) == 7
    assert full_board.list_requests()[0] == (MAYOR, 5)
    assert len(posts(runtime)) == 13


def test_a_subject_cut_in_the_middle_of_an_emoji_is_landed_like_any_other(
    board: Board, set_sources: SetSources
) -> None:
    # given a board that keeps the first sixty UTF-16 units of a subject, as JavaScript counts
    runtime = set_sources(board_source(board))
    board.add(MAYOR, 1)
    board.add(MAYOR, 2)
    page = {"result": "success", "responseData": [{**_raw(board, 2), "subject": "医院\ud83d"}, _raw(board, 1)]}
    board.disturb(Board.LIST_PATH, instead(Answer(json.dumps(page).encode("ascii"))))
    # when
    assert brought(runtime) == 2
    # then
    assert posts(runtime)["board:2"]["title"] == "医院"


# ---------- assertions ----------


def test_fewer_items_than_agreed_are_heard_of(full_board: Board, set_sources: SetSources) -> None:
    # given
    runtime = set_sources(board_source(full_board, assertions={"min_items": 14}))
    # when
    with pytest.raises(SourceFailed, match="只给出 13 条，少于约定的 14 条"):
        collect(runtime, "board", NOW)
    # then it is on record, and what came is kept
    health = runtime.state.health("board")
    assert health is not None
    assert "少于约定的 14 条" in (health.error or "")
    assert (health.item_count, health.last_success_at) == (13, None)
    assert enrich_pending(runtime, NOW).indexed == 13


def test_a_source_that_falls_silent_is_heard_of(full_board: Board, set_sources: SetSources) -> None:
    # given
    runtime = set_sources(board_source(full_board, assertions={"max_silent_days": 3}))
    collect(runtime, "board", NOW)
    # when nothing new comes for three days, and for a minute more
    assert collect(runtime, "board", NOW + timedelta(days=3)).items == 0
    late = NOW + timedelta(days=3, minutes=1)
    for _ in range(2):
        with pytest.raises(SourceFailed, match="以来没有新内容"):
            collect(runtime, "board", late)
    # then
    health = runtime.state.health("board")
    assert health is not None
    assert "以来没有新内容" in (health.error or "")
    assert health.last_item_at == NOW.isoformat()
    # and a new post ends it
    full_board.add(MAYOR, 14)
    assert collect(runtime, "board", late + HOUR).items == 1


def test_a_source_that_never_gave_anything_is_heard_of(board: Board, set_sources: SetSources) -> None:
    # given a board where nobody finds anything
    runtime = set_sources(board_source(board, assertions={"max_silent_days": 3}))
    collect(runtime, "board", NOW)
    # when
    with pytest.raises(SourceFailed, match="没有新内容"):
        collect(runtime, "board", NOW + timedelta(days=30))


@pytest.mark.parametrize(("bad", "fails"), [(5, False), (6, True)])
def test_a_large_share_of_bad_items_is_heard_of_and_the_good_ones_are_in(
    board: Board, set_sources: SetSources, bad: int, fails: bool
) -> None:
    # given
    runtime = set_sources(board_source(board, assertions={"max_bad_share": 0.5}))
    for tid in range(1, 11):
        board.add(MAYOR, tid, **({"dateline": None} if tid <= bad else {}))
    collect(runtime, "board", NOW)
    # when
    if fails:
        with pytest.raises(SourceFailed, match=f"10 条里有 {bad} 条认不出，超过约定的 50%"):
            enrich_pending(runtime, NOW)
    else:
        assert len(enrich_pending(runtime, NOW).rejections) == bad
    # then
    assert len(posts(runtime)) == 10 - bad
    assert sum(rejected(runtime).values()) == bad
    # and it is said once, not at every run
    assert enrich_pending(runtime, NOW).items == 0


def test_a_large_share_of_bad_items_is_on_record(board: Board, set_sources: SetSources) -> None:
    # given
    runtime = set_sources(board_source(board))
    for tid in range(1, 11):
        board.add(MAYOR, tid, dateline=None)
    collect(runtime, "board", NOW)
    # when
    with pytest.raises(SourceFailed):
        enrich_pending(runtime, NOW)
    # then
    health = runtime.state.health("board")
    assert health is not None
    assert "认不出" in (health.error or "")


# ---------- tables ----------


def test_a_watched_folder_is_read_once_for_each_file(set_sources: SetSources, environment: dict[str, str]) -> None:
    # given
    runtime = set_sources(sheet_source())
    folder = Path(environment["YUQING_DATA"]) / "inbox" / "export"
    path = write_table(folder / "a.csv", [["1", "王某", "路灯", "不亮", "2020/1/1 9:30", "", ""]])
    os.utime(path, (NOW.timestamp() - 60, NOW.timestamp() - 60))
    # when
    assert collect(runtime, "export", NOW).items == 1
    # then
    assert collect(runtime, "export", NOW).items == 0
    path.rename(folder / "b.csv")
    assert collect(runtime, "export", NOW).items == 0
    assert import_file(runtime, folder / "b.csv", NOW) is None
    write_table(folder / "c.csv", [["1", "王某", "路灯", "修好了", "2020/1/1 9:30", "", ""]])
    assert collect(runtime, "export", NOW + HOUR).items == 1
    enrich_pending(runtime, NOW + HOUR)
    assert posts(runtime)["export:1"]["body"] == "修好了"


def test_the_source_of_a_file_is_told_by_its_header_or_by_name(set_sources: SetSources, tmp_path: Path) -> None:
    # given two sources of the same columns, and one that wants a column more
    more = sheet_source("more")
    more["columns"]["votes_up"] = "赞"
    runtime = set_sources(sheet_source("first"), sheet_source("second"), more)
    path = write_table(tmp_path / "a.csv", [["1", "", "路灯", "不亮", "2020/1/1 9:30", "", ""]])
    # then
    assert (by_header := import_file(runtime, path, NOW)) is not None
    assert by_header.source == "first"
    assert (by_name := import_file(runtime, path, NOW, "second")) is not None
    assert by_name.source == "second"
    with pytest.raises(ConfigError, match=r"列名与 a\.csv 相符"):
        import_file(runtime, path, NOW, "more")
    with pytest.raises(ConfigError, match="没有这样的表格来源"):
        import_file(runtime, path, NOW, "third")
    with pytest.raises(YuqingError, match="找不到文件"):
        import_file(runtime, tmp_path / "missing.csv", NOW)


def test_a_row_the_index_will_never_take_is_set_aside_and_the_rest_go_in(
    set_sources: SetSources, tmp_path: Path
) -> None:
    # given more votes than an index's whole number holds
    source = sheet_source()
    source["columns"]["votes_up"] = "答复"
    del source["columns"]["reply_body"]
    runtime = set_sources(source)
    rows = [[str(number), "", "路灯", "不亮", "2020/1/1 9:30", votes, ""] for number, votes in ((1, 5), (2, 10**12))]
    import_file(runtime, write_table(tmp_path / "a.csv", rows), NOW)
    # when
    run = enrich_pending(runtime, NOW)
    # then
    assert posts(runtime).keys() == {"export:1"}
    [rejection] = run.rejections
    assert rejection.where == "export:2"
    assert rejection.reason.startswith("索引拒收：")
    assert not runtime.landing.pending()


@pytest.mark.parametrize(
    "length",
    [
        400,
        800,
    ],
)
def test_a_number_too_long_for_an_index_costs_its_own_row_only(
    set_sources: SetSources, tmp_path: Path, length: int
) -> None:
    # given what a table of shifted columns holds where the number should be
    runtime = set_sources(sheet_source())
    rows = [[number, "", "路灯", "不亮", "2020/1/1 9:30", "", ""] for number in ("1", "2" * length, "3")]
    import_file(runtime, write_table(tmp_path / "a.csv", rows), NOW)
    # when
    run = enrich_pending(runtime, NOW)
    # then
    kept = {"export:1", "export:3"}
    assert posts(runtime).keys() == (kept | {f"export:{'2' * 400}"} if length == 400 else kept)
    assert len(run.rejections) == (0 if length == 400 else 1)
    assert not runtime.landing.pending()


def test_a_segment_of_a_source_that_is_gone_does_not_keep_the_others_back(
    set_sources: SetSources, tmp_path: Path
) -> None:
    # given something landed by a source that the office then takes out of its configuration
    runtime = set_sources(sheet_source("old"), sheet_source("new"))
    for name, at in (("old", NOW), ("new", NOW + HOUR)):
        rows = [[name, "", "路灯", "不亮", "2020/1/1 9:30", "", ""]]
        import_file(runtime, write_table(tmp_path / f"{name}.csv", rows), at, name)
    runtime = set_sources(sheet_source("new"))
    # when
    with pytest.raises(YuqingError, match="old"):
        enrich_pending(runtime, NOW + HOUR)
    # then
    assert posts(runtime).keys() == {"new:new"}
    assert [segment.source for segment in runtime.landing.pending()] == ["old"]


def test_what_is_scheduled_is_what_is_switched_on(full_board: Board, set_sources: SetSources) -> None:
    runtime = set_sources(
        sheet_source("table"), board_source(full_board), board_source(full_board, name="off", enabled=False)
    )
    assert scheduled_sources(runtime) == ["table", "board"]
    assert scheduled_sources(runtime, refreshable=True) == ["board"]
    assert refresh(runtime, "table", NOW).items == collect(runtime, "table", NOW).items == 0
    with pytest.raises(ConfigError, match="没有名为 missing 的来源"):
        collect(runtime, "missing", NOW)


def test_the_authors_address_is_never_landed(full_board: Board, set_sources: SetSources) -> None:
    runtime = set_sources(board_source(full_board))
    collect(runtime, "board", NOW)
    landed = b"".join(gzip.decompress(segment.path.read_bytes()) for segment in runtime.landing.segments())
    assert "网友13".encode() in landed
    assert b"203.0.113.7" not in landed
    assert b'"ip"' not in landed


def test_collecting_from_two_boards_keeps_their_cursors_apart(
    full_board: Board, set_sources: SetSources, twin: Callable[[], Runtime]
) -> None:
    # given the same board under two names
    runtime = set_sources(board_source(full_board), board_source(full_board, name="other", forums={GOVERNOR: "省长"}))
    # when
    assert collect(runtime, "board", NOW).items == 13
    # then
    assert collect(runtime, "other", NOW).items == 3
    assert runtime.state.cursor("other") == {str(GOVERNOR): {"done": 13, "top": None, "low": None}}
    assert runtime.state.cursor("board").keys() == {str(MAYOR), str(GOVERNOR)}
    assert twin().state.cursor("board") == {}
