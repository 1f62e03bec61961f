"""Matters and what happened to them, as kept in Elasticsearch. A matter's posts carry its id as `cluster_id`."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import Q, Search
from elasticsearch.dsl.query import Query
from elasticsearch.helpers import bulk, scan

from core.post import Post, Record, UtcTime
from store.connection import speaking_plainly
from store.documents import Names
from store.post_places import scan_hits
from store.posts import CHUNK_POSTS, from_source, posts_by_id

IDS_AT_ONCE = 1000
LABELS_AT_ONCE = 5000


class TermRecord(Record):
    """One term of the heat: what was measured (None: the source does not tell) and what it adds."""

    value: float | None = None
    contribution: float


class HeatTerms(Record):
    """A sum and its terms (`matters.heat`)."""

    total: float
    people: TermRecord
    posts: TermRecord
    copies: TermRecord
    votes: TermRecord
    recent: TermRecord
    negative: TermRecord
    freshness: TermRecord


class HeatRecord(HeatTerms):
    """The heat at a moment; `explained` is it in one line."""

    at: UtcTime
    explained: str


class DayHeat(HeatTerms):
    """The heat at the end of a Beijing day."""

    day: date


class MatterRecord(Record):
    """A matter as of `updated_at`. `posts` counts those without copies, `source` names where they come from; `state` is that
    of its latest follow-up.
    """

    id: str
    title: str
    place: str | None = None
    keywords: list[str] = []
    posts: int
    copies: int
    people: int
    copy_ids: list[str] = []
    first_at: UtcTime
    last_at: UtcTime
    quiet: bool
    source: list[str] = []
    topic: str | None = None
    department: str | None = None
    negative_share: float | None = None
    heat: HeatRecord
    heat_by_day: list[DayHeat] = []
    state: str | None = None
    updated_at: UtcTime


class EventRecord(Record):
    """Something that happened to matters (`nlp.matter_types.MatterEvent`); `count` of `posts` are concerned."""

    id: str
    kind: str
    matters: list[str]
    at: UtcTime
    posts: list[str] = []
    count: int


class MatterStore:
    """Reads and writes the matters, their events, and the posts of a matter."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        self._es = es
        self._names = names

    # --- writing

    def save(self, matters: Iterable[MatterRecord]) -> None:
        """Write these matters; durable when this returns."""
        self._write(self._names.clusters, ((matter.id, matter) for matter in matters))

    def redirect(self, merged_into: Mapping[str, str], at: datetime) -> None:
        """Leave of absorbed matters only where they went, so that their old ids still lead somewhere."""
        fields = {id_: {"merged_into": into, "updated_at": at} for id_, into in merged_into.items()}
        with speaking_plainly():
            bulk(
                self._es,
                [{"_index": self._names.clusters, "_id": id_, "_source": source} for id_, source in fields.items()],
            )

    def remove(self, ids: Iterable[str]) -> None:
        """Remove matters that are none any more; those that are not there are left alone."""
        actions = [{"_op_type": "delete", "_index": self._names.clusters, "_id": id_} for id_ in ids]
        with speaking_plainly():
            bulk(self._es, actions, ignore_status=[404])

    def save_events(self, events: Iterable[EventRecord]) -> None:
        """Write these events; one that is there already is written again as it is."""
        self._write(self._names.matter_events, ((event.id, event) for event in events))

    def set_state(self, matter_id: str, state: str) -> None:
        """Note the state of a matter's latest follow-up, if the matter is there."""
        with speaking_plainly():
            self._es.options(ignore_status=404).update(
                index=self._names.clusters, id=matter_id, doc={"state": state}, retry_on_conflict=3
            )

    def _write(self, index: str, records: Iterable[tuple[str, Record]]) -> None:
        with speaking_plainly():
            bulk(
                self._es,
                (
                    {"_index": index, "_id": id_, "_source": record.model_dump(exclude={"id"}, exclude_none=True)}
                    for id_, record in records
                ),
            )

    def refresh(self) -> None:
        """Make every acknowledged write visible to searches."""
        with speaking_plainly():
            self._es.indices.refresh(index=f"{self._names.clusters},{self._names.matter_events}")

    # --- reading

    def find(self, matter_id: str) -> MatterRecord | None:
        """The matter of that id or the one it was merged into; None when there never was one. Sees every write."""
        seen: set[str] = set()
        while matter_id not in seen:
            seen.add(matter_id)
            with speaking_plainly():
                answer = self._es.options(ignore_status=404).get(index=self._names.clusters, id=matter_id)
            if not answer.get("found"):
                return None
            source = answer["_source"]
            if "merged_into" not in source:
                return _matter(matter_id, source)
            matter_id = source["merged_into"]
        return None

    def hottest(self, limit: int) -> list[MatterRecord]:
        """The matters of most heat, the hottest first."""
        search = self._live().sort("-heat.total", "-last_at")[:limit]
        with speaking_plainly():
            return [_matter(hit.meta.id, hit.to_dict()) for hit in search.execute()]

    def heard_of(self, since: datetime, until: datetime) -> Iterator[MatterRecord]:
        """Matters with a post since then that had begun by `until`, in no particular order."""
        search = self._live().filter("range", last_at={"gt": since.isoformat()})
        yield from self._scan(search.filter("range", first_at={"lte": until.isoformat()}))

    def live_ids(self) -> set[str]:
        """The ids of all matters that were not merged away."""
        return self._ids(self._live())

    def quiet_ids(self) -> set[str]:
        """Those of them that have gone quiet."""
        return self._ids(self._live().filter("term", quiet=True))

    def _ids(self, search: Search) -> set[str]:
        query = {"query": search.to_dict()["query"]}
        with speaking_plainly():
            self._es.indices.refresh(index=self._names.clusters)
            return {hit["_id"] for hit in scan(self._es, index=self._names.clusters, query=query, _source=False)}

    def redirects(self) -> dict[str, str]:
        """Where every matter that was merged away went; that one may have been merged away as well."""
        search = Search(using=self._es, index=self._names.clusters).filter("exists", field="merged_into")
        with speaking_plainly():
            return {hit.meta.id: str(hit.merged_into) for hit in search.scan()}

    def merged_into(self, ids: Collection[str]) -> dict[str, str]:
        """For every matter that was merged into one of these, by way of others too, which one. Sees what was refreshed."""
        found: dict[str, str] = {}
        reached = {id_: id_ for id_ in ids}
        while reached:
            reached = {former: reached[into] for former, into in self._merged(reached) if former not in found}
            found |= reached
        return found

    def _merged(self, ids: Collection[str]) -> Iterator[tuple[str, str]]:
        for some in at_once(ids):
            search = Search(using=self._es, index=self._names.clusters).filter("terms", merged_into=some)
            with speaking_plainly():
                for hit in search.source(["merged_into"]).scan():
                    yield hit.meta.id, str(hit.merged_into)

    def events(self, matter_id: str) -> list[EventRecord]:
        """What happened to a matter, the earliest first."""
        search = Search(using=self._es, index=self._names.matter_events).filter("term", matters=matter_id)
        with speaking_plainly():
            found = [EventRecord(id=hit.meta.id, **hit.to_dict()) for hit in search.scan()]
        return sorted(found, key=lambda event: (event.at, event.kind, event.id))

    def _live(self) -> Search:
        search = Search(using=self._es, index=self._names.clusters)
        return search.query(~Q("exists", field="merged_into"))

    def _scan(self, search: Search) -> Iterator[MatterRecord]:
        with speaking_plainly():
            for hit in search.scan():
                yield _matter(hit.meta.id, hit.to_dict())

    # --- posts of matters

    def posts_of(self, matter_ids: Collection[str]) -> dict[str, list[Post]]:
        """The posts that carry these matters' ids, sorted by time; a matter without any is left out."""
        found: dict[str, list[Post]] = {}
        for some in at_once(matter_ids):
            query = Q("terms", cluster_id=some)
            for hit in scan_hits(self._es, self._names, query.to_dict(), CHUNK_POSTS):
                post = from_source(hit["_source"])
                found.setdefault(str(post.cluster_id), []).append(post)
        for posts in found.values():
            posts.sort(key=lambda post: (post.posted_at, post.id))
        return found

    def posts_by_id(self, ids: Sequence[str]) -> Iterator[Post]:
        """The posts with these ids, in their order, without those that are not there. Sees every acknowledged write."""
        yield from posts_by_id(self._es, self._names, ids)

    def labels(self, matter_ids: Collection[str] | None) -> Iterator[tuple[str, str]]:
        """Id and `cluster_id` of every post that carries one of these (None: any)."""
        if matter_ids is None:
            yield from self._labels(Q("exists", field="cluster_id"))
            return
        for some in at_once(matter_ids):
            yield from self._labels(Q("terms", cluster_id=some))

    def _labels(self, query: Query) -> Iterator[tuple[str, str]]:
        for hit in scan_hits(self._es, self._names, query.to_dict(), LABELS_AT_ONCE, _source=["cluster_id"]):
            yield hit["_id"], hit["_source"]["cluster_id"]


def at_once(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids in their order, as many at a time as one query may name."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), IDS_AT_ONCE):
        yield wanted[start : start + IDS_AT_ONCE]


def _matter(id_: str, source: dict[str, Any]) -> MatterRecord:
    return MatterRecord.model_validate({**source, "id": id_})
