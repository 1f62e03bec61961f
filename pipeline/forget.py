"""Forgetting a person: everything that was kept of an author, or of single posts, is removed, and the removal is proved.

First the ids go on the list of what was forgotten (`pipeline.forgotten`), so that no replay and no source brings them back.
Then the posts are deleted, and whatever was derived from them is made anew without them or struck. At the end everything is
searched again for the ids, the author's hash and the sentences that nobody else has said: what is left is told, and is zero
when all went well. A run that dies is simply run again.

The audit trail loses its entries about the posts, too. One entry tells who had it done, when, and of how many posts; nothing
in it says whose.

A matter named after a forgotten post gets another id. The memory of matters is given up and found again from the index.
"""

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from collectors.base import RawItem
from collectors.landing import DAMAGED
from core.errors import YuqingError
from core.logs import logged
from core.post import Post
from matters.brief import make_brief
from matters.brief_text import to_markdown
from nlp.masking import mask
from pipeline import forget_files as files
from pipeline.brief_files import FOLDER as BRIEFS
from pipeline.brief_files import brief_document
from pipeline.forget_search import IsTheirs, Search, Wanted, is_theirs_of, landed_posts, search_for
from pipeline.forget_traces import GONE, STRUCK, Traces, sentences_of
from pipeline.matter_reading import MatterReader
from pipeline.matters import LOCK as MATTERS_LOCK
from pipeline.matters import cluster
from pipeline.post_changes import change_posts
from pipeline.runtime import Runtime
from pipeline.weekly import FOLDER as REPORTS
from store import erase
from store.audit import AuditEntry, entry_id
from store.documents import DOCUMENTS
from store.post_places import delete_posts, ids_of_posts
from store.record_index import Identified

R = TypeVar("R", bound=Identified)


@dataclass(frozen=True)
class Line:
    """One place: how much was found, removed (or made anew without), and is still there."""

    place: str
    found: int
    left: int

    @property
    def removed(self) -> int:
        """How much was taken away."""
        return self.found - self.left


@dataclass
class Proof:
    """What a run did, place by place."""

    posts: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Files that could not be searched, or not all of them: damaged, with a password, too large, or a PDF."""

    @property
    def left(self) -> int:
        """How much is still there, everywhere."""
        return sum(line.left for line in self.lines)


@logged("forget")
def forget(runtime: Runtime, wanted: Wanted, at: datetime, by: str | None = None) -> Proof:
    """Remove them everywhere and search for what is left; `by` is who has it done, for the audit trail.

    Raises `YuqingError` when there is nothing to forget.
    """
    search = search_for(runtime, wanted, at)
    ids = frozenset(search.posts) | wanted.ids
    listed = runtime.forgotten.hashes()
    # A run that died after the last post was gone is ended by the next one.
    begun = {runtime.forgotten.hash_of(one) for one in ids | wanted.hashes} & listed
    if not (search.posts or search.rejected or begun):
        raise YuqingError("没有找到要删除的留言。", "作者名要与来源里写的完全一样；编号见 yuqing search。")
    _write_down(runtime, ids | wanted.hashes, len(search.posts) + search.rejected, by, at)
    runtime.forgotten.add(ids | wanted.hashes)
    with runtime.lock(MATTERS_LOCK):
        traces = _traces(runtime, wanted, ids, search)
        before = _count(runtime, traces)
        matters = {post.cluster_id for post in search.posts.values() if post.cluster_id} | ids
        touched = _clean_indices(runtime, traces, matters)
        shutil.rmtree(runtime.settings.data / "matters", ignore_errors=True)
    if runtime.matters.live_ids():
        cluster(runtime, at)
    _make_anew(runtime, touched, at)
    _clean_files(runtime, wanted, traces, at)
    lines = _lines(runtime, search, before, traces, search_for(runtime, wanted, at))
    return Proof(sorted(ids), lines, list(map(str, files.search_files(runtime.settings, traces).unread)))


def _lines(runtime: Runtime, first: Search, before: Mapping[str, int], traces: Traces, last: Search) -> list[Line]:
    lines = [
        Line("索引 posts", first.indexed, last.indexed),
        Line("原始数据", first.landed, last.landed),
        Line("另存的坏数据", first.rejected, last.rejected),
    ]
    after = _count(runtime, traces)
    lines += [Line(place, before.get(place, 0), after.get(place, 0)) for place in sorted({*before, *after})]
    on_disk = erase.purge(runtime.es, [runtime.names.prefix + name for name in DOCUMENTS])
    lines += [Line(f"磁盘上待清除的 {index}", still, still) for index, still in on_disk.items() if still]
    return lines


def forget_again(runtime: Runtime, at: datetime) -> Proof | None:
    """Forget once more what is on the list, after a backup brought it back; None when none of it is there."""
    hashes = runtime.forgotten.hashes()
    if not hashes:
        return None
    everything = ids_of_posts(runtime.es, runtime.names, {"match_all": {}})
    found = chain((post.id for post in landed_posts(runtime)), everything)
    ids = frozenset(id_ for id_ in found if runtime.forgotten.hash_of(id_) in hashes)
    return forget(runtime, Wanted(ids=ids), at) if ids else None


def _write_down(runtime: Runtime, named: frozenset[str], count: int, by: str | None, at: datetime) -> None:
    """The entry in the audit trail: before anything goes on the list, so that a run that was killed writes none again."""
    new = {runtime.forgotten.hash_of(one) for one in named} - runtime.forgotten.hashes()
    if by and new:
        id_, who = entry_id("forget", *sorted(new)), mask(by).text
        runtime.audit.add(AuditEntry(id=id_, kind="person", action="forget", after={"posts": count}, who=who, at=at))


def _traces(runtime: Runtime, wanted: Wanted, ids: frozenset[str], search: Search) -> Traces:
    """What to look for. Sentences that others have said as well are theirs."""
    theirs = list(search.posts.values())
    delete_posts(runtime.es, runtime.names, ids)
    said = sentences_of(theirs)
    own = said - erase.said_by_others(runtime.es, runtime.names, said)
    return Traces(ids, wanted.hashes, frozenset(own), lambda id_: f"m-{runtime.forgotten.hash_of(id_)[:16]}")


def _count(runtime: Runtime, traces: Traces) -> dict[str, int]:
    """Documents and files that give the person away, by place."""
    counts = {}
    for name in DOCUMENTS:
        index = runtime.names.prefix + name
        if name == "posts":
            continue
        counts[f"索引 {name}"] = sum(
            traces.in_text(id_) or traces.in_record(source) for id_, source in erase.all_documents(runtime.es, index)
        )
    counts["升级留下的旧索引"] = len(erase.unused_indices(runtime.es, runtime.names))
    found = files.search_files(runtime.settings, traces).found
    return counts | {f"文件 {folder}/": len(paths) for folder, paths in found.items()}


# --- removing


def _clean_indices(runtime: Runtime, traces: Traces, matters: set[str]) -> set[str]:
    """Delete or strike in every index; the follow-ups and warnings concerned, by id."""
    es, names = runtime.es, runtime.names
    for index in erase.unused_indices(es, names):
        erase.drop(es, index)
    old_names = {id_ for id_, _ in erase.all_documents(es, names.clusters) if traces.is_named_after(id_)} | matters
    labelled = [id_ for id_, label in runtime.matters.labels(old_names) if traces.is_named_after(label)]
    change_posts(runtime, labelled, lambda post: _relabelled(post, traces))
    touched = set()

    def change(id_: str, source: dict[str, Any]) -> erase.Found | None:
        if traces.in_text(id_) or source.get("post_id") in traces.ids:
            return None
        if source.get("matter_id") in matters:
            touched.add(id_)
        struck = traces.strike(source)
        if struck != source:
            touched.add(id_)
        return None if struck is GONE else (id_, struck)

    for name in DOCUMENTS:
        index = names.prefix + name
        if name == "corrections":
            erase.delete(es, index, traces.ids)
            # What was noted about other posts may name a forgotten one.
            runtime.corrections.rewrite(traces.strike)
        elif name == "clusters":
            erase.change_all(es, index, lambda id_, source: (traces.renamed(id_), traces.strike(source)))
        elif name != "posts":
            erase.change_all(es, index, change)
    return touched


def _relabelled(post: Post, traces: Traces) -> Post:
    return post.model_copy(update={"cluster_id": traces.renamed(str(post.cluster_id))})


def _make_anew(runtime: Runtime, touched: set[str], at: datetime) -> None:
    """Give follow-ups and warnings the present title of their matter, and briefs what the other posts say."""
    for record in runtime.followups.all():
        if record.id in touched:
            runtime.followups.change(record.id, _with(_brief_anew(runtime, record.matter_id, at)))
            shutil.rmtree(runtime.settings.data / BRIEFS / record.id, ignore_errors=True)
    for id_ in touched:
        warning = runtime.warnings.find(id_)
        if warning is not None:
            matter = runtime.matters.find(warning.matter_id) if warning.matter_id else None
            runtime.warnings.change(id_, _with({"title": matter.title if matter else STRUCK}))


def _brief_anew(runtime: Runtime, matter_id: str, at: datetime) -> dict[str, Any]:
    rules = runtime.settings.matters
    matter = runtime.matters.find(matter_id)
    for _, read in MatterReader(runtime).read([matter] if matter else []):
        if brief := make_brief(read, at, runtime.terms, rules.followups, rules.heat):
            return {"title": brief.name, "brief": brief_document(brief), "markdown": to_markdown(brief)}
    return {"title": STRUCK, "brief": {}, "markdown": STRUCK}


def _with(changes: Mapping[str, Any]) -> Callable[[R], R]:
    return lambda record: record.model_copy(update=changes)


def _clean_files(runtime: Runtime, wanted: Wanted, traces: Traces, at: datetime) -> None:
    theirs = is_theirs_of(runtime, Wanted(traces.ids, wanted.hashes), at)
    files.clean_tables(runtime, theirs, at)
    runtime.landing.rewrite_rejected(
        lambda source, aside: not theirs(source, aside["item"]) if "item" in aside else not traces.in_record(aside)
    )
    found = files.search_files(runtime.settings, traces).found
    files.clean_reports(runtime, found.pop(REPORTS, []), at)
    for folder, paths in found.items():
        files.clean_others(folder, paths, traces)
    # Last: what a run that dies leaves of the person is found by what was landed.
    for segment in runtime.landing.segments():
        # A damaged one is named in the proof.
        with suppress(*DAMAGED):
            runtime.landing.rewrite(segment, partial(_is_kept, theirs, segment.source))


def _is_kept(theirs: IsTheirs, source: str, raw: RawItem) -> bool:
    return not theirs(source, raw)
