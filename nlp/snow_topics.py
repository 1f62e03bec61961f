"""SnowNLP's naive Bayes on its best footing: its own trainer and stop words, but our tokens. Kept in plain arrays."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from nlp.model_files import FORMAT_VERSION, ModelCard, damaged, load_model, save_model
from nlp.topic_model import Topical


class SnowTopicModel:
    """SnowNLP's classifier, as its package trains it; built by training on tokens, or by `load`."""

    def __init__(self, tokens: Sequence[Sequence[str]], labels: Sequence[str]) -> None:
        # SnowNLP loads all its models on import; commands that compare nothing should not pay for it.
        from snownlp.classification.bayes import Bayes
        from snownlp.normal import filter_stop

        self._without_stop_words = filter_stop
        self._bayes = Bayes()
        self._bayes.train([(self._content(words), label) for words, label in zip(tokens, labels, strict=True)])
        self.examples = len(labels)

    def classify(self, titles: Sequence[str], bodies: Sequence[str], tokens: Sequence[Sequence[str]]) -> list[Topical]:
        """The category of each post; None also where SnowNLP's arithmetic overflows for every category."""
        return [self._one(words) for words in tokens]

    def save(self, path: Path, trained_at: datetime, sources: Sequence[str], scores: dict[str, float]) -> None:
        """Write the model: its word counts by class, which is all that SnowNLP's own file holds."""
        counts = {label: (list(prob.d), list(prob.d.values()), prob.total) for label, prob in self._bayes.d.items()}
        card = ModelCard(
            kind="topic",
            engine="snownlp",
            format_version=FORMAT_VERSION,
            trained_at=trained_at,
            data_size=self.examples,
            data_sources=list(sources),
            classes=list(counts),
            scores=scores,
            parameters={"words": [words for words, _, _ in counts.values()]},
        )
        arrays = {f"counts{number}": np.array(values) for number, (_, values, _) in enumerate(counts.values())}
        arrays["totals"] = np.array([total for _, _, total in counts.values()])
        save_model(path, card, arrays)

    @classmethod
    def load(cls, path: Path) -> "SnowTopicModel":
        """The model of a file. Raises `ConfigError` for one that is broken or foreign."""
        from snownlp.utils.frequency import AddOneProb

        card, arrays = load_model(path, "topic")
        model = cls([], [])
        model.examples = card.data_size
        try:
            for number, (label, words) in enumerate(zip(card.classes, card.parameters["words"], strict=True)):
                prob = AddOneProb()
                prob.d = dict(zip(words, arrays[f"counts{number}"].tolist(), strict=True))
                prob.total = float(arrays["totals"][number])
                model._bayes.d[label] = prob
        except (KeyError, ValueError, IndexError, TypeError):
            raise damaged(path, "内容互不相符") from None
        model._bayes.total = float(arrays["totals"].sum())
        return model

    def _one(self, words: Sequence[str]) -> Topical:
        content = self._content(words)
        if not content:
            return Topical(None, None)
        label, probability = self._bayes.classify(content)
        return Topical(label, float(probability)) if isinstance(label, str) else Topical(None, None)

    def _content(self, words: Sequence[str]) -> list[str]:
        content: list[str] = self._without_stop_words([word.lower() for word in words if word.strip()])
        return content
