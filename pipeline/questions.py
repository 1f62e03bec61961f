"""Mining the matters for frequent questions: each becomes an entry of the base, with the best reply as the draft answer.

Mining again renews figures, and drafts that nobody has touched. What a person worded stays; a better reply that came
since is only suggested.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.errors import YuqingError
from core.logs import logged
from core.post import Post
from matters.matter import Matter
from pipeline.likeness import like_posts, sought_post
from pipeline.matter_reading import MatterReader
from pipeline.reply_pairs import find_post
from pipeline.runtime import Runtime
from questions.choosing import Offer, best
from questions.entry import Entry
from questions.mining import Grade, Mined, draft_from_elsewhere, entry_id, mine, mined_again, new_entry
from replies.quality import Pair, grade
from store.questions import QuestionRecord

LOCK = "questions"
ELSEWHERE_FROM = 0.6
"""Likeness from which the reply to another post may become the draft."""
MOST_ELSEWHERE = 3
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class MiningRun:
    """Ids of entries a run made, renewed, suggested a better reply for, and marked as merged into another."""

    new: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    suggested: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)


@logged("questions")
def mine_questions(runtime: Runtime, at: datetime) -> MiningRun:
    """Mine every matter as it was known at `at`."""
    run = MiningRun()
    rules = runtime.settings.pipeline.questions
    with runtime.lock(LOCK):
        reader = MatterReader(runtime)
        own = _by_matter(reader, runtime.questions.all(), runtime, run)
        # Read first, as a whole: Elasticsearch does not keep a search open for as long as mining may take.
        records = sorted(runtime.matters.heard_of(_BEGINNING, at), key=lambda one: one.id)
        for record, matter in reader.read(records):
            known = own.get(record.id)
            # Whatever has an entry keeps its figures up to date, even when fewer people ask than a new one would need.
            mined = mine(matter.as_of(at), 1 if known else rules.people, runtime.terms, _grader(runtime))
            if mined:
                _keep(runtime, known, mined, at, run)
    return run


def add_question(runtime: Runtime, post_id: str, at: datetime) -> QuestionRecord:
    """Make an entry of one post, or of the matter it belongs to. Raises `YuqingError` when it asks nothing.

    Where there is one already, it is given back as it stands.
    """
    post = find_post(runtime, post_id)
    with runtime.lock(LOCK):
        matter = Matter(post.id, (post,))
        record = runtime.matters.find(post.cluster_id) if post.cluster_id else None
        for _, read in MatterReader(runtime).read([record] if record else []):
            matter = read.as_of(at)
        if known := runtime.questions.find(entry_id(matter.id)):
            return known
        mined = mine(matter, 1, runtime.terms, _grader(runtime))
        if mined is None:
            raise YuqingError(f"{post_id} 没有提出问题。", "问答库只收提出问题的留言。")
        _keep(runtime, None, mined, at, MiningRun())
    return found_entry(runtime, entry_id(matter.id))


def found_entry(runtime: Runtime, id_: str) -> QuestionRecord:
    """The entry of that id. Raises `YuqingError` when there is none."""
    entry = runtime.questions.find(id_)
    if entry is None:
        raise YuqingError(f"问答库里没有编号为 {id_} 的条目。", "编号见 yuqing questions list。")
    return entry


def _by_matter(
    reader: MatterReader, entries: Sequence[QuestionRecord], runtime: Runtime, run: MiningRun
) -> dict[str, QuestionRecord]:
    """The entry of each present matter. Of several, whose matters were merged, that of the matter that stayed counts,
    else the oldest; the others say which one it is.
    """
    groups: dict[str, list[QuestionRecord]] = {}
    for entry in entries:
        if entry.matter_id:
            groups.setdefault(reader.present_id(entry.matter_id), []).append(entry)
    own = {}
    for present, group in groups.items():
        group.sort(key=lambda one: (one.matter_id != present, one.created_at, one.id))
        own[present] = group[0]
        for other in group[1:]:
            if other.merged_into != group[0].id:
                runtime.questions.change(other.id, _merged_into(group[0].id))
                run.merged.append(other.id)
    return own


def _merged_into(id_: str) -> Callable[[QuestionRecord], QuestionRecord]:
    return lambda entry: entry.model_copy(update={"merged_into": id_})


def _keep(runtime: Runtime, known: QuestionRecord | None, mined: Mined, at: datetime, run: MiningRun) -> None:
    if known is None:
        entry = new_entry(mined, at)
        if mined.offer is None and (offer := _elsewhere(runtime, mined, at)):
            entry = draft_from_elsewhere(entry, offer)
        if runtime.questions.add(entry):
            run.new.append(entry.id)
        return
    if _same(mined_again(known, mined, at), known):
        return
    renewed = runtime.questions.change(known.id, lambda one: mined_again(one, mined, at))
    if renewed:
        run.renewed.append(known.id)
        if renewed.suggestion and renewed.suggestion != known.suggestion:
            run.suggested.append(known.id)


def _same(one: Entry, other: Entry) -> bool:
    return one.model_copy(update={"mined_at": other.mined_at}) == other


def _elsewhere(runtime: Runtime, mined: Mined, at: datetime) -> Offer | None:
    """The best reply to a like question of another matter."""
    graded = _grader(runtime)
    ids = [post.id for post in mined.posts]
    found = like_posts(runtime, sought_post(mined.posts[-1]), at, answered=True, without=ids)
    offers = []
    for one, post in found[:MOST_ELSEWHERE]:
        if one.likeness < ELSEWHERE_FROM:
            continue
        for reply in post.replies:
            value = graded(post, reply.body)
            if value is not None:
                offers.append(Offer(post.id, reply.body, value, 0.0, reply.replied_at, reply.organisation, post.url))
    return best(offers)


def _grader(runtime: Runtime) -> Grade:
    def graded(post: Post, reply: str) -> float | None:
        rules = runtime.settings.reply_quality
        quality = grade(Pair(post.title, post.body, reply), None, 0, runtime.terms, rules)
        return quality.total if quality.verdict == "answer" else None

    return graded
