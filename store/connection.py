"""The one way to reach Elasticsearch: an office's cluster when `ELASTICSEARCH_URL` is set, else the embedded node."""

from collections.abc import Iterator
from contextlib import contextmanager

from elastic_transport.client_utils import DEFAULT
from elasticsearch import ApiError, AuthenticationException, AuthorizationException, Elasticsearch, TransportError
from elasticsearch.helpers import BulkIndexError, ScanError
from elasticsearch.serializer import OrjsonSerializer

from core.errors import ConfigError, Unavailable, YuqingError
from core.server import ServerSettings

REQUEST_SECONDS = 60


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
        raise ConfigError(
            f"Elasticsearch 拒绝了登录（{error.status_code}）。",
            "请检查 ELASTICSEARCH_USERNAME、ELASTICSEARCH_PASSWORD 或 ELASTICSEARCH_API_KEY 及其权限。",
        ) from error
    except (BulkIndexError, ScanError) as error:
        # Raised by the helpers for single items or shards that failed; what was acknowledged stays.
        raise Unavailable("Elasticsearch 只完成了一部分。", "数据没有丢失，请稍后再运行一次。") from error
    except TransportError as error:
        raise Unavailable(
            f"连不上 Elasticsearch：{error.message}",
            "数据没有丢失。请启动它（yuqing es start）或检查 ELASTICSEARCH_URL，然后再运行一次。",
        ) from error
    except ApiError as error:
        if error.status_code in {429, 503}:
            raise Unavailable(f"Elasticsearch 正忙或未就绪（{error.status_code}）。", "请稍后再运行一次。") from error
        raise YuqingError(f"Elasticsearch 报错（{error.status_code}）：{error}") from error


def _is_blocked(error: ApiError) -> bool:
    """Whether an index refuses writes; Elasticsearch answers that like a missing right."""
    told = error.body.get("error", {}) if isinstance(error.body, dict) else {}
    return isinstance(told, dict) and told.get("type") == "cluster_block_exception"
