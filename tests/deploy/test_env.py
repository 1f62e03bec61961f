"""The variables of the deployment: .env.example, what makes a .env of it, and what the compose files ask for."""

import base64
import itertools
import re
from pathlib import Path

from tests.deploy.compose_file import COMPOSE, EXAMPLE, WORKER, new_env, read_env, variables

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SECRET = re.compile(r"_(PASSWORD|KEY|SECRET)$")
GIVEN_NOT_MADE = {"YUQING_SMTP_PASSWORD"}


def test_every_variable_is_in_the_example_and_none_of_the_example_is_unused() -> None:
    used = {found["name"] or found["bare"] for path in (COMPOSE, WORKER) for found in variables(path)}

    # COMPOSE_PROFILES is read by Docker Compose itself.
    assert used | {"COMPOSE_PROFILES"} == set(read_env(EXAMPLE))


def test_the_example_holds_no_value_and_explains_each_variable_in_chinese() -> None:
    lines = EXAMPLE.read_text().splitlines()
    unexplained = [
        line
        for before, line in itertools.pairwise(lines)
        if "=" in line and not line.startswith("#") and not (before.startswith("#") and CHINESE.search(before))
    ]

    assert unexplained == []
    assert {name: value for name, value in read_env(EXAMPLE).items() if value} == {}


def test_required_secrets_have_no_default_and_say_in_chinese_what_is_missing() -> None:
    rules: dict[str, set[str]] = {}
    for found in [*variables(COMPOSE), *variables(WORKER)]:
        assert found["name"], f"{found[0]}: write ${{NAME:?…}} or ${{NAME:-…}}"
        rules.setdefault(found["name"], set()).add(found["rule"])
        if found["rule"] == ":?":
            assert found["name"] in found["word"]
            assert CHINESE.search(found["word"])

    secrets = {name for name in rules if SECRET.search(name)} - GIVEN_NOT_MADE
    assert len(secrets) == 13
    assert {name for name, rule in rules.items() if rule == {":?"}} >= secrets | {"AIRFLOW_ADMIN_USER"}
    # `:+` only asks whether it is set.
    assert all(len(rule - {":+"}) == 1 for rule in rules.values())


def test_new_env_makes_every_secret_anew_and_leaves_the_rest_to_the_office(tmp_path: Path) -> None:
    # given
    target = tmp_path / ".env"
    # when
    assert new_env(target).returncode == 0
    # then
    made = read_env(target)
    secrets = {name: value for name, value in made.items() if SECRET.search(name) and name not in GIVEN_NOT_MADE}
    assert target.stat().st_mode & 0o777 == 0o600
    assert list(made) == list(read_env(EXAMPLE))
    assert {name for name, value in made.items() if value} == set(secrets)
    assert len(set(secrets.values())) == len(secrets)
    assert len(base64.urlsafe_b64decode(secrets.pop("AIRFLOW_FERNET_KEY"))) == 32
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in secrets.values())


def test_new_env_never_touches_an_env_that_is_there(tmp_path: Path) -> None:
    # given
    target = tmp_path / ".env"
    target.write_text("POSTGRES_PASSWORD=kept\n")
    # when
    run = new_env(target)
    # then
    assert run.returncode == 1
    assert target.read_text() == "POSTGRES_PASSWORD=kept\n"
