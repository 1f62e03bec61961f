"""SnowNLP's sentiment model retrained on labelled posts, on its best footing, for comparison with the others."""

from collections.abc import Callable, Sequence
from itertools import cycle

from core.post import SentimentLabel
from nlp.sentiment import Sentimental
from nlp.sentiment_training import Example

WORTH: dict[SentimentLabel, float] = {"negative": 0.0, "neutral": 0.5, "positive": 1.0}


class RetrainedSnow:
    """The naive Bayes classifier SnowNLP keeps its sentiment in, trained by its own trainer, with three classes instead of two.

    Its smoothing favours the class with the fewest words, above all for words it has never seen. So classes are filled up
    to the same number of words by repeating their texts, and unknown words are left out (macro-F1 0.27 -> 0.53).
    """

    def __init__(self, examples: Sequence[Example], words: Callable[[str], list[str]]) -> None:
        """`words` cuts a text into words, the same way as the posts that will be read."""
        from snownlp import normal
        from snownlp.classification.bayes import Bayes

        self._without_stopwords = normal.filter_stop
        texts: dict[SentimentLabel, list[list[str]]] = {}
        for example in examples:
            kept = normal.filter_stop(words(f"{example.title}\n{example.body}"))
            texts.setdefault(example.label, []).append(kept)
        self._known = {word for of_label in texts.values() for text in of_label for word in text}
        most = max(sum(map(len, of_label)) for of_label in texts.values())
        self._model = Bayes()
        self._model.train([(text, label) for label, of_label in texts.items() for text in _filled_up(of_label, most)])

    def classify(
        self, titles: Sequence[str], bodies: Sequence[str], tokens: Sequence[Sequence[str]]
    ) -> list[Sentimental]:
        """How each of the posts feels. The classifier tells only its best class: the score lies towards it from the middle."""
        return [self._one(words) for words in tokens]

    def _one(self, tokens: Sequence[str]) -> Sentimental:
        words = [word for word in self._without_stopwords(tokens) if word in self._known]
        if not words:
            return Sentimental()
        label, probability = self._model.classify(words)
        return Sentimental(WORTH[label] * probability + 0.5 * (1 - probability), label, float(probability))


def _filled_up(texts: Sequence[list[str]], most: int) -> list[list[str]]:
    """The texts, again and again, until they have that many words; texts without words are left out."""
    filled: list[list[str]] = []
    words = 0
    for text in cycle([text for text in texts if text]):
        if words >= most:
            break
        filled.append(text)
        words += len(text)
    return filled
