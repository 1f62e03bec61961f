"""Without a file, `yuqing train` learns from the office's own posts: the site's categories and kinds, and corrections."""

from collections import Counter

from core.errors import ExitCode
from nlp.model_files import load_model
from pipeline.labelled import Labelled, indexed_labels
from tests.training.board import LETTERS, SILENT, TELLING
from tests.training.conftest import Office, models_of
from tests.training.letters import AT, CITY, HEALTH, SCHOOL

BY_KIND = {"感谢": "positive", "投诉": "negative", "求助": "negative", "咨询": "neutral", "建言": "neutral"}
LAST = {one["编号"]: one for one in LETTERS[100:]}
"""Letters that no other test corrects."""


def labelled(office: Office, task: str) -> dict[tuple[str, str], Labelled]:
    read = indexed_labels(office.runtime, "topic" if task == "topic" else "sentiment", Counter())
    return {(one.title, one.body): one for one in read}


def key(message: object) -> tuple[str, str]:
    assert isinstance(message, dict)
    return message["标题"], message["内容"]


def test_posts_bring_the_sites_own_category(office: Office) -> None:
    # when
    read = labelled(office, "topic")
    # then those without one are left out
    for one in list(LAST.values())[5:]:
        assert read[key(one)].label == one["领域"]
    assert not {key(one) for one in TELLING.values()} & read.keys()


def test_a_corrected_topic_counts_by_its_category_whatever_the_site_said(office: Office) -> None:
    # given a letter of another category, and one without any
    number, letter = next((number, one) for number, one in LAST.items() if one["领域"] == CITY)
    for post_id in (number, SILENT["no mark"]["编号"]):
        office("correct", f"yuqing_demo:{post_id}", "--topic", "疫苗接种", "--at", AT)
    # when
    read = labelled(office, "topic")
    # then
    assert read[key(letter)].label == HEALTH
    assert read[key(SILENT["no mark"])].label == HEALTH


def test_posts_tell_their_mood_by_kind_and_title(office: Office) -> None:
    # when
    read = labelled(office, "sentiment")
    # then
    for one in list(LAST.values())[5:]:
        assert (read[key(one)].label, read[key(one)].weak) == (BY_KIND[one["类型"]], True)
    told = {name: read[key(one)].label for name, one in TELLING.items() if key(one) in read}
    assert told == {"kind": "negative", "title": "positive", "thanks": "positive", "question": "neutral"}


def test_posts_whose_marks_tell_nothing_or_contradict_each_other_are_left_out(office: Office) -> None:
    # when
    read = labelled(office, "sentiment")
    # then
    assert [name for name, one in SILENT.items() if key(one) in read and read[key(one)].weak] == []


def test_a_corrected_mood_counts_like_one_given_by_hand(office: Office) -> None:
    # given a letter of thanks that is none, and a message that tells nothing of itself
    number, letter = next((number, one) for number, one in list(LAST.items())[:5] if one["类型"] == "感谢")
    office("correct", f"yuqing_demo:{number}", "--sentiment", "负面", "--at", AT)
    office("correct", f"yuqing_demo:{SILENT['contradiction']['编号']}", "--sentiment", "中性", "--at", AT)
    # when
    read = labelled(office, "sentiment")
    # then
    assert (read[key(letter)].label, read[key(letter)].weak) == ("negative", False)
    corrected = read[key(SILENT["contradiction"])]
    assert (corrected.label, corrected.weak) == ("neutral", False)


def test_an_office_trains_a_topic_model_without_any_file(office: Office) -> None:
    # when
    outcome = office("train", "topic", "--at", AT, "--json")
    # then
    assert (outcome.code, outcome.json["in_use"]) == (ExitCode.OK, True)
    assert outcome.json["posts"] >= len(LETTERS)
    assert outcome.json["new"]["macro_f1"] > 0.7
    card, _ = load_model(models_of(office) / "topic.model", "topic")
    assert (card.data_sources, set(card.classes)) == (["index"], {HEALTH, CITY, SCHOOL})
    # and reads its posts by it
    assert office("replay", "--at", AT).code == ExitCode.OK
    runtime = office.runtime
    posts = runtime.es.search(index=runtime.names.posts, size=20, query={"ids": {"values": _ids()}})["hits"]["hits"]
    assert len(posts) == len(_ids())
    assert all(post["_source"]["category_score"] > 0 for post in posts)
    (models_of(office) / "topic.model").unlink()


def _ids() -> list[str]:
    return [f"yuqing_demo:{number}" for number in list(LAST)[5:]]


def test_an_office_trains_a_sentiment_model_without_any_file(office: Office) -> None:
    # when
    outcome = office("train", "sentiment", "--at", AT, "--json", "--force")
    # then
    assert (outcome.code, outcome.json["in_use"]) == (ExitCode.OK, True)
    assert outcome.json["posts"] >= len(LETTERS)
    card, _ = load_model(models_of(office) / "sentiment.model", "sentiment")
    assert card.data_sources == ["index"]
    (models_of(office) / "sentiment.model").unlink()
