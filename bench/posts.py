"""Makes a CSV of any number of posts out of the demo's 300: sentences of several posts are mixed, so that texts differ."""

import csv
import random
import re
from pathlib import Path

from demo.run import POSTS

SEED = 20260109
_SENTENCE_END = re.compile(r"(?<=[。！？；\n])")


def write_csv(path: Path, count: int) -> None:
    """Write `count` posts, the same for the same count; ids are unique and bodies 200 to 500 characters."""
    chance = random.Random(SEED)
    with POSTS.open(encoding="utf-8", newline="") as stream:
        originals = list(csv.DictReader(stream))
    sentences = [s for row in originals for s in _SENTENCE_END.split(row["内容"]) if len(s) > 8]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, originals[0].keys())
        writer.writeheader()
        for number in range(count):
            row = dict(chance.choice(originals))
            row["编号"] = f"B{number:07d}"
            row["网友"] = f"网友{chance.randrange(count)}"
            row["内容"] = _body(chance, sentences)
            writer.writerow(row)


def _body(chance: random.Random, sentences: list[str]) -> str:
    wanted, body = chance.randrange(200, 450), ""
    while len(body) < wanted:
        body += chance.choice(sentences)
    return body
