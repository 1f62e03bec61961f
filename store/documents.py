"""What Elasticsearch holds. A document class is the mapping; its template is versioned; its alias is what everyone uses.

Three ideas:
- Everybody reads and writes through an alias (`posts`, `alerts`, `clusters`, ...), never a numbered index. Posts lie apart
  by months behind theirs (`store.periods`); they are written by `store.posts`.
- `setup()` puts the templates and makes the first index of each alias; it may run at every start.
- Mappings are strict: a field nobody declared is an error in the writer, not a surprise in a dashboard.

Chinese text is searchable without plugins: `tokens` holds our own segmented words, split at blanks; `title` and `body`
go through the server's `standard` analyser (one character a token), good for exact phrases. All of it runs unchanged
on a full cluster.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch
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

from core.errors import Unavailable, YuqingError
from store.matter_documents import FollowUpDocument, MatterDocument, MatterEventDocument, WarningDocument
from store.periods import OTHER, IndexName, Period, is_part_of, part_alias
from store.question_documents import QuestionDocument
from store.strict import Strict
from store.task_documents import TaskDocument

TEMPLATE_VERSION = 5
VERSION_FIELD = "template_version"
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
    first_due_at = Date()
    extended_at = Date()
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


class AuditDocument(Document):
    """One change by a person (`store.audit.AuditEntry`): made once, never changed. Deleted only with a forgotten post."""

    kind = Keyword()
    action = Keyword()
    post_id = Keyword()
    said = Keyword()
    before = Object(enabled=False)
    after = Object(enabled=False)
    who = Keyword()
    reason = Text(index=False)
    at = Date()

    Meta = Strict


class MetricsDocument(Document):
    """One run of a stage (`core.logs.StageRun`), with how it compares to those before it."""

    stage = Keyword()
    source = Keyword()
    job = Keyword()
    started_at = Date()
    seconds = Float()
    usual_seconds = Float()
    outcome = Keyword()
    error = Keyword()
    counts = Object(enabled=False)
    item_count = Integer()
    items_per_second = Float()
    failures = Integer()
    run = Keyword()
    host = Keyword()
    version = Keyword()

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
    "tasks": TaskDocument,
    "questions": QuestionDocument,
    "audit": AuditDocument,
    "metrics": MetricsDocument,
}

IN_PARTS = ("posts",)
"""Aliases whose documents lie apart by the time they are of."""


@dataclass(frozen=True)
class Names:
    """The aliases; a prefix keeps several installations (or tests) apart in one cluster. `period`: how posts lie apart."""

    prefix: str = ""
    period: Period = "month"

    @property
    def posts(self) -> str:
        """Alias of the posts."""
        return self.prefix + "posts"

    def posts_in(self, part: str) -> str:
        """Alias that posts of one month or year are written to by."""
        return part_alias(self.posts, part)

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

    @property
    def questions(self) -> str:
        """Alias of the base of questions and answers."""
        return self.prefix + "questions"

    @property
    def tasks(self) -> str:
        """Alias of the work ledger's tasks."""
        return self.prefix + "tasks"

    @property
    def audit(self) -> str:
        """Alias of what people changed."""
        return self.prefix + "audit"

    @property
    def metrics(self) -> str:
        """Alias of how the stages' runs went."""
        return self.prefix + "metrics"


class NeedsUpgrade(YuqingError):
    """An index made by an older version cannot take over this version's mapping."""


def setup(es: Elasticsearch, names: Names) -> None:
    """Put the index templates and create what is missing; existing indices take over added fields. Safe to repeat.

    Raises `NeedsUpgrade` where an index cannot take them over, or does not lie apart as `names` say: `store.upgrade`
    copies it then. An index that a newer version made stays as it is.
    """
    put_templates(es, names)
    create_missing(es, names)
    versions = template_versions(es, names)
    for name in DOCUMENTS:
        own = {index: version for index, (of, version) in versions.items() if of == name}
        if all(version is None or version <= TEMPLATE_VERSION for version in own.values()):
            _take_over(es, names, name, own)


def _take_over(es: Elasticsearch, names: Names, name: str, versions: dict[str, int | None]) -> None:
    """Give the indices of one alias, which follow these versions of the templates, the fields they lack."""
    alias = names.prefix + name
    for index, version in versions.items():
        if name in IN_PARTS and not is_part_of(IndexName.parse(index).part, names.period):
            raise _needs_upgrade(index, version)
    # There may be hundreds of these: they are only asked for when there is something to take over.
    older = {index: version for index, version in versions.items() if version != TEMPLATE_VERSION}
    if not (older if name in IN_PARTS else versions):
        return
    try:
        es.indices.put_mapping(index=alias, **mappings_of(name))
    except BadRequestError as error:
        raise _needs_upgrade(*next(iter((older or versions).items()))) from error


def _needs_upgrade(index: str, version: int | None) -> NeedsUpgrade:
    what = f"由旧版程序建立（模板版本 {version or '不详'}，现在是 {TEMPLATE_VERSION}）"
    if version == TEMPLATE_VERSION:
        what = "与 config/pipeline.yml 的 posts_index_period 不一致"
    return NeedsUpgrade(
        f"索引 {index} {what}，要先升级。", "请运行 yuqing upgrade；数据不会丢失，收集到的留言会在升级后入库。"
    )


def put_templates(es: Elasticsearch, names: Names) -> None:
    """Put the templates that new indices are made by."""
    for name in DOCUMENTS:
        alias = names.prefix + name
        es.indices.put_index_template(
            name=alias,
            index_patterns=[f"{alias}-0*"],
            template={"settings": SETTINGS, "mappings": mappings_of(name)},
            priority=500,
            version=TEMPLATE_VERSION,
            meta={"project": "yuqing"},
        )


def create_missing(es: Elasticsearch, names: Names) -> None:
    """Make the first index of each alias that there is not."""
    for name in DOCUMENTS:
        alias = names.prefix + name
        if not es.indices.exists_alias(name=alias):
            _create(es, IndexName(alias, 1, OTHER if name in IN_PARTS else None))


def parts_there(es: Elasticsearch, names: Names) -> set[str]:
    """The parts of the posts that have an index."""
    found = es.indices.get_alias(name=names.posts_in("*"))
    return {part for index in found if (part := IndexName.parse(index).part)}


def create_parts(es: Elasticsearch, names: Names, parts: Collection[str]) -> None:
    """Make the indices of these parts of the posts. Raises `Unavailable` when the cluster takes no more of them."""
    if not parts:
        return
    number = max((IndexName.parse(index).number for index in es.indices.get_alias(name=names.posts)), default=1)
    for part in sorted(parts):
        _create(es, IndexName(names.posts, number, part))


def _create(es: Elasticsearch, name: IndexName) -> None:
    answer = es.options(ignore_status=400).indices.create(index=str(name), aliases=name.aliases)
    error = answer.get("error", {})
    # Two writers or first runs at once: the other one made it.
    if error and error["type"] != "resource_already_exists_exception":
        raise Unavailable(
            f"Elasticsearch 不肯建立索引 {name}：{error['reason']}", "请查看集群的分片上限和磁盘，然后再运行一次。"
        )


def mappings_of(name: str) -> dict[str, Any]:
    """The mapping of an alias without its prefix; it says which version of the templates it is of."""
    mappings: dict[str, Any] = DOCUMENTS[name]._index.to_dict()["mappings"]
    return {**mappings, "_meta": {VERSION_FIELD: TEMPLATE_VERSION}}


def template_versions(es: Elasticsearch, names: Names) -> dict[str, tuple[str, int | None]]:
    """For every index in use: its alias without prefix, and the version of the templates it follows (None: not said)."""
    aliases = {names.prefix + name: name for name in DOCUMENTS}
    answer = es.indices.get_mapping(index=list(aliases), ignore_unavailable=True)
    return {
        index: (aliases[IndexName.parse(index).alias], told["mappings"].get("_meta", {}).get(VERSION_FIELD))
        for index, told in sorted(answer.items())
    }
