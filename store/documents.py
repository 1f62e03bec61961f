"""What Elasticsearch holds. A document class is the mapping; its template is versioned; its alias is what everyone uses.

Three ideas:
- Everybody reads and writes through an alias (`posts`, `alerts`, `clusters`, ...), never a numbered index.
- `setup()` puts the templates and makes the first index of each alias; it may run at every start.
- Mappings are strict: a field nobody declared is an error in the writer, not a surprise in a dashboard.

Chinese text is searchable without plugins: `tokens` holds our own segmented words, split at blanks; `title` and `body`
go through the server's `standard` analyser (one character a token), good for exact phrases. All of it runs unchanged
on a full cluster.
"""

from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import (
    Boolean,
    Date,
    Document,
    Float,
    InnerDoc,
    Integer,
    Keyword,
    Object,
    Text,
)

from store.matter_documents import FollowUpDocument, MatterDocument, MatterEventDocument, WarningDocument
from store.strict import Strict

TEMPLATE_VERSION = 3
SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1", "refresh_interval": "1s"}


class ReplyFields(InnerDoc):
    """`core.post.Reply` as indexed."""

    organisation = Keyword()
    body = Text(analyzer="standard")
    replied_at = Date()


class DeadlineFields(InnerDoc):
    """`core.post.Deadline` as indexed."""

    rule = Keyword()
    due_at = Date()
    stage = Keyword()
    answered_at = Date()
    answered_in_working_days = Integer()
    on_time = Boolean()


class MaskedFields(InnerDoc):
    """How many pieces of personal data of each kind were masked in a post (`nlp.masking.KINDS`, and the author's name)."""

    phone = Integer()
    identity_number = Integer()
    bank_card = Integer()
    plate = Integer()
    email = Integer()
    address = Integer()
    name = Integer()


class PostDocument(Document):
    """`core.post.Post` as indexed."""

    id = Keyword()
    source = Keyword()
    source_id = Keyword()
    channel = Keyword()
    url = Keyword(index=False)
    title = Text(analyzer="standard", fields={"raw": Keyword(ignore_above=256)})
    body = Text(analyzer="standard")
    author_hash = Keyword()
    posted_at = Date()
    collected_at = Date()
    checked_at = Date()
    forum = Keyword()
    kind = Keyword()
    domain = Keyword()
    status = Keyword()
    replies = Object(ReplyFields)
    votes_up = Integer()
    votes_down = Integer()
    satisfaction = Float()
    masked = Object(MaskedFields)
    sentiment = Float()
    sentiment_label = Keyword()
    category = Keyword()
    category_score = Float()
    topic = Keyword()
    topic_score = Float()
    keywords = Keyword()
    places = Keyword()
    department = Keyword()
    tokens = Text(analyzer="whitespace")
    deadline = Object(DeadlineFields)
    cluster_id = Keyword()
    risk = Keyword()
    risk_reasons = Keyword()
    corrected = Keyword()

    Meta = Strict


class AlertDocument(Document):
    """One reminder about one post, or one notice about a follow-up or an early warning (`about`, `subject`).

    Its id names what it is about and (for what repeats) the day, so it can exist only once.
    """

    post_id = Keyword()
    about = Keyword()
    subject = Keyword()
    department = Keyword()
    stage = Keyword()
    day = Date(format="yyyy-MM-dd")
    at = Date()
    state = Keyword()
    message_id = Keyword()
    recipients = Keyword()
    attempts = Integer()
    sent_at = Date()
    error = Text(index=False)

    Meta = Strict


class CollectorStateDocument(Document):
    """How far a source has been read (`cursor`, opaque to the index), how its last run went, or one finished file."""

    source = Keyword()
    what = Keyword()
    cursor = Object(enabled=False)
    finished = Keyword()
    first_run_at = Date()
    last_run_at = Date()
    last_success_at = Date()
    last_item_at = Date()
    item_count = Integer()
    error = Text(index=False)

    Meta = Strict


class CorrectionDocument(Document):
    """What a person corrected in one post; its id is the post's."""

    topic = Keyword()
    sentiment_label = Keyword()
    department = Keyword()
    by = Keyword()
    at = Date()
    note = Text(index=False)

    Meta = Strict


DOCUMENTS: dict[str, type[Document]] = {
    "posts": PostDocument,
    "alerts": AlertDocument,
    "collector-state": CollectorStateDocument,
    "corrections": CorrectionDocument,
    "clusters": MatterDocument,
    "matter-events": MatterEventDocument,
    "followups": FollowUpDocument,
    "warnings": WarningDocument,
}


@dataclass(frozen=True)
class Names:
    """The aliases; a prefix keeps several installations (or tests) apart in one cluster."""

    prefix: str = ""

    @property
    def posts(self) -> str:
        """Alias of the posts."""
        return self.prefix + "posts"

    @property
    def alerts(self) -> str:
        """Alias of the alerts sent and due."""
        return self.prefix + "alerts"

    @property
    def collector_state(self) -> str:
        """Alias of the collectors' state."""
        return self.prefix + "collector-state"

    @property
    def corrections(self) -> str:
        """Alias of what people corrected."""
        return self.prefix + "corrections"

    @property
    def clusters(self) -> str:
        """Alias of the matters."""
        return self.prefix + "clusters"

    @property
    def matter_events(self) -> str:
        """Alias of what happened to matters."""
        return self.prefix + "matter-events"

    @property
    def followups(self) -> str:
        """Alias of the candidates for a second explanation."""
        return self.prefix + "followups"

    @property
    def warnings(self) -> str:
        """Alias of the early warnings."""
        return self.prefix + "warnings"


def setup(es: Elasticsearch, names: Names) -> None:
    """Put the index templates and create what is missing; existing indices take over added fields. Safe to repeat."""
    for name, document in DOCUMENTS.items():
        alias = names.prefix + name
        mappings = document._index.to_dict()["mappings"]
        es.indices.put_index_template(
            name=alias,
            index_patterns=[f"{alias}-0*"],
            template={"settings": SETTINGS, "mappings": mappings},
            priority=500,
            version=TEMPLATE_VERSION,
            meta={"project": "yuqing"},
        )
        if es.indices.exists_alias(name=alias):
            es.indices.put_mapping(index=alias, **mappings)
        else:
            _create_first(es, alias)


def _create_first(es: Elasticsearch, alias: str) -> None:
    aliases: dict[str, Any] = {alias: {"is_write_index": True}}
    # 400: two first runs at once; the other one made it.
    es.options(ignore_status=400).indices.create(index=f"{alias}-000001", aliases=aliases)
