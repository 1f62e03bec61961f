"""Place names are cut out of running text with the right left edge, and what only sounds like a place is left alone."""

import time
from pathlib import Path

import pytest

from core.config import load_yaml
from core.errors import ConfigError
from nlp.places import MOST_NAMES, PlaceFinder, PlacesFile
from pipeline.settings import PROJECT


@pytest.fixture(scope="module")
def finder() -> PlaceFinder:
    """With an empty gazetteer: patterns only."""
    return PlaceFinder(PlacesFile())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("我们翠园小区停水三天", ["翠园小区"]),
        ("请问市三医院几点上班", ["市三医院"]),
        ("A市A3区联丰路米兰春天G2栋有人开影楼", ["A市A3区", "联丰路", "米兰春天"]),
        ("请问星湖家园附近有打疫苗的吗", ["星湖家园"]),
        ("家住解放路与东四路交汇处橄榄城小区", ["解放路", "东四路", "橄榄城小区"]),
        ("在机场大道和建设路路口等车", ["机场大道", "建设路路口"]),
        ("海丰县公平镇新联村的卫生室没有药", ["海丰县", "公平镇", "新联村"]),
        ("红草镇卫生院和翠园小区幼儿园都在这里", ["红草镇卫生院", "翠园小区幼儿园"]),
        ("去汕尾市人民医院看病，又转到广东省人民医院", ["汕尾市人民医院", "广东省人民医院"]),
        ("我在区中医院做检查", ["区中医院"]),
        ("A市第一中学旁边的人民公园", ["A市第一中学", "人民公园"]),
        ("A市自来水公司和宏发物业公司都不管", ["A市自来水公司", "宏发物业公司"]),
        ("万和城和洋湖苑都有人发热", ["万和城", "洋湖苑"]),
        ("地铁站建在八一路还是文化路", ["八一路", "文化路"]),
        ("B12县云集镇的集镇上没有药店", ["B12县", "云集镇"]),
        ("时代年华小区业主群里都在说", ["时代年华小区"]),
    ],
)
def test_a_name_is_cut_at_its_edges(finder: PlaceFinder, text: str, names: list[str]) -> None:
    assert finder.find(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "我们小区的业主都反映，整个社区没有一家医院",
        "老旧小区改造、普惠性幼儿园、公立学校、三甲医院",
        "这条道路是断头路，马路上没有路灯，下一步往哪条路走",
        "农村的乡镇卫生院，全村村民去县城看病",
        "坐205路公交车上班，思路打不开，走投无路",
        "物业公司和开发商互相推诿，市场价格上涨，市政府不管",
        "孩子上大学了，学校让交钱",
        "",
        "🙂🙂🙂",
        "The hospital is closed.",
    ],
)
def test_what_names_no_place_is_left_alone(finder: PlaceFinder, text: str) -> None:
    assert finder.find(text) == []


def test_a_place_is_named_once_in_its_most_specific_spelling_where_it_first_appears(finder: PlaceFinder) -> None:
    text = "A3区丽发新城有噪声。金桂路也吵。A市A3区丽发新城小区的业主说，丽发新城没人管"

    assert finder.find(text) == ["A市A3区", "丽发新城小区", "金桂路"]


def test_a_city_before_an_institution_of_its_own_belongs_to_the_name_and_before_any_other_does_not(
    finder: PlaceFinder,
) -> None:
    assert finder.find("A市妇幼保健院") == ["A市妇幼保健院"]
    assert finder.find("A市私立学校") == ["A市"]
    assert finder.find("A市博雅学校") == ["A市", "博雅学校"]


def test_listed_names_are_found_whatever_they_look_like_and_aliases_become_the_proper_name() -> None:
    file = PlacesFile(
        districts=("城区",),
        towns=("附城镇",),
        estates=("老街口",),
        hospitals=("市第三人民医院",),
        aliases={"三医院": "市第三人民医院", "市三医院": "市第三人民医院"},
    )

    found = PlaceFinder(file).find("城区附城镇老街口有人去三医院，也就是市三医院、市第三人民医院")

    assert found == ["城区", "附城镇", "老街口", "市第三人民医院"]


def test_the_shipped_file_loads_and_its_aliases_work() -> None:
    finder = PlaceFinder(load_yaml(PROJECT / "config" / "places.yml", PlacesFile))

    assert finder.find("市一院在海棠路") == ["市第一人民医院", "海棠路"]


def test_a_misspelt_key_and_a_one_character_name_are_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "places.yml"

    wrong.write_text("hospital: [市中医院]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="hospital：没有这个配置项"):
        load_yaml(wrong, PlacesFile)

    wrong.write_text("roads: [路]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="至少要有两个字"):
        load_yaml(wrong, PlacesFile)


def test_a_text_that_lists_places_gives_the_first_fifty(finder: PlaceFinder) -> None:
    letters = "甲乙丙丁戊己庚辛壬癸"
    villages = [f"{first}{second}村" for first in letters for second in letters]

    found = finder.find("、".join(villages))

    assert found == villages[:MOST_NAMES]


@pytest.mark.parametrize("unit", ["翠园小区业主", "A市A3区", "业主", "和", "市", "小区路口", "a1栋", "翠"])
def test_the_time_grows_with_the_length_of_the_text_whatever_it_is_made_of(finder: PlaceFinder, unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        start = time.process_time()
        finder.find(text)
        return time.process_time() - start

    short, long = max(seconds(10_000), 0.001), seconds(100_000)

    # Ten times the length; quadratic growth would take a hundred times.
    assert long / short < 40


def test_most_names_in_real_messages_end_where_a_reader_would_end_them(realdata: Path, finder: PlaceFinder) -> None:
    """Not a score (annotations are real text and stay out of the project): what is found is short and occurs as found."""
    text = (realdata / "messages_voted.csv").read_text(encoding="utf-8-sig")[:400_000]

    for line in text.splitlines():
        for name in finder.find(line):
            assert name in line
            assert 2 <= len(name) <= 24
