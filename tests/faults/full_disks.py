"""Disks that are full: a small file system of its own where the user may mount one, else a limit on the size of files."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE_MB = 24
PAGE = 4096


class SmallDisk:
    """A file system of some megabytes at `folder`."""

    name = "disk full (tmpfs)"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0700", "yuqing-test", str(folder)]
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PermissionError(done.stderr.strip())

    def let_go(self) -> None:
        """Unmount it."""
        subprocess.run(["umount", "--lazy", str(self._folder)], check=True)

    @contextmanager
    def full_but_for(self, size: int) -> Iterator[None]:
        """Fill it up, but for so many bytes (whole pages of 4 KiB)."""
        ballast = self._folder / ".ballast"
        free = shutil.disk_usage(self._folder).free
        with ballast.open("wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, max(free - size // PAGE * PAGE, 1))
        try:
            yield
        finally:
            ballast.unlink()


class LimitedFiles:
    """No file may grow beyond a size: the system answers as a full disk does, with another number (EFBIG)."""

    name = "disk full (RLIMIT_FSIZE)"

    @contextmanager
    def full_but_for(self, size: int) -> Iterator[None]:
        """Let no file of this process grow beyond so many bytes. Python ignores the signal that comes with it."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
