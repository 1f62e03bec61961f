"""One SQLite file that keeps values by key. A run reads what it asks for and writes what changed: all of it or nothing."""

import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from core.errors import Unavailable
from core.files import LOOK_AT_THE_DISK, make_private, reason

log = logging.getLogger(__name__)
COLUMNS = {
    int: "(key INTEGER PRIMARY KEY, value BLOB NOT NULL)",
    str: "(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
}
REASONS = {
    sqlite3.SQLITE_FULL: "磁盘已满",
    sqlite3.SQLITE_IOERR: "磁盘读写出错",
    sqlite3.SQLITE_READONLY: "没有写入的权限",
    sqlite3.SQLITE_CANTOPEN: "打不开",
    sqlite3.SQLITE_BUSY: "另一个进程正在使用",
}
SPOILT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Spoilt(Unavailable):
    """What was kept cannot be read. It was done away with: the next run starts without it."""


class Tables:
    """Tables of the file at `path`, which need not exist: then all are empty. `keys` names them and the type of their keys."""

    def __init__(self, path: Path, keys: Mapping[str, type[int] | type[str]]) -> None:
        self._path = path
        self._keys = keys
        self._connection: sqlite3.Connection | None = None

    def __getitem__(self, name: str) -> Mapping[Any, bytes]:
        return _Table(self, name)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows found. Raises `Spoilt`."""
        try:
            return self._open().execute(statement, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise self._trouble(error) from error

    def write(self, changes: Iterable[tuple[str, int | str, bytes | None]]) -> None:
        """Keep these values (None: delete) of these tables and keys, durably when this returns.

        Raises `Unavailable` when the disk refuses; then everything is as it was.
        """
        try:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            for name, of_table in groupby(changes, itemgetter(0)):
                _write(connection, name, ((key, value) for _, key, value in of_table))
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise self._trouble(error) from error
        finally:
            if self._connection and self._connection.in_transaction:
                self.close()

    def clear(self) -> None:
        """Start without anything that was kept."""
        self.close()
        self._path.unlink(missing_ok=True)
        # What a run that died was about to undo must not be undone in the next file.
        self._path.with_name(f"{self._path.name}-journal").unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file; it is opened again when it is needed."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            make_private(self._path.parent)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(self._path, isolation_level=None)
            try:
                connection.execute("PRAGMA page_size = 8192")
                connection.execute("PRAGMA synchronous = EXTRA")
                for name, key in self._keys.items():
                    connection.execute(f"CREATE TABLE IF NOT EXISTS {name} {COLUMNS[key]}")
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _trouble(self, error: sqlite3.Error | OSError) -> Unavailable:
        """What goes wrong with the file, in words for its owner."""
        if getattr(error, "sqlite_errorcode", None) in SPOILT:
            log.error("%s 读不出来", self._path, exc_info=error)
            self.clear()
            return Spoilt(f"数据文件 {self._path} 已损坏，不再使用。", "再运行一次，会按索引重建。")
        return Unavailable(f"用不了数据文件 {self._path}：{_reason(error)}", LOOK_AT_THE_DISK)


class _Table(Mapping[Any, bytes]):
    """The values of one table; each is read when it is asked for."""

    def __init__(self, tables: Tables, name: str) -> None:
        self._tables = tables
        self._name = name

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of this key, `default` without any."""
        found = self._tables.query(f"SELECT value FROM {self._name} WHERE key = ?", key)  # noqa: S608  names are our own
        return found[0][0] if found else default

    def __getitem__(self, key: Any) -> bytes:
        value: bytes | None = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[Any]:
        return (key for (key,) in self._tables.query(f"SELECT key FROM {self._name}"))  # noqa: S608

    def __len__(self) -> int:
        return int(self._tables.query(f"SELECT count(*) FROM {self._name}")[0][0])  # noqa: S608


def _reason(error: sqlite3.Error | OSError) -> str:
    if isinstance(error, OSError):
        return reason(error)
    # The lowest byte is the kind of the error, the others say more of it.
    return REASONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF) or str(error)


def _write(connection: sqlite3.Connection, name: str, changes: Iterable[tuple[int | str, bytes | None]]) -> None:
    gone: list[tuple[int | str]] = []

    def put() -> Iterator[tuple[int | str, bytes]]:
        for key, value in changes:
            if value is None:
                gone.append((key,))
            else:
                yield key, value

    connection.executemany(f"INSERT OR REPLACE INTO {name} VALUES (?, ?)", put())  # noqa: S608
    connection.executemany(f"DELETE FROM {name} WHERE key = ?", gone)  # noqa: S608
