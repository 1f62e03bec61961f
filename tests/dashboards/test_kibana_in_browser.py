"""The exported pictures in a real browser, drawn as Kibana draws them: from the syntax tree, with its own functions."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import vl_convert
from selenium.webdriver import Chrome

from dashboards.boards import PANELS
from dashboards.panel import Panel, Table
from pipeline.runtime import Runtime
from tests.dashboards.kibana import Export, vega_of
from tests.dashboards.test_kibana import EVER, PREFIX, as_drawn
from tests.preview.browser import start_browser

CLICKED = """
const [spec, done] = arguments;
const place = document.body.appendChild(document.createElement("div"));
const added = [];
const expressionFunctions = { kibanaAddFilter: (...all) => { added.push(all); } };
const options = { mode: "vega", ast: true, renderer: "svg", actions: false, expressionFunctions };
vegaEmbed(place, spec, options).then(async ({ view }) => {
  const marks = [...place.querySelectorAll(".mark-rect.role-mark path, .mark-text.role-mark text")];
  const box = marks[0].getBoundingClientRect();
  marks[0].dispatchEvent(new MouseEvent("click", { bubbles: true, clientX: box.x + 1, clientY: box.y + 1 }));
  await view.runAsync();
  done({ marks: marks.length, added });
}, (error) => done({ error: String(error) }));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A browser with Vega in it."""
    page = Path(tmp_path_factory.mktemp("page")) / "page.html"
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")
    page.write_text(f'<meta charset="utf-8"><body><script type="module">{script}</script>', encoding="utf-8")
    running = start_browser()
    running.get(page.as_uri())
    yield running
    running.quit()


@pytest.mark.parametrize(
    "panel", [panel for panel in PANELS.values() if not isinstance(panel.picture, Table)], ids=lambda panel: panel.id
)
def test_a_click_on_a_mark_adds_a_filter_that_finds_posts(panel: Panel, browser: Chrome, filled: Runtime) -> None:
    # given
    export = Export(PREFIX)
    object_ = export.panel(PREFIX, panel.id)
    rows = export.rows(filled.es, object_, EVER, [])
    # when
    seen = browser.execute_async_script(CLICKED, as_drawn(vega_of(object_), rows, in_browser=True))
    # then
    assert "error" not in seen
    assert seen["marks"] > 3
    if panel.id in {"followup-states", "ledger"}:
        assert seen["added"] == []
        return
    ((query, index, label),) = seen["added"]
    assert index == f"{PREFIX}posts"
    assert "：" in label
    found = export.rows(filled.es, export.panel(PREFIX, "posts"), EVER, [query])
    assert found
