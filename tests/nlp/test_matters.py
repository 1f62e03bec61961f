"""Posts become matters: the same thing at the same place or for the same people, kept from run to run."""

import csv
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix

from nlp.matter_linkage import Nodes, Rules, link
from nlp.matter_state import dump, restore
from nlp.matter_types import Matter, MatterEvent, MatterPost
from nlp.matters import Matters
from nlp.near_duplicates import NearDuplicates, plain, signature
from nlp.places import PlaceFinder, PlacesFile
from nlp.segment import Segmenter

DAY = datetime(2020, 3, 1, 8, tzinfo=UTC)
SEGMENTER = Segmenter()
PLACES = PlaceFinder(PlacesFile())

Write = Callable[..., MatterPost]


@pytest.fixture
def write() -> Write:
    """Writes posts, each by another author and a minute later than the last."""
    written = 0

    def make(
        title: str, body: str, *, day: int = 0, author: str | None = None, post_id: str | None = None
    ) -> MatterPost:
        nonlocal written
        written += 1
        text = f"{title}\n{body}"
        return MatterPost(
            id=post_id or f"post{written}",
            author=author or f"author{written}",
            posted_at=DAY + timedelta(days=day, minutes=written),
            title=title,
            body=body,
            tokens=tuple(SEGMENTER.words(text)),
            places=tuple(PLACES.find(text)),
        )

    return make


@pytest.fixture
def others(write: Write) -> list[MatterPost]:
    """Posts about nothing in common."""
    return [
        write("社保卡办理要多久", "上月在窗口申请的社保卡到现在还没有通知领取，请问一般需要多长时间"),
        write("人民医院挂号排队太久", "人民医院门诊挂号要排两个小时的队，能不能多开几个窗口"),
        write("东湖公园的路灯坏了", "东湖公园环湖步道上的路灯坏了一个月，晚上散步看不清路"),
        write("请问驾驶证到期怎么换", "我的驾驶证下个月到期，请问换证要带什么材料"),
        write("第三中学周末补课收费", "第三中学高二年级每个周末补课，每学期收费八百元"),
        write("工地拖欠农民工工资", "我们在城西工地做了半年木工，包工头一直不给工资"),
        write("15路公交车等太久", "早上上班在市政府站等15路车要等四十分钟"),
        write("广场舞声音太大", "每天晚上体育馆前面跳广场舞的音响声音太大，孩子没法做作业"),
    ]


@pytest.fixture
def smoke(write: Write) -> list[MatterPost]:
    """Three people about the smoke of one barbecue."""
    return [
        write("翠竹苑楼下烧烤店油烟扰民", "翠竹苑三栋楼下新开的烧烤店没有烟道，油烟直接飘进居民家里，晚上不敢开窗"),
        write("投诉翠竹苑小区烧烤店油烟太大", "烧烤店每天营业到凌晨，油烟熏得翠竹苑的住户睡不着觉，请环保部门处理"),
        write("翠竹苑烧烤油烟什么时候能解决", "向社区反映翠竹苑一楼烧烤店的油烟问题两个月了，一直没有人管"),
    ]


def groups(matters: Matters, least_posts: int = 2) -> set[frozenset[str]]:
    return {frozenset(matter.posts) for matter in matters.matters(least_posts)}


def ids(posts: Sequence[MatterPost]) -> frozenset[str]:
    return frozenset(post.id for post in posts)


def told(events: list[MatterEvent]) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(event.kind, event.matters, event.posts) for event in events]


# --- what is one matter


def test_people_who_write_about_the_same_thing_at_the_same_place_share_a_matter(
    others: list[MatterPost], smoke: list[MatterPost]
) -> None:
    matters = Matters()

    matters.update([*others, *smoke], DAY)

    (matter,) = matters.matters()
    assert set(matter.posts) == ids(smoke)
    assert matter.place == "翠竹苑"
    assert matter.keywords[0] == "油烟"
    assert matter.title in {post.title for post in smoke}
    assert (matter.first_at, matter.last_at) == (smoke[0].posted_at, smoke[2].posted_at)
    assert matters.matter_of(smoke[1].id) == matter.id
    assert matters.matter_of(others[0].id) is None


def test_the_same_thing_at_another_place_is_another_matter(
    write: Write, others: list[MatterPost], smoke: list[MatterPost]
) -> None:
    elsewhere = [
        write("锦绣家园楼下烧烤店油烟扰民", "锦绣家园临街的烧烤店没有烟道，油烟直接飘进居民家里，晚上不敢开窗"),
        write("锦绣家园烧烤店油烟问题", "锦绣家园业主被楼下烧烤店油烟困扰，请环保部门来看看"),
    ]
    matters = Matters()

    matters.update([*others, *smoke, *elsewhere], DAY)

    assert groups(matters) == {ids(smoke), ids(elsewhere)}


def test_another_thing_at_the_same_place_is_another_matter(
    write: Write, others: list[MatterPost], smoke: list[MatterPost]
) -> None:
    lifts = [
        write("翠竹苑电梯经常坏", "翠竹苑五栋的电梯三天两头停运，老人爬楼很辛苦，物业说没有维修资金"),
        write("翠竹苑小区电梯停运半个月", "我家住翠竹苑十二楼，电梯停运半个月物业还不维修"),
    ]
    matters = Matters()

    matters.update([*others, *smoke, *lifts], DAY)

    assert groups(matters) == {ids(smoke), ids(lifts)}


def test_what_concerns_people_all_over_the_city_holds_together_without_a_place(
    write: Write, others: list[MatterPost]
) -> None:
    subsidy = [
        write("人才购房补贴什么时候发放", "去年申请的人才购房补贴审核通过了，到现在没有发放"),
        write("咨询人才购房补贴申请条件", "硕士毕业落户后买了房，请问申请人才购房补贴需要什么条件"),
        write("人才购房补贴审核不通过", "申请人才购房补贴被退回，理由是单位注册地不在本市"),
    ]
    matters = Matters()

    matters.update([*others, *subsidy], DAY)

    (matter,) = matters.matters()
    assert set(matter.posts) == ids(subsidy)
    assert matter.place is None


def test_two_bus_lines_with_the_same_trouble_are_two_matters(write: Write, others: list[MatterPost]) -> None:
    first = [
        write("205路公交车不按时发车", "205路公交车经常半个小时不发车，上班总是迟到"),
        write("205路公交车经常不按时发车", "早上等205路公交车等了四十分钟，司机说发车时间改了"),
    ]
    second = [
        write("312路公交车不按时发车", "312路公交车经常半个小时不发车，上班老是迟到"),
        write("312路公交车总是不按时发车", "在站台等312路公交车等了快一个小时"),
    ]
    matters = Matters()

    matters.update([*others, *first, *second], DAY)

    assert groups(matters) == {ids(first), ids(second)}


# --- copies


def test_a_text_sent_again_or_copied_is_folded_and_counted_as_a_copy(
    write: Write, others: list[MatterPost], smoke: list[MatterPost]
) -> None:
    body = "河东大道与学府路交汇处的路面塌陷，早晚高峰车辆绕行，已经有两辆电动车摔倒，请尽快修复"
    first = write("河东大道路面塌陷", body, author="one")
    again = write("再次反映河东大道路面塌陷", body, author="one")
    copied = write("河东大道路面塌陷谁来管", f"{body}！！谢谢", author="two")
    matters = Matters()

    matters.update([*others, *smoke, first, again, copied], DAY)

    by_title = {matter.title: matter for matter in matters.matters()}
    matter = by_title["河东大道路面塌陷"]
    assert set(matter.posts) == {first.id, again.id, copied.id}
    assert set(matter.copies) == {again.id, copied.id}
    assert not any(found.copies for title, found in by_title.items() if title != matter.title)


def test_a_text_copied_for_another_place_is_no_copy(write: Write, others: list[MatterPost]) -> None:
    text = "{}临街的烧烤店没有烟道，油烟直接飘进居民家里，晚上不敢开窗，投诉了多次没有结果，请环保部门尽快处理"
    here = write("翠竹苑烧烤店油烟扰民", text.format("翠竹苑"))
    there = write("锦绣家园烧烤店油烟扰民", text.format("锦绣家园"))
    matters = Matters()

    matters.update([*others, here, there], DAY)

    assert groups(matters) == set()


def test_near_duplicates_are_found_by_their_wording_not_by_marks_or_width() -> None:
    known = NearDuplicates()
    text = "尊敬的领导，我们小区楼下的搅拌站每天早上五点就开始作业，噪音很大，老人和孩子都睡不好觉，请尽快处理，谢谢"
    known.add(1, signature("", plain(text)))
    known.add(2, signature("", plain("请问办理居住证需要准备哪些材料，在哪个窗口办理，多长时间可以拿到")))

    assert known.find(signature("", plain(text.replace("，", "！ ").replace("五", "5")))) == [1]
    assert known.find(signature("", plain("搅拌站噪音很大"))) == []
    assert known.find(signature("", "")) == []


# --- from run to run


def test_a_matter_is_born_grows_goes_quiet_and_comes_back(
    write: Write, others: list[MatterPost], smoke: list[MatterPost]
) -> None:
    matters = Matters()
    late = replace(smoke[2], posted_at=DAY + timedelta(days=50))
    first, second = smoke[0].id, smoke[1].id

    assert told(matters.update([*others, smoke[0]], DAY)) == []
    assert told(matters.update([smoke[1]], DAY)) == [("born", (first,), (first, second))]
    assert told(matters.recheck(DAY + timedelta(days=29))) == []
    assert told(matters.recheck(DAY + timedelta(days=31))) == [("quiet", (first,), ())]
    assert told(matters.recheck(DAY + timedelta(days=32))) == []
    assert matters.matters()[0].quiet
    assert told(matters.update([late], late.posted_at)) == [("returned", (first,), (late.id,))]
    assert not matters.matters()[0].quiet
    more = write("翠竹苑烧烤店油烟还是没人管", "翠竹苑楼下烧烤店的油烟投诉了多次没有结果", day=51)
    assert told(matters.update([more], more.posted_at)) == [("grew", (first,), (more.id,))]


def test_matters_that_turn_out_to_be_one_are_merged_under_the_larger_ones_id(
    write: Write, others: list[MatterPost]
) -> None:
    digging = [
        write("新城大道地铁工地夜间施工", "新城大道的地铁工地每天夜间打桩，吵得睡不着", post_id="d1"),
        write("新城大道地铁工地半夜打桩", "地铁工地半夜还在打桩，新城大道两边的居民没法睡觉", post_id="d2"),
    ]
    lorries = [
        write("福满楼小区门口渣土车太吵", "福满楼小区门口的渣土车通宵来往，声音很大", post_id="l1"),
        write("渣土车通宵经过福满楼小区", "福满楼小区外面渣土车整夜不停，请交警管一管", post_id="l2"),
    ]
    both = [
        write("新城大道地铁工地渣土车夜间吵福满楼小区", "地铁工地夜间施工，渣土车从福满楼小区门口通宵经过", day=1),
        write("福满楼小区深受地铁工地夜间施工和渣土车之苦", "新城大道地铁工地夜间打桩，渣土车整夜经过小区门口", day=1),
        write("新城大道地铁工地打桩和渣土车通宵扰民", "福满楼小区居民被打桩声和渣土车吵得整夜睡不着", day=1),
        write("新城大道地铁夜间施工渣土车吵醒福满楼居民", "半夜打桩和渣土车声音很大，福满楼小区不得安宁", day=1),
    ]
    matters = Matters()
    matters.update([*others, *digging, *lorries], DAY)
    matters.recheck(DAY)
    assert groups(matters) == {ids(digging), ids(lorries)}

    matters.update(both, DAY + timedelta(days=1))
    events = matters.recheck(DAY + timedelta(days=1))

    assert told(events) == [("merged", ("d1", "l1"), ("l1", "l2"))]
    assert groups(matters) == {ids([*digging, *lorries, *both])}
    assert matters.matter_of("l1") == "d1"


def test_a_matter_that_turns_out_to_be_two_is_split(write: Write, others: list[MatterPost]) -> None:
    first = [
        write("翠竹苑停车太难", "翠竹苑的物业只收钱不做事，过道上停满了车，晚上回来找不到车位", post_id="parking"),
        write("翠竹苑电梯总坏", "翠竹苑的物业只收钱不做事，电梯总坏，老人爬楼很辛苦，还困住了孩子", post_id="lift"),
    ]
    later = [
        write("翠竹苑车位不够业主停车太难", "晚上过道上停满了车，消防车进不来，请增加车位", day=1, post_id="p2"),
        write("翠竹苑过道停满了车没有车位", "车位租给外来车辆，晚上回来找不到车位停车", day=1, post_id="p3"),
        write("翠竹苑电梯停运没人修", "三栋电梯停运一个星期，老人爬楼很辛苦", day=1, post_id="l2"),
        write("翠竹苑电梯三天两头坏", "电梯总坏，上次还困住了孩子，请质监局查一查", day=1, post_id="l3"),
    ]
    matters = Matters()
    assert told(matters.update([*others, *first], DAY)) == [("born", ("parking",), ("parking", "lift"))]

    matters.update(later, DAY + timedelta(days=1))
    events = matters.recheck(DAY + timedelta(days=1))

    assert told(events) == [("split", ("parking", "lift"), ("lift", "l2", "l3"))]
    assert groups(matters) == {frozenset({"parking", "p2", "p3"}), frozenset({"lift", "l2", "l3"})}


def test_a_post_whose_text_changed_moves_and_one_with_new_votes_does_not(
    others: list[MatterPost], smoke: list[MatterPost]
) -> None:
    matters = Matters()
    matters.update([*others, *smoke], DAY)
    park = others[2]
    rewritten = replace(
        smoke[2], title=f"再说{park.title}", body=park.body[:18], tokens=park.tokens, places=park.places
    )

    assert matters.update([replace(smoke[1], votes_up=7)], DAY) == []
    events = matters.update([rewritten], DAY)

    assert told(events) == [("born", (park.id,), (park.id, rewritten.id))]
    assert groups(matters) == {ids(smoke[:2]), frozenset({park.id, rewritten.id})}


def test_copies_stay_when_the_post_they_repeat_is_rewritten(write: Write, others: list[MatterPost]) -> None:
    body = "河东大道与学府路交汇处的路面塌陷，早晚高峰车辆绕行，已经有两辆电动车摔倒，请尽快修复"
    first, second, third = (write(f"河东大道路面塌陷{mark}", body) for mark in ("", "！", "！！"))
    matters = Matters()
    matters.update([*others, first, second, third], DAY)

    matters.update([replace(first, title="撤回", body="已经有人处理，谢谢", tokens=("处理",), places=())], DAY)

    (matter,) = matters.matters()
    assert set(matter.posts) == {second.id, third.id}
    assert matter.copies == (third.id,)


def test_the_order_of_arrival_does_not_matter(write: Write, others: list[MatterPost], smoke: list[MatterPost]) -> None:
    lifts = [
        write("翠竹苑电梯经常坏", "翠竹苑五栋的电梯三天两头停运，老人爬楼很辛苦，物业说没有维修资金"),
        write("翠竹苑小区电梯停运半个月", "我家住翠竹苑十二楼，电梯停运半个月物业还不维修"),
    ]
    posts = [*others, *smoke, *lifts]
    at_once = Matters()
    at_once.update(posts, DAY)
    for seed in range(3):
        shuffled = random.Random(seed).sample(posts, len(posts))
        in_one_run, one_by_one = Matters(), Matters()

        in_one_run.update(shuffled, DAY)
        for post in shuffled:
            one_by_one.update([post], DAY)
            one_by_one.recheck(DAY)

        assert in_one_run.matters() == at_once.matters()
        assert groups(one_by_one) == groups(at_once)


def put_down_and_taken_up(matters: Matters) -> Matters:
    """The matters again, from what is kept of them."""
    kept: dict[str, dict[int | str, bytes]] = defaultdict(dict)
    for shelf, key, value in matters.shelves.changes():
        assert value is not None
        kept[shelf][key] = value
    arrays, record = dump(matters)
    return restore(kept, arrays, json.loads(json.dumps(record)), matters.pool.rules)


def test_matters_put_down_and_taken_up_go_on_as_if_nothing_had_been(
    write: Write, others: list[MatterPost], smoke: list[MatterPost]
) -> None:
    matters = Matters(Rules(alike=0.27))
    matters.update([*others, *smoke[:2], replace(smoke[0], id="again")], DAY)

    restored = put_down_and_taken_up(matters)

    assert restored.matters() == matters.matters()
    assert restored.some(["again", others[0].id, "nobody"]) == matters.matters()
    assert restored.matter_of(smoke[1].id) == "again"
    assert restored.update([smoke[2]], DAY) == matters.update([smoke[2]], DAY) != []
    assert restored.recheck(DAY + timedelta(days=40)) == matters.recheck(DAY + timedelta(days=40)) != []
    assert restored.matters() == matters.matters()


def test_a_run_puts_away_no_more_than_it_changed(
    write: Write, others: list[MatterPost], smoke: list[MatterPost]
) -> None:
    matters = Matters()
    matters.update([*others, *smoke[:2]], DAY)
    matters.shelves.settle()

    assert list(matters.shelves.changes()) == []
    matters.update([smoke[2]], DAY)
    changed = list(matters.shelves.changes())

    # One post and one matter.
    assert len({key for shelf, key, _ in changed if shelf in {"features", "numbers", "minima"}}) == 2
    assert [value is not None for shelf, _, value in changed if shelf == "groups"] == [True]
    assert sum(shelf == "posts" for shelf, _, _ in changed) == 1


def test_nothing_in_gives_nothing_out() -> None:
    matters = Matters()

    assert matters.update([], DAY) == matters.recheck(DAY) == []
    assert matters.matters() == put_down_and_taken_up(matters).matters() == []


def test_linking_agrees_with_average_linkage_over_all_pairs() -> None:
    random_numbers = np.random.default_rng(3)
    for threshold in (0.1, 0.2, 0.3, 0.5):
        vectors = random_numbers.random((60, 40)) * (random_numbers.random((60, 40)) < 0.15)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        first, second = np.triu_indices(60, 1)

        rules = Rules(alike=threshold, least_grams=0.0, least_apart=0.0, thing_weight=0.0)
        found = link(_nodes(vectors.astype(np.float32)), first, second, rules)

        tree = linkage(1 - (vectors @ vectors.T)[first, second], "average")
        expected = fcluster(tree, 1 - threshold, "distance")
        assert _partition(found.tolist()) == _partition(expected.tolist())


def _nodes(vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Nodes:
    count, width = vectors.shape
    nothing = csr_matrix((count, width), dtype=np.float32)
    return Nodes(
        gram_ids=np.arange(width, dtype=np.int32),
        grams=csr_matrix(vectors),
        of_names=nothing,
        present=csr_matrix((vectors > 0).astype(np.float32)),
        things=np.zeros((count, 1), dtype=np.float32),
        names=nothing,
        named=np.zeros(count, dtype=np.float32),
        habitual=nothing,
        size=np.ones(count, dtype=np.float32),
        fixed=np.zeros(count, dtype=np.bool_),
    )


def _partition(labels: Sequence[int]) -> set[frozenset[int]]:
    parts: dict[int, set[int]] = defaultdict(set)
    for index, label in enumerate(labels):
        parts[label].add(index)
    return {frozenset(part) for part in parts.values()}


# --- on real messages


@pytest.fixture(scope="module")
def messages(realdata: Path) -> list[MatterPost]:
    with (realdata / "messages_voted.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [_message(row) for row in rows]


def _message(row: dict[str, str]) -> MatterPost:
    written = row["留言时间"].replace("-", "/")
    time = datetime.strptime(written, "%Y/%m/%d %H:%M:%S" if written.count(":") == 2 else "%Y/%m/%d %H:%M")
    title, body = " ".join(row["留言主题"].split()), " ".join(row["留言详情"].split())
    text = f"{title}\n{body}"
    return MatterPost(
        id=row["留言编号"],
        author=row["留言用户"],
        posted_at=time.replace(tzinfo=UTC),
        title=title,
        body=body,
        tokens=tuple(SEGMENTER.words(text)),
        places=tuple(PLACES.find(text)),
        votes_up=int(row["点赞数"]),
        votes_down=int(row["反对数"]),
    )


@pytest.fixture(scope="module")
def at_once(messages: list[MatterPost]) -> Matters:
    matters = Matters()
    matters.update(messages, max(post.posted_at for post in messages))
    return matters


@pytest.fixture(scope="module")
def gold() -> dict[str, frozenset[str]]:
    """Matters found by reading: name and the ids of all their posts. The larger of two neighbours is for choosing."""
    file = Path(__file__).with_name("gold_matters.json")
    return {name: frozenset(posts) for name, posts in json.loads(file.read_text(encoding="utf-8")).items()}


def _best_f1(found: list[Matter], gold: dict[str, frozenset[str]]) -> dict[str, float]:
    """For each gold matter the best of 2·|common| / (|found| + |gold|) over the matters found."""
    matter_of = {post: matter for matter in found for post in matter.posts}
    best = {}
    for name, posts in gold.items():
        common = Counter(matter_of[post].id for post in posts)
        sizes = {matter_of[post].id: len(matter_of[post].posts) for post in posts}
        best[name] = max(2 * count / (sizes[matter] + len(posts)) for matter, count in common.items())
    return best


def _hottest(matters: Matters, messages: list[MatterPost], most: int) -> list[Matter]:
    """By distinct authors and votes, as a stand-in for the heat that is reckoned elsewhere."""
    by_id = {post.id: post for post in messages}

    def heat(matter: Matter) -> tuple[float, str]:
        posts = [by_id[post] for post in matter.posts]
        votes = sum(min(post.votes_up or 0, 200) for post in posts)
        return -len({post.author for post in posts}) - votes / 50, matter.id

    return sorted(matters.matters(), key=heat)[:most]


@pytest.mark.realdata
def test_matters_that_a_reader_finds_are_found(at_once: Matters, gold: dict[str, frozenset[str]]) -> None:
    scores = _best_f1(at_once.matters(1), gold)

    in_order = [scores[name] for name in gold]
    assert len(gold) >= 60
    assert np.mean(in_order[0::2]) >= 0.9, "the half that the rules were chosen on"
    assert np.mean(in_order[1::2]) >= 0.9, "the half they were checked on"
    assert np.mean([scores[name] for name in gold if len(gold[name]) >= 9]) >= 0.96
    assert np.mean([scores[name] for name in gold if len(gold[name]) <= 5]) >= 0.89


@pytest.mark.realdata
def test_day_by_day_gives_the_same_hottest_matters_as_at_once(at_once: Matters, messages: list[MatterPost]) -> None:
    days: dict[datetime, list[MatterPost]] = defaultdict(list)
    for post in messages:
        days[post.posted_at.replace(hour=0, minute=0, second=0)].append(post)
    daily = Matters()

    for day, posts in sorted(days.items()):
        daily.update(posts, day + timedelta(days=1))
        daily.recheck(day + timedelta(days=1))

    found = [set(matter.posts) for matter in _hottest(daily, messages, 20)]
    same = [
        matter
        for matter in _hottest(at_once, messages, 20)
        if any(len(other & set(matter.posts)) >= 0.8 * len(other | set(matter.posts)) for other in found)
    ]
    assert len(same) >= 18
