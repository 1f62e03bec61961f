"""A site's own labels are learned as the categories they stand for; one that stands for none is named, never learned."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ConfigError, ExitCode
from nlp.model_files import load_model
from pipeline.labelled import Labelled, indexed_labels
from pipeline.settings import PROJECT, Settings
from store.embedded import NodeStatus
from tests.cli.command import Yuqing
from tests.core.wording import english_in
from tests.training.board import message
from tests.training.conftest import models_of, office_with, runtime_of
from tests.training.letters import AT, CITY, HEALTH, SCHOOL, letters

BOARD_LABELS = [
    "城建",
    "交通",
    "教育",
    "医疗",
    "环保",
    "治安",
    "就业",
    "文娱",
    "企业",
    "旅游",
    "农业",
    "金融",
    "政务",
    "三农",
]
"""What the message board of people.cn calls its subjects; besides these it has 其他."""
SITE = {HEALTH: "医疗", CITY: "城建", SCHOOL: "教育"}
MESSAGES = [
    *(message(f"网{n}", one.title, one.body, SITE[one.label]) for n, one in enumerate(letters(each=30))),
    message("分类", "路灯不亮", "已经是一级分类", CITY),
    message("主题", "疫苗何时到货", "标的是本局的主题", "疫苗接种"),
    *(message(f"房{n}", "房产证难办", f"第{n}套", "房产") for n in range(9)),
    message("军", "退役安置", "没有人管", "军事"),
    message("无", "说不清的事", "不说明什么", "其他"),
]


@pytest.fixture(scope="module")
def site(es_node: NodeStatus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuqing]:
    """The command of an office with the site's messages in its index."""
    with office_with(MESSAGES, es_node, tmp_path_factory.mktemp("site")) as office:
        yield office


def labelled(yuqing: Yuqing) -> tuple[dict[str, Labelled], Counter[str]]:
    """The posts a training would learn from by body, and the labels it would not know."""
    unknown: Counter[str] = Counter()
    return {one.body: one for one in indexed_labels(runtime_of(yuqing), "topic", unknown)}, unknown


def test_every_label_of_the_board_stands_for_a_category() -> None:
    # given
    topics = Settings({}).topics
    # when
    found = {label: topics.categories_by_label().get(label) for label in [*BOARD_LABELS, "其他"]}
    # then
    assert (found["医疗"], found["城建"], found["教育"], found["三农"]) == (HEALTH, CITY, SCHOOL, "农村农业")
    assert [label for label, category in found.items() if category is None] == ["其他"]
    assert all(topics.category_of(category) == category for category in found.values() if category)


def test_posts_are_learned_under_the_category_their_label_stands_for(site: Yuqing) -> None:
    # when
    read, unknown = labelled(site)
    # then
    for one in letters(each=30):
        assert read[one.body].label == one.label
    assert (read["已经是一级分类"].label, read["标的是本局的主题"].label) == (CITY, HEALTH)
    # and what stands for none is counted, but for the label that says nothing
    assert unknown == {"房产": 9, "军事": 1}
    assert {"第1套", "没有人管", "不说明什么"} & read.keys() == set()


def test_a_training_names_the_labels_it_does_not_know_and_learns_no_class_of_them(site: Yuqing) -> None:
    # when
    shown = site("train", "topic", "--at", AT)
    told = site("train", "topic", "--at", AT, "--json").json
    # then
    assert shown.code == ExitCode.OK
    assert "不认识而没有学的分类：房产（9）、军事（1）" in shown.out
    assert "config/topics.yml 的 site_labels" in shown.out
    assert told["unknown_labels"] == {"房产": 9, "军事": 1}
    assert sorted(load_model(Path(told["model"]), "topic")[0].classes) == sorted([HEALTH, CITY, SCHOOL])
    for link in models_of(site).glob("topic*.model"):
        link.unlink()


def test_an_office_may_say_what_a_label_stands_for(site: Yuqing, tmp_path: Path) -> None:
    # given
    config = changed(tmp_path, "site_labels:\n", "site_labels:\n  房产: 城乡建设\n")
    # when
    read, unknown = labelled(Yuqing({**site.environment, "YUQING_CONFIG": str(config)}))
    # then
    assert (read["第1套"].label, unknown) == (CITY, {"军事": 1})


def test_a_post_a_person_takes_out_of_all_categories_is_not_learned(site: Yuqing) -> None:
    # given
    assert site("correct", "yuqing_demo:网0", "--topic", "其他", "--at", AT).code == ExitCode.OK
    # when
    read, unknown = labelled(site)
    # then
    assert letters(each=30)[0].body not in read
    assert "其他" not in unknown


def test_where_no_label_is_known_people_are_told_what_to_do(site: Yuqing, tmp_path: Path) -> None:
    # given a file of topics without the categories
    config = tmp_path / "config"
    shutil.copytree(PROJECT / "config", config)
    (config / "topics.yml").write_text("topics: [{name: 天气}]\n", encoding="utf-8")
    # when
    outcome = site("train", "topic", "--at", AT, YUQING_CONFIG=str(config))
    # then
    assert (outcome.code, outcome.out) == (ExitCode.FAILED, "")
    told = outcome.err.replace("\n", "")
    for part in ("一条也没有", "不认识的分类：", "医疗（30）", "房产（9）", "site_labels", "yuqing train topic 文件"):
        assert part in told


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("医院: 医疗卫生", ["“医院”对应的“医疗卫生”不是一级分类", HEALTH, "政法"]),
        ("医院: 疫苗接种", ["“医院”对应的“疫苗接种”不是一级分类"]),
        ("疫苗接种: 城乡建设", ["“疫苗接种”本身属于“卫生计生”", CITY]),
        ("城乡建设: 卫生计生", ["“城乡建设”本身属于“城乡建设”", HEALTH]),
        ("其他: 卫生计生", ["“其他”什么分类都不是"]),
        ("医院: [卫生计生]", ["site_labels.医院", "必须是文字"]),
        ("医疗: 卫生计生", ["“医疗”写了两次"]),
    ],
)
def test_a_mistake_in_the_labels_is_told_before_anything_starts(entry: str, told: list[str], tmp_path: Path) -> None:
    # given
    config = changed(tmp_path, "site_labels:\n", f"site_labels:\n  {entry}\n")
    # when
    with pytest.raises(ConfigError) as refused:
        Settings({"YUQING_CONFIG": str(config)}).check()
    # then
    message = refused.value.message
    assert [part for part in (str(config / "topics.yml"), *told) if part not in message] == []
    assert english_in(message.replace(str(config), "")) == []


def test_labels_are_left_out_where_the_sites_have_none(tmp_path: Path) -> None:
    # given a file as it was before there were site labels
    config = changed(tmp_path, "site_labels:\n", "unused: 0\n")
    path = config / "topics.yml"
    path.write_text(path.read_text(encoding="utf-8").partition("unused")[0], encoding="utf-8")
    # then
    assert Settings({"YUQING_CONFIG": str(config)}).topics.site_labels == {}


def changed(folder: Path, old: str, new: str) -> Path:
    """A copy of the shipped configuration whose topics file has one passage changed."""
    config = folder / "config"
    shutil.copytree(PROJECT / "config", config)
    path = config / "topics.yml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return config
