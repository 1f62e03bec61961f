"""Which labelled posts are held out of training to judge a model by: by their own text, and near-duplicates together.

A message may come several times: sent twice, sent by many, or once as it was written and once as words of another
segmenter, without blanks, marks and stop words. A model that has learned from one of them knows the others. So what
decides is neither how a text begins nor how it is set, but pairs of characters out of its midst that are chosen alike in
all its versions.
"""

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from zlib import crc32

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from nlp.near_duplicates import NearDuplicates, plain, signature

HELD_OUT_PERCENT = 15
DECIDING = 2
"""Pairs of characters that decide: those with the least hashes (Broder 1997). One alone would tie posts together that share
no more than a common pair; of many, one is too often missing in one version of a message."""
OTHER_STOP_WORDS = "都很才均竟究算民"
"""Of words that segmenters leave out (都, 很, 究竟, 居民) though SnowNLP's list does not hold them."""


def held_out(texts: Sequence[str]) -> list[bool]:
    """Whether each post is held out, for the texts (title and body) of all posts.

    A post is held out where its own text and those of all its near-duplicates say so: when posts are added, one that was
    learned from before does not come to be held out.
    """
    contents = [_content(text) for text in texts]
    seen, pairs = NearDuplicates(), []
    for number, content in enumerate(contents):
        minima = signature("", content)
        pairs += [(number, other) for other in seen.find(minima)]
        seen.add(number, minima)
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    links = coo_matrix((np.ones(len(pairs)), (rows, columns)), shape=(len(texts), len(texts)))
    groups = connected_components(links, directed=False)[1]
    own = np.array([_decide(content) for content in contents], dtype=bool)
    result: list[bool] = (~np.isin(groups, groups[~own])).tolist()
    return result


def held_out_by_itself(text: str) -> bool:
    """What the text of a post alone says: the same every time, whatever other posts there are."""
    return _decide(_content(text))


def _decide(content: str) -> bool:
    pairs = {first + second for first, second in pairwise(content)} or {content}
    least = sorted(blake2b(pair.encode(), digest_size=8).digest() for pair in pairs)[:DECIDING]
    return crc32(b"".join(least)) % 100 < HELD_OUT_PERCENT


def _content(text: str) -> str:
    """The Chinese characters that belong to no stop word; for a text without any, all its letters and digits."""
    letters = plain(text).replace(" ", "")
    stop = _stop_characters()
    return "".join(letter for letter in letters if "\u4e00" <= letter <= "\u9fff" and letter not in stop) or letters


@cache
def _stop_characters() -> frozenset[str]:
    # SnowNLP loads all its models on import; whoever holds nothing out should not pay for it.
    from snownlp.normal import stop

    return frozenset("".join(stop) + OTHER_STOP_WORDS)
