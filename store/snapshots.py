"""Snapshots of the project's indices in a repository of Elasticsearch; the cluster's own state is never part of them.

A snapshot is restored beside the indices in use, under new numbers. Only when all of it is there and counted do the
aliases move to it, in one step that also deletes the indices it takes the place of: whatever goes wrong before that,
nothing has changed.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from core.errors import ConfigError, YuqingError
from store.connection import speaking_plainly
from store.documents import DOCUMENTS, Names

LONGEST_SECONDS = 6 * 3600
"""How long one snapshot, or the restore of one index, may take."""
NUMBER_DIGITS = 6


class Damaged(YuqingError):
    """A snapshot cannot be read back whole."""


@dataclass(frozen=True)
class Snapshot:
    """One snapshot: when it was begun (UTC), whether all of it was written, and its indices."""

    name: str
    made_at: datetime
    is_whole: bool
    indices: tuple[str, ...]


@dataclass(frozen=True)
class Beside:
    """Restored indices that no alias leads to yet: for each alias its indices, and which of them takes the writes."""

    indices: Mapping[str, tuple[str, ...]]

    @property
    def all(self) -> list[str]:
        """Every one of them."""
        return [index for some in self.indices.values() for index in some]


class Snapshots:
    """The project's snapshots in one repository."""

    def __init__(self, es: Elasticsearch, names: Names, repository: str) -> None:
        self._es = es.options(request_timeout=LONGEST_SECONDS, max_retries=0)
        self._names = names
        self._repository = repository

    def name_at(self, at: datetime) -> str:
        """The name of a snapshot made at that time; names sort by time."""
        return f"{self._names.prefix}yuqing-{at.astimezone(UTC):%Y%m%d-%H%M%S}"

    # --- the repository

    def use_folder(self, location: Path, *, readonly: bool = False) -> None:
        """Keep the snapshots in a folder of the node's. Raises `ConfigError` when the node may not use it."""
        repository = {"type": "fs", "settings": {"location": str(location), "readonly": readonly}}
        try:
            self._es.snapshot.create_repository(name=self._repository, repository=repository)
        except ApiError as error:
            raise ConfigError(
                f"Elasticsearch 不能使用备份文件夹 {location}：{error.message}",
                "内置节点是旧版启动的话，请运行 yuqing es stop，再运行 yuqing es start。",
            ) from error

    def require(self) -> None:
        """Raises `ConfigError` when the cluster has no such repository."""
        with speaking_plainly():
            answer = self._es.options(ignore_status=404).snapshot.get_repository(name=self._repository)
        if "error" in answer:
            raise ConfigError(
                f"集群里没有名为 {self._repository} 的快照仓库。",
                "请集群管理员登记（PUT _snapshot/名称），或改 config/pipeline.yml 的 backup: repository。",
            )

    def let_go(self) -> None:
        """Have the cluster forget the repository; its files stay."""
        with speaking_plainly():
            self._es.options(ignore_status=404).snapshot.delete_repository(name=self._repository)

    # --- snapshots

    def make(self, name: str) -> Snapshot:
        """Write a snapshot and wait for its end. Raises `YuqingError`, with nothing left, when not all was written."""
        with speaking_plainly():
            self._es.snapshot.create(
                repository=self._repository,
                snapshot=name,
                indices=list(self.in_use()),
                include_global_state=False,
                feature_states=["none"],
                wait_for_completion=True,
            )
        made = self.find(name)
        if made is None or not made.is_whole:
            self.delete(name)
            raise YuqingError("备份没有写完整，已删除。", "请查看 Elasticsearch 的日志和备份盘的空间，然后再运行一次。")
        return made

    def listed(self) -> list[Snapshot]:
        """The snapshots there are, the latest first. Raises `Damaged` when the repository cannot be read."""
        answer = self._ask(f"{self._names.prefix}yuqing-*")
        return sorted(map(_snapshot, answer), key=lambda one: one.name, reverse=True)

    def find(self, name: str) -> Snapshot | None:
        """The snapshot of that name."""
        return next(iter(map(_snapshot, self._ask(name))), None)

    def delete(self, name: str) -> None:
        """Delete a snapshot; one that is not there is left alone."""
        with speaking_plainly():
            self._es.options(ignore_status=404).snapshot.delete(repository=self._repository, snapshot=name)

    def _ask(self, name: str) -> list[dict[str, Any]]:
        try:
            answer = self._es.options(ignore_status=404).snapshot.get(
                repository=self._repository, snapshot=name, ignore_unavailable=True
            )
        except ApiError as error:
            raise Damaged(f"备份仓库读不出来：{error.message}", "请换用另一份备份。") from error
        return list(answer.get("snapshots", []))

    # --- what is in use

    def in_use(self) -> dict[str, str]:
        """The index behind the project's aliases, and the alias of each; one of an alias that there is not is left out."""
        aliases = [self._names.prefix + name for name in DOCUMENTS]
        with speaking_plainly():
            answer = self._es.options(ignore_status=404).indices.get_alias(name=aliases)
        found = {
            index: told["aliases"] for index, told in answer.items() if isinstance(told, dict) and "aliases" in told
        }
        return {index: next(iter(its)) for index, its in sorted(found.items())}

    def counts(self) -> dict[str, int]:
        """How many documents each alias shows, every acknowledged write among them."""
        present = sorted(set(self.in_use().values()))
        return {alias: self._count(alias) for alias in present}

    def _count(self, index: str) -> int:
        with speaking_plainly():
            self._es.indices.refresh(index=index)
            return int(self._es.count(index=index)["count"])

    # --- restoring

    def restore_beside(self, snapshot: Snapshot) -> Beside:
        """Restore all indices under new numbers, for no one to see yet. Raises `Damaged`, with nothing left of it."""
        beside: dict[str, tuple[str, ...]] = {}
        number = self._highest_number()
        try:
            for index in sorted(snapshot.indices):
                number += 1
                alias = index.rpartition("-")[0]
                new = f"{alias}-{number:0{NUMBER_DIGITS}d}"
                beside[alias] = (*beside.get(alias, ()), new)
                self._restore(snapshot.name, index, new)
        except BaseException:
            self.drop(Beside(beside))
            raise
        return Beside(beside)

    def _restore(self, snapshot: str, index: str, new: str) -> None:
        try:
            answer = self._es.snapshot.restore(
                repository=self._repository,
                snapshot=snapshot,
                indices=index,
                rename_pattern=".+",
                rename_replacement=new,
                include_aliases=False,
                include_global_state=False,
                wait_for_completion=True,
            )
        except ApiError as error:
            raise Damaged(f"备份 {snapshot} 已损坏，没有恢复：{error.message}", "请换用另一份备份。") from error
        if answer["snapshot"]["shards"]["failed"]:
            raise Damaged(f"备份 {snapshot} 已损坏，没有恢复：{index} 读不出来。", "请换用另一份备份。")

    def counts_of(self, beside: Beside) -> dict[str, int]:
        """How many documents each alias will show."""
        return {alias: sum(map(self._count, indices)) for alias, indices in beside.indices.items()}

    def swap(self, beside: Beside) -> None:
        """Let the aliases lead to the restored indices and delete those they led to, in one step."""
        actions: list[dict[str, Any]] = [{"remove_index": {"index": index}} for index in self.in_use()]
        for alias, indices in beside.indices.items():
            for index in indices:
                add = {"index": index, "alias": alias, "is_write_index": index == indices[-1]}
                actions.append({"add": add})
        with speaking_plainly():
            self._es.indices.update_aliases(actions=actions)

    def drop(self, beside: Beside) -> None:
        """Delete restored indices that are not wanted after all."""
        for index in beside.all:
            with suppress(ApiError):
                self._es.options(ignore_status=404).indices.delete(index=index)

    def _highest_number(self) -> int:
        patterns = [f"{self._names.prefix}{name}-0*" for name in DOCUMENTS]
        with speaking_plainly():
            present = self._es.indices.get(index=patterns, expand_wildcards="all", features="aliases")
        return max((int(index.rpartition("-")[2]) for index in present), default=0)


def _snapshot(told: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        name=told["snapshot"],
        made_at=datetime.fromtimestamp(told["start_time_in_millis"] / 1000, UTC),
        is_whole=told["state"] == "SUCCESS",
        indices=tuple(told["indices"]),
    )
