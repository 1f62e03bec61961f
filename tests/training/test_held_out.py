"""What is held out of training: a fixed part, chosen by the text; and all versions of a message fall on one side."""

import csv
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nlp.held_out import HELD_OUT_PERCENT, held_out, held_out_by_itself
from nlp.near_duplicates import plain
from tests.training.letters import CITY, letters

LETTERS = letters(each=90)
BODIES = [one.body for one in LETTERS]
WIDE = str.maketrans("，。", ",.") | {ord(one): ord(one) + 0xFEE0 for one in "0123456789"}
VERSIONS: dict[str, Callable[[str], str]] = {
    "with blanks": " ".join,
    "with lines": lambda text: text.replace("，", "\n\t"),
    "without marks": lambda text: plain(text).replace(" ", ""),
    "in another width": lambda text: text.translate(WIDE),
    "without stop words": lambda text: text.replace("的", "").replace("都", "").replace("没有", "").replace("了", ""),
    "below a greeting": lambda text: f"您好！{text}谢谢！",
}


def different_texts(count: int, seed: int = 1) -> list[str]:
    """So many texts about as many different matters: random Chinese characters."""
    chance = random.Random(seed)
    common = [chr(code) for code in range(0x4E00, 0x9FA5)]
    return ["".join(chance.choices(common, k=60)) for _ in range(count)]


@pytest.mark.parametrize("name", VERSIONS)
def test_how_a_text_is_set_does_not_decide(name: str) -> None:
    # given
    changed = [VERSIONS[name](body) for body in BODIES]
    assert changed != BODIES
    # when
    before, after = ([held_out_by_itself(text) for text in texts] for texts in (BODIES, changed))
    # then
    assert 0 < sum(before) < len(BODIES)
    same = sum(one == other for one, other in zip(before, after, strict=True))
    assert same >= len(BODIES) * (0.95 if name == "below a greeting" else 1)


def test_versions_of_a_message_fall_on_one_side() -> None:
    # given each letter as its body alone, and under a title
    bodies = different_texts(300)
    titled = [f"请领导看一看这件事 {body[:8]}\n{body}" for body in bodies]
    # when
    sides = held_out([*bodies, *titled])
    # then
    assert sides[: len(bodies)] == sides[len(bodies) :]
    assert 0 < sum(sides) < len(sides) / 4


def test_the_part_held_out_is_about_what_it_is_meant_to_be() -> None:
    share = sum(held_out(different_texts(2_000))) / 2_000
    assert share == pytest.approx(HELD_OUT_PERCENT / 100, abs=0.03)


def test_letters_that_begin_alike_are_spread() -> None:
    # given an opening longer than what follows
    opening = "尊敬的濮阳市市长：您好！我是濮阳市一名普通居民，在百忙之中打扰您，是想请您看一看下面的问题。"
    # when
    sides = held_out([opening + text for text in different_texts(200)])
    # then
    assert 10 < sum(sides) < 60


def test_the_order_of_the_posts_does_not_matter() -> None:
    # given near-duplicates in chains, each of which changes a little of the one before
    texts = [
        body[:number] + other + body[number:] for body in BODIES[:60] for number, other in ((0, ""), (9, "请核查"))
    ]
    # then
    assert held_out(texts[::-1])[::-1] == held_out(texts)


def test_what_was_learned_from_does_not_come_to_be_held_out() -> None:
    # given letters, and later others that partly repeat them
    earlier = BODIES[:150]
    later = [*earlier, *BODIES[150:], *(f"{body}盼复。" for body in BODIES[:100])]
    # when
    before, after = held_out(earlier), held_out(later)
    # then
    assert [text for text, was, now in zip(earlier, before, after, strict=False) if now and not was] == []
    assert sum(after[: len(earlier)]) > 0


@pytest.mark.parametrize("texts", [[], [""], ["", ""], ["ok 123"], ["的了"], ["痛", "\ud83d😡"]])
def test_texts_that_say_little_are_on_either_side(texts: list[str]) -> None:
    assert len(held_out(texts)) == len(texts)


def test_titles_of_one_category_are_not_all_on_one_side() -> None:
    sides = held_out([one.body for one in LETTERS if one.label == CITY])
    assert 0 < sum(sides) < len(sides)


@pytest.mark.realdata
def test_a_message_and_its_ready_words_fall_on_one_side(realdata: Path) -> None:
    # given real messages, and the same ones among the rows of another segmenter, which leaves out words of form
    messages = [f"{row['留言主题']}{row['留言详情']}" for row in _rows(realdata / "messages_labelled.csv")]
    ready = ["".join(row["tokens"].split()) for row in _rows(realdata / "topic_train_tokens.csv")]
    twins = list(_twins(messages, ready))
    assert len(twins) >= 430
    # when
    sides = held_out([*messages, *ready])
    # then
    apart = [(one, other) for one, other in twins if sides[one] != sides[len(messages) + other]]
    assert apart == []
    assert sum(sides) / len(sides) == pytest.approx(HELD_OUT_PERCENT / 100, abs=0.02)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)


def _twins(messages: list[str], ready: list[str]) -> Iterator[tuple[int, int]]:
    """Numbers of a message and of a row whose characters all stand in it, in their order, and are most of it."""
    rows = [plain(text.replace("_x000D_", "")).replace(" ", "") for text in ready]
    characters = [set(row) for row in rows]
    for number, message in enumerate(messages):
        text = plain(message).replace(" ", "")
        known = set(text)
        for other, row in enumerate(rows):
            if len(row) > len(text) / 2 and characters[other] <= known and _in_order(row, text):
                yield number, other


def _in_order(row: str, text: str) -> bool:
    rest = iter(text)
    return all(character in rest for character in row)
