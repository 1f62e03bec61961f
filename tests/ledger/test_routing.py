"""Why a post goes to a section, in a sentence that names topic and task; what ledger and configuration say differently."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.config import load_yaml
from core.errors import ConfigError
from core.post import Post
from ledger.routing import Routing, disagreements, explain, task_behind
from ledger.settings import LedgerFile
from ledger.task import Task
from pipeline.ledger_file import read_ledger
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT, Settings
from store.post_writing import write_posts
from store.posts import refresh_posts
from tests.cli.command import Yuqing
from tests.ledger.conftest import TOPICS
from tests.ledger.made_up import ALIASES, YEAR, write

SECTIONS = ["办公室", "宣教科", "政策法规与体改科", "医政医管科", "疾控应急科", "规划信息化科", "人事科"]
JANUARY = datetime(2023, 1, 10, 1, tzinfo=UTC)


@pytest.fixture
def tasks(tmp_path: Path) -> list[Task]:
    """The made-up ledger's."""
    return read_ledger(write(tmp_path), None, ALIASES).tasks


def sentence(
    tasks: list[Task],
    topic: str | None,
    department: str,
    owner: str | None,
    corrected: Collection[str] = (),
) -> str:
    """The sentence for a post of that topic at that section."""
    topics = LedgerFile.model_validate({"tasks": {YEAR: TOPICS}}).topics_of(YEAR)
    task = task_behind(topic, department, tasks, topics, SECTIONS)
    return explain(Routing(topic, department, owner, "办公室", corrected, "张三"), task, SECTIONS).sentence


@pytest.mark.parametrize(
    ("topic", "department", "owner", "corrected", "told"),
    [
        ("疫苗接种", "疾控应急科", "疾控应急科", (), "因主题“疫苗接种”→疾控应急科（台账第3项）"),
        ("医疗服务质量", "医政医管科", "医政医管科", (), "因主题“医疗服务质量”→医政医管科（台账第4项）"),
        (
            "信息公开",
            "规划信息化科",
            "规划信息化科",
            (),
            "因主题“信息公开”→规划信息化科（台账第2项，疾控应急科牵头、规划信息化科配合）",
        ),
        (
            "信息公开",
            "人事科",
            "人事科",
            (),
            "因主题“信息公开”→人事科（台账第2项由疾控应急科负责，与 departments.yml 不一致）",
        ),
        ("医院建设", "规划信息化科", "规划信息化科", (), "因主题“医院建设”→规划信息化科（台账没有对应的任务）"),
        ("城乡建设", "办公室", None, (), "因主题“城乡建设”→办公室（这个主题没有分给科室，归办公室）"),
        (
            "医疗收费",
            "办公室",
            None,
            (),
            "因主题“医疗收费”→办公室（这个主题没有分给科室，归办公室；台账第5项由政策法规与体改科负责）",
        ),
        ("其他", "办公室", None, (), "没有判出主题→办公室（不属于任何科室的归办公室）"),
        (None, "办公室", None, (), "没有判出主题→办公室（不属于任何科室的归办公室）"),
        (
            "疫苗接种",
            "疾控应急科",
            "疾控应急科",
            ("topic",),
            "由张三更正为主题“疫苗接种”→疾控应急科（台账第3项）",
        ),
        (
            "医院建设",
            "人事科",
            "规划信息化科",
            ("department",),
            "由张三更正为人事科（主题“医院建设”）（台账没有对应的任务）",
        ),
        (
            "疫苗接种",
            "疾控应急科",
            "宣教科",
            (),
            "因主题“疫苗接种”→疾控应急科（台账第3项）；现在的 departments.yml 把这个主题分给宣教科，运行 yuqing replay 后改归",
        ),
    ],
)
def test_the_sentence_names_topic_section_and_task(
    topic: str | None, department: str, owner: str | None, corrected: tuple[str, ...], told: str, tasks: list[Task]
) -> None:
    assert sentence(tasks, topic, department, owner, corrected) == told


def test_a_task_of_every_post_explains_none(tasks: list[Task]) -> None:
    assert task_behind("中医药", "办公室", tasks, {7: "all"}, SECTIONS) is None


def test_all_disagreements_are_told_at_once(tasks: list[Task]) -> None:
    # when
    told = disagreements(
        tasks,
        {2: ("信息公开",), 5: ("医疗收费",), 6: ("没有的主题",), 9: ("疫苗接种",)},
        {"信息公开": "人事科", "疫苗接种": "疾控应急科"},
        [name for name in SECTIONS if name != "规划信息化科"],
        {"信息公开", "医疗收费", "疫苗接种"},
    )
    # then
    assert [sentence[:20] for sentence in told] == [
        "台账第 2、3 项的“规划信息化科”不在"[:20],
        "config/ledger.yml 写了台账里没有的"[:20],
        "主题“信息公开”按 departments.yml"[:20],
        "主题“医疗收费”在 departments.yml"[:20],
        "config/ledger.yml 里的主题“没有的主题”"[:20],
    ]


def test_the_command_explains_a_post_and_a_corrected_one(command: Yuqing, tmp_path: Path) -> None:
    # given
    assert command("ledger", "import", write(tmp_path)).code == 0
    runtime = Runtime(Settings(command.environment))
    base = {"source": "t", "channel": "hotline", "body": "内容", "posted_at": JANUARY, "collected_at": JANUARY}
    posts = [
        Post.model_validate(
            {
                **base,
                "id": f"t:{number}",
                "source_id": str(number),
                "title": "一条",
                "topic": topic,
                "department": owner,
            }
        )
        for number, (topic, owner) in enumerate([("疫苗接种", "疾控应急科"), ("其他", "办公室")])
    ]
    write_posts(runtime.es, runtime.names, posts)
    refresh_posts(runtime.es, runtime.names)
    # then
    assert command("route", "t:0").out.strip() == "因主题“疫苗接种”→疾控应急科（台账第3项）"
    assert command("route", "t:1").out.strip() == "没有判出主题→办公室（不属于任何科室的归办公室）"
    # and after a person knows better
    assert command("correct", "t:1", "--topic", "医疗收费", "--by", "张三").code == 0
    told = command("route", "t:1", "--json").json
    assert told["sentence"] == "由张三更正为主题“医疗收费”→政策法规与体改科（台账第5项）"
    assert (told["topic"], told["department"], told["ledger"], told["task"]) == (
        "医疗收费",
        "政策法规与体改科",
        2023,
        5,
    )
    # and before the ledger's year there was none to explain it
    assert "台账没有对应的任务" in command("route", "t:0", "--at", "2022-06-01").out
    assert "没有编号为 t:9 的留言" in command("route", "t:9").err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tasks: {2022: {7: []}}", "tasks.2022.7"),
        ("tasks: {2022: {0: [疫苗接种]}}", "不能小于 1"),
        ("tasks: {22: {1: all}}", "不能小于 2000"),
        ("task: {}", "没有这个配置项"),
        ("aliases: {甲: 乙, 乙: 丙}", "既是别名又是本名"),
    ],
)
def test_a_mistake_in_the_file_is_answered_with_file_key_and_what_is_allowed(
    text: str, told: str, tmp_path: Path
) -> None:
    # given
    path = tmp_path / "ledger.yml"
    path.write_text(text, encoding="utf-8")
    # then
    with pytest.raises(ConfigError) as refused:
        load_yaml(path, LedgerFile)
    assert str(path) in refused.value.message
    assert told in refused.value.message


def test_the_shipped_file_names_topics_there_are() -> None:
    settings = Settings({"YUQING_CONFIG": str(PROJECT / "config")})
    known = {topic.name for topic in settings.topics.topics}
    assert set(settings.ledger.named_topics()) <= known
    assert set(settings.ledger.aliases.values()) <= {one.name for one in settings.departments.departments}
