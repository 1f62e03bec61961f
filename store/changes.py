"""Which posts were written since a moment: Elasticsearch numbers the writes of each shard, and these numbers can be searched.

Times would not do: a post may come to the index long after it was collected, and a correction or a replay changes no time.
"""

from collections.abc import Iterator, Mapping

from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan

from core.post import Post
from store.connection import speaking_plainly
from store.documents import Names
from store.posts import CHUNK_POSTS, from_source

Position = Mapping[str, int]
"""For each shard (`index name/uuid/number`) the number of its last write that is known; -1: none."""


def position(es: Elasticsearch, names: Names) -> Position:
    """Up to which write of each shard every post is there to be found when this returns, on every copy of the shard."""
    with speaking_plainly():
        stats = es.indices.stats(index=names.posts, level="shards", metric="docs")
        # What was done before the numbers were read is visible after this.
        es.indices.refresh(index=names.posts)
    return {
        f"{index}/{told['uuid']}/{shard}": int(copy["seq_no"]["global_checkpoint"])
        for index, told in stats["indices"].items()
        for shard, copies in told["shards"].items()
        for copy in copies
        if copy["routing"]["primary"]
    }


def changed_posts(es: Elasticsearch, names: Names, since: Position, until: Position) -> Iterator[Post]:
    """The posts whose last write lies after `since` and not after `until`; all of a shard that `since` does not know.

    A post written after `until` is left for the next time.
    """
    for shard, last in until.items():
        index, _, number = shard.split("/")
        numbers = {"gt": since.get(shard, -1), "lte": last}
        if numbers["gt"] >= last:
            continue
        with speaking_plainly():
            hits = scan(
                es,
                index=index,
                query={"query": {"range": {"_seq_no": numbers}}},
                preference=f"_shards:{number}",
                size=CHUNK_POSTS,
            )
            for hit in hits:
                yield from_source(hit["_source"])
