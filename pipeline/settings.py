"""Everything a run needs to know before it starts: folders, connections and the office's YAML files, all checked at once."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from croniter import croniter
from pydantic import AfterValidator, Field, ValidationError

from alerts.calendar import CalendarFile
from alerts.channels import Channel, open_channel
from alerts.deadlines import DeadlinesFile
from alerts.departments import DepartmentsFile
from alerts.mail import MailSettings
from collectors.registry import SourcesFile, load_sources
from core.config import Config, faults, load_yaml
from core.errors import ConfigError
from core.files import write_whole
from dashboards.kibana_import import KibanaSettings
from ledger.settings import LedgerFile
from matters.settings import MattersFile
from nlp.places import PlacesFile
from nlp.risk import RiskFile
from nlp.topics import TopicsFile
from questions.settings import QuestionRules
from replies.settings import ReplyQualityFile
from store.connection import ClusterSettings
from store.periods import Period

PROJECT = Path(__file__).resolve().parent.parent
CLUSTER_VARIABLES = {
    "url": "ELASTICSEARCH_URL",
    "username": "ELASTICSEARCH_USERNAME",
    "password": "ELASTICSEARCH_PASSWORD",
    "api_key": "ELASTICSEARCH_API_KEY",
    "ca_file": "ELASTICSEARCH_CA_FILE",
}
KIBANA_VARIABLES = {
    "url": "KIBANA_URL",
    "username": "KIBANA_USERNAME",
    "password": "KIBANA_PASSWORD",
    "api_key": "KIBANA_API_KEY",
    "ca_file": "KIBANA_CA_FILE",
}
MAIL_VARIABLES = {
    "host": "YUQING_SMTP_HOST",
    "port": "YUQING_SMTP_PORT",
    "security": "YUQING_SMTP_SECURITY",
    "username": "YUQING_SMTP_USERNAME",
    "password": "YUQING_SMTP_PASSWORD",
    "sender": "YUQING_SMTP_FROM",
    "ca_file": "YUQING_SMTP_CA_FILE",
}
CHANNEL_PREFIX = "YUQING_CHANNEL_"


def _cron(text: str) -> str:
    if len(text.split()) != 5 or not croniter.is_valid(text):
        raise ValueError("必须是 cron 的五段（分 时 日 月 周），如 30 8 * * *")
    return text


Cron = Annotated[str, AfterValidator(_cron)]


class Schedule(Config):
    """When the DAGs run: cron expressions, Beijing time; null: only when triggered."""

    collect: Cron | None = "*/20 * * * *"
    refresh: Cron | None = "5 */2 * * *"
    alerts: tuple[Cron, ...] = ("30 8 * * *", "0 14 * * *")
    cluster: Cron | None = "2 * * * *"
    """Besides whenever posts have come to the index; null: not even then."""
    recheck: Cron | None = "30 2 * * *"
    ledger: Cron | None = "30 8 * * *"
    """Reminders of the work ledger; skipped on days that offices do not work."""
    questions: Cron | None = "30 5 * * *"
    weekly: Cron | None = "30 8 * * 1"
    housekeeping: Cron | None = "30 3 * * *"
    backup: Cron | None = "0 4 * * *"


NEVER = Schedule(
    collect=None,
    refresh=None,
    alerts=(),
    cluster=None,
    recheck=None,
    ledger=None,
    questions=None,
    weekly=None,
    housekeeping=None,
    backup=None,
)


class Embedded(Config):
    """The node that is used while no cluster is named."""

    port: int = Field(default=9250, ge=1024, le=65535)
    heap: str = Field(default="1g", pattern=r"^\d+[mg]$")


class Engines(Config):
    """What reads the posts. `auto`: the trained model once there is one, else the keywords of `config/topics.yml`."""

    topic: Literal["auto", "keywords", "linear", "snownlp"] = "auto"
    sentiment: Literal["linear", "snownlp"] = "linear"
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that read posts side by side."""


class BackupRules(Config):
    """How backups are kept. `repository`: registered in the office's own cluster (`Settings.backup_repository`)."""

    repository: str | None = Field(default=None, min_length=1)
    folder: Path | None = None
    """Where a whole copy goes as well, such as a disk of another machine."""
    keep: int = Field(default=14, ge=1)


class PipelineFile(Config):
    """`config/pipeline.yml`."""

    engines: Engines = Engines()
    schedule: Schedule = Schedule()
    embedded: Embedded = Embedded()
    backup: BackupRules = BackupRules()
    questions: QuestionRules = QuestionRules()
    posts_index_period: Period = "month"
    """Posts of a month, or of a year, lie in an index of their own. A change takes effect with `yuqing upgrade`."""
    keep_landed_days: int = Field(default=180, ge=7)
    """Days that raw items, which hold personal data, are kept once they are in the index."""
    keep_metrics_days: int = Field(default=90, ge=7)
    """Days that it is kept how each run of a stage went."""
    delete_imported_files: bool = True
    """Whether imported files of the watched folders go after the same time; an office may have to keep the originals."""


class Settings:
    """The settings of one installation, read from `environment` and the YAML files below `home`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.home = Path(environment.get("YUQING_HOME") or PROJECT).resolve()
        self.data = Path(environment.get("YUQING_DATA") or self.home / "var").resolve()
        self.cache = Path(environment.get("YUQING_CACHE") or PROJECT / "var" / "cache").resolve()
        self.config = Path(environment.get("YUQING_CONFIG") or self.home / "config").resolve()
        self.index_prefix = environment.get("YUQING_INDEX_PREFIX", "")
        self.cluster = _from_environment(ClusterSettings, CLUSTER_VARIABLES, environment, "ELASTICSEARCH_URL")
        self.kibana = _from_environment(KibanaSettings, KIBANA_VARIABLES, environment, "KIBANA_URL")
        self.mail = _from_environment(MailSettings, MAIL_VARIABLES, environment, "YUQING_SMTP_HOST")

    def check(self) -> None:
        """Read every configuration file now. Raises `ConfigError` at the first one that is wrong."""
        _ = (
            self.pipeline,
            self.sources,
            self.deadlines,
            self.calendar,
            self.departments,
            self.topics,
            self.places,
            self.risk,
            self.matters,
            self.reply_quality,
            self.ledger,
        )
        missing = [name for name in self.departments.channels_used() if name not in self.channels]
        if missing:
            raise ConfigError(
                f"{self.config / 'departments.yml'} 用到的通道没有地址：{'、'.join(missing)}",
                f"请设置环境变量 {'、'.join(map(channel_variable, missing))}（见 README），或改正通道的名字。",
            )
        for name in ("user_dict.txt", "stopwords.txt"):
            if not (self.config / name).is_file():
                raise ConfigError(f"找不到词表 {self.config / name}", "可以是空文件，但要有。")

    @cached_property
    def pipeline(self) -> PipelineFile:
        """Schedule, embedded node, retention."""
        return load_yaml(self.config / "pipeline.yml", PipelineFile)

    @property
    def airflow_logs(self) -> Path | None:
        """Where Airflow writes the logs of tasks, as far as its own variables tell."""
        named, home = self.environment.get("AIRFLOW__LOGGING__BASE_LOG_FOLDER"), self.environment.get("AIRFLOW_HOME")
        folder = Path(named) if named else Path(home) / "logs" if home else None
        return folder.resolve() if folder else None

    @property
    def schedule(self) -> Schedule:
        """When the DAGs run; never by themselves with `YUQING_SCHEDULE=off` (the demo, maintenance)."""
        return NEVER if self.environment.get("YUQING_SCHEDULE") == "off" else self.pipeline.schedule

    @cached_property
    def sources(self) -> SourcesFile:
        """The sources and how politely they are asked."""
        return load_sources(self.config / "sources.yml")

    @cached_property
    def deadlines(self) -> DeadlinesFile:
        """The rules of answering in time."""
        return load_yaml(self.config / "deadlines.yml", DeadlinesFile)

    @cached_property
    def calendar(self) -> CalendarFile:
        """Single days that differ from the State Council's calendar."""
        return load_yaml(self.config / "calendar.yml", CalendarFile)

    @cached_property
    def departments(self) -> DepartmentsFile:
        """Sections, their topics and their recipients."""
        return load_yaml(self.config / "departments.yml", DepartmentsFile)

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """The chat channels that have an address in the environment, by name. Raises `ConfigError`, without the address."""
        channels = {}
        for variable, address in sorted(self.environment.items()):
            if not variable.startswith(CHANNEL_PREFIX) or not address:
                continue
            name = variable.removeprefix(CHANNEL_PREFIX).lower().replace("_", "-")
            try:
                channels[name] = open_channel(name, address)
            except ValueError as error:
                raise ConfigError(f"环境变量 {variable} 不对：{error}") from None
        return channels

    @cached_property
    def topics(self) -> TopicsFile:
        """Topics and the words that point to them."""
        return load_yaml(self.config / "topics.yml", TopicsFile)

    @cached_property
    def places(self) -> PlacesFile:
        """The names of the city's places."""
        return load_yaml(self.config / "places.yml", PlacesFile)

    @cached_property
    def risk(self) -> RiskFile:
        """What makes a post a risk."""
        return load_yaml(self.config / "risk.yml", RiskFile)

    @cached_property
    def matters(self) -> MattersFile:
        """Heat, follow-ups, early warning and quiet hours."""
        return load_yaml(self.config / "matters.yml", MattersFile)

    @cached_property
    def reply_quality(self) -> ReplyQualityFile:
        """What a good reply is."""
        return load_yaml(self.config / "reply_quality.yml", ReplyQualityFile)

    @cached_property
    def ledger(self) -> LedgerFile:
        """Other names of sections, and the topics of the work ledger's tasks."""
        return load_yaml(self.config / "ledger.yml", LedgerFile)

    @property
    def backup_repository(self) -> str | None:
        """The snapshot repository of the office's cluster: the file's, else that of `docker-compose.yml`."""
        return self.pipeline.backup.repository or self.environment.get("YUQING_BACKUP_REPOSITORY") or None

    @cached_property
    def author_key(self) -> bytes:
        """The secret that authors' names are hashed with: `YUQING_AUTHOR_KEY`, else one made here and kept in `data`."""
        named = self.environment.get("YUQING_AUTHOR_KEY")
        if named:
            return named.encode()
        path = self.data / "author.key"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.stat().st_size == 0:
            _make_key(path)
        return path.read_bytes()


def channel_variable(name: str) -> str:
    """The environment variable that holds a channel's address."""
    return CHANNEL_PREFIX + name.upper().replace("-", "_")


def _make_key(path: Path) -> None:
    """A new key, whole or not at all; of two made at once one stays."""
    aside = path.with_name(f".{path.name}.new.{os.getpid()}")
    write_whole(aside, secrets.token_hex(32).encode())
    if path.exists() and path.stat().st_size == 0:
        path.unlink()
    with suppress(FileExistsError):
        path.hardlink_to(aside)
    aside.unlink()


def _from_environment(model: type[Any], variables: dict[str, str], environment: Mapping[str, str], switch: str) -> Any:
    """The model filled from environment variables, or None while `switch` is not set. An error names the variable."""
    if not environment.get(switch):
        return None
    given = {field: environment[variable] for field, variable in variables.items() if environment.get(variable)}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        # What is wrong with the whole names its variables itself.
        lines = [f"  {variables[key]}：{told}" if key else f"  {told}" for key, told in faults(error).items()]
        raise ConfigError("环境变量不对：\n" + "\n".join(lines)) from None
