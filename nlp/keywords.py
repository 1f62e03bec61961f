"""Keywords by SnowNLP's TextRank over our own tokens."""

from collections.abc import Collection, Sequence

MOST_WORDS = 400
ROUNDS = 12
SMALL_CHANGE = 0.02


def keywords(tokens: Sequence[str], stopwords: Collection[str], most: int = 5) -> list[str]:
    """Up to `most` words that hold the text together, the most central first.

    Reads the first 400 content words (two characters or more, no stop word, no bare number): what a message is about
    stands at its beginning, and the time TextRank takes grows faster than the text.
    """
    from snownlp.summary.textrank import KeywordTextRank

    content = [word for word in tokens if len(word) > 1 and word not in stopwords and not word.isnumeric()]
    if not content:
        return []
    rank = KeywordTextRank([content[:MOST_WORDS]])
    # The order of the first few words is settled long before SnowNLP's own bound of 200 rounds.
    rank.max_iter, rank.min_diff = ROUNDS, SMALL_CHANGE
    rank.solve()
    return list(rank.top_index(most))
