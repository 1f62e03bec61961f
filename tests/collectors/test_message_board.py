"""The message board: what a crawl brings, what it remembers, and how the later fate of a post is learnt."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.base import BadItem, Context, Cursor, OpenPost, RawItem, Refreshed, SourceFailed
from collectors.message_board import MessageBoard
from collectors.session import PoliteSession, Refused
from core.post import Reply
from tests.collectors.clock import Clock
from tests.collectors.servers import Answer, Board, cut_short, instead, refused, truncated

# The tenth of the board's posts is a quarter of an hour old.
NOW = datetime.fromtimestamp(1_578_000_000 + 100 * 10 + 900, UTC)
MAYOR, GOVERNOR = 7, 8
MakeSession = Callable[..., PoliteSession]


@dataclass
class Crawler:
    """A source with its memory: what it landed, and the cursor saved after each batch."""

    source: MessageBoard
    http: PoliteSession
    landed: list[RawItem] = field(default_factory=list)
    cursor: Cursor = field(default_factory=dict)

    def run(self, now: datetime = NOW, killed_after: int | None = None) -> None:
        """A run as the pipeline makes it: land, then save the cursor. May be killed after so many batches."""
        batches = self.source.fetch(Context(self.http, now, json.loads(json.dumps(self.cursor))))
        for number, batch in enumerate(batches, 1):
            self.landed += batch.items
            if batch.cursor is not None:
                self.cursor = batch.cursor
            if number == killed_after:
                return

    def new(self) -> list[int | None]:
        """The ids landed since this was asked last."""
        ids = [item.get("tid") for item in self.landed]
        self.landed.clear()
        return ids

    def refresh(self, *open_posts: OpenPost) -> list[Refreshed]:
        """Ask again about the posts."""
        return list(self.source.refresh(Context(self.http, NOW), open_posts))


def source_of(board: Board, **settings: Any) -> MessageBoard:
    return MessageBoard.model_validate(
        {
            "name": "board",
            "title": "留言板",
            "kind": "message_board",
            "channel": "message_board",
            "forums": {MAYOR: "市长留言"},
            "page_size": 3,
            **board.addresses,
            **settings,
        }
    )


@pytest.fixture
def crawler(board: Board, session: MakeSession) -> Callable[..., Crawler]:
    return lambda **settings: Crawler(source_of(board, **settings), session(interval=0))


@pytest.fixture
def full_board(board: Board) -> Board:
    """A forum with posts 1 to 10."""
    for tid in range(1, 11):
        board.add(MAYOR, tid)
    return board


def waiting(tids: Sequence[int], forum: str = "市长留言") -> Iterator[OpenPost]:
    return (OpenPost(str(tid), forum, None) for tid in tids)


# The crawl


def test_the_first_crawl_brings_everything_page_by_page(full_board: Board, crawler: Callable[..., Crawler]) -> None:
    # given
    crawl = crawler()
    # when
    crawl.run()
    # then
    assert crawl.new() == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert full_board.list_requests() == [(MAYOR, 0), (MAYOR, 8), (MAYOR, 5), (MAYOR, 2), (MAYOR, 1)]


def test_the_forum_page_is_visited_before_the_list(full_board: Board, crawler: Callable[..., Crawler]) -> None:
    # when
    crawler().run()
    # then
    assert full_board.paths()[:2] == [f"{full_board.PAGE_PATH}?fid={MAYOR}", full_board.LIST_PATH]


def test_the_first_crawl_goes_back_only_so_many_days(board: Board, crawler: Callable[..., Crawler]) -> None:
    # given a post a day
    for tid in range(1, 31):
        board.add(MAYOR, tid, posted_at=NOW - timedelta(days=30 - tid))
    # when
    crawl = crawler(first_crawl_days=5)
    crawl.run()
    # then post 25 is five days old to the second; the page that reaches past it is the last
    assert crawl.new() == [30, 29, 28, 27, 26, 25, 24, 23, 22]
    # and the horizon holds for the first crawl only: nothing is asked for below it later
    crawl.run()
    assert crawl.new() == []


def test_the_next_run_brings_only_what_is_new(full_board: Board, crawler: Callable[..., Crawler]) -> None:
    # given
    crawl = crawler()
    crawl.run()
    crawl.new()
    # when nothing has come in
    crawl.run()
    # then
    assert crawl.new() == []
    # when more than a page has come in
    for tid in range(11, 16):
        full_board.add(MAYOR, tid)
    crawl.run()
    # then
    assert crawl.new() == [15, 14, 13, 12, 11]
    # and that run stopped at the page that reaches what was known
    assert full_board.list_requests()[-2:] == [(MAYOR, 0), (MAYOR, 13)]


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_a_killed_first_crawl_goes_on_where_it_was_and_then_takes_what_came_since(
    full_board: Board, crawler: Callable[..., Crawler], pages: int
) -> None:
    # given a crawl killed after some pages, and posts that come in meanwhile
    crawl = crawler()
    crawl.run(killed_after=pages)
    before = crawl.new()
    full_board.add(MAYOR, 11)
    full_board.add(MAYOR, 12)
    asked_before = len(full_board.list_requests())
    # when
    crawl.run()
    # then
    after = crawl.new()
    assert before == list(range(10, 10 - 3 * pages, -1))
    assert after == [*range(10 - 3 * pages, 0, -1), 12, 11]
    assert full_board.list_requests()[asked_before] == (MAYOR, 10 - 3 * pages + 1)


def test_a_batch_landed_before_its_cursor_was_saved_is_fetched_again(
    full_board: Board, crawler: Callable[..., Crawler]
) -> None:
    # given a crawl killed between landing its second page and saving the cursor
    crawl = crawler()
    crawl.run(killed_after=1)
    saved = crawl.cursor
    crawl.run(killed_after=1)
    crawl.cursor = saved
    crawl.new()
    # when
    crawl.run()
    # then
    assert crawl.new() == [7, 6, 5, 4, 3, 2, 1]


def test_forums_are_read_each_with_its_own_memory(board: Board, crawler: Callable[..., Crawler]) -> None:
    # given
    board.add(MAYOR, 5)
    board.add(GOVERNOR, 900)
    crawl = crawler(forums={MAYOR: "市长留言", GOVERNOR: "省长留言"})
    crawl.run()
    # when
    board.add(MAYOR, 6)
    crawl.new()
    crawl.run()
    # then
    assert [(item["fid"], item["tid"]) for item in crawl.landed] == [(MAYOR, 6)]


def test_the_network_address_of_an_author_is_not_kept(full_board: Board, crawler: Callable[..., Crawler]) -> None:
    # when
    crawl = crawler()
    crawl.run()
    # then
    assert crawl.landed
    assert not any("203.0.113.7" in json.dumps(item) for item in crawl.landed)


# Faults of the site


@pytest.mark.parametrize("fault", [cut_short, truncated], ids=["connection lost", "half a JSON text"])
def test_an_answer_cut_short_is_asked_for_again(
    full_board: Board, crawler: Callable[..., Crawler], fault: Callable[[Answer], Answer]
) -> None:
    # given
    full_board.disturb(full_board.LIST_PATH, None, fault, fault)
    # when
    crawl = crawler()
    crawl.run()
    # then
    assert crawl.new() == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_answers_cut_short_again_and_again_fail_and_lose_nothing(
    full_board: Board, crawler: Callable[..., Crawler]
) -> None:
    # given
    full_board.disturb(full_board.LIST_PATH, None, *[truncated] * 4)
    crawl = crawler()
    # when
    with pytest.raises(SourceFailed, match=r"来源“留言板”的“市长留言”.*试了 4 次.*内容不完整"):
        crawl.run()
    assert crawl.new() == [10, 9, 8]
    # then
    crawl.run()
    assert crawl.new() == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(("status", "retry_after", "wait"), [(403, None, 120), (429, None, 120), (429, "60", 60)])
def test_a_refused_crawl_waits_and_goes_on(
    full_board: Board,
    crawler: Callable[..., Crawler],
    clock: Clock,
    status: int,
    retry_after: str | None,
    wait: float,
) -> None:
    # given
    full_board.disturb(full_board.LIST_PATH, None, refused(status, retry_after))
    # when
    crawl = crawler()
    crawl.run()
    # then
    assert clock.slept == [wait]
    assert crawl.new() == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_a_crawl_refused_for_good_goes_on_at_the_next_run(
    full_board: Board, crawler: Callable[..., Crawler], session: MakeSession
) -> None:
    # given
    full_board.disturb(full_board.LIST_PATH, None, *[refused(403)] * 4)
    crawl = crawler()
    with pytest.raises(Refused):
        crawl.run()
    assert crawl.new() == [10, 9, 8]
    # when
    crawl.http = session(interval=0)
    crawl.run()
    # then
    assert crawl.new() == [7, 6, 5, 4, 3, 2, 1]


def test_a_page_that_repeats_stops_the_crawl_loudly(full_board: Board, crawler: Callable[..., Crawler]) -> None:
    # given
    full_board.repeats = True
    crawl = crawler()
    # when
    with pytest.raises(SourceFailed, match="页面没有往前走：8 不小于 8"):
        crawl.run()
    # then it asked twice and no more, and what it did not see is not taken for done
    assert len(full_board.list_requests()) == 2
    full_board.repeats = False
    crawl.new()
    crawl.run()
    assert crawl.new() == [7, 6, 5, 4, 3, 2, 1]


def test_a_list_that_ends_above_known_posts_stops_the_crawl_loudly(
    full_board: Board, crawler: Callable[..., Crawler]
) -> None:
    # given posts 11 to 15 new, and an empty page after the first
    crawl = crawler()
    crawl.run()
    for tid in range(11, 16):
        full_board.add(MAYOR, tid)
    empty = instead(Answer(b'{"result": "success", "responseData": []}'))
    full_board.disturb(full_board.LIST_PATH, None, empty)
    crawl.new()
    # when
    with pytest.raises(SourceFailed, match="列表在 13 处中断"):
        crawl.run()
    crawl.run()
    # then
    assert crawl.new() == [15, 14, 13, 12, 11]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"result": "fail", "message": "版块不存在"}', "网站没有给出留言（fail 版块不存在）"),
        ('{"result": "success", "responseData": "later"}', "responseData 不是列表"),
        ('{"result": "success", "responseData": [{"subject": "a"}, {"subject": "b"}, {}]}', "整页留言都没有编号"),
    ],
)
def test_an_answer_that_is_no_list_of_posts_is_a_failure(
    full_board: Board, crawler: Callable[..., Crawler], body: str, told: str
) -> None:
    # given
    full_board.disturb(full_board.LIST_PATH, instead(Answer(body.encode())))
    # then
    with pytest.raises(SourceFailed, match=told):
        crawler().run()


def test_a_forum_that_fails_does_not_keep_the_others_from_being_read(
    board: Board, crawler: Callable[..., Crawler]
) -> None:
    # given
    board.add(GOVERNOR, 900)
    board.disturb(board.PAGE_PATH, instead(Answer(b"no such forum", 404)))
    crawl = crawler(forums={MAYOR: "市长留言", GOVERNOR: "省长留言"})
    # when
    with pytest.raises(SourceFailed, match="“市长留言”：版块页面回答 HTTP 404"):
        crawl.run()
    # then
    assert crawl.new() == [900]


def test_an_item_without_id_is_set_aside_and_the_walk_goes_on(board: Board, crawler: Callable[..., Crawler]) -> None:
    # given an item without id between posts 5 and 6
    for tid in range(1, 6):
        board.add(MAYOR, tid)
    board.add(MAYOR, None, subject="没有编号")
    for tid in range(6, 11):
        board.add(MAYOR, tid)
    crawl = crawler()
    # when
    crawl.run()
    # then it is landed, twice here: it ends one page and begins the next, and nothing tells that it is the same
    bad = [item for item in crawl.landed if "tid" not in item]
    assert [item["subject"] for item in bad] == ["没有编号", "没有编号"]
    assert sorted(item["tid"] for item in crawl.landed if "tid" in item) == list(range(1, 11))
    with pytest.raises(BadItem, match="没有编号"):
        crawl.source.parse(bad[0], NOW)


def test_an_item_without_id_at_the_end_of_the_list_does_not_stop_the_first_crawl(
    board: Board, crawler: Callable[..., Crawler]
) -> None:
    # given
    board.add(MAYOR, None)
    for tid in range(1, 4):
        board.add(MAYOR, tid)
    crawl = crawler()
    # when
    crawl.run()
    # then
    assert crawl.new() == [3, 2, 1, None]
    crawl.run()
    assert crawl.new() == []


def test_an_item_without_id_on_the_first_page_is_not_landed_at_every_run(
    full_board: Board, crawler: Callable[..., Crawler]
) -> None:
    # given
    crawl = crawler()
    crawl.run()
    full_board.add(MAYOR, None)
    full_board.add(MAYOR, 11)
    crawl.new()
    # when
    crawl.run()
    first = crawl.new()
    crawl.run()
    # then
    assert first == [11, None]
    assert crawl.new() == []


def test_an_entry_that_is_no_item_at_all_is_set_aside(full_board: Board, crawler: Callable[..., Crawler]) -> None:
    # given
    page = b'{"result": "success", "responseData": [{"tid": 3, "subject": "a", "dateline": 1578000300}, null]}'
    full_board.disturb(full_board.LIST_PATH, instead(Answer(page)))
    crawl = crawler()
    # when
    crawl.run()
    # then
    with pytest.raises(BadItem):
        crawl.source.parse(crawl.landed[1], NOW)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" + "0" * 40, "NaN", '"1e999"', "[17]"])
def test_a_number_that_is_none_sets_its_item_aside_and_nothing_else(
    number: str, full_board: Board, crawler: Callable[..., Crawler]
) -> None:
    # given: JSON knows 1e999, which Python reads as infinity
    time = '"subject": "a", "dateline": 1578000300'
    page = f'{{"result": "success", "responseData": [{{"tid": {number}, {time}}}, {{"tid": 3, {time}, "favNum": {number}}}]}}'
    full_board.disturb(full_board.LIST_PATH, instead(Answer(page.encode())))
    crawl = crawler()
    # when
    crawl.run()
    # then
    nameless, counted = crawl.landed[:2]
    with pytest.raises(BadItem, match="没有编号"):
        crawl.source.parse(nameless, NOW)
    with pytest.raises(BadItem, match="favNum 应是整数"):
        crawl.source.parse(counted, NOW)


def test_an_answer_nested_too_deeply_is_no_answer(full_board: Board, crawler: Callable[..., Crawler]) -> None:
    # given
    full_board.disturb(full_board.LIST_PATH, *[instead(Answer(b"[" * 100_000))] * 9)
    # then
    with pytest.raises(SourceFailed, match="内容不完整"):
        crawler().run()


# Asking again


def test_asking_again_brings_the_reply_and_the_new_state(full_board: Board, crawler: Callable[..., Crawler]) -> None:
    # given
    full_board.change(
        5,
        stateInfo="已办结",
        answerContent="已修好",
        answerOrganization="市住建局",
        favNum=12,
        gradeManner=5,
        gradeSpeed=4,
    )
    crawl = crawler()
    # when
    answers = crawl.refresh(*waiting([5]))
    # then
    assert [(answer.seen, answer.gone) for answer in answers] == [(frozenset({"5"}), frozenset())]
    post = crawl.source.parse(answers[0].items[0], NOW)
    assert post.status == "已办结"
    assert post.replies == [Reply(organisation="市住建局", body="已修好")]
    assert (post.votes_up, post.satisfaction) == (12, 4.5)
    assert "ip" not in answers[0].items[0]


def test_one_request_settles_all_open_posts_of_a_page(full_board: Board, crawler: Callable[..., Crawler]) -> None:
    # when pages hold three posts
    answers = crawler().refresh(*waiting([9, 2, 8, 7]))
    # then
    assert [answer.seen for answer in answers] == [{"9", "8", "7"}, {"2"}]
    assert full_board.list_requests() == [(MAYOR, 10), (MAYOR, 3)]


def test_posts_taken_off_the_board_are_gone(full_board: Board, crawler: Callable[..., Crawler]) -> None:
    # given
    full_board.remove(6)
    full_board.remove(1)
    # when
    answers = crawler().refresh(*waiting([7, 6, 5, 1]))
    # then
    assert [(set(answer.seen), set(answer.gone)) for answer in answers] == [({"7", "5"}, {"6"}), (set(), {"1"})]


def test_asking_again_keeps_to_its_budget_and_takes_the_first_first(
    full_board: Board, crawler: Callable[..., Crawler]
) -> None:
    # when
    answers = crawler(refresh_requests=2).refresh(*waiting([1, 9, 4]))
    # then
    assert [answer.seen for answer in answers] == [{"1"}, {"9"}]


def test_posts_of_another_forum_are_asked_for_there(board: Board, crawler: Callable[..., Crawler]) -> None:
    # given ids of two forums that lie between each other
    for tid in (1, 3, 5):
        board.add(MAYOR, tid)
    for tid in (2, 4):
        board.add(GOVERNOR, tid)
    crawl = crawler(forums={MAYOR: "市长留言", GOVERNOR: "省长留言"})
    # when
    answers = crawl.refresh(*waiting([5, 3]), *waiting([4, 2], "省长留言"))
    # then
    assert [set(answer.seen) for answer in answers] == [{"5", "3"}, {"4", "2"}]
    assert not any(answer.gone for answer in answers)
    assert board.list_requests() == [(MAYOR, 6), (GOVERNOR, 5)]


def test_posts_of_a_forum_no_longer_configured_are_spoken_of(
    full_board: Board, crawler: Callable[..., Crawler], caplog: pytest.LogCaptureFixture
) -> None:
    # when
    answers = crawler().refresh(*waiting([5]), *waiting([6], "旧版块"))
    # then
    assert [answer.seen for answer in answers] == [{"5"}]
    assert "1 条未办结留言的版块不在配置里" in caplog.text


def test_a_page_from_elsewhere_does_not_make_posts_look_gone(
    full_board: Board, crawler: Callable[..., Crawler]
) -> None:
    # given
    full_board.repeats = True
    # then
    with pytest.raises(SourceFailed, match="复查 4 时得到了别处的页面"):
        crawler().refresh(*waiting([4]))


def test_two_forums_of_one_name_are_refused(board: Board) -> None:
    with pytest.raises(ValueError, match="名称不能重复"):
        source_of(board, forums={1: "市长留言", 2: "市长留言"})


# One item


ITEM: RawItem = {
    "fid": MAYOR,
    "tid": 77,
    "subject": "儿童疫苗在哪里打",
    "content": "请问社区医院周末打不打疫苗？",
    "dateline": 1578447000,
    "domainName": "医疗",
    "typeName": "咨询",
    "stateInfo": "已回复",
    "answerOrganization": "市卫健委",
    "answerContent": "周末上午可以。",
    "favNum": 3,
    "nickName": "小城居民",
    "gradeManner": 5,
    "gradeSpeed": 2,
}


def test_an_item_becomes_a_post(board: Board) -> None:
    # when
    post = source_of(board).parse(ITEM, NOW)
    # then
    assert post.id == "board:77"
    assert post.source_id == "77"
    assert post.url == f"{board.url}/threads/content?tid=77"
    assert (post.title, post.body) == ("儿童疫苗在哪里打", "请问社区医院周末打不打疫苗？")
    # 1578447000 seconds: 2020-01-08 09:30 in Beijing
    assert post.posted_at == datetime(2020, 1, 8, 1, 30, tzinfo=UTC)
    assert post.collected_at == NOW
    assert (post.forum, post.kind, post.domain, post.status) == ("市长留言", "咨询", "医疗", "已回复")
    assert post.replies == [Reply(organisation="市卫健委", body="周末上午可以。", replied_at=None)]
    assert (post.votes_up, post.votes_down, post.satisfaction) == (3, None, 3.5)
    assert post.author == "小城居民"


def test_what_an_item_does_not_tell_stays_missing(board: Board) -> None:
    # when
    post = source_of(board).parse({"fid": MAYOR, "tid": 1, "content": "路灯不亮\n请修", "dateline": 1578447000}, NOW)
    # then
    assert post.title == "路灯不亮"
    assert post.replies == []
    assert (post.kind, post.domain, post.status, post.author) == (None, None, None, None)
    assert (post.votes_up, post.satisfaction) == (None, None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("待回复", "待回复"),
        ("办理中", "处理中"),
        ("处理中", "处理中"),
        ("已回复", "已回复"),
        ("已办理", "已办结"),
        ("已办结", "已办结"),
    ],
)
def test_the_words_of_the_board_for_a_state_are_understood(board: Board, word: str, status: str) -> None:
    assert source_of(board).parse({**ITEM, "stateInfo": word, "answerContent": ""}, NOW).status == status


def test_an_unknown_state_stays_missing_and_is_spoken_of_once(board: Board, caplog: pytest.LogCaptureFixture) -> None:
    # given
    caplog.set_level(logging.WARNING)
    item = {**ITEM, "stateInfo": "转办途中", "answerContent": None}
    # when
    posts = [source_of(board).parse(item, NOW) for _ in range(3)]
    # then
    assert [post.status for post in posts] == [None, None, None]
    assert caplog.text.count("转办途中") == 1


@pytest.mark.parametrize(("word", "kind"), [("投诉/求助", "投诉"), ("建言", "建言"), ("感谢", "感谢"), ("其他", None)])
def test_the_words_of_the_board_for_a_kind_are_understood(board: Board, word: str, kind: str | None) -> None:
    assert source_of(board).parse({**ITEM, "typeName": word}, NOW).kind == kind


def test_a_single_grade_counts_alone_and_no_grade_is_no_grade(board: Board) -> None:
    # given
    source = source_of(board)
    # then
    assert source.parse({**ITEM, "gradeManner": 4, "gradeSpeed": 0}, NOW).satisfaction == 4
    assert source.parse({**ITEM, "gradeManner": 0, "gradeSpeed": None}, NOW).satisfaction is None


def test_the_time_of_an_answer_is_taken_where_it_is_told(board: Board) -> None:
    # when
    post = source_of(board).parse({**ITEM, "answerDateline": 1578533400}, NOW)
    # then
    assert post.first_reply_at == datetime(2020, 1, 9, 1, 30, tzinfo=UTC)


def test_an_anonymous_author_is_no_author(board: Board) -> None:
    assert source_of(board).parse({**ITEM, "nickName": "匿名网友"}, NOW).author is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tid": None}, "没有编号"),
        ({"tid": "abc"}, "没有编号"),
        ({"tid": 0}, "没有编号"),
        ({"dateline": None}, "没有留言时间"),
        ({"dateline": "yesterday"}, "认不出"),
        ({"dateline": 0}, "认不出"),
        ({"subject": " ", "content": None}, "标题和内容都是空的"),
        ({"favNum": "many"}, "favNum 应是整数"),
    ],
)
def test_an_item_that_cannot_be_a_post_says_why(board: Board, change: RawItem, reason: str) -> None:
    with pytest.raises(BadItem, match=reason):
        source_of(board).parse({**ITEM, **change}, NOW)
