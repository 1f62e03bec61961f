"""No secret and no address of a package registry is in the repository; and what looks for them finds planted ones."""

import subprocess
from pathlib import Path

import pytest

from pipeline.settings import PROJECT
from tests.deploy.leaks import leaks

# Of servers that a test starts itself.
MADE_UP = {"correct horse", "only-for-tests-9f2c", "correct-horse", "key", "k", "p", "x", "pass", "secret"}
# Written in parts: this file is searched, too.
PLANTED = "Tr0ub4dor" + "3xyz"
SCHEME = "https:" + "//"


def test_the_repository_holds_no_secret_and_no_registry_address() -> None:
    # given: what is in the repository, or would be with the next commit
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    files = [path for name in listed.stdout.split("\0") if name and (path := PROJECT / name).is_file()]
    assert {"docker-compose.yml", ".env.example", "settings.py"} <= {path.name for path in files}
    # when
    found = leaks(files)
    # then
    tests = PROJECT / "tests"
    kept = [leak for leak in found if not (leak.path.is_relative_to(tests) and leak.value in MADE_UP)]
    # The value itself is not printed: the log of a test run is read by many.
    assert [f"{leak.path.relative_to(PROJECT)}:{leak.line} {leak.kind}" for leak in kept] == []


@pytest.mark.parametrize(
    ("name", "line", "kind"),
    [
        ("id_rsa", "-----BEGIN OPENSSH " + "PRIVATE KEY-----", "Private Key"),
        ("tls.pem", "-----BEGIN " + "PRIVATE KEY-----", "Private Key"),
        ("compose.yml", f"ES_PASSWORD: {PLANTED}", "Secret Keyword"),
        ("config.yml", f"  password: {PLANTED}", "Secret Keyword"),
        (".env", f"POSTGRES_PASSWORD={PLANTED}", "Secret Keyword"),
        ("settings.py", f'password = "{PLANTED}"', "Secret Keyword"),
        ("settings.py", f'connect(api_key="{PLANTED}")', "Secret Keyword"),
        ("start.sh", f"export YUQING_PREVIEW_SECRET={PLANTED}", "Secret Keyword"),
        ("url.py", f'DATABASE = "postgresql:{"//"}airflow:{PLANTED}@db/airflow"', "Basic Auth Credentials"),
        ("notes.md", "ghp" + "_" + "a1B2c3D4e5" * 3 + "a1B2c3", "GitHub Token"),
        ("aws.txt", "AK" + "IA" + "IOSFODNN7EXAMPLA", "AWS Access Key"),
        ("pip.conf", f"index-url = {SCHEME}nexus.bureau.example/simple", "Registry address"),
        ("requirements.lock", f"--index-url {SCHEME}mirror.bureau.example/py" + "pi/simple/", "Registry address"),
        ("settings.xml", f"<url>{SCHEME}mirror.bureau.example/ma" + "ven2</url>", "Registry address"),
    ],
)
def test_what_is_planted_is_found(tmp_path: Path, name: str, line: str, kind: str) -> None:
    # given
    file = tmp_path / name
    file.write_text(f"harmless\n{line}\n")
    # when
    found = leaks([file])
    # then
    assert {(leak.path, leak.line, leak.kind) for leak in found} == {(file, 2, kind)}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("compose.yml", "ES_PASSWORD: ${ES_PASSWORD:?请填写}"),
        ("settings.py", 'VARIABLES = {"password": "ELASTICSEARCH_PASSWORD"}'),
        ("settings.py", "password = settings.password"),
        (".env", "POSTGRES_PASSWORD="),
        ("links.md", f"{SCHEME}www.elastic.co/guide/simple-query"),
    ],
)
def test_what_only_names_a_secret_is_no_finding(tmp_path: Path, name: str, line: str) -> None:
    file = tmp_path / name
    file.write_text(f"{line}\n")

    assert leaks([file]) == []
