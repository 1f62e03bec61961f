"""Words of a lexicon are found in many texts at once, exactly where a plain search finds them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlp.lexicon_words import LexiconWords

LEXICON = {"good": ["满意", "很满意", "好"], "bad": ["不满意", "不满", "意见很大", "𠮷利"], "none": []}
CLASS_OF = {word: number for number, words in enumerate(LEXICON.values()) for word in words}


def found(text: str) -> list[tuple[int, int]]:
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    places, classes = LexiconWords(LEXICON).find(codes)
    return list(zip(places.tolist(), classes.tolist(), strict=True))


def searched(text: str) -> list[tuple[int, int]]:
    """What `find` promises, by trying every word at every place."""
    spans = [(at, at + len(word), word) for at in range(len(text)) for word in CLASS_OF if text.startswith(word, at)]
    free = [
        (begin, word)
        for begin, end, word in spans
        if not any(b <= begin and end <= e and (b, e) != (begin, end) for b, e, _ in spans)
    ]
    return sorted((begin, CLASS_OF[word]) for begin, word in free)


def test_a_word_inside_a_longer_one_is_not_found() -> None:
    assert found("我不满意") == [(1, 1)]
    assert found("我很满意") == [(1, 0)]


def test_of_two_words_that_overlap_both_are_found() -> None:
    assert found("不满意见很大") == [(0, 1), (2, 1)]


def test_words_outside_the_basic_plane_and_at_the_very_end_are_found() -> None:
    assert found("找𠮷利") == [(1, 1)]
    assert found("好") == [(0, 0)]


def test_an_empty_text_and_an_empty_lexicon_give_nothing() -> None:
    assert found("") == []
    assert len(LexiconWords({}).find(np.array([65, 66], dtype=np.uint32))[0]) == 0


@given(st.text(alphabet="不满意很见大好𠮷利\0", max_size=40))
def test_it_finds_what_a_plain_search_finds(text: str) -> None:
    assert found(text) == searched(text)
