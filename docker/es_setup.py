"""Prepares Elasticsearch's users, as its superuser: Kibana's password, the role and user the project works as, and the roles
of the people who look at the dashboards.

Run once before everything that uses Elasticsearch; safe to repeat, and the way to change one of the passwords.
"""

import os
import sys

from elasticsearch import Elasticsearch
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from core.errors import YuqingError
from pipeline.settings import Settings
from store.connection import connect, speaking_plainly

WRITER = "yuqing_writer"
"""Name of the role and of its only user."""

OFFICE = "yuqing_office"
"""Role of those who watch the dashboards and may change them; the project imports them as one of these."""

LEADER = "yuqing_leader"
"""Role of those who look at the dashboards and can change nothing."""

INDICES = (
    "posts",
    "alerts",
    "collector-state",
    "clusters",
    "matter-events",
    "followups",
    "warnings",
    "metrics",
    "corrections",
    "audit",
)
"""What the project keeps in Elasticsearch, without the installation's prefix."""

SHOWN = ("posts", "clusters", "followups", "warnings", "collector-state")
"""What the dashboards read."""

READING = ["feature_dashboard.read", "feature_discover.read", "feature_visualize.read"]
CHANGING = [
    "feature_dashboard.all",
    "feature_discover.all",
    "feature_indexPatterns.all",
    "feature_savedObjectsManagement.all",
    "feature_visualize.all",
]
"""What Kibana lets the roles do, in its own names; it tells them to Elasticsearch when it starts."""

# A node that has just come up answers before its users can be read: refused or unavailable for some seconds.
PATIENCE = Retrying(
    retry=retry_if_exception_type(YuqingError), wait=wait_fixed(5), stop=stop_after_delay(120), reraise=True
)


def prepare(es: Elasticsearch, prefix: str, kibana_password: str, writer_password: str) -> None:
    """Set the password of `kibana_system`; make or renew the roles and the user `yuqing_writer`.

    Its role reaches the project's own indices only. Of the cluster it may see the state and put index templates.
    """
    with speaking_plainly():
        es.security.change_password(username="kibana_system", password=kibana_password)
        es.security.put_role(
            name=WRITER,
            description="政务舆情监测系统：只能读写自己的索引",
            cluster=["monitor", "manage_index_templates"],
            indices=[
                {
                    "names": [f"{prefix}{name}*" for name in INDICES],
                    # `manage`: creates indices with their aliases, adds fields to mappings.
                    "privileges": ["read", "write", "view_index_metadata", "manage"],
                }
            ],
        )
        _put_viewer(es, prefix, OFFICE, "政务舆情监测系统：看和改看板", CHANGING)
        _put_viewer(es, prefix, LEADER, "政务舆情监测系统：只看看板，什么也不能改", READING)
        es.security.put_user(
            username=WRITER, password=writer_password, roles=[WRITER, OFFICE], full_name="政务舆情监测系统"
        )


def _put_viewer(es: Elasticsearch, prefix: str, name: str, description: str, allowed: list[str]) -> None:
    """A role that reads what the dashboards show, and in Kibana's default space does what is allowed."""
    es.security.put_role(
        name=name,
        description=description,
        indices=[{"names": [f"{prefix}{index}*" for index in SHOWN], "privileges": ["read", "view_index_metadata"]}],
        applications=[{"application": "kibana-.kibana", "privileges": allowed, "resources": ["space:default"]}],
    )


def main() -> None:
    """Prepare the cluster named by the environment."""
    settings = Settings(os.environ)
    if settings.cluster is None:
        sys.exit("没有设置 ELASTICSEARCH_URL。")
    with connect(settings.cluster) as es:
        PATIENCE(prepare, es, settings.index_prefix, os.environ["ES_KIBANA_PASSWORD"], os.environ["ES_WRITER_PASSWORD"])
    print(f"Elasticsearch 的角色 {WRITER}、{OFFICE}、{LEADER} 和用户 {WRITER} 已就绪")


if __name__ == "__main__":
    try:
        main()
    except YuqingError as error:
        sys.exit(f"{error.message}\n请核对 .env 里的 ES_ELASTIC_PASSWORD，并查看 docker compose logs es。")
