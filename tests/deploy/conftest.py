"""A finished .env, and the compose file filled in with it."""

import pytest

from tests.deploy.compose_file import COMPOSE, Tree, fill, new_env, raw, read_env

# What an installation is asked for besides the secrets that new-env.sh makes.
ASKED = {
    "AIRFLOW_ADMIN_USER": "office",
    "AIRFLOW_ADMIN_EMAIL": "office@bureau.example",
    "YUQING_SMTP_HOST": "mail.bureau.example",
    "YUQING_SMTP_FROM": "remind@bureau.example",
    "YUQING_MAIN_ADDRESS": "10.0.0.5",
    "YUQING_CA_FOLDER": "/etc/yuqing-ca",
}


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A finished .env."""
    target = tmp_path_factory.mktemp("deploy") / ".env"
    assert new_env(target).returncode == 0
    return {**read_env(target), **ASKED}


@pytest.fixture(scope="module")
def compose(values: dict[str, str]) -> Tree:
    """The compose file of that installation."""
    return dict(fill(raw(COMPOSE), values))


@pytest.fixture(scope="module")
def spread(values: dict[str, str]) -> dict[str, Tree]:
    """The services of an installation whose tasks run on several machines."""
    return dict(fill(raw(COMPOSE), {**values, "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor"})["services"])


@pytest.fixture(scope="module")
def services(compose: Tree) -> dict[str, Tree]:
    """Its services."""
    return dict(compose["services"])
