"""Figures in words, so that every sentence names the figures it rests on. Pure.

What a teller tells of a figure carries a mark of which one it is, unseen between characters no text of a post can hold
(`reports.wording` takes them out); when the sentence is finished the marks become the list of its figures.
"""

import re

from reports.content import Cell, Sentence
from reports.figures import Figures
from reports.period import Period, day
from reports.takes import Value

NONE = "—"
_OPEN, _THEN, _CLOSE = "\ue000", "\ue001", "\ue002"
_MARKED = re.compile(f"{_OPEN}(\\d+){_THEN}(.*?){_CLOSE}", re.DOTALL)


class Teller:
    """Tells the figures of a report about a period."""

    def __init__(self, figures: Figures, period: Period) -> None:
        self.figures = figures
        self.words = period.words
        self.by_the_end = f"截至{day(period.last)}"
        self._names: list[str] = []

    def __call__(self, name: str) -> str:
        """The figure as it stands in a sentence, marked."""
        return self._marked(name, shown(self.figures[name]))

    def size(self, name: str) -> str:
        """The same without its sign."""
        return self._marked(name, shown(self.figures[name]).removeprefix("-"))

    def quoted(self, name: str) -> str:
        """A text in quotation marks."""
        return f"“{self(name)}”"

    def sentence(self, text: str) -> Sentence:
        """The sentence that was made of what was told; the marks are taken out."""
        told = [self._names[int(mark)] for mark, _ in _MARKED.findall(text)]
        return Sentence(_MARKED.sub(r"\2", text), tuple(dict.fromkeys(told)))

    def _marked(self, name: str, text: str) -> str:
        self._names.append(name)
        return f"{_OPEN}{len(self._names) - 1}{_THEN}{text}{_CLOSE}"

    def change(self, name: str) -> str:
        """`，比上周增加 3 条`; empty where nothing is known of the time before."""
        return self._change(name, ("增加", "减少"), " 条")

    def shift(self, name: str) -> str:
        """The same of a share: `，比上周上升 3.2 个百分点`."""
        return self._change(name, ("上升", "下降"), " 个百分点")

    def _change(self, name: str, verbs: tuple[str, str], unit: str) -> str:
        change = f"{name}.change"
        if not self.figures.known(change):
            return ""
        difference = self.figures.number(change)
        if difference == 0:
            return f"，与{self.words.before}持平"
        return f"，比{self.words.before}{verbs[difference < 0]} {self.size(change)}{unit}"

    def cell(self, name: str, unit: str = "") -> Cell:
        """The figure in a table."""
        if not self.figures.known(name):
            return Cell(NONE)
        return Cell(f"{shown(self.figures[name])}{unit}", name)

    def text(self, name: str, url: str | None = None) -> Cell:
        """A text in a table; `url` counts only where it leads to the web."""
        safe = url if url and url.lower().startswith(("http://", "https://")) else None
        return Cell(shown(self.figures[name]) or NONE, name, safe)

    def signed(self, name: str, unit: str = "") -> Cell:
        """A difference in a table, with its sign."""
        plus = "+" if self.figures.number(name) > 0 else ""
        cell = self.cell(name, unit)
        return Cell(plus + cell.text, cell.figure)


def shown(value: Value) -> str:
    """A value as it is written: a missing one is a dash."""
    return NONE if value is None else str(value)
