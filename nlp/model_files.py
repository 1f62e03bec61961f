"""Model files: one zip of a card (JSON), plain arrays and their checksums. Nothing is ever unpickled.

A file is written aside, synced and renamed, so that a reader sees the old model or the new one. A file from elsewhere is
refused with a reason before anything large is read from it.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ConfigError
from core.files import whole_file

FORMAT_VERSION = 1
"""The newest format this program reads."""
MOST_BYTES = 512 * 1024 * 1024
"""Unpacked size of all entries together; the largest model here takes some ten megabytes."""
MOST_ENTRIES = 1_024
_CARD, _CHECKSUMS, _ARRAY = "card.json", "checksums.json", ".npy"
_KIND_NAMES = {"topic": "主题", "sentiment": "情感"}
_ADVICE = "请用 yuqing train 重新训练，或换回原来的模型文件。"
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    KeyError,
)


class ModelCard(BaseModel):
    """What a model file says of itself. `scores` are figures on held-out posts, such as macro_f1 and accuracy (0 to 1)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["topic", "sentiment"]
    engine: str
    format_version: int = Field(ge=1)
    trained_at: datetime
    data_size: int = Field(ge=0)
    data_sources: list[str]
    classes: list[str]
    scores: dict[str, float]
    parameters: dict[str, Any]


class _Refused(Exception):
    """The file is no model this program can use; the text says why (Chinese)."""


def save_model(path: Path, card: ModelCard, arrays: Mapping[str, np.ndarray]) -> None:
    """Write the model file whole and durably. Raises `Unavailable` when the disk refuses."""
    entries = {_CARD: card.model_dump_json(indent=1).encode()}
    for name, array in arrays.items():
        packed = BytesIO()
        np.lib.format.write_array(packed, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
        entries[name + _ARRAY] = packed.getvalue()
    checksums = {name: _checksum(content) for name, content in entries.items()}
    entries[_CHECKSUMS] = json.dumps(checksums, indent=1).encode()
    with whole_file(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            # A fixed date: the same model is the same file.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def load_model(path: Path, kind: str) -> tuple[ModelCard, dict[str, np.ndarray]]:
    """Card and arrays of a model file.

    Raises `ConfigError` for a file that is missing, broken, altered, of another kind or of a newer format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive)
            contents = {entry.filename: _content(archive, entry) for entry in archive.infolist()}
        card = _card(contents, kind)
        return card, {
            name.removesuffix(_ARRAY): _array(content) for name, content in contents.items() if name.endswith(_ARRAY)
        }
    except _Refused as refusal:
        raise damaged(path, str(refusal)) from None
    except FileNotFoundError:
        raise ConfigError(f"找不到模型文件 {path}", _ADVICE) from None
    except PermissionError:
        raise ConfigError(f"没有权限读取模型文件 {path}", "请检查文件的属主和权限。") from None
    except (*_UNREADABLE, MemoryError) as error:
        raise damaged(path, "不是模型文件，或已损坏") from error


def damaged(path: Path, reason: str) -> ConfigError:
    """The error for a model file that cannot be used; also for one whose arrays do not fit together."""
    return ConfigError(f"模型文件 {path} 不能用：{reason}", _ADVICE)


def _check_size(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise _Refused("不是本程序写的模型文件")
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise _Refused("内容过大，不是本程序写的模型")
    if len(names) < len(entries) or not {_CARD, _CHECKSUMS} <= names:
        raise _Refused("不是本程序写的模型文件")


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    # The size an entry claims may be a lie: no more than that is ever unpacked.
    with archive.open(entry) as stream:
        content = stream.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise _Refused("已损坏")
    return content


def _card(contents: Mapping[str, bytes], kind: str) -> ModelCard:
    checksums = json.loads(contents[_CHECKSUMS])
    expected = {name: _checksum(content) for name, content in contents.items() if name != _CHECKSUMS}
    if checksums != expected:
        raise _Refused("校验和不符，文件被改动过或已损坏")
    raw = json.loads(contents[_CARD])
    # Before the rest: a newer format may have another card.
    version = raw.get("format_version") if isinstance(raw, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise _Refused(f"格式版本 {version} 比本程序认识的 {FORMAT_VERSION} 新，请升级程序")
    try:
        card = ModelCard.model_validate(raw)
    except ValidationError:
        raise _Refused("说明（card.json）不完整") from None
    if card.kind != kind:
        raise _Refused(f"这是{_KIND_NAMES[card.kind]}模型，需要的是{_KIND_NAMES.get(kind, kind)}模型")
    return card


def _array(content: bytes) -> np.ndarray:
    try:
        return _read_array(BytesIO(content), content)
    except (ValueError, TypeError, SyntaxError, TokenError):
        # A header is a Python literal, and numpy lets through what the parser says of one that is none.
        raise _Refused("数组格式不认识") from None


def _read_array(stream: BytesIO, content: bytes) -> np.ndarray:
    if np.lib.format.read_magic(stream) != (1, 0):
        raise _Refused("数组格式不认识")
    shape, by_column, dtype = np.lib.format.read_array_header_1_0(stream)
    # Checked against the bytes there are before numpy sets memory aside for the shape that is claimed.
    if dtype.hasobject or by_column or min(shape, default=0) < 0:
        raise _Refused("数组格式不认识")
    count = 1
    for length in shape:
        count *= length
    if count * dtype.itemsize != len(content) - stream.tell():
        raise _Refused("数组不完整")
    return np.frombuffer(content, dtype, count, stream.tell()).reshape(shape)


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
