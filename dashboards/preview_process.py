"""The preview as a process: one for each data folder, in front of the reader's terminal or in the background.

A running preview holds a lock, which the operating system takes away when it ends, however it ends. While the lock is held,
the number that `state.json` names is that of the preview and of no other process.
"""

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import orjson

from core.errors import Unavailable, YuqingError
from core.files import make_private, write_whole

FIRST_PORT = 8601
PORTS_TRIED = 20
WAITING_CONNECTIONS = 128
START_SECONDS = 60
STOP_SECONDS = 10
LOCK_SECONDS = 2
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Running:
    """A preview that runs: its process, and the address a browser on this machine finds it at."""

    pid: int
    url: str


class PreviewProcess:
    """The preview of the data below `data`."""

    def __init__(self, data: Path) -> None:
        folder = data / "preview"
        self._lock = folder / "lock"
        self._state = folder / "state.json"
        self.log = folder / "preview.log"

    def hold(self, listening: socket.socket, serve: Callable[[], None]) -> None:
        """Serve until told to end, known to others meanwhile. Raises `YuqingError` when one runs already."""
        with ExitStack() as stack:
            make_private(self._lock.parent)
            stream = stack.enter_context(self._lock.open("a"))
            # Whoever looks whether one runs holds the lock for a moment, too.
            if not _until(lambda: _taken(stream), LOCK_SECONDS):
                running = self.running()
                where = f"：{running.url}" if running else "。"
                raise YuqingError(f"看板网页已在运行{where}", "要重新启动，先停掉它：yuqing dashboards preview --stop")
            write_whole(self._state, orjson.dumps(asdict(Running(os.getpid(), url_of(listening)))))
            serve()

    def running(self) -> Running | None:
        """The preview that runs now, if any."""
        try:
            with self._lock.open() as stream:
                if _taken(stream):
                    return None
                return Running(**orjson.loads(self._state.read_bytes()))
        except (FileNotFoundError, ValueError):
            return None

    def stop(self) -> bool:
        """End the preview and wait for its end. False when none was running."""
        running = self.running()
        if running is None:
            return False
        for number in (signal.SIGTERM, signal.SIGKILL):
            os.kill(running.pid, number)
            if _until(lambda: self.running() is None, STOP_SECONDS):
                break
        return True

    def start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Running:
        """Start `yuqing dashboards preview` with these arguments in the background, in place of one that runs.

        Comes back when the page can be opened. Raises `Unavailable` with the log's end when it does not come to that.
        """
        self.stop()
        make_private(self.log.parent)
        with self.log.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603
                [str(Path(sys.executable).with_name("yuqing")), "dashboards", "preview", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
            )

        def through() -> bool:
            running = self.running()
            return process.poll() is not None or (running is not None and running.pid == process.pid)

        _until(through, START_SECONDS)
        running = self.running()
        if running is None or running.pid != process.pid:
            process.kill()
            process.wait()
            said = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-6:])
            raise Unavailable(f"看板网页没有启动成功：\n{said}", f"完整日志：{self.log}")
        return running


def listen(host: str, port: int | None) -> socket.socket:
    """A socket that takes connections at the port, or at the first free one from `FIRST_PORT` when None is wanted.

    Raises `YuqingError` when the port is taken or the machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for one in [port] if port else range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, one))
        except PermissionError:
            listening.close()
            raise YuqingError(f"没有权限使用端口 {one}。", "换一个 1024 以上的端口：--port 端口号") from None
        except OSError as error:
            listening.close()
            if error.errno != errno.EADDRINUSE:
                raise YuqingError(f"本机不能使用地址 {host}：{error.strerror}", "请检查 --host。") from None
        else:
            listening.listen(WAITING_CONNECTIONS)
            return listening
    taken = f"端口 {port} " if port else f"端口 {FIRST_PORT} 到 {FIRST_PORT + PORTS_TRIED - 1} 都"
    raise YuqingError(f"{taken}已被别的程序占用。", "换一个：yuqing dashboards preview --port 端口号")


def url_of(listening: socket.socket) -> str:
    """The address of the page for a browser on this machine; one that listens everywhere is named by this machine's name."""
    host, port = listening.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  a comparison
        host = socket.gethostname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _taken(stream: TextIO) -> bool:
    """Whether the lock could be had; it is given back when the stream is closed."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until it is so, or the time is over."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(POLL_SECONDS)
    return True
