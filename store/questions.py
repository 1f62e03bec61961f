"""The base of questions and answers as kept in Elasticsearch, and what was asked before that is like a question.

Searches here change nothing and take an index that is not there for an empty one: who only asks needs no more than an
account that may read.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import Q, Search
from elasticsearch.dsl.query import Query

from core.post import Post
from questions.entry import Entry
from store.connection import speaking_plainly
from store.documents import Names
from store.posts import from_source
from store.record_index import Identified, RecordIndex, source_of

MOST_TOKENS = 400
"""Words of a question that are searched for; a query takes 1,024."""
MOST_PHRASE = 200
"""Characters of a title or question that are searched for one by one."""


class QuestionRecord(Entry, Identified):
    """An entry as kept."""


class Questions(RecordIndex[QuestionRecord]):
    """Reads and writes the `questions` index."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        super().__init__(es, names.questions, QuestionRecord)

    def all(self, states: Iterable[str] = ()) -> list[QuestionRecord]:
        """All entries, or those in one of the states; those of most people first. Every write here is found at once."""
        wanted = list(states)
        search = Search(using=self._es, index=self._index).params(ignore_unavailable=True)
        if wanted:
            search = search.filter("terms", state=wanted)
        with speaking_plainly():
            found = [self._record(hit.meta.id, hit.to_dict()) for hit in search.scan()]
        return sorted(found, key=lambda entry: (-entry.people, -entry.posts, entry.id))

    def add(self, entry: Entry) -> bool:
        """Write a new entry, found by searches when this returns; False where there is one of that id, left as it is."""
        record = QuestionRecord.model_validate(entry.model_dump())
        with speaking_plainly():
            answer = self._es.options(ignore_status=409).create(
                index=self._index, id=record.id, document=source_of(record), refresh=True
            )
        return bool(answer.get("result") == "created")

    def published(
        self, tokens: Sequence[str], text: str, at: datetime, limit: int
    ) -> list[tuple[float, QuestionRecord]]:
        """Entries published by `at` that share words with the question, best first, with their scores."""
        words = Q("match", tokens=" ".join(tokens[:MOST_TOKENS]))
        characters = Q("match", **{"published.question": text[:MOST_PHRASE]})
        search = (
            Search(using=self._es, index=self._index)
            .params(ignore_unavailable=True)
            .query("bool", should=[words, characters], minimum_should_match=1)
            .filter("range", **{"published.at": {"lte": at.isoformat()}})[:limit]
        )
        with speaking_plainly():
            return [(hit.meta.score, self._record(hit.meta.id, hit.to_dict())) for hit in search.execute()]


def similar_posts(
    es: Elasticsearch,
    names: Names,
    tokens: Sequence[str],
    title: str,
    before: datetime,
    limit: int,
    *,
    answered: bool = False,
    without: Sequence[str] = (),
) -> list[tuple[float, Post]]:
    """Posts written before that share words with the question, best first, with their scores (BM25).

    `answered`: only those that were replied to before. `without` are ids to leave out.
    """
    should: list[Query] = [
        Q("match", tokens=" ".join(tokens[:MOST_TOKENS])),
        Q("match", title=title[:MOST_PHRASE]),
        Q("match", **{"replies.body": title[:MOST_PHRASE]}),
    ]
    when: dict[str, Any] = {"lt": before.isoformat()}
    search = (
        Search(using=es, index=names.posts)
        .params(ignore_unavailable=True)
        .query("bool", should=should, minimum_should_match=1)
        .filter("range", posted_at=when)
        .exclude("ids", values=list(without))[:limit]
    )
    if answered:
        search = search.filter("range", **{"replies.replied_at": when})
    with speaking_plainly():
        return [(hit.meta.score, from_source(hit.to_dict())) for hit in search.execute()]
