"""The name of a matter, the sentences that stand for it, and what contradicts the answers."""

from pathlib import Path

import pytest

from core.post import Post
from matters.matter import Answer
from matters.misreadings import misreadings
from matters.naming import cleaned, name_of
from matters.summary import Sentence, representative
from nlp.places import PlaceFinder, PlacesFile
from tests.matters.cases import beijing, post, terms

SUBSIDY = (
    "2022年1月1日后出生的二孩每户一次性发放育儿补贴5000元，三孩发放育儿补贴10000元。"
    "育儿补贴不需要个人重复申请，由社区统一申报。补贴将于6月30日前发放到账。"
)
VACCINE = "九价疫苗每针价格为1318元，九价疫苗不纳入医保报销。男性暂不可以接种九价疫苗。登记后15个工作日内电话通知接种。"
MIXER = "该搅拌站未办理环评手续，已责令停产整改，罚款8万元。搅拌站将于11月30日前拆除设备搬离。"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("关于A区人才购房补贴的咨询", "A区人才购房补贴"),
        ("投诉翠园小区附近建搅拌站噪音扰民", "翠园小区附近建搅拌站噪音扰民"),
        ("请求解决翠园小区停水的问题", "翠园小区停水"),
        ("咨询九价疫苗接种相关问题", "九价疫苗接种"),
        ("强烈反对！！翠园小区捆绑销售车位！", "翠园小区捆绑销售车位"),
        ("反映问题", "反映问题"),
        ("翠园小区二期洋房质量真的太差太差！", "翠园小区二期洋房质量"),
        ("投诉翠园小区搅拌站噪音污染严重", "翠园小区搅拌站噪音污染"),
        ("翠园小区门口脏乱差", "翠园小区门口脏乱差"),
        ("投诉翠园小区房屋有严重质量问题", "翠园小区房屋有严重质量问题"),
        ("翠园小区多栋房子现裂缝，质量堪忧", "翠园小区多栋房子现裂缝，质量堪忧"),
        ("对翠园小区停车的一点建议", "翠园小区停车"),
    ],
)
def test_a_title_loses_its_wrapping(title: str, name: str) -> None:
    assert cleaned(title) == name


def _titled(*titles: str, places: list[str]) -> list[Post]:
    return [
        post(f"2026-03-{day:02d} 09:00", f"author{day}", title=title, body=f"{title}。", places=places)
        for day, title in enumerate(titles, 1)
    ]


def test_the_name_is_the_most_typical_title_with_the_place() -> None:
    posts = _titled(
        "投诉搅拌站噪音扰民",
        "翠园小区旁搅拌站噪音扰民",
        "请求取缔翠园小区旁边的搅拌站",
        "希望领导救救我们",
        "翠园小区搅拌站粉尘污染",
        places=["翠园小区"],
    )

    assert name_of(posts, terms()) == "翠园小区旁搅拌站噪音扰民"


def test_a_name_without_the_place_gets_it() -> None:
    posts = _titled("投诉搅拌站噪音扰民", "搅拌站噪音扰民", "反映搅拌站噪音", places=["翠园小区"])

    assert name_of(posts, terms()) == "翠园小区搅拌站噪音"


def test_a_name_rather_says_what_it_is_about_than_asks_or_complains() -> None:
    posts = _titled(
        "翠园小区搅拌站还在吵",
        "翠园小区搅拌站何时搬走",
        "翠园小区搅拌站噪音",
        "翠园小区搅拌站又在半夜施工",
        places=["翠园小区"],
    )

    assert name_of(posts, terms()) == "翠园小区搅拌站噪音"


def test_a_name_that_says_where_it_is_gets_no_second_place() -> None:
    posts = _titled("春江花园门口油烟扰民", "春江花园门口油烟", "春江花园油烟扰民", places=["翠园小区"])
    posts[0] = posts[0].model_copy(update={"places": ["翠园小区", "春江花园"]})

    assert name_of(posts, terms()).startswith("春江花园")


def test_a_letter_in_the_title_is_cut() -> None:
    name = name_of(_titled("翠园小区旁边的搅拌站每天半夜施工" * 10, places=["翠园小区"]), terms())

    assert name.startswith("翠园小区旁边的搅拌站")
    assert name.endswith("…")
    assert len(name) <= 41


def test_a_matter_without_titles_has_no_name() -> None:
    assert name_of(_titled("", places=[]), terms()) == ""


def test_a_place_few_posts_name_is_left_out() -> None:
    posts = _titled("九价疫苗预约难", "九价疫苗预约不到", "九价疫苗预约太难", places=[])
    posts[0] = posts[0].model_copy(update={"places": ["翠园小区"]})

    assert "翠园" not in name_of(posts, terms())


@pytest.mark.realdata
def test_real_matters_get_the_names_a_person_would_give(realdata: Path) -> None:
    # given the posts of two matters, found by their words
    places = PlaceFinder(PlacesFile())
    text = (realdata / "messages_voted.csv").read_text(encoding="utf-8-sig")
    assert "搅拌" in text
    rows = _real_posts(realdata, places)
    mixers = [one for one in rows if "丽发" in one.text and "搅拌" in one.text]
    spaces = [one for one in rows if "伊景园" in one.text and "车位" in one.text]

    # then
    assert all(word in name_of(mixers, terms()) for word in ("丽发", "搅拌"))
    assert all(word in name_of(spaces, terms()) for word in ("伊景园", "车位"))


def _real_posts(realdata: Path, places: PlaceFinder) -> list[Post]:
    import csv

    with (realdata / "messages_voted.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if "搅拌" in row["留言详情"] or "车位" in row["留言详情"]]
    return [
        post(
            "2019-12-01 09:00",
            row["留言用户"],
            row["留言详情"],
            title=row["留言主题"],
            places=places.find(row["留言主题"]),
        )
        for row in rows
    ]


def test_the_sentences_chosen_tell_different_things_by_different_people() -> None:
    # given one thing said by many in nearly the same words, and two others
    said = [Sentence(f"翠园小区旁边的搅拌站噪音很大，晚上{hour}点还在施工。", f"noise{hour}") for hour in (9, 10, 11)]
    said += [
        Sentence("搅拌站的粉尘落满了翠园小区的阳台和窗户。", "dust"),
        Sentence("运料车把翠园小区门口的马路压坏了。", "road"),
    ]

    # when
    chosen = representative(said, terms(), 3)

    # then
    assert len({one.writer[:5] for one in chosen}) == 3


def test_one_writer_has_one_sentence() -> None:
    said = [
        Sentence("搅拌站的噪音让翠园小区的居民睡不着觉。", "甲"),
        Sentence("搅拌站的粉尘让翠园小区的居民开不了窗。", "甲"),
    ]

    assert len(representative(said, terms(), 5)) == 1


def test_greetings_pieces_and_who_writes_stand_for_nothing() -> None:
    said = [
        Sentence("感谢您对翠园小区的关心和支持！", "甲"),
        Sentence("太吵了。", "乙"),
        Sentence("我是翠园小区二期洋房的业主。", "丙"),
    ]

    assert representative(said, terms(), 5) == []


@pytest.mark.parametrize(
    ("answer", "body", "differs"),
    [
        (SUBSIDY, "听说三孩的育儿补贴只发放5000元，太少了。", "数字或日期不同"),
        (SUBSIDY, "二孩育儿补贴发放3000元，跟宣传的不一样", "数字或日期不同"),
        (SUBSIDY, "不是说补贴8月30日前发放到账吗", "数字或日期不同"),
        (SUBSIDY, "社区说育儿补贴需要个人重复申请。", "说法相反"),
        (VACCINE, "九价疫苗每针价格2000元，太贵了。", "数字或日期不同"),
        (VACCINE, "登记后30个工作日才电话通知接种", "数字或日期不同"),
        (VACCINE, "九价疫苗纳入医保报销了，为什么还要自己出钱", "说法相反"),
        (VACCINE, "男性可以接种九价疫苗了。", "说法相反"),
        (MIXER, "搅拌站12月底前拆除设备搬离，请问是真的吗", "数字或日期不同"),
        (MIXER, "搅拌站只罚款5万元，太轻了。", "数字或日期不同"),
    ],
)
def test_posts_that_contradict_the_answer_are_shown(answer: str, body: str, differs: str) -> None:
    (found,) = misreadings([post("2026-03-05 09:00", body=body)], [_answer(answer)], terms())

    assert found.differs == differs
    assert body.startswith(found.says.rstrip("。")[:8])


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (SUBSIDY, "二孩补贴5000元什么时候到？"),
        (SUBSIDY, "我5月3日打电话问过补贴的事。"),
        (SUBSIDY, "现在又说育儿补贴要个人重新申请，跑了三趟。"),
        (SUBSIDY, "补贴6月底前发放到账，现在还没看到。"),
        (SUBSIDY, "我家三个孩子，一个月奶粉要2000元，补贴太少。"),
        (SUBSIDY, "二孩每户发放5000元合理吗？"),
        (VACCINE, "九价疫苗价格1318元一针，三针要3954元。"),
        (VACCINE, "九价疫苗能不能纳入医保报销？"),
        (VACCINE, "我登记了两个月还没有电话通知。"),
        (MIXER, "11月30日前搅拌站拆除设备搬离，现在还在生产。"),
        (MIXER, "搅拌站每天凌晨3点还在施工。"),
        (MIXER, "搅拌站未办理环评手续还在生产。"),
        (MIXER, "搅拌站离我家50米，灰尘很大。"),
    ],
)
def test_posts_that_agree_or_speak_of_something_else_are_not(answer: str, body: str) -> None:
    assert misreadings([post("2026-03-05 09:00", body=body)], [_answer(answer)], terms()) == []


def test_a_post_before_the_answer_misreads_nothing() -> None:
    early = post("2026-02-20 09:00", body="听说三孩的育儿补贴只发放5000元，太少了。")

    assert misreadings([early], [_answer(SUBSIDY)], terms()) == []


def _answer(text: str) -> Answer:
    return Answer(beijing("2026-03-01 09:00"), "答复", text)
