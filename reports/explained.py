"""Candidates for a second explanation nobody has decided about, and what second explanations did."""

from reports.compare import Comparison
from reports.content import Block, Cell, Heading, Sentence, Table
from reports.figures import Figures
from reports.hot import LONGEST_TITLE
from reports.people import add_people
from reports.period import Period
from reports.subjects import Explained, FollowUp, Subjects
from reports.takes import Path
from reports.telling import NONE, Teller

MOST_SHOWN = 10


def add_figures(compare: Comparison, about: Subjects, period: Period, compare_weeks: int) -> None:
    """The figures of follow-ups (`followup.ID.…`) and explanations (`explained.ID.…`)."""
    figures = compare.figures
    compare.count("new_candidates", "new")
    figures.add("undecided", {"do": "at", "path": ["hits", "total", "value"]}, "undecided")
    for one in about.undecided:
        _add_candidate(figures, one, period)
    for explanation in about.explained:
        _add_explanation(figures, explanation, period, compare_weeks)


def changes(teller: Teller) -> list[Sentence]:
    """The sentence of the first page, where there are candidates."""
    if not teller.figures.number("new_candidates"):
        return []
    return [teller.sentence(f"新列入二次解读研判 {teller('new_candidates')} 件。")]


def most_asked(figures: Figures, about: Subjects) -> list[FollowUp]:
    """The undecided candidates, those most people keep asking about first, then the oldest."""
    return sorted(about.undecided, key=lambda one: -figures.number(f"followup.{one.id}.people"))


def blocks(teller: Teller, about: Subjects) -> list[Block]:
    """What the section on second explanations shows."""
    shown: list[Block] = [Heading("尚未研判的")]
    candidates = most_asked(teller.figures, about)[:MOST_SHOWN]
    if candidates:
        rows = [_candidate_row(teller, one) for one in candidates]
        columns = ("事项", "科室", "列入", "答复后仍提出的人数")
        shown.append(Table("candidates", "二次解读对象", columns, tuple(rows), (46, 24, 14, 16), words=2))
        if teller.figures.number("undecided") > len(candidates):
            shown.append(teller.sentence(f"尚未研判的共 {teller('undecided')} 件，这里只列提出人数最多的。"))
    else:
        shown.append(teller.sentence("没有尚未研判的二次解读对象。"))
    shown.append(Heading("解读前后"))
    latest = about.explained[-MOST_SHOWN:]
    if not latest:
        return [*shown, teller.sentence("还没有发布过二次解读。")]
    columns = ("事项", "解读", "解读前每周（条）", "解读后每周（条）")
    effects = tuple(_effect_row(teller, one) for one in latest)
    return [*shown, Table("effects", "解读前后的留言", columns, effects, (46, 14, 20, 20)), *_effects(teller, latest)]


def _add_candidate(figures: Figures, one: FollowUp, period: Period) -> None:
    name = f"followup.{one.id}"
    of: Path = ["hits", "hits", {"_id": one.id}, "_source"]
    figures.add(f"{name}.title", {"do": "text", "path": [*of, "title"], "most": LONGEST_TITLE}, "undecided")
    figures.add(f"{name}.department", {"do": "text", "path": [*of, "department"], "most": LONGEST_TITLE}, "undecided")
    figures.add(f"{name}.day", {"do": "day", "path": [*of, "created_at"], "in": period.last.year}, "undecided")
    figures.add(
        f"{name}.days", {"do": "days", "path": [*of, "created_at"], "until": period.end.isoformat()}, "undecided"
    )
    add_people(figures, f"{name}.people", ["aggregations", "named", "buckets", one.id], "people since the answer")


def _add_explanation(figures: Figures, one: Explained, period: Period, compare_weeks: int) -> None:
    name = f"explained.{one.id}"
    of: Path = ["hits", "hits", {"_id": one.id}, "_source"]
    figures.add(f"{name}.title", {"do": "text", "path": [*of, "title"], "most": LONGEST_TITLE}, "explained")
    said: Path = [*of, "history", one.entry, "explanation", "at"]
    figures.add(f"{name}.day", {"do": "day", "path": said, "in": period.last.year}, "explained")
    # A matter younger than a week is measured over a whole one: three posts of one day are not 21 a week.
    first: Path = ["aggregations", "matters", "buckets", {"key": one.matter}, "first", "value_as_string"]
    weeks = {"do": "weeks", "path": first, "until": one.at.isoformat(), "least": 1, "most": compare_weeks}
    figures.add(f"{name}.weeks_before", weeks, "so far")
    weeks = {"do": "weeks", "path": said, "until": period.end.isoformat(), "least": 0, "most": compare_weeks}
    figures.add(f"{name}.weeks_after", weeks, "explained")
    for side in ("before", "after"):
        count: Path = ["aggregations", "named", "buckets", f"{one.id}.{side}", "doc_count"]
        figures.add(f"{name}.posts_{side}", {"do": "at", "path": count}, "around explanations")
        figures.add(f"{name}.{side}", {"do": "divide", "of": [f"{name}.posts_{side}", f"{name}.weeks_{side}"]})


def _candidate_row(teller: Teller, one: FollowUp) -> tuple[Cell, ...]:
    name = f"followup.{one.id}"
    texts = teller.text(f"{name}.title"), teller.text(f"{name}.department")
    return (*texts, teller.cell(f"{name}.day"), teller.cell(f"{name}.people"))


def _early(figures: Figures, one: Explained) -> bool:
    """Whether less than a week has passed since."""
    return figures.number(f"explained.{one.id}.weeks_after") < 1


def _effect_row(teller: Teller, one: Explained) -> tuple[Cell, ...]:
    name = f"explained.{one.id}"
    after = Cell("不满一周") if _early(teller.figures, one) else teller.cell(f"{name}.after")
    before = teller.cell(f"{name}.before") if teller.figures.known(f"{name}.before") else Cell(NONE)
    return (teller.text(f"{name}.title"), teller.cell(f"{name}.day"), before, after)


def _effects(teller: Teller, latest: tuple[Explained, ...]) -> list[Sentence]:
    """What the explanations did that are old enough to tell."""
    return [
        _effect(teller, f"explained.{one.id}")
        for one in latest
        if not _early(teller.figures, one) and teller.figures.known(f"explained.{one.id}.before")
    ]


def _effect(teller: Teller, name: str) -> Sentence:
    before, after = teller.figures.number(f"{name}.before"), teller.figures.number(f"{name}.after")
    verdict = "有所减少" if after < before else "有所增加" if after > before else "没有变化"
    text = (
        f"{teller.quoted(f'{name}.title')}解读前 {teller(f'{name}.weeks_before')} 周平均每周 {teller(f'{name}.before')} 条，"
        f"解读后 {teller(f'{name}.weeks_after')} 周平均每周 {teller(f'{name}.after')} 条，{verdict}。"
    )
    return teller.sentence(text)
