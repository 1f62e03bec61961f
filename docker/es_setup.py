"""Prepares Elasticsearch's users, as its superuser: Kibana's password, and the role and user the project works as.

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

# A node that has just come up answers before its users can be read: refused or unavailable for some seconds.
PATIENCE = Retrying(
    retry=retry_if_exception_type(YuqingError), wait=wait_fixed(5), stop=stop_after_delay(120), reraise=True
)


def prepare(es: Elasticsearch, prefix: str, kibana_password: str, writer_password: str) -> None:
    """Set the password of `kibana_system`; make or renew the role and the user `yuqing_writer`.

    The role reaches the project's own indices only. Of the cluster it may see the state and put index templates.
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
        es.security.put_user(username=WRITER, password=writer_password, roles=[WRITER], full_name="政务舆情监测系统")


def main() -> None:
    """Prepare the cluster named by the environment."""
    settings = Settings(os.environ)
    if settings.cluster is None:
        sys.exit("没有设置 ELASTICSEARCH_URL。")
    with connect(settings.cluster) as es:
        PATIENCE(prepare, es, settings.index_prefix, os.environ["ES_KIBANA_PASSWORD"], os.environ["ES_WRITER_PASSWORD"])
    print(f"Elasticsearch 的角色和用户 {WRITER} 已就绪")


if __name__ == "__main__":
    try:
        main()
    except YuqingError as error:
        sys.exit(f"{error.message}\n请核对 .env 里的 ES_ELASTIC_PASSWORD，并查看 docker compose logs es。")
