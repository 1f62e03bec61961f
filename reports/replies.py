"""How messages were answered: in time or not, by which section, and what is overdue."""

from collections.abc import Sequence

from reports.charts import handling
from reports.compare import Comparison
from reports.content import Block, Cell, Heading, Sentence, Table
from reports.figures import Figures, buckets, hits
from reports.period import Period
from reports.takes import Path
from reports.telling import Teller

LONGEST_TITLE = 40
UNTRACKED = "留言的来源没有答复情况"
QUERIES = ("received", "answered", "open")
"""Those that count by section."""


def add_figures(compare: Comparison, period: Period) -> None:
    """The figures of answering: of all, and of each section."""
    figures = compare.figures
    compare.count("answered", "answers")
    compare.count("on_time", "answers", ["on_time", "doc_count"])
    compare.share("on_time_share", "on_time", "answered")
    compare.median("median_days", "answers", ["days", "buckets"])
    compare.state("open", "waiting")
    compare.state("overdue", "waiting")
    figures.add("tracked", {"do": "at", "path": ["aggregations", "tracked", "doc_count"]}, "received")
    figures.add("untracked", {"do": "subtract", "of": ["posts", "tracked"]})
    for name in _all_departments(figures):
        _add_department(figures, name, period)
    for hit in hits(figures.answers["overdue"]):
        _add_overdue(figures, hit["_id"], period)


def departments(figures: Figures, known: Sequence[str]) -> list[str]:
    """The sections that have something to show: the most overdue first, then in the order of the configuration."""
    order = {name: place for place, name in enumerate(known)}

    def place(name: str) -> tuple[float, float, int, str]:
        of = department(name)
        overdue, longest = figures.number(f"{of}.overdue"), figures.number(f"{of}.longest_overdue")
        return -overdue, -longest, order.get(name, len(order)), name

    return sorted(_all_departments(figures), key=place)


def are_known(figures: Figures) -> bool:
    """Whether anything is known of answers: the sources of some posts tell, or something was answered or waits."""
    return any(figures.number(name) for name in ("tracked", "answered", "open", "answered.four", "open.before"))


def changes(teller: Teller) -> list[Sentence]:
    """The sentences of the first page."""
    figures, this = teller.figures, teller.words.this
    if not are_known(figures):
        return [teller.sentence(f"{UNTRACKED}，不作办理统计。")] if figures.number("posts") else []
    told = []
    if figures.number("answered"):
        text = f"{this}答复 {teller('answered')} 条，按时率 {teller('on_time_share')}%{teller.shift('on_time_share')}。"
        told.append(teller.sentence(text))
    elif figures.number("open"):
        told.append(teller.sentence(f"{this}没有答复留言。"))
    end = teller.by_the_end
    if figures.number("overdue"):
        text = f"{end}未答复 {teller('open')} 条，其中超期 {teller('overdue')} 条{teller.change('overdue')}。"
    elif figures.number("open"):
        text = f"{end}未答复 {teller('open')} 条，都没有超期。"
    else:
        text = f"{end}没有未答复的留言。"
    return [*told, teller.sentence(text)]


def blocks(teller: Teller, known: Sequence[str]) -> list[Block]:
    """What the section on answering shows: the sections' chart and table, the overdue list."""
    figures = teller.figures
    found = departments(figures, known)
    if not are_known(figures) or not found:
        nothing = (
            f"{UNTRACKED}，不作办理统计。" if figures.number("posts") else f"{teller.words.this}没有需要办理的留言。"
        )
        return [teller.sentence(nothing)]
    shown: list[Block] = [Heading("各科室办理"), handling(_rows(figures, found)), _departments_table(teller, found)]
    if figures.number("untracked"):
        shown.append(
            teller.sentence(f"收到的留言中有 {teller('untracked')} 条，来源没有答复情况，不计入未答复和超期。")
        )
    shown.append(Heading("超期清单"))
    listed = hits(figures.answers["overdue"])
    if not listed:
        return [*shown, teller.sentence("没有超期的留言。")]
    shown.append(_overdue_table(teller, listed))
    if figures.number("overdue") > len(listed):
        shown.append(teller.sentence(f"超期共 {teller('overdue')} 条，这里只列最久的。"))
    return shown


def department(name: str) -> str:
    """The prefix of a section's figures."""
    return f"department.{name}"


def _all_departments(figures: Figures) -> list[str]:
    return sorted({name for query in QUERIES for name in _names(figures, query)})


def _names(figures: Figures, query: str) -> set[str]:
    return {bucket["key"] for bucket in buckets(figures.answers[query], "departments")}


def _add_department(figures: Figures, name: str, period: Period) -> None:
    bucket: Path = ["aggregations", "departments", "buckets", {"key": name}]
    of, due = department(name), [*bucket, "overdue", "due", "value_as_string"]
    query = next(query for query in QUERIES if _names(figures, query) & {name})
    figures.add(f"{of}.name", {"do": "text", "path": [*bucket, "key"], "most": LONGEST_TITLE}, query)
    figures.add(f"{of}.received", {"do": "at", "path": [*bucket, "doc_count"], "else": 0}, "received")
    figures.add(f"{of}.answered", {"do": "at", "path": [*bucket, "doc_count"], "else": 0}, "answered")
    figures.add(f"{of}.on_time", {"do": "at", "path": [*bucket, "on_time", "doc_count"], "else": 0}, "answered")
    figures.add(f"{of}.on_time_share", {"do": "percent", "of": [f"{of}.on_time", f"{of}.answered"]})
    figures.add(f"{of}.median_days", {"do": "median", "path": [*bucket, "days", "buckets"]}, "answered")
    figures.add(f"{of}.open", {"do": "at", "path": [*bucket, "doc_count"], "else": 0}, "open")
    figures.add(f"{of}.overdue", {"do": "at", "path": [*bucket, "overdue", "doc_count"], "else": 0}, "open")
    figures.add(f"{of}.earliest_due", {"do": "day", "path": due, "in": period.last.year}, "open")
    figures.add(
        f"{of}.longest_overdue", {"do": "working_days", "path": due, "until": period.last_instant.isoformat()}, "open"
    )


def _add_overdue(figures: Figures, id_: str, period: Period) -> None:
    of: Path = ["hits", "hits", {"_id": id_}, "_source"]
    name = f"overdue.{id_}"
    title = {"do": "text", "path": [*of, "title"], "or": [*of, "body"], "most": LONGEST_TITLE}
    figures.add(f"{name}.title", title, "overdue")
    figures.add(f"{name}.department", {"do": "text", "path": [*of, "department"], "most": LONGEST_TITLE}, "overdue")
    figures.add(f"{name}.due", {"do": "day", "path": [*of, "deadline", "due_at"], "in": period.last.year}, "overdue")
    figures.add(
        f"{name}.days",
        {"do": "working_days", "path": [*of, "deadline", "due_at"], "until": period.last_instant.isoformat()},
        "overdue",
    )


def _departments_table(teller: Teller, found: Sequence[str]) -> Table:
    rows = []
    for name in found:
        of = department(name)
        counts = [teller.cell(f"{of}.{one}") for one in ("received", "answered")]
        share, median = teller.cell(f"{of}.on_time_share", "%"), teller.cell(f"{of}.median_days")
        waiting = [teller.cell(f"{of}.{one}") for one in ("open", "overdue")]
        rows.append((Cell(name), *counts, share, median, *waiting))
    columns = ("科室", "收到", "答复", "按时率", "中位数（工作日）", "未答复", "超期")
    return Table("departments", "各科室办理情况", columns, tuple(rows), (26, 10, 10, 13, 19, 11, 11))


def _overdue_table(teller: Teller, listed: Sequence[dict[str, object]]) -> Table:
    rows = []
    for hit in listed:
        name, source = f"overdue.{hit['_id']}", hit["_source"]
        assert isinstance(source, dict)  # noqa: S101  so hits are
        title = teller.text(f"{name}.title", source.get("url"))
        rows.append((title, teller.text(f"{name}.department"), teller.cell(f"{name}.due"), teller.cell(f"{name}.days")))
    columns = ("留言", "科室", "应答复", "已超（工作日）")
    return Table("overdue", "超期清单", columns, tuple(rows), (42, 20, 23, 15), words=2)


def _rows(figures: Figures, found: Sequence[str]) -> list[dict[str, object]]:
    """For the chart: of each section what was answered in time and late, and what is overdue."""
    rows: list[dict[str, object]] = []
    for name in found:
        on_time, answered, overdue = (
            figures.number(f"{department(name)}.{one}") for one in ("on_time", "answered", "overdue")
        )
        counts = {"按时答复": on_time, "超时答复": answered - on_time, "超期未答复": overdue}
        rows += [{"科室": name, "情况": kind, "条数": int(count)} for kind, count in counts.items()]
    return rows
