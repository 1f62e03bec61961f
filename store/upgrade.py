"""Upgrades of the indices: what an older version made gets the mappings of this one, without a document lost.

An index says in its mapping (`_meta`) which version of the templates it follows. Where Elasticsearch takes the new mapping
over, nothing more is needed. Where it does not (a field has another type or analyser now), the documents go to a new index
with the next number, under the versions they have, and the alias moves there in one step. While they are copied the old
index takes no writes: writers are told to try again. The old index stays, without alias, until it is dropped.

A run that dies leaves the alias where it was and the writes stopped; the next one begins the copy anew and ends that.
The server's own `_reindex` is a module that the embedded node does not have; the client's helpers do the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from elasticsearch import BadRequestError, Elasticsearch
from elasticsearch.helpers import scan, streaming_bulk

from core.errors import YuqingError
from store.connection import speaking_plainly
from store.documents import (
    DOCUMENTS,
    TEMPLATE_VERSION,
    Names,
    create_missing,
    mappings_of,
    put_templates,
    template_versions,
)

COPIED_AT_ONCE = 500
NUMBER_DIGITS = 6
State = Literal["current", "mapped", "copied"]


@dataclass(frozen=True)
class Upgraded:
    """What became of an index: it was `current`, its mapping was added to, or it was copied to `index` from `old`."""

    alias: str
    index: str
    state: State
    version: int | None
    documents: int
    old: str | None = None


def upgrade(es: Elasticsearch, names: Names, tick: Callable[[int], None] = lambda _: None) -> list[Upgraded]:
    """Bring every index to this version's mappings; safe to repeat. `tick` is told of documents as they are copied.

    Raises `YuqingError` when a document does not fit its new mapping: the old index stays in use then, and takes writes
    again.
    """
    with speaking_plainly():
        put_templates(es, names)
        create_missing(es, names)
        present = template_versions(es, names)
    return [
        _upgrade_one(es, name, names.prefix + name, index, version, tick) for index, (name, version) in present.items()
    ]


def _upgrade_one(
    es: Elasticsearch, name: str, alias: str, index: str, version: int | None, tick: Callable[[int], None]
) -> Upgraded:
    if version is not None and version > TEMPLATE_VERSION:
        raise YuqingError(f"{index} 由更新的版本建立（模板版本 {version}）。", "请换用新版程序。")
    if not _take_over(es, index, mappings_of(name)):
        new = _next(es, alias, index)
        return Upgraded(alias, new, "copied", version, _copy(es, alias, index, new, tick), index)
    _take_writes(es, index)
    state: State = "current" if version == TEMPLATE_VERSION else "mapped"
    return Upgraded(alias, index, state, version, _count(es, index))


def _take_over(es: Elasticsearch, index: str, mappings: dict[str, Any]) -> bool:
    """Whether the index could take the mapping over."""
    with speaking_plainly():
        try:
            es.indices.put_mapping(index=index, **mappings)
        except BadRequestError:
            return False
    return True


def _copy(es: Elasticsearch, alias: str, index: str, new: str, tick: Callable[[int], None]) -> int:
    """Copy all documents and let the alias lead to the copy; the number of documents."""
    with speaking_plainly():
        # Waits for the writes that are under way; none is acknowledged after this.
        es.indices.add_block(index=index, block="write")
        es.indices.create(index=new)
        wanted = _count(es, index)
        for taken, outcome in streaming_bulk(
            es, _actions(es, index, new), chunk_size=COPIED_AT_ONCE, raise_on_error=False, max_retries=6
        ):
            if not taken:
                _give_up(es, index, new, outcome["index"])
            tick(1)
        found = _count(es, new)
    if found != wanted:
        _give_up(es, index, new, {"_id": "", "error": f"{found} / {wanted}"})
    with speaking_plainly():
        add = {"index": new, "alias": alias, "is_write_index": _is_written(es, alias, index)}
        remove = {"index": index, "alias": alias}
        es.indices.update_aliases(actions=[{"add": add}, {"remove": remove}])
    return found


def _actions(es: Elasticsearch, index: str, new: str) -> Iterator[dict[str, Any]]:
    for hit in scan(es, index=index, query={"query": {"match_all": {}}, "version": True}, size=COPIED_AT_ONCE):
        yield {
            "_op_type": "index",
            "_index": new,
            "_id": hit["_id"],
            # A post's version is when its state was seen; a copy with a younger one would refuse later states.
            "version": hit["_version"],
            "version_type": "external_gte",
            "_source": hit["_source"],
        }


def _give_up(es: Elasticsearch, index: str, new: str, item: dict[str, Any]) -> None:
    es.indices.delete(index=new)
    _take_writes(es, index)
    error = item["error"]
    # The reason of the mapper quotes the field's value after this.
    told = (
        f"{error.get('type')}：{str(error.get('reason', '')).split('Preview of field')[0]}"
        if isinstance(error, dict)
        else error
    )
    raise YuqingError(
        f"{index} 没有升级：文档 {item['_id']} 不合新的结构（{told}）。",
        "原来的索引没有变，照常可用；请把这段话发给开发者。",
    )


def drop_old(es: Elasticsearch, names: Names) -> list[str]:
    """Delete the indices that upgrades have left behind; their names."""
    dropped = []
    for name in DOCUMENTS:
        alias = names.prefix + name
        in_use = _indices_of(es, alias)
        newest = max(map(_number, in_use), default=0)
        left = [index for index in _all_of(es, alias) if index not in in_use and _number(index) < newest]
        with speaking_plainly():
            for index in left:
                es.indices.delete(index=index)
        dropped += left
    return dropped


def _indices_of(es: Elasticsearch, alias: str) -> list[str]:
    """The indices an alias leads to, by number."""
    with speaking_plainly():
        return sorted(es.indices.get_alias(name=alias), key=_number)


def _all_of(es: Elasticsearch, alias: str) -> list[str]:
    with speaking_plainly():
        return sorted(es.indices.get(index=f"{alias}-0*", expand_wildcards="all", features="aliases"), key=_number)


def _next(es: Elasticsearch, alias: str, index: str) -> str:
    """The next free number. An index that a dead run left half full, which no alias leads to, is deleted first."""
    in_use = _indices_of(es, alias)
    for other in _all_of(es, alias):
        if other not in in_use and _number(other) > _number(index):
            with speaking_plainly():
                es.indices.delete(index=other)
    return f"{alias}-{max(map(_number, _all_of(es, alias))) + 1:0{NUMBER_DIGITS}d}"


def _number(index: str) -> int:
    return int(index.rpartition("-")[2])


def _is_written(es: Elasticsearch, alias: str, index: str) -> bool:
    told = es.indices.get_alias(index=index, name=alias)[index]["aliases"][alias]
    # The only index of an alias is the one written to, whether it says so or not.
    return bool(told.get("is_write_index", len(_indices_of(es, alias)) == 1))


def _take_writes(es: Elasticsearch, index: str) -> None:
    with speaking_plainly():
        es.indices.put_settings(index=index, settings={"index.blocks.write": None})


def _count(es: Elasticsearch, index: str) -> int:
    with speaking_plainly():
        es.indices.refresh(index=index)
        return int(es.count(index=index)["count"])
