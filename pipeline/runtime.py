"""What a stage works with: the settings and everything built from them, each made when first asked for."""

import fcntl
import gc
import logging
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version

from elasticsearch import Elasticsearch

from alerts.calendar import WorkCalendar
from alerts.deadlines import DeadlineBook
from collectors.base import Source
from collectors.landing import Landing
from collectors.session import PoliteSession
from core.errors import ConfigError, Unavailable
from core.files import LOOK_AT_THE_DISK, reason
from core.logs import StageRun
from matters.terms import Terms
from nlp.enrich import Enricher
from nlp.keywords import KeywordExtractor
from nlp.places import PlaceFinder
from nlp.risk import RiskGrader
from nlp.segment import Segmenter, read_words
from nlp.simplify import Simplifier
from pipeline import engines
from pipeline.forgotten import Forgotten
from pipeline.outbox import Outbox
from pipeline.settings import Settings
from store import documents
from store.alert_log import AlertLog
from store.audit import AuditTrail
from store.collector_state import CollectorState
from store.connection import ClusterSettings, connect, speaking_plainly
from store.corrections import Corrections
from store.documents import Names
from store.embedded import EmbeddedNode
from store.followups import FollowUps
from store.matters import MatterStore
from store.metrics import Metrics
from store.questions import Questions
from store.tasks import Tasks
from store.warnings import Warnings

log = logging.getLogger(__name__)


class Runtime:
    """One installation at work. Configuration is checked on creation; connections are made when first used.

    One that `only_reads` makes no index templates and indices, so that the account of a reader is enough.
    """

    def __init__(self, settings: Settings, *, only_reads: bool = False) -> None:
        settings.check()
        self.settings = settings
        self._only_reads = only_reads
        self.names = Names(settings.index_prefix, settings.pipeline.posts_index_period)
        self.landing = Landing(settings.data)
        self.outbox = Outbox(settings.data)
        self.forgotten = Forgotten(settings.data, lambda: settings.author_key)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Runtime":
        """The runtime described by environment variables."""
        return cls(Settings(environment))

    @classmethod
    def for_reading(cls, environment: Mapping[str, str]) -> "Runtime":
        """The same for what only reads the index."""
        return cls(Settings(environment), only_reads=True)

    @cached_property
    def node(self) -> EmbeddedNode:
        """The embedded node, running or not."""
        return EmbeddedNode(self.settings.data / "elasticsearch", self.settings.cache)

    @cached_property
    def client(self) -> Elasticsearch:
        """A client that takes the indices as they are: for those who may only read, for backups and upgrades.

        Raises `Unavailable` without a node.
        """
        return connect(self.settings.cluster or self._embedded_cluster())

    @cached_property
    def es(self) -> Elasticsearch:
        """A connected client; index templates and aliases are in place, but for what only reads.

        Raises `Unavailable` when nothing answers.
        """
        if not self._only_reads:
            with speaking_plainly():
                documents.setup(self.client, self.names)
        return self.client

    def _embedded_cluster(self) -> ClusterSettings:
        status = self.node.status()
        if status is None or status.health is None:
            raise Unavailable(
                "Elasticsearch 没有运行。", "请先运行 yuqing es start，或设置 ELASTICSEARCH_URL 使用单位自己的集群。"
            )
        return ClusterSettings(url=status.url)

    @cached_property
    def state(self) -> CollectorState:
        """How far each source has been read."""
        return CollectorState(self.es, self.names)

    @cached_property
    def alert_log(self) -> AlertLog:
        """What was mailed."""
        return AlertLog(self.es, self.names)

    @cached_property
    def corrections(self) -> Corrections:
        """What people corrected."""
        return Corrections(self.es, self.names)

    @cached_property
    def audit(self) -> AuditTrail:
        """What people changed."""
        return AuditTrail(self.es, self.names)

    @cached_property
    def metrics(self) -> Metrics:
        """How the stages' runs went."""
        return Metrics(self.client, self.names)

    def keep_run(self, run: StageRun) -> None:
        """Write down how a stage's run went. Where that cannot be, a line in the log has to do."""
        named = run.run or self.settings.environment.get("AIRFLOW_CTX_DAG_RUN_ID", "")
        try:
            self.metrics.add(replace(run, run=named), platform.node(), version("yuqing"))
        except Exception as error:
            log.info("没有记下这次运行（%s）：%s", run.stage, type(error).__name__)

    @cached_property
    def matters(self) -> MatterStore:
        """The matters and what happened to them."""
        return MatterStore(self.es, self.names)

    @cached_property
    def followups(self) -> FollowUps:
        """The candidates for a second explanation."""
        return FollowUps(self.es, self.names)

    @cached_property
    def warnings(self) -> Warnings:
        """The early warnings."""
        return Warnings(self.es, self.names)

    @cached_property
    def questions(self) -> Questions:
        """The base of questions and answers."""
        return Questions(self.es, self.names)

    @cached_property
    def tasks(self) -> Tasks:
        """The work ledger's tasks."""
        return Tasks(self.es, self.names)

    @cached_property
    def terms(self) -> Terms:
        """Reads the words that carry meaning, for briefs."""
        config = self.settings.config
        stopwords = read_words(config / "stopwords.txt")
        return Terms(Segmenter(config / "user_dict.txt").words, stopwords, self.settings.matters.synonyms)

    @cached_property
    def calendar(self) -> WorkCalendar:
        """Working days, the office's own exceptions included."""
        return WorkCalendar(self.settings.calendar.days)

    @cached_property
    def book(self) -> DeadlineBook:
        """The deadline rules at work."""
        return DeadlineBook(self.settings.deadlines, self.calendar)

    @cached_property
    def enricher(self) -> Enricher:
        """Models loaded; the first use takes a second or two."""
        settings = self.settings
        enricher = Enricher(
            Simplifier(),
            Segmenter(settings.config / "user_dict.txt"),
            engines.sentiment(settings),
            engines.topics(settings),
            PlaceFinder(settings.places),
            RiskGrader(settings.risk),
            KeywordExtractor(read_words(settings.config / "stopwords.txt")),
            settings.departments.department_of,
        )
        # The models' millions of words stay as long as the process: searching them for garbage costs a tenth of the time.
        gc.freeze()
        return enricher

    def source(self, name: str) -> Source:
        """The source of that name. Raises `ConfigError` naming those there are."""
        for source in self.settings.sources.sources:
            if source.name == name:
                return source
        known = "、".join(source.name for source in self.settings.sources.sources)
        raise ConfigError(f"config/sources.yml 里没有名为 {name} 的来源。", f"现有来源：{known}")

    def polite_session(self) -> PoliteSession:
        """A new HTTP session with the configured manners."""
        return PoliteSession(self.settings.sources.politeness)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the named lock of this installation. Raises `Unavailable` when another process holds it.

        The operating system releases it when the process ends, however it ends.
        """
        path = self.settings.data / "locks" / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = path.open("w")
        except OSError as error:
            raise Unavailable(f"写不了数据文件 {path}：{reason(error)}", LOOK_AT_THE_DISK) from error
        with stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Unavailable(f"另一个进程正在做同样的事（{name}）。", "请等它结束后再运行。") from None
            yield
