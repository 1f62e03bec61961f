"""How good an engine is on labelled posts: figures by class, confusion matrix, throughput; as JSON and as a picture. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.pictures import png

NOT_SCORED = "（未判）"
OTHER = "（其他）"
_CELL = 46


@dataclass(frozen=True)
class ClassFigures:
    """Precision, recall and F1 (0 to 1) of one class; `support` is how many posts truly belong to it."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Evaluation:
    """One engine on one set of labelled posts.

    `macro_f1` is the plain mean over the classes that occur among the true labels. Rows of `confusion` are `labels`, its
    columns `predicted`: the same labels, then whatever else the engine answered.
    """

    engine: str
    posts: int
    macro_f1: float
    accuracy: float
    classes: tuple[ClassFigures, ...]
    labels: tuple[str, ...]
    predicted: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    posts_per_second: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The figures as plain JSON, fractions to four places."""
        figures: dict[str, Any] = _rounded(asdict(self))
        return figures


def evaluate(engine: str, truth: Sequence[str], answers: Sequence[str | None], seconds: float) -> Evaluation:
    """The figures of an engine whose `answers` to posts labelled `truth` took so many seconds (0: not measured).

    An answer that is none of the true labels counts as wrong and is shown as such; so is None, a post not scored.
    """
    from sklearn.metrics import precision_recall_fscore_support

    labels = sorted(set(truth))
    said = [NOT_SCORED if answer is None else answer if answer in labels else OTHER for answer in answers]
    extra = [label for label in (OTHER, NOT_SCORED) if label in said]
    columns = [*labels, *extra]
    precision, recall, f1, support = precision_recall_fscore_support(truth, said, labels=labels, zero_division=0)
    counts = Counter(zip(truth, said, strict=True))
    classes = tuple(
        ClassFigures(label, float(p), float(r), float(f), int(n))
        for label, p, r, f, n in zip(labels, precision, recall, f1, support, strict=True)
    )
    return Evaluation(
        engine=engine,
        posts=len(truth),
        macro_f1=sum(figures.f1 for figures in classes) / len(classes),
        accuracy=sum(t == s for t, s in zip(truth, said, strict=True)) / len(truth),
        classes=classes,
        labels=tuple(labels),
        predicted=tuple(columns),
        confusion=tuple(tuple(counts[label, column] for column in columns) for label in labels),
        posts_per_second=len(truth) / seconds if seconds else None,
    )


def calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error: the mean gap between what is said (0.8) and what comes true (80 %), over equal-width bins.

    Guo et al., On Calibration of Modern Neural Networks, 2017. 0 is perfect; 0 for no posts.
    """
    buckets: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, correct in zip(confidences, right, strict=True):
        buckets[min(int(confidence * bins), bins - 1)].append((confidence, correct))
    gaps = [abs(sum(c for c, _ in bucket) - sum(r for _, r in bucket)) for bucket in buckets]
    return sum(gaps) / len(confidences) if confidences else 0.0


def picture(evaluations: Sequence[Evaluation], title: str) -> bytes:
    """PNG: the engines' macro-F1 as bars, and each one's confusion matrix (rows: true label, columns: answer)."""
    return png(_chart(evaluations, title))


def _chart(evaluations: Sequence[Evaluation], title: str) -> dict[str, Any]:
    figures = [{"引擎": e.engine, "宏平均 F1": round(e.macro_f1, 4)} for e in evaluations]
    axis = {"field": "引擎", "type": "nominal", "sort": None, "title": None}
    value = {"field": "宏平均 F1", "type": "quantitative", "scale": {"domain": [0, 1]}}
    bars = {
        "title": title,
        "width": 420,
        "data": {"values": figures},
        "encoding": {"y": axis, "x": value},
        "layer": [
            {"mark": {"type": "bar", "height": 18}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"text": {"field": "宏平均 F1", "type": "quantitative", "format": ".3f"}},
            },
        ],
    }
    return {"padding": 20, "vconcat": [bars, *map(_heatmap, evaluations)]}


def _heatmap(evaluation: Evaluation) -> dict[str, Any]:
    """Shares of each row (true label), with the counts written in."""
    cells = [
        {"真实": label, "判为": column, "篇": count, "比例": count / max(sum(row), 1)}
        for label, row in zip(evaluation.labels, evaluation.confusion, strict=True)
        for column, count in zip(evaluation.predicted, row, strict=True)
    ]
    return {
        "title": f"{evaluation.engine}：混淆矩阵",
        "width": {"step": _CELL},
        "height": {"step": 26},
        "data": {"values": cells},
        "encoding": {
            "x": {"field": "判为", "type": "nominal", "sort": list(evaluation.predicted), "axis": {"labelAngle": -30}},
            "y": {"field": "真实", "type": "nominal", "sort": list(evaluation.labels)},
        },
        "layer": [
            {
                "mark": "rect",
                "encoding": {
                    "color": {"field": "比例", "type": "quantitative", "scale": {"scheme": "blues", "domain": [0, 1]}}
                },
            },
            {
                "mark": "text",
                "encoding": {
                    "text": {"field": "篇", "type": "quantitative"},
                    "color": {"condition": {"test": "datum['比例'] > 0.5", "value": "white"}, "value": "black"},
                },
            },
        ],
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
