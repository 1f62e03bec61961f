"""`./do fuzz`: gives every parser made-up bytes until the time is over, guided by what code they reach (atheris).

`./do fuzz --seconds 60 feed dates` takes only these. A crash is written to var/fuzz/crashes and printed with its cause; it
becomes a regression test of the parser. What was learnt stays in var/fuzz/corpus for the next run.
"""

import argparse
import subprocess
import sys

from pipeline.settings import PROJECT
from tests.fuzz.seeds import dictionary, seeds
from tests.fuzz.targets import TARGETS

FOLDER = PROJECT / "var" / "fuzz"
LONGEST_BYTES = 16_384
SLOWEST_SECONDS = 20
"""One input that takes longer counts as a crash."""
MOST_MEGABYTES = 2_048


def main() -> int:
    """Fuzz the targets one after the other; the number of those that crashed."""
    parser = argparse.ArgumentParser(prog="./do fuzz")
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], metavar="target", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    given = parser.parse_args()
    crashed = [name for name in given.targets or TARGETS if not _survives(name, given.seconds)]
    print(f"\n{len(crashed)} of {len(given.targets or TARGETS)} targets crashed: {', '.join(crashed) or 'none'}")
    return len(crashed)


def _survives(name: str, seconds: int) -> bool:
    corpus, crashes = FOLDER / "corpus" / name, FOLDER / "crashes"
    corpus.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds()[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = FOLDER / "words.dict"
    words.write_text(dictionary(lambda word: "".join(f"\\x{byte:02x}" for byte in word)), encoding="ascii")
    print(f"\n== {name}", flush=True)
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.one",
        name,
        str(corpus),
        f"-max_total_time={seconds}",
        f"-dict={words}",
    ]
    limits = [f"-max_len={LONGEST_BYTES}", f"-timeout={SLOWEST_SECONDS}", f"-rss_limit_mb={MOST_MEGABYTES}"]
    reports = [f"-artifact_prefix={crashes}/{name}-", "-print_final_stats=1", "-verbosity=1", "-close_fd_mask=0"]
    log = FOLDER / f"{name}.log"
    with log.open("wb") as stream:
        code = subprocess.run([*command, *limits, *reports], cwd=PROJECT, stdout=stream, stderr=stream).returncode
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    shown = lines[-40:] if code else [line for line in lines if line.startswith("stat::number_of_executed_units")]
    print("\n".join(shown))
    return code == 0


if __name__ == "__main__":
    sys.exit(main())
