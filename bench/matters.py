"""One measured run of clustering in a process of its own: `python -m bench.matters WAY POSTS`. Prints one JSON line.

Ways: `at-once` (all posts in one go), `plain` (TF-IDF and single linkage), `days` (a few days more on a history of so many
posts), `agreement` (with the matters a reader found, of both ways; takes the real messages as they are).
"""

import json
import os
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import pairwise_distances

from bench.messages import read_messages, years_of
from nlp.matter_types import MatterPost
from nlp.matters import Matters
from pipeline.matter_memory import Memory, MemoryFile
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT

DAYS = 5
POSTS_A_DAY = 200
GOLD = PROJECT / "tests" / "nlp" / "gold_matters.json"
PLAIN_THRESHOLDS = np.arange(0.3, 0.9, 0.02)

Result = dict[str, Any]


def at_once(messages: list[MatterPost], posts: int) -> Result:
    """So many posts clustered in one go."""
    written = years_of(messages, posts)
    begun = time.perf_counter()
    matters = Matters()
    matters.update(written, written[-1].posted_at)
    seconds = time.perf_counter() - begun
    found = sum(len(group.members) > 1 for group in matters.groups.values())
    return {"posts": posts, "seconds": round(seconds, 1), "matters": found}


def plain(messages: list[MatterPost], posts: int) -> Result:
    """The plain way: words weighted by TF-IDF, cosine distances between all posts, single linkage."""
    written = years_of(messages, posts)
    begun = time.perf_counter()
    _plain_tree(written)
    return {"posts": posts, "seconds": round(time.perf_counter() - begun, 1)}


def _plain_tree(posts: Sequence[MatterPost]) -> npt.NDArray[np.float64]:
    words = TfidfVectorizer(analyzer=lambda post: post.tokens, sublinear_tf=True).fit_transform(posts)
    distances = pairwise_distances(words, metric="cosine")
    np.fill_diagonal(distances, 0)
    return np.asarray(linkage(squareform(distances, checks=False), "single"))


def days(messages: list[MatterPost], posts: int) -> Result:
    """CPU seconds of a day's posts on a history of so many: of the clustering, of taking its state up and putting it down."""
    written = years_of(messages, posts + DAYS * POSTS_A_DAY)
    later = [written[start : start + POSTS_A_DAY] for start in range(posts, len(written), POSTS_A_DAY)]
    folder = Path(os.environ["YUQING_DATA"])
    whole = _keep_history(folder, written[:posts])
    del written
    measured = [_day(folder, day) for day in later]
    medians = {name: round(statistics.median(day[name] for day in measured), 2) for name in measured[0]}
    state = sum(file.stat().st_size for file in (folder / "matters").iterdir())
    return {"posts": posts, "whole_recheck": round(whole, 1), **medians, "state_mib": round(state / 2**20)}


def _keep_history(folder: Path, posts: Sequence[MatterPost]) -> float:
    matters = Matters()
    matters.update(posts, posts[-1].posted_at)
    begun = time.process_time()
    matters.recheck(posts[-1].posted_at)
    whole = time.process_time() - begun
    MemoryFile(folder).save(Memory(matters, {}, None))
    return whole


def _day(folder: Path, posts: Sequence[MatterPost]) -> dict[str, float]:
    begun = time.process_time()
    file = MemoryFile(folder)
    memory = file.load()
    assert memory is not None
    loaded = time.process_time()
    memory.matters.update(posts, posts[-1].posted_at)
    memory.matters.recheck(posts[-1].posted_at)
    clustered = time.process_time()
    file.save(memory)
    return {
        "load": loaded - begun,
        "clustering": clustered - loaded,
        "save": time.process_time() - clustered,
    }


def agreement(messages: list[MatterPost], posts: int) -> Result:
    """Mean best F1 with the matters a reader found: of the clustering, and of the plain way at the threshold best for it."""
    written = messages[:posts]
    gold = [frozenset(ids) for ids in json.loads(GOLD.read_text(encoding="utf-8")).values()]
    matters = Matters()
    matters.update(written, written[-1].posted_at)
    found = {post: matter.id for matter in matters.matters(1) for post in matter.posts}
    tree = _plain_tree(written)
    cuts = [fcluster(tree, 1 - threshold, "distance") for threshold in PLAIN_THRESHOLDS]
    by_cut = [dict(zip((post.id for post in written), cut.tolist(), strict=True)) for cut in cuts]
    return {
        "posts": len(written),
        "gold": len(gold),
        "f1": round(_mean_best_f1(found, gold), 3),
        "plain_f1": round(max(_mean_best_f1(cut, gold) for cut in by_cut), 3),
    }


def _mean_best_f1(found: Mapping[str, object], gold: Sequence[frozenset[str]]) -> float:
    """For each gold matter the best of 2·|common| / (|found| + |gold|) over the matters found; the mean of these."""
    by_number = {post.rpartition(":")[2]: matter for post, matter in found.items()}
    sizes = Counter(by_number.values())
    best = []
    for posts in gold:
        common = Counter(by_number[post] for post in posts)
        best.append(max(2 * count / (sizes[matter] + len(posts)) for matter, count in common.items()))
    return statistics.mean(best)


WAYS = {"at-once": at_once, "plain": plain, "days": days, "agreement": agreement}


def main() -> None:
    """Measure one way; the posts are read and made before the time starts."""
    name, posts = sys.argv[1], int(sys.argv[2])
    result = WAYS[name](read_messages(Runtime.from_environment(os.environ)), posts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**result, "peak_mib": round(peak)}))


if __name__ == "__main__":
    main()
