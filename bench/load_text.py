"""The section of bench/README.md about many posts."""

from itertools import pairwise
from typing import Any

from bench.load_posts import FORGOTTEN, ROWS_A_FILE, SPAN_DAYS

HEADING = "## Many posts"
QUIET = 1.0
TIMED = {
    "load": "import (`yuqing import`)",
    "stages": "stages of all open posts",
    "alerts": "alerts: planned, mailed, recorded",
    "report": "deadline report, all months",
    "summary": "weekly summary with charts and Word",
}
BOARDS = {"handling": "board 今日办理", "opinion": "board 舆情态势", "matters": "board 热点与二次解读"}


def load_section(results: dict[str, Any] | None) -> str:
    """The section with its heading; when nothing was measured, it says so."""
    if not results:
        return f"{HEADING}\n\nNot measured yet: `./do bench --only load`.\n"
    runs = results["runs"]
    return f"""{HEADING}

Recorded by `./do bench --only load` on {results["machine"]}. {_business(runs)}Posts are spread over {SPAN_DAYS // 365} years, in an
index for each month; {FORGOTTEN:.1%} of them are never answered, the others in up to 18 days (`bench/load_posts.py`). They come as files
of {ROWS_A_FILE:,} rows. One process reads; each stage is a process of its own, whose peak of memory is given.

| | {_header(runs)} | growth |
|---|{"---|" * (len(runs) + 1)}
| import, posts/s | {_cells(runs, lambda run: run["load"]["posts_per_second"])} | |
{_times(runs, "seconds", "s")}
{_twice(runs)}
| open posts whose stage changed | {_cells(runs, lambda run: run["stages"]["changed"])} | |
| reminders, mails | {_cells(runs, lambda run: f"{run['alerts']['alerts']:,}, {run['alerts']['mails']}")} | |
| indices of posts | {_cells(runs, lambda run: run["index"]["indices"])} | |
| index on disk, MiB | {_cells(runs, lambda run: run["index"]["store_mib"])} | {_growth([run["index"]["store_mib"] for run in runs])} |
| index, bytes a post | {_cells(runs, lambda run: run["index"]["bytes_a_post"])} | |
| landed, MiB | {_cells(runs, lambda run: run["index"]["landed_mib"])} | |

CPU seconds, which other work on the machine hardly changes, of the stage's process:

| | {_header(runs)} | growth |
|---|{"---|" * (len(runs) + 1)}
{_times(runs, "cpu_seconds", "CPU s")}

and of Elasticsearch meanwhile:

| | {_header(runs)} | growth |
|---|{"---|" * (len(runs) + 1)}
{_times(runs, "server_cpu_seconds", "CPU s")}

Peak memory of the stages' processes, MiB:

| | {_header(runs)} |
|---|{"---|" * len(runs)}
{_peaks(runs)}

`growth`: how many times as long (or large) from each size to the next, with ten times the posts.
"""


def _business(runs: list[dict[str, Any]]) -> str:
    """Whether the machine had other work: absolute times are then longer, and sizes do not compare well."""
    busy = [run["busy_before"] for run in runs]
    if max(busy) < QUIET:
        return ""
    return f"**The machine had other work meanwhile** (load averages of {', '.join(map(str, busy))} before each size). "


def _header(runs: list[dict[str, Any]]) -> str:
    return " | ".join(f"{run['posts']:,}" for run in runs)


def _cells(runs: list[dict[str, Any]], cell: Any) -> str:
    return " | ".join(f"{value:,}" if isinstance(value := cell(run), int) else str(value) for run in runs)


def _growth(values: list[float]) -> str:
    return ", ".join(f"×{after / before:.1f}" for before, after in pairwise(values) if before)


def _times(runs: list[dict[str, Any]], kind: str, unit: str) -> str:
    rows = {title: [run[stage][kind] for run in runs] for stage, title in TIMED.items()}
    return "\n".join(
        f"| {title}, {unit} | {' | '.join(f'{value:,}' for value in values)} | {_growth(values)} |"
        for title, values in rows.items()
    )


def _twice(runs: list[dict[str, Any]]) -> str:
    asked = {title: [run["boards"][board] for run in runs] for board, title in BOARDS.items()}
    asked["search, four questions"] = [run["search"] for run in runs]
    return "\n".join(
        f"| {title}: cold / warm, s | {' | '.join(_pair(one) for one in values)} | "
        f"{_growth([one['warm_seconds'] for one in values])} |"
        for title, values in asked.items()
    )


def _pair(one: dict[str, Any]) -> str:
    return f"{one['cold_seconds']} / {one['warm_seconds']}"


def _peaks(runs: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"| {title} | {' | '.join(format(run[stage]['peak_mib'], ',') for run in runs)} |"
        for stage, title in TIMED.items()
    )
