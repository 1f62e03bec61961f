"""Files that appear whole or not at all, and survive a power cut."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from core.errors import Unavailable

LOOK_AT_THE_DISK = "请检查磁盘空间和权限，然后再运行一次。"
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REASONS = {
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "超过了磁盘配额",
    errno.EFBIG: "文件超过了允许的大小",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘是只读的",
    errno.EIO: "磁盘读写出错",
    errno.ENOTDIR: "上级不是文件夹",
}


def reason(error: OSError) -> str:
    """Why the system refused, in Chinese where the reason is a common one."""
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A stream to write the file to; it takes the place of an older one when the block ends, durably.

    Raises `Unavailable` when the disk refuses. Whatever goes wrong, the older file stays as it was.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        make_private(path.parent)
        with os.fdopen(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        aside.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise Unavailable(f"写不了数据文件 {path}：{reason(error)}", LOOK_AT_THE_DISK) from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write the file at once. Raises `Unavailable` when the disk refuses."""
    with whole_file(path) as stream:
        stream.write(content)


def make_private(folder: Path) -> None:
    """Make the folder and those above it that are missing, each for its owner only."""
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
