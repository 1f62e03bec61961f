"""How many people wrote some posts, as a figure."""

from reports.figures import Figures
from reports.takes import Path


def add_people(figures: Figures, name: str, of: Path, query: str) -> str:
    """People behind the posts of a bucket (`reports.questions.people`): authors, and posts that name none."""
    named = figures.add(f"{name}.named", {"do": "count", "path": [*of, "people", "buckets"]}, query)
    nameless = figures.add(f"{name}.nameless", {"do": "at", "path": [*of, "nameless", "doc_count"]}, query)
    return figures.add(name, {"do": "add", "of": [named, nameless]})
