"""Matters of the posts in the index: each run takes what was written since the last one, finds matters, and tells them.

A run has two halves. First the matters are brought up to date in memory and kept on disk together with what is to be told
(`pipeline.matter_memory`); then it is told: `cluster_id` of posts, matters, events. The second half reads off what is kept,
writes under fixed ids and can be done again: a run that dies in it is finished by the next one, a run that dies before it
has done nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, groupby
from operator import itemgetter

from core.logs import logged
from core.post import Post
from nlp.matter_types import Matter, MatterPost
from nlp.matters import Matters
from pipeline.matter_figures import DAYS_OF_HEAT, matter_post, record_of
from pipeline.matter_memory import Memory, MemoryFile, ToTell, event_record
from pipeline.matter_rebuild import keep_names
from pipeline.post_changes import change_posts
from pipeline.runtime import Runtime
from store.changes import Position, changed_posts, position
from store.matters import EventRecord, MatterRecord
from store.posts import refresh_posts

LOCK = "matters"
POSTS_AT_ONCE = 2000


@dataclass
class Clustered:
    """What a run did: posts it read and gave another `cluster_id`, matters it wrote, events by kind."""

    posts: int = 0
    relabelled: int = 0
    matters: int = 0
    events: Counter[str] = field(default_factory=Counter)


@logged("cluster")
def cluster(runtime: Runtime, at: datetime) -> Clustered:
    """Take in the posts written since the last run; all there are at the first. `at` is the time of the events and figures."""
    return _run(runtime, at, recheck=False)


@logged("recheck")
def recheck(runtime: Runtime, at: datetime) -> Clustered:
    """The same, then merge and split matters, say which have gone quiet, and work out every matter's figures anew."""
    return _run(runtime, at, recheck=True)


def _run(runtime: Runtime, at: datetime, *, recheck: bool) -> Clustered:
    run = Clustered()
    with runtime.lock(LOCK):
        file = MemoryFile(runtime.settings.data)
        until = position(runtime.es, runtime.names)
        if not recheck and file.has_told_up_to(until):
            return run
        memory = file.load()
        if memory and memory.to_tell:
            # A run died before it had told everything.
            _tell(runtime, memory.matters, memory.to_tell, run)
            file.settle()
        if memory is None:
            memory = Memory(Matters(), {}, None)
            to_tell = _rebuild(runtime, memory.matters, until, at, run)
        else:
            to_tell = _update(runtime, memory, until, at, run)
        if recheck:
            more = _to_tell(map(event_record, memory.matters.recheck(at)), None, at)
            merged_into = to_tell.merged_into | more.merged_into
            to_tell = ToTell(at, to_tell.events + more.events, None, merged_into)
        memory.seen, memory.to_tell = until, to_tell
        file.save(memory)
        run.events.update(event.kind for event in to_tell.events)
        _tell(runtime, memory.matters, to_tell, run)
        file.settle()
    return run


def _update(runtime: Runtime, memory: Memory, until: Position, at: datetime, run: Clustered) -> ToTell:
    labels: dict[str, str | None] = {}
    events = memory.matters.update(_read(runtime, memory.seen, until, labels), at)
    run.posts = len(labels)
    touched = {matter for event in events for matter in event.matters}
    touched |= {matter for matter in labels.values() if matter}
    touched |= {matter for post_id in labels if (matter := memory.matters.matter_of(post_id))}
    return _to_tell(map(event_record, events), touched, at)


def _rebuild(runtime: Runtime, matters: Matters, until: Position, at: datetime, run: Clustered) -> ToTell:
    """Find the matters of all posts: at the first run, and when what was remembered is lost."""
    labels: dict[str, str | None] = {}
    events = matters.update(_read(runtime, {}, until, labels), at)
    run.posts = len(labels)
    known = runtime.matters.live_ids()
    renamed = keep_names(matters, labels, runtime.matters.quiet_ids(), runtime.matters.redirects().keys())
    told = _to_tell(map(event_record, renamed.news(events, known)), None, at)
    told.merged_into.update(renamed.gone)
    return told


def _read(runtime: Runtime, since: Position, until: Position, changed: dict[str, str | None]) -> Iterator[MatterPost]:
    """The posts written meanwhile; notes in `changed` which, and the `cluster_id` they carry."""
    for post in changed_posts(runtime.es, runtime.names, since, until):
        changed[post.id] = post.cluster_id
        yield matter_post(post)


def _to_tell(events: Iterable[EventRecord], matters: Iterable[str] | None, at: datetime) -> ToTell:
    told = list(events)
    return ToTell(
        at=at,
        events=told,
        matters=None if matters is None else sorted(matters),
        merged_into={event.matters[1]: event.matters[0] for event in told if event.kind == "merged"},
    )


def _tell(runtime: Runtime, matters: Matters, what: ToTell, run: Clustered) -> None:
    store = runtime.matters
    store.save_events(what.events)
    present = matters.matters() if what.matters is None else matters.some(what.matters)
    ids = {matter.id for matter in present}
    touched = ids | store.live_ids() if what.matters is None else set(what.matters)
    states = _followup_states(runtime, ids)
    for some in _in_parts(present):
        records = list(_records(runtime, some, what.at, states, run))
        store.save(records)
        run.matters += len(records)
    gone = touched - ids
    store.redirect({id_: into for id_, into in what.merged_into.items() if id_ in gone}, what.at)
    store.remove(gone - what.merged_into.keys())
    _unlabel(runtime, matters, None if what.matters is None else touched, run)
    refresh_posts(runtime.es, runtime.names)
    store.refresh()


def _records(
    runtime: Runtime, some: Sequence[Matter], at: datetime, states: Mapping[str, str], run: Clustered
) -> Iterator[MatterRecord]:
    """The records of these matters. On the way their posts are given their `cluster_id`."""
    labelled = {post_id: matter.id for matter in some for post_id in matter.posts}
    posts = {post.id: post for post in runtime.matters.posts_by_id(list(labelled))}
    wrong = {id_: label for id_, label in labelled.items() if id_ in posts and posts[id_].cluster_id != label}
    _label(runtime, wrong, run)
    for matter in some:
        own = [posts[post_id] for post_id in matter.posts if post_id in posts]
        # None of them is there when the index was emptied; a replay brings them back.
        if own:
            record = record_of(matter, own, at, runtime.settings.matters.heat, DAYS_OF_HEAT)
            yield record.model_copy(update={"state": states.get(matter.id)})


def _unlabel(runtime: Runtime, matters: Matters, labels: set[str] | None, run: Clustered) -> None:
    """Mend posts that carry one of these labels (None: any) and do not belong there."""
    refresh_posts(runtime.es, runtime.names)
    wrong = {
        id_: matters.matter_of(id_) for id_, label in runtime.matters.labels(labels) if matters.matter_of(id_) != label
    }
    _label(runtime, wrong, run)


def _label(runtime: Runtime, labels: Mapping[str, str | None], run: Clustered) -> None:
    """Give these posts their `cluster_id`. A newer state written meanwhile wins and is read by the next run."""

    def labelled(post: Post) -> Post:
        return post.model_copy(update={"cluster_id": labels[post.id]})

    run.relabelled += change_posts(runtime, labels, labelled)


def _followup_states(runtime: Runtime, ids: Collection[str]) -> dict[str, str]:
    """The state of the latest follow-up of each of these matters, those of matters merged into it among them."""
    present = {id_: id_ for id_ in ids} | runtime.matters.merged_into(ids)
    return {present[matter_id]: state for matter_id, state in runtime.followups.states(present)}


def _in_parts(matters: Sequence[Matter]) -> Iterator[list[Matter]]:
    """The matters in groups that together have about as many posts as are held at once."""
    ends = [total // POSTS_AT_ONCE for total in accumulate(len(matter.posts) for matter in matters)]
    for _, part in groupby(zip(ends, matters, strict=True), key=itemgetter(0)):
        yield [matter for _, matter in part]
