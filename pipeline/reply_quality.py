"""Reply quality: a reply before it is published, the replies of a file, and those of the index by department and month."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from elasticsearch.dsl import Q

from core.clock import to_beijing
from core.post import Post
from nlp.masking import mask
from nlp.near_duplicates import NearDuplicates, plain, signature
from pipeline.extensions import deadlines
from pipeline.reply_pairs import ReplyPair, find_post, indexed_pairs, pair_of
from pipeline.runtime import Runtime
from replies.dimensions import Timing
from replies.quality import Pair, Quality, grade
from replies.report import Graded, QualityRow, graded, report
from replies.skeleton import skeleton
from store.posts import scan_posts

UNKNOWN = "（未注明）"
_MOST_COMPARED = 2000
"""Replies of the index that one reply is compared with: those whose words are most of its own."""
_COMPARED_CHARACTERS = 120
_COMPARED_SHARE = "75%"
_DEPARTMENTS_AT_ONCE = 500
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands in where a post is read for its words alone."""


@dataclass(frozen=True)
class Checked:
    """A graded reply. `personal` counts pieces of personal data in it by kind."""

    pair: ReplyPair
    quality: Quality
    personal: dict[str, int]


class Forms:
    """Replies by their skeletons: how many to other posts are the same form filled in anew."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._titles: list[Counter[str]] = []
        self._near = NearDuplicates()

    def add(self, pair: ReplyPair) -> None:
        """Remember a reply."""
        form = skeleton(pair.reply)
        if form not in self._numbers:
            self._numbers[form] = len(self._titles)
            self._titles.append(Counter())
            self._near.add(self._numbers[form], signature("", plain(form)))
        self._titles[self._numbers[form]][_bare(pair.title)] += 1

    def alike(self, pair: ReplyPair) -> int:
        """How many of the remembered replies have this one's form; those to posts with its own title do not count."""
        form, title = skeleton(pair.reply), _bare(pair.title)
        numbers = {*self._near.find(signature("", plain(form)))}
        if form in self._numbers:
            numbers.add(self._numbers[form])
        return sum(count for number in numbers for other, count in self._titles[number].items() if other != title)


def check_reply(runtime: Runtime, pair: ReplyPair, alike: int = 0) -> Checked:
    """Grade one reply; `alike` other replies have its form."""
    text = Pair(pair.title, pair.body, pair.reply)
    quality = grade(text, _timing(runtime, pair), alike, runtime.terms, runtime.settings.reply_quality)
    return Checked(pair, quality, personal_data(pair.reply))


def check_pairs(runtime: Runtime, pairs: Sequence[ReplyPair], tick: Callable[[int], None]) -> list[Checked]:
    """Grade the replies, each compared with the others; `tick` is told of every one."""
    return list(_checked(runtime, lambda: pairs, tick))


def check_post(runtime: Runtime, post_id: str, text: str | None, at: datetime) -> Checked:
    """Grade a draft reply to a post of the index as if it were published at `at`; without one, what was replied."""
    pair = pair_of(find_post(runtime, post_id))
    if text is not None:
        # Where the post was replied to before, that reply stopped the clock.
        pair = replace(pair, reply=text, replied_at=pair.replied_at or at)
    forms = Forms()
    for post in _with_like_replies(runtime, pair):
        forms.add(pair_of(post))
    return check_reply(runtime, pair, forms.alike(pair))


def quality_report(
    runtime: Runtime, pairs: Callable[[], Iterable[ReplyPair]], tick: Callable[[int], None] = lambda _: None
) -> list[QualityRow]:
    """Figures by department and month of the reply. `pairs` is asked twice: forms are known when all were read."""
    return report(map(_figures, _checked(runtime, pairs, tick)), UNKNOWN)


def index_report(runtime: Runtime, at: datetime, days: int, tick: Callable[[int], None]) -> list[QualityRow]:
    """`quality_report` of the index's posts that were first replied to within the last `days` days."""
    return quality_report(runtime, lambda: indexed_pairs(runtime, at - timedelta(days=days), at), tick)


def with_departments(runtime: Runtime, pairs: Sequence[ReplyPair]) -> list[ReplyPair]:
    """The pairs, those without a department routed by what their post is about, as an import would."""
    open_pairs = [pair for pair in pairs if pair.department is None]
    names: list[str | None] = []
    for start in range(0, len(open_pairs), _DEPARTMENTS_AT_ONCE):
        posts = [_post(pair) for pair in open_pairs[start : start + _DEPARTMENTS_AT_ONCE]]
        names += [post.department for post in runtime.enricher.enrich_all(posts)]
    found = iter(names)
    return [pair if pair.department else replace(pair, department=next(found)) for pair in pairs]


def personal_data(reply: str) -> dict[str, int]:
    """Pieces of personal data in a reply by kind. An office's fixed lines are none; its address may be, to the letter."""
    counts = dict(mask(reply).counts)
    phones = mask(reply, official=True).counts.get("phone", 0)
    return {kind: count for kind, count in (counts | {"phone": phones}).items() if count}


def _checked(
    runtime: Runtime, pairs: Callable[[], Iterable[ReplyPair]], tick: Callable[[int], None]
) -> Iterator[Checked]:
    forms = Forms()
    for pair in pairs():
        forms.add(pair)
    for pair in pairs():
        yield check_reply(runtime, pair, forms.alike(pair))
        tick(1)


def _figures(checked: Checked) -> Graded:
    replied = checked.pair.replied_at
    month = f"{to_beijing(replied):%Y-%m}" if replied else None
    return graded(checked.quality, checked.pair.department, month)


def _bare(title: str) -> str:
    return plain(title).replace(" ", "")


def _with_like_replies(runtime: Runtime, pair: ReplyPair) -> Iterator[Post]:
    """Other posts of the index with replies that share most characters with this one."""
    text = skeleton(pair.reply)[:_COMPARED_CHARACTERS]
    if not text:
        return
    like = Q("match", **{"replies.body": {"query": text, "minimum_should_match": _COMPARED_SHARE}})
    posts = scan_posts(runtime.es, runtime.names, like & ~Q("ids", values=[pair.id]))
    yield from islice(posts, _MOST_COMPARED)


def _timing(runtime: Runtime, pair: ReplyPair) -> Timing | None:
    """Working days taken and allowed; None where a time or a rule is missing."""
    if pair.posted_at is None or pair.replied_at is None:
        return None
    post = _post(pair).model_copy(update={"id": pair.id})
    ((_, deadline),) = deadlines(runtime, [post], pair.replied_at)
    if deadline is None:
        return None
    posted, replied, due = (to_beijing(one).date() for one in (pair.posted_at, pair.replied_at, deadline.due_at))
    calendar = runtime.calendar
    return Timing(
        days=max(0, calendar.working_days_between(posted, replied)),
        limit=max(1, calendar.working_days_between(posted, due)),
    )


def _post(pair: ReplyPair) -> Post:
    """The pair's post as the deadline rules and the engines read it."""
    posted_at = pair.posted_at or pair.replied_at or _NO_TIME
    return Post(
        id="pair",
        source="pair",
        source_id="pair",
        channel=pair.channel,
        title=pair.title,
        body=pair.body,
        posted_at=posted_at,
        collected_at=posted_at,
        kind=pair.kind,
    )
