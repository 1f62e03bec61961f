"""The report as JSON: every query, every figure with its take, and every sentence, table and chart with the figures it
rests on. The same index gives the same bytes: nothing in it depends on when or where it was made. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from reports.content import CHANGES, DECISIONS, NUMBERS, Cell, Report, Sentence, Table
from reports.figures import Figures, Query


def to_json(report: Report, queries: Sequence[Query], figures: Figures) -> bytes:
    """The twin, keys sorted."""
    period = report.period
    twin = {
        "period": {
            "key": period.key,
            "kind": period.kind,
            "title": period.title,
            "dates": period.dates,
            "start": period.start.isoformat(),
            "end": period.end.isoformat(),
        },
        "title": report.title,
        "made_for": report.made_for,
        "queries": [{"name": one.name, "index": one.index, "body": one.body} for one in sorted(queries, key=_name)],
        "figures": [{"name": one.name, "query": one.query, "take": one.take, "value": one.value} for one in figures],
        "sentences": [{"place": place, "text": one.text, "figures": one.figures} for place, one in sentences(report)],
        "decisions": [{"what": one.what.text, "why": one.why.text, "rule": one.rule} for one in report.decisions],
        "tables": [_table(one) for one in report.tables],
        "charts": [
            {"name": one.name, "title": one.title, "about": one.about, "query": one.query, "rows": one.rows}
            for one in report.pictures
        ],
    }
    return orjson.dumps(twin, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def sentences(report: Report) -> Iterator[tuple[str, Sentence]]:
    """Every sentence of the report in reading order, with the heading it stands below."""
    yield from ((CHANGES, one) for paragraph in report.changes for one in paragraph)
    for decision in report.decisions:
        yield from ((DECISIONS, one) for one in (decision.what, decision.why))
    if not report.decisions:
        yield DECISIONS, report.otherwise
    if isinstance(report.numbers, Sentence):
        yield NUMBERS, report.numbers
    for section in report.sections:
        yield from ((section.heading, block) for block in section.blocks if isinstance(block, Sentence))


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": table.title,
        "columns": table.columns,
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    told = {"text": cell.text, "figure": cell.figure, "url": cell.url}
    return {key: value for key, value in told.items() if value is not None}


def _name(query: Query) -> str:
    return query.name
