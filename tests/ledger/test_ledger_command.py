"""`yuqing ledger` as an office uses it: a file taken in, states kept, lists, counts of posts, look back, export."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import ExitCode
from core.post import Post
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from store.post_writing import write_posts
from store.posts import refresh_posts
from tests.cli.command import Yuqing
from tests.ledger.made_up import TEXT, write

IN_MAY = "2023-05-04T09:00"
JANUARY = datetime(2023, 1, 10, 1, tzinfo=UTC)


def post(number: int, topic: str | None, posted_at: datetime = JANUARY, matter: str | None = None) -> Post:
    """A post about a topic."""
    return Post(
        id=f"t:{number}",
        source="t",
        source_id=str(number),
        channel="hotline",
        title=f"第 {number} 条",
        body="内容",
        posted_at=posted_at,
        collected_at=posted_at,
        topic=topic,
        department="疾控应急科",
        cluster_id=matter,
    )


@pytest.fixture
def ledger(command: Yuqing, tmp_path: Path) -> Yuqing:
    """An installation with the made-up ledger."""
    done = command("ledger", "import", write(tmp_path), "--at", "2023-01-05")
    assert done.code == 0, done.err
    return command


def states(ledger: Yuqing, at: str = IN_MAY) -> dict[int, str]:
    """The state of each task."""
    return {one["number"]: one["state"] for one in ledger("ledger", "list", "--json", "--at", at).json}


def test_a_file_taken_in_twice_changes_nothing_the_second_time_and_states_stay(ledger: Yuqing, tmp_path: Path) -> None:
    # given
    assert ledger("ledger", "state", 3, "推进中", "--by", "张三", "--at", IN_MAY).code == 0
    before = ledger("ledger", "list", "--json", "--at", IN_MAY).json
    # when
    again = ledger("ledger", "import", tmp_path / "台账2023.txt", "--json").json
    # then
    assert (again["added"], again["changed"], again["same"], again["missing"]) == ([], [], 7, [])
    assert ledger("ledger", "list", "--json", "--at", IN_MAY).json == before
    assert states(ledger)[3] == "推进中"


def test_a_changed_task_is_updated_and_one_that_is_gone_is_named_and_kept(ledger: Yuqing, tmp_path: Path) -> None:
    # given
    assert ledger("ledger", "state", 7, "推进中", "--by", "张三", "--at", IN_MAY).code == 0
    cut = TEXT[: TEXT.index("\t\n\t\n\t7.讲解")].replace("\t第三季度", "\t8月底前")
    # when
    done = ledger("ledger", "import", write(tmp_path, cut), "--at", IN_MAY)
    # then
    assert "新增 0 项，更新 2 项，没有变化 4 项；读不了 0 处" in done.out
    assert "更新 第 5 项：完成时限" in done.out
    assert "不再有第 7 项，没有删除" in done.out
    assert states(ledger)[7] == "推进中"
    assert "最近导入的台账里已经没有这一项" in ledger("ledger", "show", 7, "--at", IN_MAY).out
    # and it is back when the file has it again
    back = ledger("ledger", "import", write(tmp_path), "--json").json
    assert [(one["number"], one["parts"]) for one in back["changed"]] == [
        (5, ["完成时限"]),
        (6, ["完成时限"]),
        (7, ["重新列入"]),
    ]


def test_what_cannot_be_read_is_told_counted_and_takes_nothing_away(ledger: Yuqing, tmp_path: Path) -> None:
    # given a file whose last row has lost its limit
    broken = TEXT.replace("\t局机关各科室\n\t全年工作\n", "\t局机关各科室\n")
    # when
    done = ledger("ledger", "import", write(tmp_path, broken), "--at", IN_MAY)
    # then
    assert done.code == ExitCode.PARTIAL
    assert "读不了 1 处" in done.out
    assert "任务之后应有责任科室和完成时限两行" in done.out
    assert "没有读到原有的第 7 项，没有改动" in done.out
    assert not any(one["missing"] for one in ledger("ledger", "list", "--json").json)


def test_the_import_says_where_ledger_and_configuration_differ(command: Yuqing, tmp_path: Path) -> None:
    # given a section nobody knows, and a topic whose section has no part in the task
    text = TEXT.replace("医政医管科、宣教科等有关科室", "医改科牵头").replace("其他科室配合", "人事科配合")
    # when
    told = command("ledger", "import", write(tmp_path, text)).out
    # then
    assert "写的“规划信息科”，按 config/ledger.yml 认作“规划信息化科”" in told
    assert "第 4 项的“医改科”不在 departments.yml 的科室里" in told
    assert (
        "主题“医疗服务质量”按 departments.yml 归医政医管科，台账第 4 项由医改科负责，没有医政医管科；以 departments.yml 为准"
        in told
    )
    # and the doctor says so as well
    found = {one["check"]: one for one in command("doctor", "--json").json}["台账"]
    assert found["verdict"] == "warning"
    assert "医改科" in found["found"]


def test_every_state_is_kept_with_who_and_when_and_the_last_one_holds(ledger: Yuqing) -> None:
    # when
    ledger("ledger", "state", 2, "推进中", "--by", "张三", "--note", "收齐一半", "--at", "2023-03-01")
    done = ledger(
        "ledger", "state", 2, "已完成", "--by", "李四", "--evidence", "https://city.example/guide", "--at", "2023-06-01"
    )
    # then
    assert done.out.strip() == "2023 年台账第 2 项：已完成"
    shown = ledger("ledger", "show", 2, "--at", "2023-07-01").out
    assert "状态：已完成" in shown
    assert "2023-03-01 00:00 张三：推进中 收齐一半" in shown
    assert "佐证：https://city.example/guide" in shown
    assert "文中提到的时间：每季度" in shown
    # and what was not said yet at a time is not known then
    assert [states(ledger, at)[2] for at in ("2023-02-01", "2023-04-01", "2023-07-01")] == [
        "未开始",
        "推进中",
        "已完成",
    ]
    assert "李四" not in ledger("ledger", "show", 2, "--at", "2023-04-01").out


def test_what_is_typed_twice_is_kept_once(ledger: Yuqing) -> None:
    # when
    for _ in range(2):
        done = ledger("ledger", "state", 2, "推进中", "--by", "张三", "--note", "收齐一半", "--at", IN_MAY)
    # then
    assert "没有重复登记" in done.out
    assert len(ledger("ledger", "show", 2, "--json").json["history"]) == 1
    # and more evidence for the same is news
    more = ledger(
        "ledger", "state", 2, "推进中", "--by", "张三", "--note", "收齐一半", "--evidence", "http://city.example/1"
    )
    assert "没有重复登记" not in more.out


def test_a_state_that_cannot_be_is_refused_and_nothing_is_kept(ledger: Yuqing) -> None:
    # given
    ledger("ledger", "state", 1, "推进中", "--by", "王五", "--at", "2023-02-01")
    wrong: list[tuple[tuple[object, ...], str]] = [
        ((2, "办结", "--by", "张三"), "没有“办结”这个状态"),
        ((2, "已取消", "--by", "张三"), "要写明原因"),
        ((2, "已完成", "--by", " "), "没有写明由谁"),
        ((70, "已完成", "--by", "张三"), "2023 年的台账没有第 70 项"),
        ((2, "已完成", "--by", "张三", "--year", "2022"), "没有 2022 年的台账"),
        ((2, "已完成", "--by", "张三", "--evidence", "没有的.docx"), "没有这个文件"),
        ((1, "已完成", "--by", "张三", "--at", "2023-01-01"), "早于上一次登记的时间"),
    ]
    for arguments, told in wrong:
        # when
        done = ledger("ledger", "state", *arguments)
        # then
        assert done.code != 0
        assert told in done.err
    assert len(ledger("ledger", "show", 1, "--json").json["history"]) == 1
    assert states(ledger)[2] == "未开始"


def test_lists_are_narrowed_to_headings_sections_and_states(ledger: Yuqing) -> None:
    ledger("ledger", "state", 5, "已完成", "--by", "张三", "--at", IN_MAY)

    def numbers(*arguments: str) -> list[int]:
        found = ledger("ledger", "list", "--json", "--at", "2023-10-09", *arguments).json
        return [one["number"] for one in found]

    assert numbers("--section", "公开收费") == [5, 6, 7]
    assert numbers("--section", "指南上网") == [2, 3]
    # Named as supporting counts; one of all sections that support does not.
    assert numbers("--department", "规划信息化科") == [2, 3, 7]
    assert numbers("--department", "疾控应急科") == [2, 3, 7]
    assert numbers("--state", "已完成") == [5]
    late = {
        one["number"]: one["overdue_working_days"]
        for one in ledger("ledger", "list", "--json", "--at", "2023-10-09").json
    }
    # Due on Saturday 30 September, in a week of holidays; the working Saturday and Sunday after them are those swapped.
    assert (late[5], late[6], late[1]) == (0, 3, 0)
    assert "没有“医改科”这个科室" in ledger("ledger", "list", "--department", "医改科").err


def test_posts_and_matters_are_counted_by_the_topics_of_a_task(ledger: Yuqing) -> None:
    # given
    runtime = Runtime(Settings(ledger.environment))
    topics = ["疫苗接种"] * 3 + ["医疗收费", None, "信息公开"]
    posts = [post(n, topic, matter="m1" if n < 2 else None) for n, topic in enumerate(topics)]
    posts += [post(90, "疫苗接种", datetime(2022, 12, 31, 15, 59, tzinfo=UTC)), post(91, "疫苗接种", matter="m2")]
    posts += [post(92, "疫苗接种", datetime(2023, 5, 5, tzinfo=UTC))]
    write_posts(runtime.es, runtime.names, posts)
    refresh_posts(runtime.es, runtime.names)
    # when
    counted = {
        one["number"]: (one["posts"], one["matters"]) for one in ledger("ledger", "list", "--json", "--at", IN_MAY).json
    }
    # then those of the ledger's year up to now; a task without topics has no number
    assert counted == {
        1: (None, None),
        2: (1, 0),
        3: (4, 2),
        4: (4, 2),
        5: (1, 0),
        6: (None, None),
        7: (7, 2),
    }
    # and of another span when it is asked for
    shown = ledger("ledger", "show", 3, "--since", "2022-12-01", "--until", "2023-01-01", "--json").json
    assert (shown["posts"], shown["matters"], shown["topics"]) == (1, 0, ["疫苗接种"])
    top = ledger("ledger", "show", 3, "--json", "--at", IN_MAY).json["top_matters"]
    assert [(one["id"], one["posts"]) for one in top] == [("m1", 2), ("m2", 1)]


def test_the_look_back_names_what_was_left_undone(ledger: Yuqing, tmp_path: Path) -> None:
    # given
    for number in (1, 2, 3, 4, 5):
        ledger("ledger", "state", number, "已完成", "--by", "张三", "--at", IN_MAY)
    ledger("ledger", "state", 6, "已取消", "--by", "张三", "--note", "并入第 5 项", "--at", IN_MAY)
    ledger("ledger", "state", 7, "已完成", "--by", "张三", "--at", "2024-03-01")
    # when in the year after
    told = ledger("ledger", "look-back", "--at", "2024-02-01", "--out", tmp_path / "回头看.docx")
    # then
    assert told.code == 0, told.err
    assert "没有完成的 1 项" in told.out
    assert "讲解收费标准" in told.out
    assert (tmp_path / "回头看.docx").stat().st_size > 5000
    assert [one["number"] for one in ledger("ledger", "look-back", "--at", "2024-02-01", "--json").json] == [7]
    assert "都已办结" in ledger("ledger", "look-back", "--at", "2024-04-01").out
    assert "没有 2022 年的台账" in ledger("ledger", "look-back", "--at", "2023-02-01").err


def test_an_export_is_read_again_without_any_change(ledger: Yuqing, tmp_path: Path) -> None:
    # given
    ledger("ledger", "state", 2, "推进中", "--by", "张三", "--note", "收齐一半", "--at", IN_MAY)
    # when
    assert ledger("ledger", "export", tmp_path / "台账2023.xlsx", "--at", IN_MAY).code == 0
    # then
    again = ledger("ledger", "import", tmp_path / "台账2023.xlsx", "--json").json
    assert (again["same"], again["added"], again["changed"], again["faults"]) == (7, [], [], [])
    assert states(ledger)[2] == "推进中"
    refused = ledger("ledger", "export", tmp_path / "台账.pdf")
    assert ".xlsx（Excel）或 .docx（Word）" in refused.err


def test_before_any_ledger_everything_says_what_to_do(command: Yuqing) -> None:
    for arguments in (["list"], ["show", 1], ["export", "x.xlsx"], ["look-back"]):
        done = command("ledger", *arguments)
        assert done.code == ExitCode.FAILED
        assert "还没有台账" in done.err
        assert "yuqing ledger import" in done.err


def test_the_ledger_in_use_is_the_last_one_whose_year_has_begun(ledger: Yuqing, tmp_path: Path) -> None:
    # given next year's ledger, taken in early
    later = write(tmp_path, TEXT.replace("2023年", "2024年"), "台账2024.txt")
    assert ledger("ledger", "import", later, "--at", "2023-12-20").code == 0
    # then
    for at, year in (("2022-06-01", 2023), ("2023-12-25", 2023), ("2024-01-01", 2024), ("2025-01-01", 2024)):
        assert {one["year"] for one in ledger("ledger", "list", "--json", "--at", at).json} == {year}
