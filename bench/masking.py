"""`python -m bench.masking`: how much made-up personal data is masked, by kind, and how fast ordinary posts are read.

Prints a table in Markdown. The data comes from `tests.nlp.personal_data`; the same seed repeats a run.
"""

import argparse
import csv
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.posts import write_csv
from nlp.masking import find, mask
from tests.nlp.personal_data import PIECES, SEED, Sample, samples

ORDINARY_POSTS = 2_000
TURNS = 5


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pieces", type=int, default=PIECES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--ways", action="store_true", help="a row for each way of writing")
    parser.add_argument("--missed", action="store_true", help="print what was missed")
    given = parser.parse_args()
    made, found = Counter[str](), Counter[str]()
    for sample in samples(given.pieces, given.seed):
        row = f"{sample.kind}, {sample.way}" if given.ways else sample.kind
        made[row] += 1
        found[row] += is_found(sample)
        if given.missed and not is_found(sample):
            print(f"missed: {sample.kind}, {sample.way}: {sample.text!r}")
    print(f"Seed {given.seed}.\n\n| kind | made | found | recall |\n|---|---|---|---|")
    for row, count in made.items():
        print(f"| {row} | {count:,} | {found[row]:,} | {found[row] / count:.4f} |")
    print(f"| all | {made.total():,} | {found.total():,} | {found.total() / made.total():.4f} |")
    print(f"\nOrdinary posts: {characters_per_second() / 1e6:.1f} million characters per second on one core.")


def is_found(sample: Sample) -> bool:
    """Whether every character of the data is masked."""
    start, stop = len(sample.before), len(sample.before) + len(sample.data)
    return any(span.start <= start and stop <= span.stop for span in find(sample.text))


def characters_per_second() -> float:
    """The best of several turns through posts as the demo has them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "posts.csv"
        write_csv(path, ORDINARY_POSTS)
        with path.open(encoding="utf-8", newline="") as stream:
            texts = [row["内容"] for row in csv.DictReader(stream)]
    return sum(map(len, texts)) / min(_seconds(texts) for _ in range(TURNS))


def _seconds(texts: list[str]) -> float:
    start = time.process_time()
    for text in texts:
        mask(text)
    return time.process_time() - start


if __name__ == "__main__":
    main()
