"""Prepares Elasticsearch, as its superuser: Kibana's password, the roles (`store.roles`), the user the project works as, and
the repository of its backups.

Run once before everything that uses Elasticsearch; safe to repeat, and the way to change one of the passwords.
"""

import os
import sys

from elasticsearch import Elasticsearch
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from core.errors import YuqingError
from pipeline.settings import Settings
from store.connection import connect, speaking_plainly
from store.documents import Names
from store.roles import OFFICE, ROLES, WRITER, put_roles

# A node that has just come up answers before its users can be read: refused or unavailable for some seconds.
PATIENCE = Retrying(
    retry=retry_if_exception_type(YuqingError), wait=wait_fixed(5), stop=stop_after_delay(120), reraise=True
)


def prepare(es: Elasticsearch, names: Names, kibana_password: str, writer_password: str) -> None:
    """Set the password of `kibana_system`; make or renew the roles and the user `yuqing_writer`."""
    with speaking_plainly():
        es.security.change_password(username="kibana_system", password=kibana_password)
        # No other system has snapshots in compose's cluster.
        put_roles(es, names, manages_snapshots=True)
        es.security.put_user(
            username=WRITER, password=writer_password, roles=[WRITER, OFFICE], full_name="政务舆情监测系统"
        )


def register(es: Elasticsearch, repository: str) -> None:
    """Register the repository that snapshots are kept in, a folder below `path.repo`; one that is there stays as it is."""
    with speaking_plainly():
        answer = es.options(ignore_status=404).snapshot.get_repository(name=repository)
        if "error" in answer:
            es.snapshot.create_repository(
                name=repository, repository={"type": "fs", "settings": {"location": repository}}
            )


def main() -> None:
    """Prepare the cluster named by the environment."""
    settings = Settings(os.environ)
    if settings.cluster is None:
        sys.exit("没有设置 ELASTICSEARCH_URL。")
    names = Names(settings.index_prefix)
    with connect(settings.cluster) as es:
        PATIENCE(prepare, es, names, os.environ["ES_KIBANA_PASSWORD"], os.environ["ES_WRITER_PASSWORD"])
        PATIENCE(register, es, os.environ["YUQING_BACKUP_REPOSITORY"])
    print(f"Elasticsearch 的角色 {'、'.join(ROLES)}、用户 {WRITER} 和备份仓库已就绪")


if __name__ == "__main__":
    try:
        main()
    except YuqingError as error:
        sys.exit(f"{error.message}\n请核对 .env 里的 ES_ELASTIC_PASSWORD，并查看 docker compose logs es。")
