"""The roles on a cluster with security: each may do what its work needs with the project's own indices, and no more.

`docker/es_setup.py` and `yuqing es roles` put them. A role follows `store.documents.DOCUMENTS`: a new index is in it at once.
"""

from elasticsearch import ApiError, AuthorizationException, Elasticsearch

from core.errors import ConfigError
from store.connection import speaking_plainly
from store.documents import DOCUMENTS, IN_PARTS, Names
from store.periods import part_alias

WRITER = "yuqing_writer"
"""The role the project itself works in."""

OFFICE = "yuqing_office"
"""Role of those who watch the dashboards and may change them; the project imports them as one of these."""

LEADER = "yuqing_leader"
"""Role of those who look at the dashboards and can change nothing."""

ROLES = {
    WRITER: "政务舆情监测系统：只能读写自己的索引",
    OFFICE: "政务舆情监测系统：看和改看板",
    LEADER: "政务舆情监测系统：只看看板，什么也不能改",
}
"""What each role is for, in the words Kibana shows."""

SHOWN = ("posts", "clusters", "followups", "warnings", "tasks", "collector-state", "metrics")
"""What the dashboards read."""

TOLD = ("audit", "alerts", "matter-events", "questions")
"""What `yuqing history` and `yuqing ask` read besides."""

READING = ["feature_dashboard.read", "feature_discover.read", "feature_visualize.read"]
CHANGING = [
    "feature_dashboard.all",
    "feature_discover.all",
    "feature_indexPatterns.all",
    "feature_savedObjectsManagement.all",
    "feature_visualize.all",
]
"""What Kibana lets the roles do, in its own names; it tells them to Elasticsearch when it starts."""

DEFAULT_SPACE = "default"
"""Kibana's own name of the space it has from the start."""


SNAPSHOT_ACTIONS = ["cluster:admin/snapshot/delete", "cluster:admin/snapshot/restore"]
"""Elasticsearch's own names of these actions. Privileges may be given by them; there is none by name that is smaller than to
manage the whole cluster, and none that ends at a repository or an index."""


def put_roles(es: Elasticsearch, names: Names, space: str = DEFAULT_SPACE, *, manages_snapshots: bool = False) -> None:
    """Make or renew the roles; in Kibana they reach that space only. Safe to repeat.

    Of the cluster the writer may see the state, put index templates and make snapshots. Where it `manages_snapshots` it may
    delete and restore them as well, and not its own only: for a cluster that the project has to itself.

    Raises `ConfigError` where the cluster has no security, or where the login may not manage roles.
    """
    with speaking_plainly():
        try:
            es.security.put_role(
                name=WRITER,
                description=ROLES[WRITER],
                cluster=[
                    *("monitor", "manage_index_templates", "create_snapshot"),
                    *(SNAPSHOT_ACTIONS if manages_snapshots else ()),
                ],
                indices=[
                    {
                        "names": _indices(names, *DOCUMENTS),
                        # `manage`: creates indices with their aliases, adds fields to mappings, copies at an upgrade.
                        "privileges": ["read", "write", "view_index_metadata", "manage"],
                    }
                ],
            )
            for role, allowed in ((OFFICE, CHANGING), (LEADER, READING)):
                es.security.put_role(
                    name=role,
                    description=ROLES[role],
                    indices=[{"names": _indices(names, *SHOWN, *TOLD), "privileges": ["read", "view_index_metadata"]}],
                    applications=[
                        {"application": "kibana-.kibana", "privileges": allowed, "resources": [f"space:{space}"]}
                    ],
                )
        except AuthorizationException as error:
            raise ConfigError(
                "当前账号不能管理 Elasticsearch 的角色（403）。",
                "请换用有 manage_security 权限的管理员账号（如 elastic），"
                "设在环境变量 ELASTICSEARCH_USERNAME 和 ELASTICSEARCH_PASSWORD 里，只用这一次。",
            ) from error
        except ApiError as error:
            # A server without security does not know the address at all.
            if "no handler found" in str(error.body):
                raise ConfigError(
                    "这个 Elasticsearch 没有开启安全功能（登录和权限），不能建立角色。",
                    "单位的集群请先开启 xpack.security；内置节点只监听本机，不分角色，也不需要。",
                ) from error
            raise


def _indices(names: Names, *aliases: str) -> list[str]:
    """The aliases and the numbered indices behind them; nothing of another system whose name begins alike."""
    patterns = []
    for alias in aliases:
        patterns += [f"{names.prefix}{alias}", f"{names.prefix}{alias}-0*"]
        if alias in IN_PARTS:
            patterns.append(part_alias(names.prefix + alias, "*"))
    return patterns
