"""A real Elasticsearch node as a child process on loopback: for the demo, the tests and an office's first days.

The node outlives the command that started it; `node.json` in its folder tells later commands where it listens.
"""

import contextlib
import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from core.errors import Unavailable, YuqingError
from store import distribution

LOOPBACK = "127.0.0.1"
START_SECONDS = 180
STOP_SECONDS = 40
UNPRIVILEGED_USERS = ("elasticsearch", "nobody")
MMAP_AREAS_WANTED = 262_144
Say = Callable[[str], None]


@dataclass(frozen=True)
class NodeStatus:
    """What is known of a node: `health` is Elasticsearch's colour, or None when it does not answer."""

    pid: int
    port: int
    version: str
    health: str | None

    @property
    def url(self) -> str:
        """Address of the node's HTTP interface."""
        return f"http://{LOOPBACK}:{self.port}"


class EmbeddedNode:
    """The node whose data, configuration and logs live in `folder`; `cache` keeps the unpacked distribution."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = _reachable(folder.absolute())
        self.cache = _reachable(cache.absolute())
        self.state_file = self.folder / "node.json"
        self.repositories = self.folder / "backups"
        """The only folder in which the node may write snapshots."""
        self.cluster = "yuqing-" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]

    def start(self, port: int, heap: str, say: Say = print) -> NodeStatus:
        """Start the node and wait until it can be written to; one that already runs is left as it is.

        `heap` is a JVM size such as `1g`. Raises `YuqingError` when the port is taken or the node does not come up.
        """
        running = self.status()
        if running and running.health:
            say(f"Elasticsearch 已在运行：{running.url}")
            return running
        _refuse_port_in_use(port)
        java = distribution.java_home()
        self.cache.mkdir(parents=True, exist_ok=True)
        home = distribution.fetch(self.cache, say)
        self._prepare(home, port)
        say(f"正在启动 Elasticsearch {distribution.VERSION}（堆内存 {heap}，端口 {port}）……")
        process = self._launch(home, java, heap)
        self._save_state(process.pid, port)
        return self._await_health(process, say)

    def stop(self) -> bool:
        """Stop the node cleanly and wait for its end. False when it was not running."""
        status = self.status()
        if status is None:
            return False
        _signal_group(status.pid, signal.SIGTERM)
        if not _wait(lambda: not _group_alive(status.pid), STOP_SECONDS):
            _signal_group(status.pid, signal.SIGKILL)
            _wait(lambda: not _group_alive(status.pid), 10)
        self.state_file.unlink(missing_ok=True)
        return True

    def status(self) -> NodeStatus | None:
        """The node's state, or None when no process of it is left."""
        try:
            saved = json.loads(self.state_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        # A process number is used again after a reboot; number and start time together name one process.
        if not _group_alive(saved["pid"]) or _started_ticks(saved["pid"]) != saved.get("started_ticks"):
            return None
        return NodeStatus(saved["pid"], saved["port"], saved["version"], self._health(saved["port"]))

    def _health(self, port: int) -> str | None:
        try:
            answer = requests.get(f"http://{LOOPBACK}:{port}/_cluster/health", timeout=5)
        except requests.RequestException:
            return None
        told = answer.json() if answer.ok else {}
        return told["status"] if told.get("cluster_name") == self.cluster else None

    def _prepare(self, home: Path, port: int) -> None:
        """Write the node's configuration; rights are set so that the unprivileged user can read and write its folder."""
        config = self.folder / "config"
        for folder in (config, self.folder / "data", self.folder / "logs", self.folder / "tmp", self.repositories):
            folder.mkdir(parents=True, exist_ok=True)
        # Posts lie in both; what else is in the node's folder tells nothing of people.
        for folder in (self.folder / "data", self.repositories):
            folder.chmod(0o700)
        for name in ("jvm.options", "log4j2.properties", "roles.yml", "role_mapping.yml", "users", "users_roles"):
            shutil.copy(home / "config" / name, config / name)
        (config / "jvm.options.d").mkdir(exist_ok=True)
        (config / "elasticsearch.yml").write_text(self._yaml(port))
        self.let_read(self.folder)

    def let_read(self, folder: Path) -> None:
        """Hand a folder and all in it to the user the node runs as."""
        if os.geteuid() == 0:
            user = _unprivileged_user()
            for path in (folder, *folder.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid)

    def _yaml(self, port: int) -> str:
        # Watermarks as absolute sizes: a laptop whose disk is 90 % full still has room for a demo.
        return json.dumps(
            {
                "cluster.name": self.cluster,
                "node.name": "embedded",
                "path.data": str(self.folder / "data"),
                "path.logs": str(self.folder / "logs"),
                "path.repo": [str(self.repositories)],
                "network.host": LOOPBACK,
                "http.port": port,
                "discovery.type": "single-node",
                "xpack.security.enabled": False,
                "node.store.allow_mmap": _mmap_areas() >= MMAP_AREAS_WANTED,
                "cluster.routing.allocation.disk.watermark.low": "2gb",
                "cluster.routing.allocation.disk.watermark.high": "1gb",
                "cluster.routing.allocation.disk.watermark.flood_stage": "500mb",
            },
            indent=1,
        )

    def _launch(self, home: Path, java: Path, heap: str) -> subprocess.Popen[bytes]:
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.folder),
            "ES_JAVA_HOME": str(java),
            "ES_JAVA_OPTS": f"-Xms{heap} -Xmx{heap}",
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_TMPDIR": str(self.folder / "tmp"),
        }
        # Elasticsearch refuses to run as root.
        user = _unprivileged_user() if os.geteuid() == 0 else None
        with (self.folder / "logs" / "console.log").open("wb") as console:
            return subprocess.Popen(  # noqa: S603
                [str(home / "bin" / "elasticsearch")],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=environment,
                start_new_session=True,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )

    def _save_state(self, pid: int, port: int) -> None:
        state = {"pid": pid, "started_ticks": _started_ticks(pid), "port": port, "version": distribution.VERSION}
        self.state_file.write_text(json.dumps(state))

    def _await_health(self, process: subprocess.Popen[bytes], say: Say) -> NodeStatus:
        begun = time.monotonic()
        told = 0
        while process.poll() is None and time.monotonic() - begun < START_SECONDS:
            status = self.status()
            if status and status.health in {"yellow", "green"}:
                say(f"Elasticsearch 已就绪：{status.url}（{time.monotonic() - begun:.0f} 秒）")
                return status
            waited = int(time.monotonic() - begun)
            if waited >= told + 5:
                told = waited
                say(f"  等待 Elasticsearch 就绪…… {waited} 秒")
            time.sleep(0.3)
        log = self.folder / "logs" / "console.log"
        # What went wrong stands above the Java stack trace, which tells an office nothing.
        said = [line for line in log.read_text(errors="replace").splitlines() if not line.startswith("\tat ")]
        tail = "\n".join(said[-8:])
        self.stop()
        raise Unavailable(f"Elasticsearch 没有启动成功，日志末尾：\n{tail}", f"完整日志：{log}")


def _reachable(folder: Path) -> Path:
    """`folder`, or a stand-in for it that the unprivileged user can get to.

    A checkout below /root (mode 0700) is closed to every other user, and Elasticsearch does not run as root. The
    stand-in is named after the folder, so the same checkout finds its data again.
    """
    if os.geteuid() != 0 or all(parent.stat().st_mode & stat.S_IXOTH for parent in folder.parents if parent.exists()):
        return folder
    stand_in = Path("/var/tmp") / f"yuqing-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"  # noqa: S108
    if stand_in.is_symlink() or (stand_in.exists() and stand_in.stat().st_uid not in {0, _unprivileged_user().pw_uid}):
        raise YuqingError(f"{stand_in} 属于别的用户，不能使用。", "请删除它，或把项目放到所有用户可进入的目录。")
    return stand_in


def _unprivileged_user() -> pwd.struct_passwd:
    for name in UNPRIVILEGED_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise YuqingError("以 root 运行时需要一个普通用户来启动 Elasticsearch。", "请运行：useradd --system elasticsearch")


def _refuse_port_in_use(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            raise YuqingError(
                f"端口 {port} 已被别的程序占用，没有启动 Elasticsearch。",
                "换一个端口：yuqing es start --port 端口号；或先停掉占用的程序。",
            ) from None


def _mmap_areas() -> int:
    limit = Path("/proc/sys/vm/max_map_count")
    return int(limit.read_text()) if limit.exists() else 0


def _group_alive(pid: int) -> bool:
    """Whether any process of the group is left; a zombie leader is reaped on the way."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _started_ticks(pid: int) -> int | None:
    """When the process began, in clock ticks since boot (field 22 of /proc/PID/stat); None when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except FileNotFoundError:
        return None


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.2)
    return condition()
