"""Hot matters of the period and the early warnings raised in it."""

from reports.compare import Comparison
from reports.content import Block, Sentence, Table
from reports.figures import Figures, buckets
from reports.people import add_people
from reports.period import Period
from reports.subjects import Subjects, Warned
from reports.takes import Path
from reports.telling import Teller

LONGEST_TITLE = 30


def add_figures(compare: Comparison, about: Subjects, period: Period) -> None:
    """The figures of matters (`matter.ID.…`) and warnings (`warning.ID.…`)."""
    figures = compare.figures
    compare.count("warnings", "alarms")
    for matter in about.matters:
        _add_matter(figures, matter)
    for matter in about.hot:
        of: Path = ["aggregations", "matters", "buckets", {"key": matter}]
        name = f"matter.{matter}"
        add_people(figures, f"{name}.people", of, "matters")
        figures.add(f"{name}.posts", {"do": "at", "path": [*of, "doc_count"]}, "matters")
    for warning in about.warned:
        _add_warning(figures, warning, period.last.year)


def told(figures: Figures, about: Subjects) -> list[str]:
    """The hot matters there is a record of, the hottest first."""
    return [matter for matter in about.hot if figures[f"matter.{matter}.title"]]


def changes(teller: Teller) -> list[Sentence]:
    """The sentence of the first page, where warnings were raised."""
    if not teller.figures.number("warnings"):
        return []
    return [teller.sentence(f"{teller.words.this}发出预警 {teller('warnings')} 起。")]


def blocks(teller: Teller, about: Subjects) -> list[Block]:
    """What the section on hot matters shows."""
    figures, this = teller.figures, teller.words.this
    rows = []
    for matter in told(figures, about):
        name = f"matter.{matter}"
        cells = (f"{name}.people", f"{name}.posts", f"{name}.people_so_far", f"{name}.posts_so_far")
        answered = teller.cell(f"{name}.answered_so_far")
        rows.append((teller.text(f"{name}.title"), *map(teller.cell, cells), answered))
    if not rows:
        return [teller.sentence(f"{this}没有两人以上反映的同一件事。")]
    columns = ("事项", f"{this}人数", f"{this}条数", "累计人数", "累计条数", "已答复条数")
    return [Table("matters", "反映人数最多的事", columns, tuple(rows), (40, 12, 12, 12, 12, 12))]


def _add_matter(figures: Figures, matter: str) -> None:
    """Its title, and what came of it up to the period's end."""
    name = f"matter.{matter}"
    record: Path = ["hits", "hits", {"_id": matter}, "_source"]
    figures.add(f"{name}.title", {"do": "text", "path": [*record, "title"], "most": LONGEST_TITLE}, "titles")
    of: Path = ["aggregations", "matters", "buckets", {"key": matter}]
    found = buckets(figures.answers["so far"], "matters")
    if any(bucket["key"] == matter for bucket in found):
        add_people(figures, f"{name}.people_so_far", of, "so far")
        figures.add(f"{name}.posts_so_far", {"do": "at", "path": [*of, "doc_count"]}, "so far")
        if next(bucket for bucket in found if bucket["key"] == matter)["tracked"]["doc_count"]:
            # Where the sources do not tell, nothing is known of answers: that is not none.
            figures.add(f"{name}.answered_so_far", {"do": "at", "path": [*of, "answered", "doc_count"]}, "so far")


def _add_warning(figures: Figures, warning: Warned, year: int) -> None:
    name = f"warning.{warning.id}"
    of: Path = ["hits", "hits", {"_id": warning.id}, "_source"]
    figures.add(f"{name}.title", {"do": "text", "path": [*of, "title"], "most": LONGEST_TITLE}, "warnings")
    figures.add(f"{name}.day", {"do": "day", "path": [*of, "at"], "in": year}, "warnings")
    figures.add(f"{name}.people", {"do": "at", "path": [*of, "people"]}, "warnings")
    figures.add(f"{name}.posts", {"do": "at", "path": [*of, "posts"]}, "warnings")
    count = ["aggregations", "named", "buckets", warning.id, "doc_count"]
    figures.add(f"{name}.answered", {"do": "at", "path": count}, "answers to warnings")
