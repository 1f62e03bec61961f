"""A name a person would give a matter: its most typical title without the wrapping, and with the place."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from core.post import Post
from matters.terms import Terms, vectors

LONGEST_NAME = 28
"""Characters a name should not exceed; longer titles are chosen less gladly, and cut where there are no others."""
_CUT_FROM = 40
_SMALL_PLACE = 4
"""Characters a place has at least that is no city or district."""
_WRAPPING = re.compile(
    r"^(?:(?:请问|请教|咨询(?:一下)?|关于|反映|反应|投诉|举报|实名|再次|强烈|坚决|请求|恳请|恳求|希望|建议|呼吁|质疑|求助|急|紧急|我要|想|问问|问一下|想问|请|盼望?|"
    r"反对|抵制|对于?|就|领导|政府|有关部门|相关部门|尽快|帮忙|查处|解决|处理|落实|惊|致)[！!，,：:、。\s]*)+(?=[\w《“])"
)
_TAIL = re.compile(
    r"(?:的?(?:有关|相关|若干|一些|几个|一点|几点)?(?:问题|情况|事宜|事项|疑问|诉求|建议|咨询|投诉|举报|反映|请求|求助|反馈|维权投诉))+(?:的(?:咨询|反映|投诉|举报|建议|求助|请求|反馈))?$|"
    r"[，,！!。](?:求解决|望解决|请解决|请领导.{0,8}|求助|求.{1,8}|谢谢|请.{0,6}(?:做主|关注|重视))$"
)
_HOLDS_ON = re.compile(r"(?:有|存在|出现|[，,])[^，,]{0,8}$")
"""房屋有质量 of 房屋有质量问题: the tail belongs to it."""
_VERDICT = re.compile(
    r"(?:真的|实在|真是|真|是|太|很|极其?|非常|十分|特别|如此|依然|仍然|越来越|日益|比较|有点)*(?<!脏乱)(?:差|烂|糟糕|离谱|恶劣|严重|堪忧)了?(?:太差|太烂)*$"
)
"""What the writer thinks of it: 质量真的太差太差. A name is neutral."""
_NO_NAME = re.compile(
    r"[？?吗呢我]|[何哪][时年月日天]|什么|怎么|如何|为何|能否|是否|是不是|能不能|有没有|多久|还在|仍|依然|依旧|一直|又|再"
)
"""Asks, or tells that it goes on; a name only says what it is about."""
_PUNCTUATION = "，,。.！!？?；;：:、~ …\"'"


def name_of(posts: Sequence[Post], terms: Terms) -> str:
    """The name; empty for a matter without any title. The place is that of most posts."""
    titles = [cleaned(post.title) for post in posts]
    worded = [(title, terms.of(title)) for title in titles if title]
    if not worded:
        return ""
    # By what whole posts speak of, not only their titles: of ten titles one may be odd in all its words.
    common = Counter(word for post in posts for word in set(terms.of(post.text)))
    matrix = vectors([words for _, words in worded])
    typical = matrix @ np.asarray(matrix.mean(axis=0)).ravel()
    place = _place(posts)
    rated = [
        (typical[number] + _told(words, common, len(posts))) * _handiness(title, place)
        for number, (title, words) in enumerate(worded)
    ]
    best = worded[int(np.argmax(rated))][0]
    if len(best) > _CUT_FROM:
        best = f"{best[:_CUT_FROM].rstrip(_PUNCTUATION)}…"
    if not place or _names(best, place) or _is_somewhere(best, posts):
        return best
    return f"{place}{best}"


def cleaned(title: str) -> str:
    """The title without 关于, 请求, 咨询 ... before and 的问题, 太差, 求解决 ... behind; as it was where nothing else is left."""
    bare = title.strip(_PUNCTUATION)
    bare = _WRAPPING.sub("", bare).strip(_PUNCTUATION)
    for ending in (_TAIL, _VERDICT):
        shorter = ending.sub("", bare).strip(_PUNCTUATION)
        bare = bare if _HOLDS_ON.search(shorter) else shorter
    return bare if len(bare) > 3 else title.strip(_PUNCTUATION)


def _told(words: Sequence[str], common: Counter[str], posts: int) -> float:
    """How much a title says of what all posts speak of: the mean share of posts that hold its words."""
    return sum(common[word] for word in words) / posts / len(words) if words else 0.0


def _handiness(title: str, place: str | None) -> float:
    length = 1.0 if len(title) <= LONGEST_NAME else 0.6
    return length * (1.15 if place and _names(title, place) else 1.0) * (0.8 if _NO_NAME.search(title) else 1.0)


def _place(posts: Sequence[Post]) -> str | None:
    """The place most posts name; of equally common ones the longest, which is the most specific. None under half."""
    counts = Counter(place for post in posts for place in set(post.places))
    if not counts:
        return None
    place, count = max(counts.items(), key=lambda one: (one[1], len(one[0])))
    return place if 2 * count >= len(posts) else None


def _is_somewhere(title: str, posts: Sequence[Post]) -> bool:
    """Whether the title says where it is by another place of the posts, and one smaller than a city or district."""
    return any(len(place) >= _SMALL_PLACE and place in title for post in posts for place in post.places)


def _names(title: str, place: str) -> bool:
    """Whether the title names the place, if only by part of its name."""
    return place in title or any(place[start : start + 3] in title for start in range(max(len(place) - 2, 1)))
