"""The section of bench/README.md about finding matters."""

from typing import Any

from bench.matters import DAYS, POSTS_A_DAY

HEADING = "## Finding matters"


def section(results: dict[str, Any]) -> str:
    """The section with its heading; when nothing was measured, it says why."""
    if "skipped" in results:
        return f"{HEADING}\n\nNot measured: {results['skipped']}.\n"
    agreement, plain_posts = results["agreement"], results["turns"][0]["plain"]["posts"]
    turns = _rows(
        (
            number,
            turn["plain"]["seconds"],
            turn["plain"]["peak_mib"],
            turn["at_once"]["seconds"],
            turn["at_once"]["peak_mib"],
        )
        for number, turn in enumerate(results["turns"], 1)
    )
    sizes = _rows((run["posts"], run["seconds"], run["matters"], run["peak_mib"]) for run in results["at_once"])
    days = _rows(
        (run["posts"], run["clustering"], run["load"], run["save"], run["state_mib"], run["whole_recheck"])
        for run in results["days"]
    )
    return f"""{HEADING}

Posts are the {agreement["posts"]:,} messages of `../shared/data/messages_voted.csv`, and after them the same again and again as years in
other towns: other names of places and people, sentences left out or in another order (`bench/messages.py`). They are
read and segmented before the time starts.

The plain way: words weighted by TF-IDF, cosine distances between all pairs, single linkage (scikit-learn, SciPy). It
holds all distances in memory, 80 GB for 100,000 posts, so it was measured on {plain_posts:,} posts, taking turns with
the clustering on the same ones.

| turn | plain, seconds | plain, peak MiB | clustering, seconds | clustering, peak MiB |
|---|---|---|---|---|
{turns}

Mean best F1 with {agreement["gold"]} matters that a reader found in the {agreement["posts"]:,} messages: **{agreement["f1"]}**; of the plain
way, cut where it agrees best with these very matters, {agreement["plain_f1"]}.

Posts clustered at once:

| posts | seconds | matters | peak memory of the process, MiB |
|---|---|---|---|
{sizes}

A day of {POSTS_A_DAY} posts on a history, in CPU seconds (the median of {DAYS} days): placing the posts and the daily re-check, taking up the
state and putting it down. Besides, whenever the posts have grown by a tenth, topics are found anew and all matters
re-checked.

| history | clustering | load | save | state, MiB | re-check of all |
|---|---|---|---|---|---|
{days}
"""


def _rows(rows: Any) -> str:
    return "\n".join(
        "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) + " |" for row in rows
    )
