"""`./do screenshots`: the README's pictures, taken from the pages that `./do demo` has left running."""

import os
import sys
from pathlib import Path

from core.errors import YuqingError
from dashboards.preview_process import PreviewProcess
from pipeline.settings import PROJECT
from tests.preview.browser import PHONE, Page, start_browser

FOLDER = Path(__file__).parent
MOST_BYTES = 300_000
BELOW = 16
"""Pixels of the page kept below the last panel."""
PICTURES = {
    # name: (address, the last panel in the picture, the window)
    "handling": ("/boards/handling", "on-time", (1280, 900)),
    "opinion": ("/boards/opinion?days=90", "topic-weeks", (1280, 900)),
    "matters": ("/boards/matters", "matters", (1280, 900)),
    "phone": ("/boards/opinion", "daily", PHONE),
}


def main() -> None:
    """Take every picture anew."""
    folder = Path(os.environ.get("YUQING_DEMO") or PROJECT / "var" / "demo").resolve()
    running = PreviewProcess(folder).running()
    if running is None:
        raise YuqingError("演示的看板网页没有运行。", "请先运行 ./do demo")
    browser = start_browser()
    try:
        page = Page(browser, running.url)
        for name, (address, last, size) in PICTURES.items():
            page.size(size)
            page.open(address)
            bottom = page.run(
                "return document.getElementById(arguments[0]).getBoundingClientRect().bottom", f"panel-{last}"
            )
            picture = page.photograph(int(bottom) + BELOW)
            if len(picture) > MOST_BYTES:
                raise YuqingError(f"{name}.png 有 {len(picture)} 字节，超过 {MOST_BYTES}。")
            (FOLDER / f"{name}.png").write_bytes(picture)
            print(f"docs/{name}.png  {len(picture)} bytes")
    finally:
        browser.quit()


if __name__ == "__main__":
    try:
        main()
    except YuqingError as error:
        sys.exit(f"{error.message}\n{error.advice}")
