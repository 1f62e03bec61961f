"""Changing posts that are in the index already: what others write to them meanwhile stays."""

from collections.abc import Callable, Iterable
from itertools import islice

from core.post import Post
from pipeline.runtime import Runtime
from store.post_writing import CHUNK_POSTS, rewrite_posts


def change_posts(runtime: Runtime, ids: Iterable[str], change: Callable[[Post], Post]) -> int:
    """Write these posts as `change` makes them, those it leaves as they are excepted; the number written.

    Each is read right before it is written, since whoever names it may have read it minutes ago. Its version stays: it
    is the same state of the post, and a newer one that comes in between wins.
    """
    rest = iter(ids)
    written = 0
    while some := list(islice(rest, CHUNK_POSTS)):
        pairs = ((post, change(post)) for post in runtime.matters.posts_by_id(some))
        written += rewrite_posts(runtime.es, runtime.names, [new for old, new in pairs if new != old]).indexed
    return written
