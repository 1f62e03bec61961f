"""Three years of an office's posts as CSV files, any number of them: written row by row, never held together.

Texts are mixed from the sentences of the demo's posts. Nearly all old posts are answered, the younger ones in the usual
time, and a few are forgotten, so that what waits for an answer grows with the number of posts.
"""

import csv
import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from bench.measure import AT
from core.clock import to_beijing
from demo.run import POSTS

SEED = 20260109
SPAN_DAYS = 1095
FORGOTTEN = 0.002
"""Share of posts that are never answered."""
LONGEST_ANSWER_DAYS = 18
ROWS_A_FILE = 50_000
_SENTENCE_END = re.compile(r"(?<=[。！？；\n])")
_TIME = "%Y-%m-%d %H:%M:%S"


def write_files(folder: Path, posts: int) -> Iterator[Path]:
    """Write the posts as files of at most `ROWS_A_FILE` rows, one after the other; each is deleted when the next is due."""
    rows = _rows(posts)
    for number in range(-(-posts // ROWS_A_FILE)):
        path = folder / f"load-{number:03d}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, _columns())
            writer.writeheader()
            writer.writerows(islice(rows, ROWS_A_FILE))
        yield path
        path.unlink()


def _columns() -> list[str]:
    with POSTS.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream).fieldnames or ())


def _rows(posts: int) -> Iterator[dict[str, str]]:
    """The same rows for the same number, in order of time, as exports are."""
    chance = random.Random(SEED)
    with POSTS.open(encoding="utf-8", newline="") as stream:
        originals = list(csv.DictReader(stream))
    sentences = [s for row in originals for s in _SENTENCE_END.split(row["内容"]) if len(s) > 8]
    answers = [s for row in originals for s in _SENTENCE_END.split(row["答复内容"]) if len(s) > 8]
    begin = to_beijing(AT) - timedelta(days=SPAN_DAYS)
    step = timedelta(days=SPAN_DAYS) / posts
    for number in range(posts):
        row = dict(chance.choice(originals))
        posted_at = begin + (number + chance.random()) * step
        row["编号"] = f"L{number:08d}"
        row["网友"] = f"网友{chance.randrange(posts)}"
        row["内容"] = _text(chance, sentences, chance.randrange(80, 400))
        row["留言时间"] = f"{posted_at:{_TIME}}"
        yield row | _answer(chance, posted_at, row, answers)


def _answer(chance: random.Random, posted_at: datetime, row: dict[str, str], answers: list[str]) -> dict[str, str]:
    replied_at = posted_at + timedelta(days=chance.uniform(0.5, LONGEST_ANSWER_DAYS))
    if chance.random() < FORGOTTEN or replied_at > AT:
        return {"状态": "待回复", "答复单位": "", "答复内容": "", "答复时间": "", "满意度": ""}
    return {
        "状态": "已回复",
        "答复单位": row["答复单位"] or "市卫生健康局",
        "答复内容": _text(chance, answers, chance.randrange(60, 250)),
        "答复时间": f"{replied_at:{_TIME}}",
    }


def _text(chance: random.Random, sentences: list[str], length: int) -> str:
    text = ""
    while len(text) < length:
        text += chance.choice(sentences)
    return text
