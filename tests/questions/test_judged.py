"""Real questions: the right earlier reply is among the first three, and what has no answer mostly gets none.

`judged.csv` holds numbers of messages of `messages_replied.csv` and grades, no text. A person read, for each question, the
best candidates of four searches (pairs of characters of the titles and of all, words, question against reply) and other
messages of the subject, out of those that had been replied to before the question was asked. Grades: 2, the reply answers
it; 1, the same subject, of some use (counts as wrong here); 0 with no reply, none of those read answers it. What nobody
judged counts as wrong. Fifty questions are held out, 34 of which have a right reply; everything was tuned on the others.
"""

import csv
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from elasticsearch.dsl import Q, Search
from elasticsearch.helpers import bulk
from sklearn.feature_extraction.text import TfidfVectorizer

from core.post import Post
from pipeline.asking import ask
from pipeline.collect import import_file
from pipeline.enrich import enrich_pending
from pipeline.likeness import like_posts, sought_post, words_of
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from questions.drafting import draft_of
from questions.entry import Published, Source
from store.embedded import NodeStatus
from store.questions import QuestionRecord
from store.record_index import source_of
from tests.pipeline.content import remove_installation

pytestmark = [pytest.mark.realdata, pytest.mark.slow]

JUDGED = Path(__file__).with_name("judged.csv")
SOURCE = "messages_replied"
SUMMER = datetime(2020, 6, 1, tzinfo=timezone(timedelta(hours=8)))
SHARE = 0.8
Find = Callable[[Post], Sequence[str]]


@dataclass
class Question:
    """A judged question: its number, whether it is held out, and the grades of replies by number."""

    number: str
    held_out: bool
    grades: dict[str, int] = field(default_factory=dict)

    @property
    def right(self) -> set[str]:
        return {number for number, grade in self.grades.items() if grade == 2}


def judged() -> list[Question]:
    found: dict[str, Question] = {}
    with JUDGED.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            question = found.setdefault(row["question"], Question(row["question"], row["set"] == "held out"))
            if row["reply"]:
                question.grades[row["reply"]] = int(row["grade"])
    return list(found.values())


HELD_OUT = [question for question in judged() if question.held_out]


@pytest.fixture(scope="module")
def replied(es_node: NodeStatus, realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """An installation that holds the replied messages."""
    prefix = "judged-"
    environment = {
        "ELASTICSEARCH_URL": es_node.url,
        "YUQING_INDEX_PREFIX": prefix,
        "YUQING_DATA": str(tmp_path_factory.mktemp("judged")),
        "YUQING_AUTHOR_KEY": "only-for-tests",
    }
    runtime = Runtime(Settings(environment))
    import_file(runtime, realdata / f"{SOURCE}.csv", SUMMER)
    enrich_pending(runtime, SUMMER)
    runtime.es.indices.refresh(index=runtime.names.posts)
    yield runtime
    remove_installation(es_node.url, prefix)


@pytest.fixture(scope="module")
def posts(replied: Runtime) -> dict[str, Post]:
    """All messages by number."""
    search = Search(using=replied.es, index=replied.names.posts).query("match_all").source(["id"])
    ids = [str(hit.id) for hit in search.scan()]
    return {post.source_id: post for post in replied.matters.posts_by_id(ids)}


def hits(posts: dict[str, Post], find: Find) -> tuple[float, float]:
    """Of the held-out questions that have a right reply: the share with one first, and with one among the first three."""
    asked = [question for question in HELD_OUT if question.right]
    found = [
        (question.right, [post_id.rpartition(":")[2] for post_id in find(posts[question.number])]) for question in asked
    ]
    first = statistics.mean(bool(right.intersection(ids[:1])) for right, ids in found)
    return first, statistics.mean(bool(right.intersection(ids[:3])) for right, ids in found)


def plain_search(runtime: Runtime) -> Find:
    """Elasticsearch as it comes: BM25 of the question's words over the words of messages."""

    def find(post: Post) -> list[str]:
        search = (
            Search(using=runtime.es, index=runtime.names.posts)
            .query("match", tokens=" ".join(post.tokens[:400]))
            .filter(Q("range", **{"replies.replied_at": {"lt": post.posted_at.isoformat()}}))
            .source(["id"])[:3]
        )
        return [str(hit.id) for hit in search.execute()]

    return find


def plain_cosine(posts: dict[str, Post]) -> Find:
    """TF-IDF of words, cosine, over title and body of all earlier messages."""
    everything = list(posts.values())
    matrix = TfidfVectorizer(analyzer=list, sublinear_tf=True).fit_transform([post.tokens for post in everything])
    rows = {post.id: row for row, post in enumerate(everything)}

    def find(post: Post) -> list[str]:
        alike = (matrix @ matrix[rows[post.id]].T).toarray().ravel()
        earlier = [one for one in everything if one.first_reply_at and one.first_reply_at < post.posted_at]
        return [one.id for one in sorted(earlier, key=lambda one: -alike[rows[one.id]])[:3]]

    return find


def test_fifty_questions_are_held_out_and_most_have_a_right_reply() -> None:
    assert len(HELD_OUT) == 50
    assert sum(bool(question.right) for question in HELD_OUT) == 34


def test_the_right_earlier_reply_is_among_the_first_three(
    replied: Runtime, posts: dict[str, Post], record_property: Callable[[str, object], None]
) -> None:
    # when
    figures = {
        "ours": hits(posts, lambda post: [one.id for one in ours(replied, post)]),
        "BM25": hits(posts, plain_search(replied)),
        "TF-IDF": hits(posts, plain_cosine(posts)),
    }
    # then
    for name, (first, three) in figures.items():
        record_property(name, (first, three))
        print(f"{name}: hit@1 {first:.2f}, hit@3 {three:.2f}")
    assert figures["ours"][1] >= SHARE
    assert figures["ours"][0] >= max(figures["BM25"][0], figures["TF-IDF"][0])


def ours(runtime: Runtime, post: Post) -> list[Post]:
    return [found for _, found in like_posts(runtime, sought_post(post), post.posted_at, answered=True)[:3]]


def test_every_found_reply_is_one_given_before_the_question(replied: Runtime, posts: dict[str, Post]) -> None:
    for question in HELD_OUT[:10]:
        post = posts[question.number]
        for found in ours(replied, post):
            assert found.first_reply_at is not None
            assert found.first_reply_at < post.posted_at


def test_what_has_no_answer_mostly_gets_none(replied: Runtime, posts: dict[str, Post]) -> None:
    # given the hardest base there can be: every earlier reply is published, whatever it is worth
    entries = [
        _entry(replied, post, answer, post.first_reply_at)
        for post in posts.values()
        if post.first_reply_at and (answer := draft_of(post.replies[0].body))
    ]
    index = replied.names.questions
    bulk(replied.es, [{"_index": index, "_id": one.id, "_source": source_of(one)} for one in entries], refresh=True)
    # when the titles alone are typed
    answers = {question.number: _answered(replied, posts[question.number]) for question in HELD_OUT}
    # then
    without = [question for question in HELD_OUT if not question.right]
    wrong = [question for question in without if answers[question.number] is not None]
    right = [question for question in HELD_OUT if answers[question.number] in question.right]
    print(f"false answers {len(wrong)} of {len(without)}, right answers {len(right)} of 34")
    assert len(wrong) <= 3
    assert len(right) >= 5


def _answered(runtime: Runtime, post: Post) -> str | None:
    entry = ask(runtime, post.title, post.posted_at).entry
    return entry.source.post_id.rpartition(":")[2] if entry and entry.source else None


def _entry(runtime: Runtime, post: Post, answer: str, at: datetime) -> QuestionRecord:
    source = Source(post_id=post.id, replied_at=at)
    published = Published(question=post.title, answer=answer, source=source, reviewed_at=at, at=at)
    return QuestionRecord(
        id=f"q-{post.source_id}",
        question=post.title,
        answer=answer,
        source=source,
        places=post.places,
        created_at=at,
        mined_at=at,
        published=published,
        tokens=words_of(runtime, [post.title]),
    )
