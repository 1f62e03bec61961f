"""`yuqing cluster --data`: the matters of one file, without Elasticsearch."""

import json
from collections import Counter
from pathlib import Path

import pytest

from pipeline.settings import PROJECT
from tests.cli.command import Yuqing
from tests.conftest import free_port
from tests.matters_pipeline.letters import PARKING, PLANT, SUBSIDY, letters, town_talk
from tests.pipeline.sources import write_table

GOLD = PROJECT / "tests" / "nlp"
HEADER = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "反对数", "点赞数"]


@pytest.fixture
def offline(tmp_path: Path) -> Yuqing:
    """The command of an installation whose Elasticsearch is down."""
    return Yuqing({"ELASTICSEARCH_URL": f"http://127.0.0.1:{free_port()}", "YUQING_DATA": str(tmp_path / "data")})


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A file with three matters among other messages, one message of them twice under two numbers."""
    posts = letters("plant", PLANT) + letters("subsidy", SUBSIDY) + letters("parking", PARKING) + town_talk(40)
    posts.append(letters("again", PLANT[:1], author_hash="author-plant-0")[0])
    rows = [
        (one.source_id, one.author_hash, one.title, f"{one.posted_at:%Y/%m/%d %H:%M:%S}", one.body, 0, 5)
        for one in posts
    ]
    return write_table(tmp_path / "留言.csv", rows, HEADER)


def test_the_file_of_results_names_each_matter_with_heat_time_and_the_numbers_of_its_messages(
    offline: Yuqing, export: Path, tmp_path: Path
) -> None:
    # when
    outcome = offline("cluster", "--data", export, "--out", tmp_path / "clusters.json", "--top", 3)
    # then
    assert outcome.code == 0, outcome.err
    first, second, third = json.loads((tmp_path / "clusters.json").read_text("utf-8"))
    assert set(first["留言编号"]) == {f"plant-{number}" for number in range(len(PLANT))} | {"again-0"}
    assert set(second["留言编号"]) == {f"subsidy-{number}" for number in range(len(SUBSIDY))}
    assert set(third["留言编号"]) == {f"parking-{number}" for number in range(len(PARKING))}
    assert (first["people"], first["posts"], first["copies"]) == (8, 9, 1)
    assert "搅拌站" in first["title"]
    assert "春江花园" in first["place"]
    assert first["time_range"] == ["2025-03-03T01:00:00+08:00", "2025-03-04T12:00:00+08:00"]
    # and the heat is the sum of its terms, as of the last message
    heat = first["heat"]
    assert heat["total"] == pytest.approx(sum(term["contribution"] for term in heat["terms"].values()), abs=1e-3)
    assert heat["explained"] == "8 人, 45 赞, 7 天内 +8"
    assert heat["at"] == "2025-03-04T12:00:00+08:00"
    # and a person reads a table
    assert first["title"] in outcome.out
    assert "8 人, 45 赞, 7 天内 +8" in outcome.out


def test_all_matters_are_given_with_top_0_and_the_heat_as_of_the_time_asked_for(
    offline: Yuqing, export: Path, tmp_path: Path
) -> None:
    # when
    some = offline("cluster", "--data", export, "--top", 2, "--json").json
    every = offline("cluster", "--data", export, "--top", 0, "--json", "--at", "2025-06-01T00:00").json
    # then
    assert len(some) == 2
    assert len(every) > 3
    assert every[0]["heat"]["at"] == "2025-06-01T00:00:00+08:00"
    assert every[0]["heat"]["terms"]["recent"]["value"] == 0
    assert all(len(one["留言编号"]) >= 2 for one in every)


def test_a_file_of_another_form_is_refused_with_its_columns(offline: Yuqing, tmp_path: Path) -> None:
    # given
    path = write_table(tmp_path / "other.csv", [["1", "2"]], ["甲", "乙"])
    # when
    outcome = offline("cluster", "--data", path)
    # then
    assert outcome.code == 3
    assert "甲、乙" in outcome.err


@pytest.mark.parametrize("arguments", [("--data", "没有.csv"), ("--out", "clusters.json")])
def test_a_missing_file_and_a_result_without_a_file_are_refused(offline: Yuqing, arguments: tuple[str, ...]) -> None:
    outcome = offline("cluster", *arguments)
    assert outcome.code == 1
    assert "出错" in outcome.err


@pytest.mark.realdata
def test_the_hottest_matters_of_real_messages_are_ones_a_person_would_name(
    offline: Yuqing, realdata: Path, tmp_path: Path
) -> None:
    # when
    result = tmp_path / "clusters.json"
    outcome = offline("cluster", "--data", realdata / "messages_voted.csv", "--out", result, "--top", 20)
    # then
    assert outcome.code == 0, outcome.err
    matters = json.loads(result.read_text("utf-8"))
    assert len(matters) == 20
    for words in (("搅拌站", "丽发新城"), ("伊景园", "车位"), ("58车贷",), ("人才", "补贴"), ("魅力之城",)):
        assert any(all(word in one["title"] + str(one["place"]) for word in words) for one in matters), words
    heats = [one["heat"]["total"] for one in matters]
    assert heats == sorted(heats, reverse=True)
    numbers = [number for one in matters for number in one["留言编号"]]
    assert len(numbers) == len(set(numbers)) > 200
    # and each of them holds one thing: a post that nobody has read is taken for a stray
    thing_of = _things_by_number()
    assert sum(number in thing_of for number in numbers) >= 0.97 * len(numbers)
    shares = [
        Counter(thing_of.get(number, number) for number in one["留言编号"]).most_common(1)[0][1] / len(one["留言编号"])
        for one in matters
    ]
    assert sum(shares) / len(shares) >= 0.9


def _things_by_number() -> dict[str, str]:
    """What each message that was read is about: those of the gold matters, and all that stood among the hottest 40."""
    files = (GOLD / "gold_matters.json", GOLD / "gold_purity.json")
    things = [json.loads(file.read_text("utf-8")) for file in files]
    return {number: name for part in things for name, numbers in part.items() for number in numbers}
