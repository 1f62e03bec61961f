"""What people thanked for, in their words as they stand in the index, personal data masked."""

from reports.content import Block
from reports.figures import Figures, hits
from reports.period import Period
from reports.takes import Path
from reports.telling import Teller

LONGEST_QUOTE = 90
MOST_SHOWN = 3


def add_figures(figures: Figures, period: Period) -> None:
    """The figures of praise (`praise.ID.…`)."""
    figures.add("praise", {"do": "at", "path": ["hits", "total", "value"]}, "praise")
    for id_ in _shown(figures):
        of: Path = ["hits", "hits", {"_id": id_}, "_source"]
        figures.add(f"praise.{id_}.title", {"do": "text", "path": [*of, "title"], "most": 30}, "praise")
        quote = {"do": "quote", "path": [*of, "body"], "or": [*of, "title"], "most": LONGEST_QUOTE}
        figures.add(f"praise.{id_}.quote", quote, "praise")
        figures.add(f"praise.{id_}.day", {"do": "day", "path": [*of, "posted_at"], "in": period.last.year}, "praise")


def blocks(teller: Teller) -> list[Block]:
    """What the section on praise shows."""
    if not teller.figures.number("praise"):
        return [teller.sentence(f"{teller.words.this}没有表示感谢或肯定的留言。")]
    shown: list[Block] = [teller.sentence(f"{teller.words.this}有 {teller('praise')} 条留言表示感谢或肯定。")]
    for id_ in _shown(teller.figures):
        title, quote, day = (teller(f"praise.{id_}.{part}") for part in ("title", "quote", "day"))
        shown.append(teller.sentence(f"《{title}》：“{quote}”（{day}）"))
    return shown


def _shown(figures: Figures) -> list[str]:
    return [hit["_id"] for hit in hits(figures.answers["praise"])][:MOST_SHOWN]
