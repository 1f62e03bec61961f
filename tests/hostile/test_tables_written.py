"""The project makes no CSV and no workbook, in which a stranger's "=1+1" would be a formula for whoever opens it.

Who adds such an export has to write a quote before a cell that begins with = + - @, a tab or a line end, and to test it here.
"""

import ast

from pipeline.settings import PROJECT

ROOMS = (
    *("core", "collectors", "nlp", "matters", "replies", "store", "alerts", "dashboards", "reports", "pipeline", "cli"),
    *("demo", "dags", "questions", "ledger"),
)
# The office's own table, given back without a forgotten person's rows: every other cell has to stay as the office had it.
GIVEN_BACK = [("forget_files.py", "writer")]
# Quotes such cells (tests/questions/test_export.py).
QUOTED = [("export.py", "writer")]
# Marks such cells as Excel does itself (tests/ledger/test_workbook.py): the office reads the file in again, unchanged.
MARKED = [("excel.py", "Workbook")]
WRITERS = {"writer", "DictWriter", "Workbook", "to_csv", "to_excel"}


def test_nothing_makes_a_table_that_a_spreadsheet_opens() -> None:
    # given
    files = [path for room in ROOMS for path in (PROJECT / room).rglob("*.py")]
    assert len(files) > 100
    # when
    calls = [
        (path.name, name)
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (name := _called(node.func)) in WRITERS
    ]
    # then
    assert calls == [*GIVEN_BACK, *QUOTED, *MARKED]


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
