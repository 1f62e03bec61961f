"""The production deployment, checked without a Docker engine: the compose files against the specification, the files and
variables they name, Airflow's own configuration and parser, and against each other.
"""

import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from cli.main import app
from pipeline.settings import CLUSTER_VARIABLES, KIBANA_VARIABLES, MAIL_VARIABLES, PROJECT, Settings
from store import distribution
from tests.deploy.compose_file import COMPOSE, WORKER, Tree, environment_of, fill, raw, words

DOCKERFILE = (PROJECT / "docker" / "Dockerfile").read_text()
ONE_SHOTS = {"es-certs", "es-setup", "kibana-setup", "airflow-init", "yuqing"}


@pytest.mark.parametrize("path", [COMPOSE, WORKER], ids=lambda path: path.name)
def test_compose_files_follow_the_compose_specification(path: Path, values: dict[str, str]) -> None:
    schema = json.loads((resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())

    errors = list(jsonschema.Draft202012Validator(schema).iter_errors(fill(raw(path), values)))

    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_images_are_pinned_to_exact_versions(services: dict[str, Tree]) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    images = {service["image"] for service in services.values()} - {f"{project['name']}:{project['version']}"}
    images |= set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.M))

    assert [image for image in images if not re.search(r":\d+\.\d+(\.\d+)?(-[a-z-]+)?$", image)] == []
    assert {services["es"]["image"], services["es-certs"]["image"]} == {f"elasticsearch:{distribution.VERSION}"}
    assert services["kibana"]["image"] == f"kibana:{distribution.VERSION}"


def test_the_image_is_installed_by_the_uv_that_wrote_the_lock_file() -> None:
    uv = re.search(r"^UV_VERSION=(\S+)", (PROJECT / "do").read_text(), re.M)

    assert uv
    assert f"ARG UV_VERSION={uv[1]}\n" in DOCKERFILE


def test_every_file_that_is_mounted_copied_or_run_exists(compose: Tree, services: dict[str, Tree]) -> None:
    mounted = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    context = [word.removeprefix("/src/") for word in re.findall(r"/src/\S+", DOCKERFILE)]
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.M) + context
    in_image = [word for service in services.values() for word in words(service) if word.startswith("/opt/yuqing/")]
    run = [word.removeprefix("/opt/yuqing/") for word in in_image]

    named = [path for path in (*mounted, *copied, *run) if not path.startswith("/") and path not in compose["volumes"]]
    assert {"./config", "requirements.lock", "dags", "docker/healthy.py"} <= set(named)
    assert [path for path in named if not (PROJECT / path).exists()] == []
    assert set(run) <= set(copied)


def test_the_build_sees_all_packages_and_no_secrets() -> None:
    ignored = {line.removeprefix("**/") for line in (PROJECT / ".dockerignore").read_text().splitlines()}
    packages = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]

    assert not ignored & {
        *(name.split(".")[0] for name in packages),
        "dags",
        "docker",
        "requirements.lock",
        "README.md",
    }
    assert {".env", ".env.*", ".git", "var"} <= ignored


def test_named_volumes_are_declared_and_used(compose: Tree, services: dict[str, Tree]) -> None:
    sources = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}

    assert {source for source in sources if not source.startswith((".", "/"))} == set(compose["volumes"])


def test_published_ports_are_bound_to_loopback_and_are_those_the_health_check_asks(services: dict[str, Tree]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert set(published) == {"es", "kibana", "airflow-api-server", "redis"}
    for name, ports in published.items():
        for entry in ports:
            address, outside, inside = entry.split(":")
            assert (address, outside) == ("127.0.0.1", inside)
            assert re.search(rf"\b{inside}\b", " ".join(services[name]["healthcheck"]["test"]))


def test_every_address_names_a_service_and_a_port_it_listens_on(services: dict[str, Tree]) -> None:
    texts = [text for service in services.values() for text in (*words(service), *environment_of(service).values())]
    addresses = {found.groups() for text in texts for found in re.finditer(r"://(?:[^/@\s]*@)?([\w-]+):(\d+)", text)}

    assert {host for host, _ in addresses} == {"localhost", "postgres", "es", "redis", "airflow-api-server"}
    for host, port in sorted(addresses):
        # A service asks itself by the name localhost: see the test above.
        if host != "localhost":
            assert re.search(rf"\b{port}\b", " ".join(services[host]["healthcheck"]["test"])), (host, port)


def test_long_running_services_are_watched_restarted_and_limited(services: dict[str, Tree]) -> None:
    for name, service in services.items():
        long_running = name not in ONE_SHOTS
        assert ("healthcheck" in service) == long_running, name
        assert service["restart"] == ("unless-stopped" if long_running else "no"), name
        assert re.fullmatch(r"\d+[gm]", service["mem_limit"]), name
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name


def test_services_have_no_privileges_and_are_not_root(services: dict[str, Tree]) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.keys() & {"privileged", "pid", "ipc", "devices"}, name
        # The network of a fellow service is no privilege; the host's would be.
        assert service.get("network_mode", "service:kibana") == "service:kibana", name
        # Only what gives each key to the user of its service starts as root.
        assert (str(service.get("user")) == "0") == (name == "es-certs"), name
        assert bool(service.get("cap_add")) == (name == "es-certs"), name
    user = re.findall(r"^USER (\S+)", DOCKERFILE, re.M)[-1]
    assert user == "10001:10001"
    assert any("uid=10001,gid=10001" in mount for mount in services["airflow-scheduler"]["tmpfs"])


def test_dependencies_exist_and_can_meet_their_condition(services: dict[str, Tree]) -> None:
    for name, service in services.items():
        for target, rule in service.get("depends_on", {}).items():
            finishes = rule["condition"] == "service_completed_successfully"
            assert rule["condition"] in {"service_completed_successfully", "service_healthy"}, (name, target)
            assert finishes == (target in ONE_SHOTS), (name, target)
            assert finishes or "healthcheck" in services[target], (name, target)
            # A service outside a profile may only wait for one inside it when it can do without.
            profiles = services[target].get("profiles")
            assert profiles in (None, service.get("profiles")) or rule["required"] is False, (name, target)


def test_the_stages_understand_what_they_are_given(services: dict[str, Tree], tmp_path: Path) -> None:
    # given
    ca_file = tmp_path / "ca.crt"
    ca_file.touch()
    given = environment_of(services["airflow-scheduler"])
    mounts = [volume.split(":")[1] for volume in services["airflow-scheduler"]["volumes"]]
    # when
    settings = Settings({**given, "ELASTICSEARCH_CA_FILE": str(ca_file)})
    # then
    assert settings.cluster.url == "https://es:9200"
    assert settings.mail.host == "mail.bureau.example"
    assert {str(settings.data), str(settings.config), str(Path(given["ELASTICSEARCH_CA_FILE"]).parent)} <= set(mounts)
    known = {*CLUSTER_VARIABLES.values(), *MAIL_VARIABLES.values()}
    own = {name for name in given if name.startswith(("ELASTICSEARCH_", "YUQING_"))} - known
    names = ("AUTHOR_KEY", "BACKUP_REPOSITORY", "CONFIG", "DATA", "HOME", "INDEX_PREFIX", "SCHEDULE")
    assert own == {f"YUQING_{name}" for name in names}


def test_who_sends_mail_gets_the_addresses_of_chat_channels_and_nobody_else(services: dict[str, Tree]) -> None:
    senders = {name for name, tree in services.items() if "YUQING_SMTP_HOST" in environment_of(tree)}
    told = {name: tree["env_file"] for name, tree in services.items() if "env_file" in tree}

    assert told == {name: [{"path": ".env.channels", "required": False}] for name in senders}
    assert "/.env.channels" in (PROJECT / ".gitignore").read_text().splitlines()


def test_the_dashboards_are_imported_by_a_user_of_the_project_once_kibana_is_up(services: dict[str, Tree]) -> None:
    # given
    setup = services["kibana-setup"]
    # when
    settings = Settings(environment_of(setup))
    # then
    assert setup["depends_on"] == {"kibana": {"condition": "service_healthy"}}
    # it asks as if it were on Kibana's own machine: elsewhere a password without encryption is refused
    assert (setup["network_mode"], settings.kibana.url) == ("service:kibana", "http://localhost:5601")
    assert settings.kibana.username == services["airflow-scheduler"]["environment"]["ELASTICSEARCH_USERNAME"]
    assert settings.index_prefix == services["airflow-scheduler"]["environment"]["YUQING_INDEX_PREFIX"]
    assert {*KIBANA_VARIABLES.values(), "YUQING_INDEX_PREFIX"} >= set(environment_of(setup))
    command: Any = typer.main.get_command(app)
    for word in setup["command"][1:]:
        command = command.commands[word]


def test_only_who_needs_them_gets_the_passwords(services: dict[str, Tree], values: dict[str, str]) -> None:
    holders = {
        name: {service for service, tree in services.items() if values[name] in json.dumps(environment_of(tree))}
        for name in ("POSTGRES_PASSWORD", "ES_ELASTIC_PASSWORD", "ES_KIBANA_PASSWORD", "ES_WRITER_PASSWORD")
    }

    airflow = {"airflow-init", "airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"}
    assert holders["POSTGRES_PASSWORD"] == {"postgres", *airflow}
    assert holders["ES_ELASTIC_PASSWORD"] == {"es", "es-setup"}
    assert holders["ES_KIBANA_PASSWORD"] == {"es-setup", "kibana"}
    stages = {"airflow-scheduler", "airflow-dag-processor", "airflow-worker", "yuqing"}
    assert holders["ES_WRITER_PASSWORD"] == {"es-setup", "kibana-setup", *stages}


def test_airflow_knows_its_settings_and_commands(services: dict[str, Tree], tmp_path: Path) -> None:
    # given
    environments = [environment_of(service) for service in services.values()]
    settings = {name for environment in environments for name in environment if name.startswith("AIRFLOW__")}
    commands = [service["command"] for service in services.values() if service.get("command", [""])[0] == "airflow"]
    script = (PROJECT / "docker" / "airflow-init.sh").read_text().replace("\\\n", " ")
    commands += [shlex.split(line) for line in script.splitlines() if line.startswith("airflow ")]
    # when
    knows = _ask_airflow(commands, environment_of(services["airflow-scheduler"]), tmp_path)
    # then
    asked = {(section.lower(), key.lower()) for section, key in (name.split("__")[1:] for name in settings)}
    assert len(asked) >= 15
    assert sorted(asked - {(section, key) for section, key in knows["options"]}) == []
    assert [command[1] for command in commands] == [
        *("api-server", "scheduler", "dag-processor", "triggerer", "celery"),
        *("db", "users"),
    ]
    assert knows["refused"] == []


def test_airflow_lets_nobody_in_without_a_login_of_their_own(services: dict[str, Tree], values: dict[str, str]) -> None:
    # given
    airflow = {name: tree for name, tree in services.items() if name.startswith("airflow-")}
    script = (PROJECT / "docker" / "airflow-init.sh").read_text().replace("\\\n", " ")
    # when
    (create,) = [shlex.split(line) for line in script.splitlines() if line.startswith("airflow users create")]
    # then
    assert len(airflow) == 6
    for tree in airflow.values():
        settings = environment_of(tree)
        assert settings["AIRFLOW__CORE__AUTH_MANAGER"].endswith(".FabAuthManager")
        assert not [name for name in settings if "SIMPLE_AUTH" in name or "ROLE_PUBLIC" in name]
    given = dict(itertools.pairwise(create))
    assert (given["--username"], given["--password"]) == ("$AIRFLOW_ADMIN_USER", "$AIRFLOW_ADMIN_PASSWORD")
    # It comes from .env, where every installation has one of its own.
    assert environment_of(services["airflow-init"])["AIRFLOW_ADMIN_PASSWORD"] == values["AIRFLOW_ADMIN_PASSWORD"]
    assert len(values["AIRFLOW_ADMIN_PASSWORD"]) == 64
    assert not [
        name for name in set(airflow) - {"airflow-init"} if "AIRFLOW_ADMIN_PASSWORD" in environment_of(airflow[name])
    ]


def test_what_elasticsearch_and_redis_say_is_encrypted_and_their_certificates_are_checked(
    services: dict[str, Tree],
) -> None:
    texts = [(name, text) for name, tree in services.items() for text in (*words(tree), *environment_of(tree).values())]
    plain = {
        (name, found[0]) for name, text in texts for found in re.finditer(r"(?:http|redis)://(?:es|redis)\b", text)
    }

    assert plain == set()
    for tree in services.values():
        settings = environment_of(tree)
        if settings.get("ELASTICSEARCH_URL") or settings.get("ELASTICSEARCH_HOSTS"):
            assert {"ELASTICSEARCH_CA_FILE", "ELASTICSEARCH_SSL_CERTIFICATEAUTHORITIES"} & set(settings)
        assert "ssl_cert_reqs=required" in settings.get("AIRFLOW__CELERY__BROKER_URL", "ssl_cert_reqs=required")
        assert "ELASTICSEARCH_SSL_VERIFICATIONMODE" not in settings


def test_the_nightly_backup_has_a_repository_that_elasticsearch_may_write_to(services: dict[str, Tree]) -> None:
    # given
    stages, setup = environment_of(services["airflow-scheduler"]), environment_of(services["es-setup"])
    script = (PROJECT / "docker" / "es-certs.sh").read_text()
    # then what is registered is what the stages use
    here = {"ELASTICSEARCH_CA_FILE": str(COMPOSE), "YUQING_CONFIG": str(PROJECT / "config")}
    assert Settings({**stages, **here}).backup_repository == setup["YUQING_BACKUP_REPOSITORY"]
    # and lies in a volume that is Elasticsearch's, which the one who has it first gives away
    mounts = {target: source for source, target, *_ in (volume.split(":") for volume in services["es"]["volumes"])}
    first = {target: source for source, target, *_ in (volume.split(":") for volume in services["es-certs"]["volumes"])}
    volume = mounts[environment_of(services["es"])["path.repo"]]
    assert first["/snapshots"] == volume
    assert "SNAPSHOTS=${2:-/snapshots}\n" in script
    assert 'install -d -o "$ES_UID" -g 0 -m 0700 "$SNAPSHOTS"\n' in script
    assert services["es"]["depends_on"]["es-certs"] == {"condition": "service_completed_successfully"}


def test_what_tasks_on_other_machines_say_to_airflow_is_encrypted_and_its_certificate_checked(
    services: dict[str, Tree], spread: dict[str, Tree]
) -> None:
    # given
    script = (PROJECT / "docker" / "es-certs.sh").read_text()
    # then nothing speaks to it in the clear, where it leaves the host
    for installation, scheme in ((services, "http"), (spread, "https")):
        texts = [text for tree in installation.values() for text in (*words(tree), *environment_of(tree).values())]
        found = re.findall(r"(https?)://airflow-api-server:8080", " ".join(texts))
        assert len(found) >= 9
        assert set(found) == {scheme}
    # and its certificate is one of the installation's own authority, which alone is trusted
    server = environment_of(spread["airflow-api-server"])
    mounts = {target: source for source, target, *_ in (v.split(":") for v in spread["airflow-api-server"]["volumes"])}
    first = {target: source for source, target, *_ in (v.split(":") for v in spread["es-certs"]["volumes"])}
    for name, suffix in (("AIRFLOW__API__SSL_CERT", "crt"), ("AIRFLOW__API__SSL_KEY", "key")):
        folder, _, file = server[name].rpartition("/")
        assert file == f"airflow-api-server.{suffix}"
        assert mounts[folder] == first["/certs/airflow-api-server"]
        assert environment_of(services["airflow-api-server"])[name] == ""
    assert 'issue airflow-api-server "$PROJECT_UID"\n' in script
    (user,) = re.findall(r"^USER (\d+)", DOCKERFILE, re.M)
    assert f"PROJECT_UID={user}\n" in script
    airflow = {name: tree for name, tree in spread.items() if name.startswith("airflow-") and name != "airflow-init"}
    assert len(airflow) == 5
    for tree in airflow.values():
        settings = environment_of(tree)
        assert settings["AIRFLOW__API__CLIENT_USE_PUBLIC_CERTS"] == "False"
        folder = settings["AIRFLOW__API__SSL_CA_FILE"].rpartition("/")[0]
        assert f"ca:{folder}:ro" in tree["volumes"]


def test_an_export_from_kibana_runs_no_formulas_in_excel(services: dict[str, Tree]) -> None:
    # then, in the way Kibana's image makes its settings of variables: xpack.reporting.csv.escapeFormulaValues
    assert environment_of(services["kibana"])["XPACK_REPORTING_CSV_ESCAPEFORMULAVALUES"] == "true"


def _ask_airflow(commands: list[list[str]], environment: dict[str, str], home: Path) -> Tree:
    """Which options Airflow's configuration has, and which of the commands its parser refuses."""
    program = """
import json, sys
from airflow.configuration import conf
conf.load_providers_configuration()
from airflow.cli.cli_parser import get_parser
refused = []
for command in json.load(sys.stdin):
    try:
        get_parser().parse_args(command[1:])
    except SystemExit:
        refused.append(command)
options = [(section, key) for section, found in conf.configuration_description.items() for key in found["options"]]
print(json.dumps({"options": options, "refused": refused}))
"""
    kept = {key: value for key, value in environment.items() if key.startswith("AIRFLOW__CORE__")}
    run = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "AIRFLOW_HOME": str(home), **kept},
    )
    return dict(json.loads(run.stdout.splitlines()[-1]))


def test_shell_snippets_are_well_formed(services: dict[str, Tree]) -> None:
    for script in (PROJECT / "docker").glob("*.sh"):
        assert subprocess.run(["bash", "-n", script], check=False).returncode == 0, script
    snippets = [service["command"][2] for service in services.values() if service.get("command", [""])[0] == "sh"]
    tests = [service["healthcheck"]["test"] for service in services.values() if "healthcheck" in service]
    snippets += [test[1] for test in tests if test[0] == "CMD-SHELL"]
    assert len(snippets) == 5
    for snippet in snippets:
        assert subprocess.run(["sh", "-n", "-c", snippet], check=False).returncode == 0, snippet
