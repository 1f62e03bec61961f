"""Published entries as rows for the government site's robot: JSON (`SCHEMA`) and CSV."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from core.clock import to_beijing
from questions.entry import Entry, review_again_at

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "问答库",
    "type": "object",
    "required": ["version", "exported_at", "entries"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": 1},
        "exported_at": {"type": "string", "format": "date-time", "description": "导出时间"},
        "entries": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "question", "variants", "answer", "source", "reviewed_on", "review_again_on"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "description": "编号，各次导出不变"},
                    "question": {"type": "string", "description": "问题"},
                    "variants": {"type": "array", "items": {"type": "string"}, "description": "别的问法，公众的原话"},
                    "answer": {"type": "string", "description": "答案"},
                    "topic": {"type": ["string", "null"], "description": "主题"},
                    "department": {"type": ["string", "null"], "description": "科室"},
                    "source": {
                        "type": ["object", "null"],
                        "description": "答案出自哪条答复；null：由人撰写",
                        "required": ["post_id", "organisation", "replied_on", "url"],
                        "additionalProperties": False,
                        "properties": {
                            "post_id": {"type": "string", "description": "留言编号"},
                            "organisation": {"type": ["string", "null"], "description": "答复单位"},
                            "replied_on": {"type": ["string", "null"], "format": "date", "description": "答复日期"},
                            "url": {"type": ["string", "null"], "description": "网址"},
                        },
                    },
                    "reviewed_on": {"type": "string", "format": "date", "description": "三审日期"},
                    "review_again_on": {"type": "string", "format": "date", "description": "此日起需复核"},
                },
            },
        },
    },
}

_COLUMNS = {
    "编号": "id",
    "问题": "question",
    "别的问法": "variants",
    "答案": "answer",
    "主题": "topic",
    "科室": "department",
    "来源留言": "post_id",
    "答复单位": "organisation",
    "答复日期": "replied_on",
    "网址": "url",
    "三审日期": "reviewed_on",
    "此日起需复核": "review_again_on",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_document(entries: Iterable[Entry], months: int, at: datetime) -> dict[str, Any]:
    """The published entries as one JSON document that follows `SCHEMA`; others are left out."""
    rows = [_row(entry, months) for entry in entries if entry.published]
    return {"version": 1, "exported_at": to_beijing(at).isoformat(), "entries": rows}


def as_csv(entries: Iterable[Entry], months: int) -> bytes:
    """The same as a table that a spreadsheet opens (UTF-8 with mark). No cell of it is ever taken for a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(_COLUMNS)
    for entry in entries:
        if entry.published:
            row = _row(entry, months)
            flat = {**row, **(row["source"] or {}), "variants": "\n".join(row["variants"])}
            writer.writerow([as_text(str(flat.get(name) or "")) for name in _COLUMNS.values()])
    return stream.getvalue().encode("utf-8-sig")


def as_text(cell: str) -> str:
    """The cell with a quote before what a spreadsheet would calculate."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _row(entry: Entry, months: int) -> dict[str, Any]:
    published, again = entry.published, review_again_at(entry, months)
    assert published is not None and again is not None  # noqa: S101, PT018  the callers leave out others
    source = published.source
    return {
        "id": entry.id,
        "question": published.question,
        "variants": entry.variants,
        "answer": published.answer,
        "topic": entry.topic,
        "department": entry.department,
        "source": source
        and {
            "post_id": source.post_id,
            "organisation": source.organisation,
            "replied_on": _day(source.replied_at),
            "url": source.url,
        },
        "reviewed_on": _day(published.reviewed_at),
        "review_again_on": _day(again),
    }


def _day(moment: datetime | None) -> str | None:
    day: date | None = to_beijing(moment).date() if moment else None
    return day.isoformat() if day else None
