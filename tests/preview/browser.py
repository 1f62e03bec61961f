"""A real Chromium without a screen, and the dashboards' page as one sees it in there."""

import base64
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from pipeline.settings import PROJECT

CHROMIUM = "/usr/bin/chromium"
DRIVER = "/usr/bin/chromedriver"
SECONDS = 20
WIDE, PHONE = (1440, 1000), (390, 844)
TALLEST = 6000
_QUIET = """
return document.getElementById("board")?.getAttribute("aria-busy") === "false" && !document.querySelector(".skeleton")
"""
_MARKS = """
const count = (panel, what) => panel.querySelectorAll(what).length;
return [...document.querySelectorAll("#panels .card")].map((panel) => [panel.id.slice(6), {
  marks: count(panel, ".role-mark > path, .role-mark > text, tbody tr, .words button"),
  sentence: panel.querySelector(".sentence")?.textContent ?? null,
}])
"""


def start_browser() -> Chrome:
    """A browser that keeps what it asks for and what is complained about. It finds no host but this machine's."""
    options = ChromeOptions()
    options.binary_location = CHROMIUM
    options.add_argument("--headless=new")
    options.add_argument("--hide-scrollbars")
    options.add_argument("--disable-dev-shm-usage")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # With its path given, selenium looks for no driver on the network.
    return Chrome(options=options, service=Service(DRIVER))


class Page:
    """A page of the preview at `base` in the browser."""

    def __init__(self, browser: Chrome, base: str) -> None:
        self.browser = browser
        self.base = base
        self.size(WIDE)
        self.look(dark=False)
        self.said()

    def size(self, size: tuple[int, int]) -> None:
        """Give the window's inside this width and height."""
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE},
        )

    def look(self, *, dark: bool) -> None:
        """Let the screen be dark or light."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def open(self, path: str) -> None:
        """Go there and wait until everything is drawn."""
        self.browser.get(self.base + path.removeprefix("/"))
        self.settle()

    def settle(self) -> None:
        """Wait until the page has what it asked for."""
        self.until(lambda: bool(self.run(_QUIET)))

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it is so; fails when it does not come to that."""
        ends = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < ends, f"nothing after {SECONDS} s at {self.address}: {self.text('body')[:400]}"
            time.sleep(0.05)

    def run(self, script: str, *arguments: Any) -> Any:
        """What the script returns."""
        return self.browser.execute_script(script, *arguments)

    def find(self, selector: str) -> Any:
        """The first element."""
        return self.browser.find_element("css selector", selector)

    def text(self, selector: str) -> str:
        """All text of the first such element, shown or not."""
        return str(self.run("return document.querySelector(arguments[0])?.textContent ?? ''", selector))

    def texts(self, selector: str) -> list[str]:
        """The text of each such element."""
        return list(self.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector))

    def click(self, selector: str) -> None:
        """Click the first such element, as a hand would, and wait for what comes of it."""
        element = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
        self.settle()

    def choose(self, field: str, value: str) -> None:
        """Choose a value of a control."""
        self.run(
            "const [select, value] = arguments; select.value = value; select.dispatchEvent(new Event('change'))",
            self.find(f"select[data-field={field}]"),
            value,
        )
        self.settle()

    @property
    def address(self) -> str:
        """Path and query of where it is."""
        parts = urlsplit(self.browser.current_url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def posts(self) -> int:
        """The number of posts at the top."""
        return int(self.text("#figure-posts .value").replace(",", ""))

    def panels(self) -> dict[str, dict[str, Any]]:
        """For each panel how many marks, rows or words it shows, and the sentence in place of them."""
        return dict(self.run(_MARKS))

    def said(self) -> list[str]:
        """What the browser complained about since it was last asked."""
        return [str(entry["message"]) for entry in self.browser.get_log("browser")]  # type: ignore[no-untyped-call]

    def asked_for(self) -> list[str]:
        """The addresses the browser asked for since it was last asked."""
        messages = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]  # type: ignore[no-untyped-call]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]

    def picture(self, name: str) -> Path:
        """Keep a picture of the whole page where CI keeps its artefacts."""
        folder = Path(os.environ.get("CI_ARTIFACTS_DIR") or PROJECT / "var" / "screenshots")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        path.write_bytes(self.photograph())
        return path

    def photograph(self, height: int | None = None) -> bytes:
        """The page as PNG: from its top to `height`, or to its end."""
        width, whole = self.run("return [innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": width, "height": min(height or whole, TALLEST), "scale": 1}
        shot = self.browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        return base64.b64decode(shot["data"])
