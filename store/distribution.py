"""The real Elasticsearch distribution that Elastic publishes on Maven Central, fetched once by Maven.

`org.elasticsearch.distribution.integ-test-zip:elasticsearch` is what Elastic's own build tools take: the server with
its transport module, without the bundled JDK and the optional modules (painless, reindex, analysis-common, Kibana's).
"""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

from core.errors import Unavailable, YuqingError

VERSION = "8.19.4"
COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
MIN_JAVA = 17
Say = Callable[[str], None]


def java_home() -> Path:
    """The JDK to run with: `JAVA_HOME`, else the `java` on the path. Raises when there is none or it is too old."""
    named = os.environ.get("JAVA_HOME")
    binary = Path(named, "bin", "java") if named else Path(shutil.which("java") or "")
    if not binary.is_file():
        raise YuqingError("找不到 Java。", "请安装：sudo apt-get install openjdk-17-jdk-headless")
    printed = subprocess.run([binary, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    found = re.search(r'version "(\d+)', printed)
    if not found or int(found[1]) < MIN_JAVA:
        raise YuqingError(
            f"Java 版本过低（需要 {MIN_JAVA} 或以上）：{printed.splitlines()[0] if printed else binary}",
            "请安装：sudo apt-get install openjdk-17-jdk-headless",
        )
    return binary.resolve().parent.parent


def fetch(folder: Path, say: Say) -> Path:
    """The unpacked distribution below `folder`; downloads it when it is not there yet. Safe to interrupt and repeat."""
    home = folder / f"elasticsearch-{VERSION}"
    if home.is_dir():
        return home
    archive = folder / f"elasticsearch-{VERSION}.zip"
    say(f"首次使用，正在用 Maven 下载 Elasticsearch {VERSION}（约 95 MB）……")
    _download(folder)
    say("正在解压……")
    partial = folder / "unpacking"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(partial)
    except zipfile.BadZipFile:
        archive.unlink()
        raise Unavailable("下载的 Elasticsearch 压缩包已损坏，已删除。", "请再运行一次。") from None
    for script in (partial / home.name / "bin").iterdir():
        script.chmod(0o755)
    (partial / home.name).rename(home)
    shutil.rmtree(partial)
    archive.unlink()
    return home


def _download(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise YuqingError("找不到 Maven（mvn）。", "请安装：sudo apt-get install maven")
    artifact = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
    command = [maven, "-q", "-B", COPY_GOAL, f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if run.returncode:
        told = "\n".join((run.stdout + run.stderr).strip().splitlines()[-5:])
        raise Unavailable(f"Maven 下载 Elasticsearch {VERSION} 失败：\n{told}", "请检查网络或 Maven 镜像设置后再试。")
