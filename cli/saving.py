"""Saving what a person asked for under the name they gave."""

from pathlib import Path

from core.errors import YuqingError


def save_as(path: Path, content: bytes) -> None:
    """Write the file. Raises `YuqingError` when it cannot be written."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise YuqingError(f"写不了 {path}：{error.strerror}", "请检查文件夹是否存在、有没有写的权限。") from None
