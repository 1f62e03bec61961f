"""Upgrades of the indices: what an older version made gets the mappings of this one, without a document lost.

An index says in its mapping (`_meta`) which version of the templates it follows. Where Elasticsearch takes the new mapping
over, nothing more is needed. Where it does not (a field has another type or analyser now), or where posts lie together that
belong apart (`store.periods`), the documents go to new indices of the next generation, under the versions they have, and
the aliases move there in one step. While they are copied the old indices take no writes: writers are told to try again. The
old indices stay, without alias, until they are dropped.

A run that dies leaves the aliases where they were and the writes stopped; the next one begins the copy anew and ends that.
The server's own `_reindex` is a module that the embedded node does not have; the client's helpers do the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from elasticsearch import BadRequestError, Elasticsearch
from elasticsearch.helpers import scan, streaming_bulk

from core.errors import YuqingError
from store.connection import speaking_plainly
from store.documents import (
    DOCUMENTS,
    IN_PARTS,
    TEMPLATE_VERSION,
    Names,
    create_missing,
    mappings_of,
    put_templates,
    template_versions,
)
from store.periods import OTHER, IndexName, Period, is_part_of, part_alias, part_of

COPIED_AT_ONCE = 500
State = Literal["current", "mapped", "copied"]


@dataclass(frozen=True)
class Upgraded:
    """What became of an alias: it was `current`, mappings were added to, or indices were `copied` to those of `indices`.

    `version`: the oldest version of the templates it followed (None: not said); `old`: the indices that were left behind.
    """

    alias: str
    indices: tuple[str, ...]
    state: State
    version: int | None
    documents: int
    old: tuple[str, ...] = ()


def upgrade(es: Elasticsearch, names: Names, tick: Callable[[int], None] = lambda _: None) -> list[Upgraded]:
    """Bring every index to this version's mappings; safe to repeat. `tick` is told of documents as they are copied.

    Raises `YuqingError` when a document does not fit its new mapping: the old index stays in use then, and takes writes
    again.
    """
    with speaking_plainly():
        put_templates(es, names)
        create_missing(es, names)
        present = template_versions(es, names)
    done = []
    for name in DOCUMENTS:
        versions = {IndexName.parse(index): version for index, (of, version) in present.items() if of == name}
        done.append(_upgrade_one(es, names, name, versions, tick))
    return done


def _upgrade_one(
    es: Elasticsearch, names: Names, name: str, versions: dict[IndexName, int | None], tick: Callable[[int], None]
) -> Upgraded:
    alias = names.prefix + name
    for index, version in versions.items():
        if version is not None and version > TEMPLATE_VERSION:
            raise YuqingError(f"{index} 由更新的版本建立（模板版本 {version}）。", "请换用新版程序。")
    copying = [index for index in versions if not _take_over(es, index, mappings_of(name))]
    if name in IN_PARTS and not all(is_part_of(index.part, names.period) for index in versions):
        # A month may get posts of several of them.
        copying = list(versions)
    oldest = None if None in versions.values() else min(version or 0 for version in versions.values())
    if copying:
        _Copying(es, alias, copying, names.period if name in IN_PARTS else None).run(tick)
    for index in versions:
        if index not in copying:
            _take_writes(es, index)
    state: State = "copied" if copying else "current" if oldest == TEMPLATE_VERSION else "mapped"
    indices = tuple(map(str, _indices_of(es, alias)))
    old = tuple(map(str, copying))
    return Upgraded(alias, indices, state, oldest, _count(es, alias), old)


def _take_over(es: Elasticsearch, index: IndexName, mappings: dict[str, Any]) -> bool:
    """Whether the index could take the mapping over."""
    with speaking_plainly():
        try:
            es.indices.put_mapping(index=str(index), **mappings)
        except BadRequestError:
            return False
    return True


class _Copying:
    """Copies indices of an alias to those of the next generation; `period`: how its documents lie apart there."""

    def __init__(self, es: Elasticsearch, alias: str, old: Sequence[IndexName], period: Period | None) -> None:
        self._es = es
        self._alias = alias
        self._old = old
        self._period = period
        self._number = _next_number(es, alias, old)
        self._new: set[IndexName] = set()

    def run(self, tick: Callable[[int], None]) -> None:
        """Copy all documents and let the aliases lead to the copies."""
        with speaking_plainly():
            for index in self._old:
                # Waits for the writes that are under way; none is acknowledged after this.
                self._es.indices.add_block(index=str(index), block="write")
            if self._period:
                # There whether or not a document belongs in it.
                self._index_for(OTHER)
            else:
                self._index_for(None)
            wanted = sum(_count(self._es, str(index)) for index in self._old)
            for taken, outcome in streaming_bulk(
                self._es, self._actions(), chunk_size=COPIED_AT_ONCE, raise_on_error=False, max_retries=6
            ):
                if not taken:
                    self._give_up(outcome["index"])
                tick(1)
            found = sum(_count(self._es, str(index)) for index in self._new)
        if found != wanted:
            self._give_up({"_id": "", "error": f"{found} / {wanted}"})
        self._move_aliases()

    def _move_aliases(self) -> None:
        add = [
            {"add": {"index": str(index), "alias": alias, **options}}
            for index in sorted(self._new, key=str)
            for alias, options in index.aliases.items()
        ]
        with speaking_plainly():
            had = self._es.indices.get_alias(name=[self._alias, part_alias(self._alias, "*")])
            remove = [
                {"remove": {"index": str(index), "alias": alias}}
                for index in self._old
                for alias in had[str(index)]["aliases"]
            ]
            self._es.indices.update_aliases(actions=[*add, *remove])

    def _actions(self) -> Iterator[dict[str, Any]]:
        everything = {"query": {"match_all": {}}, "version": True}
        for index in self._old:
            for hit in scan(self._es, index=str(index), query=everything, size=COPIED_AT_ONCE):
                yield {
                    "_op_type": "index",
                    "_index": self._index_for(self._part_of(hit["_source"])),
                    "_id": hit["_id"],
                    # A post's version is when its state was seen; a copy with a younger one would refuse later states.
                    "version": hit["_version"],
                    "version_type": "external_gte",
                    "_source": hit["_source"],
                }

    def _part_of(self, source: dict[str, Any]) -> str | None:
        return part_of(datetime.fromisoformat(source["posted_at"]), self._period) if self._period else None

    def _index_for(self, part: str | None) -> str:
        index = IndexName(self._alias, self._number, part)
        if index not in self._new:
            self._es.indices.create(index=str(index))
            self._new.add(index)
        return str(index)

    def _give_up(self, item: dict[str, Any]) -> None:
        for index in self._new:
            self._es.indices.delete(index=str(index))
        for index in self._old:
            _take_writes(self._es, index)
        error = item["error"]
        # The reason of the mapper quotes the field's value after this.
        told = (
            f"{error.get('type')}：{str(error.get('reason', '')).split('Preview of field')[0]}"
            if isinstance(error, dict)
            else error
        )
        raise YuqingError(
            f"{self._alias} 没有升级：文档 {item['_id']} 不合新的结构（{told}）。",
            "原来的索引没有变，照常可用；请把这段话发给开发者。",
        )


def drop_old(es: Elasticsearch, names: Names) -> list[str]:
    """Delete the indices that upgrades have left behind; their names."""
    dropped: list[str] = []
    for name in DOCUMENTS:
        alias = names.prefix + name
        in_use = _indices_of(es, alias)
        newest = max((index.number for index in in_use), default=0)
        left = [index for index in _all_of(es, alias) if index not in in_use and index.number < newest]
        with speaking_plainly():
            for index in left:
                es.indices.delete(index=str(index))
        dropped += map(str, left)
    return dropped


def _indices_of(es: Elasticsearch, alias: str) -> list[IndexName]:
    """The indices an alias leads to, sorted."""
    with speaking_plainly():
        return list(map(IndexName.parse, sorted(es.indices.get_alias(name=alias))))


def _all_of(es: Elasticsearch, alias: str) -> list[IndexName]:
    with speaking_plainly():
        present = es.indices.get(index=f"{alias}-0*", expand_wildcards="all", features="aliases")
    return list(map(IndexName.parse, sorted(present)))


def _next_number(es: Elasticsearch, alias: str, old: Sequence[IndexName]) -> int:
    """The next free generation. Indices that a dead run left half full, which no alias leads to, are deleted first."""
    in_use = _indices_of(es, alias)
    newest = max(index.number for index in old)
    for other in _all_of(es, alias):
        if other not in in_use and other.number > newest:
            with speaking_plainly():
                es.indices.delete(index=str(other))
    return max(index.number for index in _all_of(es, alias)) + 1


def _take_writes(es: Elasticsearch, index: IndexName) -> None:
    with speaking_plainly():
        es.indices.put_settings(index=str(index), settings={"index.blocks.write": None})


def _count(es: Elasticsearch, index: str) -> int:
    with speaking_plainly():
        es.indices.refresh(index=index)
        return int(es.count(index=index)["count"])
