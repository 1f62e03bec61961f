"""The one way to reach Elasticsearch: an office's cluster when `ELASTICSEARCH_URL` is set, else the embedded node."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from elastic_transport.client_utils import DEFAULT
from elasticsearch import ApiError, AuthenticationException, AuthorizationException, Elasticsearch, TransportError
from elasticsearch.helpers import BulkIndexError, ScanError
from elasticsearch.serializer import OrjsonSerializer

from core.errors import ConfigError, Unavailable, YuqingError
from core.server import ServerSettings

REQUEST_SECONDS = 60
_FULL_DISK = "read-only-allow-delete"


class ClusterSettings(ServerSettings):
    """An office's own cluster."""

    prefix = "ELASTICSEARCH"


def connect(cluster: ClusterSettings) -> Elasticsearch:
    """A client for the cluster. No request is made yet."""
    try:
        return Elasticsearch(
            cluster.url,
            basic_auth=cluster.login,
            api_key=cluster.api_key.get_secret_value() if cluster.api_key else None,
            ca_certs=str(cluster.ca_file) if cluster.ca_file else DEFAULT,
            request_timeout=REQUEST_SECONDS,
            retry_on_timeout=True,
            max_retries=3,
            serializer=OrjsonSerializer(),
        )
    except ValueError as error:
        raise ConfigError(f"ELASTICSEARCH_URL 不对：{error}") from None


class NotAllowed(ConfigError):
    """The account may not do this; it may do other things."""


class NoIndex(YuqingError):
    """There is no such index: nothing was ever stored by this installation."""


def refresh(es: Elasticsearch, *indices: str) -> None:
    """Make every acknowledged write visible to searches.

    For an account that may only read, the index does so by itself within a second.
    """
    with speaking_plainly():
        es.options(ignore_status=403).indices.refresh(index=list(indices))


@contextmanager
def speaking_plainly() -> Iterator[None]:
    """Turn the client's exceptions into errors a user can act on; nothing is swallowed."""
    try:
        yield
    except (AuthenticationException, AuthorizationException) as error:
        if _is_blocked(error):
            raise Unavailable(
                "索引暂时不能写入：正在升级，或升级中断了。",
                "数据没有丢失。请等 yuqing upgrade 结束（中断了就再运行一次它），然后再运行一次。",
            ) from error
        if isinstance(error, AuthorizationException):
            raise NotAllowed(
                "当前账号在 Elasticsearch 里没有做这件事的权限（403）。",
                "请换用有权限的账号（ELASTICSEARCH_USERNAME），或请管理员运行 yuqing es roles 更新角色。",
            ) from error
        raise ConfigError(
            f"Elasticsearch 拒绝了登录（{error.status_code}）。",
            "请检查 ELASTICSEARCH_USERNAME、ELASTICSEARCH_PASSWORD 或 ELASTICSEARCH_API_KEY 及其权限。",
        ) from error
    except (BulkIndexError, ScanError) as error:
        # Raised by the helpers for single items or shards that failed; what was acknowledged stays.
        if isinstance(error, BulkIndexError) and is_disk_full(error.errors):
            raise disk_full() from error
        raise Unavailable("Elasticsearch 只完成了一部分。", "数据没有丢失，请稍后再运行一次。") from error
    except TransportError as error:
        raise Unavailable(
            f"连不上 Elasticsearch：{error.message}",
            "数据没有丢失。请启动它（yuqing es start）或检查 ELASTICSEARCH_URL，然后再运行一次。",
        ) from error
    except ApiError as error:
        if _is_missing(error):
            raise NoIndex(
                "还没有建立索引：本系统还没有存入过留言。",
                "请先导入或收集留言（yuqing import 文件，或 yuqing collect）；用了索引前缀的请核对 YUQING_INDEX_PREFIX。",
            ) from error
        if is_disk_full(error.body):
            raise disk_full() from error
        if error.status_code in {429, 503}:
            raise Unavailable(f"Elasticsearch 正忙或未就绪（{error.status_code}）。", "请稍后再运行一次。") from error
        raise YuqingError(f"Elasticsearch 报错（{error.status_code}）：{error}") from error


def is_disk_full(told: object) -> bool:
    """Whether this is how a node refuses a write because its disk is full: it lets nothing but deletions through then."""
    return _FULL_DISK in str(told)


def disk_full() -> Unavailable:
    """What people are told then."""
    return Unavailable(
        "Elasticsearch 所在的磁盘快满了，已停止写入。",
        "数据没有丢失。请在那块磁盘上腾出空间（腾出后一两分钟内自动恢复写入），然后再运行一次。",
    )


def _is_blocked(error: ApiError) -> bool:
    """Whether an index refuses writes; Elasticsearch answers that like a missing right."""
    return _type(error) == "cluster_block_exception"


def _is_missing(error: ApiError) -> bool:
    """Whether there is no such index; when asked for an alias, Elasticsearch says so in a sentence of its own."""
    told = error.body.get("error") if isinstance(error.body, dict) else None
    return _type(error) == "index_not_found_exception" or bool(re.fullmatch(r"alias \[.*\] missing", str(told)))


def _type(error: ApiError) -> str | None:
    """The kind of an error, as Elasticsearch names it."""
    told = error.body.get("error", {}) if isinstance(error.body, dict) else {}
    return told.get("type") if isinstance(told, dict) else None
