"""One target in a process of its own: `python -m tests.fuzz.one TARGET CORPUS -max_total_time=60 ...` (libFuzzer's options)."""

import logging
import sys
import warnings

import atheris

with atheris.instrument_imports(
    include=["collectors", "core", "nlp", "feedparser", "openpyxl", "bs4", "csv", "zipfile"]
):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Run until time is over or something crashes."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
