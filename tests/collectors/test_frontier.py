"""The frontier: whatever cuts a walk off, no post is lost and no walk goes on for ever."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.frontier import Frontier, NoWayDown


def page_below(ids: Sequence[int], last: int, size: int) -> list[int]:
    """What a newest-first list answers: the newest, or those below `last`."""
    return [one for one in sorted(ids, reverse=True) if last == 0 or one < last][:size]


def test_a_walk_reads_down_to_what_is_done_and_then_all_up_to_its_top_is_done() -> None:
    # given
    start = Frontier(done=10)
    # when
    under_way = start.advance([30, 25, 20])
    ended = under_way.advance([15, 10, 5])
    # then
    assert under_way == Frontier(done=10, top=30, low=20)
    assert under_way.ask_below == 20
    assert ended == Frontier(done=30)
    assert ended.ask_below == 0


def test_a_cursor_keeps_a_walk_that_is_under_way() -> None:
    # given
    under_way = Frontier(done=10, top=30, low=20)
    # then
    assert Frontier.from_cursor(under_way.to_cursor()) == under_way
    assert Frontier.from_cursor({}) == Frontier(done=0)


def test_a_first_walk_ends_where_the_list_ends() -> None:
    assert Frontier().advance([3, 2, 1]).advance([]) == Frontier(done=3)


def test_an_empty_list_leaves_the_frontier_where_it_was() -> None:
    assert Frontier(done=10).advance([]) == Frontier(done=10)


@pytest.mark.parametrize("page", [[20, 21, 22], [30, 25, 20], [40, 35]])
def test_a_page_that_does_not_go_further_down_is_refused(page: list[int]) -> None:
    with pytest.raises(NoWayDown, match="页面没有往前走"):
        Frontier(done=10, top=30, low=20).advance(page)


def test_a_page_that_begins_with_the_last_item_again_is_taken_when_it_goes_further_down() -> None:
    assert Frontier(done=10, top=30, low=20).advance([20, 19]) == Frontier(done=10, top=30, low=19)


def test_an_empty_page_above_known_posts_does_not_count_as_the_end() -> None:
    with pytest.raises(NoWayDown, match="列表在 20 处中断"):
        Frontier(done=10, top=30, low=20).advance([])


@given(
    arrivals=st.lists(st.integers(min_value=0, max_value=7), min_size=1, max_size=8),
    patience=st.lists(st.integers(min_value=0, max_value=5), min_size=1, max_size=8),
    size=st.integers(min_value=1, max_value=4),
    gap=st.integers(min_value=1, max_value=3),
)
def test_no_post_is_lost_whenever_runs_are_cut_off_and_posts_come_in(
    arrivals: list[int], patience: list[int], size: int, gap: int
) -> None:
    # given a board that gets posts before each run, and runs that are killed after so many pages
    on_board: list[int] = []
    landed: set[int] = set()
    cursor: dict[str, int | None] = {}

    def run(pages: int) -> bool:
        nonlocal cursor
        for _ in range(pages):
            frontier = Frontier.from_cursor(cursor)
            page = page_below(on_board, frontier.ask_below, size)
            landed.update(page)
            cursor = frontier.advance(page).to_cursor()
            if not Frontier.from_cursor(cursor).walking:
                return True
        return False

    for number, count in enumerate(arrivals):
        on_board += [(len(on_board) + step + 1) * gap for step in range(count)]
        run(patience[number % len(patience)])
        # then what is called done is landed, at any moment
        assert {one for one in on_board if one <= (cursor.get("done") or 0)} <= landed

    # when two runs in a row come to their end: one that takes up what was cut off, one for what came since
    assert run(len(on_board) + 1)
    assert run(len(on_board) + 1)
    # then
    assert landed == set(on_board)
    assert cursor == {"done": max(on_board, default=0), "top": None, "low": None}
