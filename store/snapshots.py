"""Snapshots of the project's indices in a repository of Elasticsearch; the cluster's own state is never part of them.

A snapshot is restored beside the indices in use, under a new number. Only when all of it is there and counted do the
aliases move to it, in one step that also deletes the indices it takes the place of: whatever goes wrong before that,
nothing has changed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from core.errors import ConfigError, YuqingError
from store.connection import NotAllowed, speaking_plainly
from store.documents import DOCUMENTS, Names
from store.periods import NUMBER_DIGITS, IndexName

LONGEST_SECONDS = 6 * 3600
"""How long one snapshot, or its restore, may take."""
BUSY = {429, 503}
GENERATION = r"-[0-9]{6,}(-[0-9.]+|-other)?$"
"""The end of an index's name (`store.periods`), as the server's regular expressions have it."""


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
    """Restored indices that no alias leads to yet."""

    indices: tuple[IndexName, ...]


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
        with _refusal(
            lambda error: ConfigError(
                f"Elasticsearch 不能使用备份文件夹 {location}：{error.message}",
                "内置节点是旧版启动的话，请运行 yuqing es stop，再运行 yuqing es start。",
            )
        ):
            self._es.snapshot.create_repository(name=self._repository, repository=repository)

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
        """Write a snapshot and wait for its end. Raises `YuqingError` when not all was written."""
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
            with suppress(NotAllowed):
                self.delete(name)
            raise YuqingError("备份没有写完整，不能用。", "请查看 Elasticsearch 的日志和备份盘的空间，然后再运行一次。")
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
        with _refusal(lambda error: Damaged(f"备份仓库读不出来：{error.message}", "请换用另一份备份。")):
            answer = self._es.options(ignore_status=404).snapshot.get(
                repository=self._repository, snapshot=name, ignore_unavailable=True
            )
        return list(answer.get("snapshots", []))

    # --- what is in use

    def in_use(self) -> dict[str, str]:
        """The index behind the project's aliases, and the alias of each; one of an alias that there is not is left out."""
        aliases = [self._names.prefix + name for name in DOCUMENTS]
        with speaking_plainly():
            answer = self._es.options(ignore_status=404).indices.get_alias(name=aliases)
        found = [index for index, told in answer.items() if isinstance(told, dict) and "aliases" in told]
        return {index: IndexName.parse(index).alias for index in sorted(found)}

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
        """Restore all indices under a new number, for no one to see yet. Raises `Damaged`, with nothing left of it."""
        number = self._highest_number() + 1
        indices = sorted(map(IndexName.parse, snapshot.indices), key=str)
        beside = Beside(tuple(replace(index, number=number) for index in indices))
        try:
            self._restore(snapshot.name, snapshot.indices, number)
        except BaseException:
            self.drop(beside)
            raise
        return beside

    def _restore(self, snapshot: str, indices: Sequence[str], number: int) -> None:
        with _refusal(
            lambda error: Damaged(f"备份 {snapshot} 已损坏，没有恢复：{error.message}", "请换用另一份备份。")
        ):
            answer = self._es.snapshot.restore(
                repository=self._repository,
                snapshot=snapshot,
                indices=list(indices),
                rename_pattern=GENERATION,
                rename_replacement=f"-{number:0{NUMBER_DIGITS}d}$1",
                include_aliases=False,
                include_global_state=False,
                wait_for_completion=True,
            )
        if answer["snapshot"]["shards"]["failed"]:
            failed = answer["snapshot"]["shards"]["failed"]
            raise Damaged(f"备份 {snapshot} 已损坏，没有恢复：有 {failed} 个索引读不出来。", "请换用另一份备份。")

    def counts_of(self, beside: Beside) -> dict[str, int]:
        """How many documents each alias will show."""
        counts: dict[str, int] = {}
        for index in beside.indices:
            counts[index.alias] = counts.get(index.alias, 0) + self._count(str(index))
        return counts

    def swap(self, beside: Beside) -> None:
        """Let the aliases lead to the restored indices and delete those they led to, in one step."""
        actions: list[dict[str, Any]] = [{"remove_index": {"index": index}} for index in self.in_use()]
        for index in beside.indices:
            actions += [{"add": {"index": str(index), "alias": alias, **how}} for alias, how in index.aliases.items()]
        with speaking_plainly():
            self._es.indices.update_aliases(actions=actions)

    def drop(self, beside: Beside) -> None:
        """Delete restored indices that are not wanted after all."""
        for index in beside.indices:
            with suppress(ApiError):
                self._es.options(ignore_status=404).indices.delete(index=str(index))

    def _highest_number(self) -> int:
        patterns = [f"{self._names.prefix}{name}-0*" for name in DOCUMENTS]
        with speaking_plainly():
            present = self._es.indices.get(index=patterns, expand_wildcards="all", features="aliases")
        return max((IndexName.parse(index).number for index in present), default=0)


@contextmanager
def _refusal(told: Callable[[ApiError], YuqingError]) -> Iterator[None]:
    """Say what it means that the cluster refuses. That it cannot be reached or is too busy is said as everywhere."""
    with speaking_plainly():
        try:
            yield
        except ApiError as error:
            if error.status_code in BUSY:
                raise
            raise told(error) from error


def _snapshot(told: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        name=told["snapshot"],
        made_at=datetime.fromtimestamp(told["start_time_in_millis"] / 1000, UTC),
        is_whole=told["state"] == "SUCCESS",
        indices=tuple(told["indices"]),
    )
