"""Backups: a snapshot of the indices, and an archive of what lies outside Elasticsearch, under one name.

With the embedded node the snapshots lie in the node's own folder, with an office's cluster in the repository named in
`config/pipeline.yml`; the archives in `backups/` of the data folder. A copy to another folder holds everything.
"""

import hashlib
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import ConfigError, YuqingError
from core.files import make_private, whole_file
from core.logs import logged
from pipeline.backup_files import FOLDER, SUFFIX, Manifest, done_markers, mirror, pack, put_back, read_manifest, unpack
from pipeline.forget import forget_again
from pipeline.runtime import Runtime
from store.connection import NotAllowed
from store.documents import TEMPLATE_VERSION
from store.snapshots import Beside, Damaged, Snapshot, Snapshots
from store.upgrade import upgrade

log = logging.getLogger(__name__)

LOCK = "backup"
INSIDE_COPY = "elasticsearch"
MAY_NOT_DELETE = "当前账号不能删除旧快照（403）：请集群管理员删除，或运行 yuqing es roles --own-cluster 给出这个权限。"


@dataclass(frozen=True)
class Backup:
    """One backup. `manifest` is None while its archive is missing or cannot be read: it is of no use then."""

    snapshot: Snapshot
    archive: Path
    manifest: Manifest | None

    @property
    def name(self) -> str:
        """Its name."""
        return self.snapshot.name

    @property
    def is_whole(self) -> bool:
        """Whether both halves are there."""
        return self.snapshot.is_whole and self.manifest is not None


@dataclass(frozen=True)
class BackupRun:
    """What a run made, and the names of the backups it deleted because there were more than wanted.

    `kept_on` are those that it would have deleted and that the account may not delete.
    """

    backup: Backup
    dropped: tuple[str, ...]
    kept_on: tuple[str, ...]
    copied_to: Path | None


@dataclass(frozen=True)
class Restored:
    """Documents by alias, and files, that were brought back; posts that were forgotten since and are so again."""

    counts: dict[str, int]
    files: int
    forgotten: int


@logged("backup")
def backup(runtime: Runtime, at: datetime, to: Path | None = None, keep: int | None = None) -> BackupRun:
    """Make a backup named after `at`, keep the latest `keep`, and copy all that are kept to the folder `to`.

    Where a run for the same time has made it, that one stays and the rest is done.
    Both default to `config/pipeline.yml`. Work may go on meanwhile.
    """
    rules = runtime.settings.pipeline.backup
    target = to or rules.folder
    # Aliases and templates are in place after this, of an empty installation too.
    _ = runtime.es
    with runtime.lock(LOCK):
        snapshots = _snapshots(runtime)
        done = _made(runtime, snapshots, snapshots.name_at(at))
        dropped, kept_on = _drop_old(runtime, snapshots, keep or rules.keep)
        if target:
            _copy_all(runtime, snapshots, target)
    return BackupRun(done, dropped, kept_on, target)


def _made(runtime: Runtime, snapshots: Snapshots, name: str) -> Backup:
    """The backup of that name: the whole one that a run for the same time has made, else a new one.

    The same task of Airflow, tried again, finds what its first try left, whole or not.
    """
    if there := snapshots.find(name):
        found = _described(there, runtime.settings.data / FOLDER)
        if found.is_whole:
            return found
        snapshots.delete(name)
    done = done_markers(runtime.settings.data)
    before = snapshots.counts()
    made = snapshots.make(name)
    told = {"name": name, "before": before, "after": snapshots.counts(), "templates": TEMPLATE_VERSION}
    archive = _archive(runtime, name)
    return Backup(made, archive, pack(runtime.settings.data, archive, done, told))


def backups(runtime: Runtime, source: Path | None = None) -> list[Backup]:
    """The backups there are, the latest first: those in use, or those of a copy in the folder `source`."""
    with _readable(runtime, source) as (snapshots, folder):
        return [_described(one, folder) for one in snapshots.listed()]


@logged("restore")
def restore(
    runtime: Runtime, name: str, at: datetime, source: Path | None = None, *, replace: bool = False
) -> Restored:
    """Bring a backup back, counted, in place of what is there. Any failure before the last step changes nothing.

    Without `replace` it goes only where there are no documents yet. What was forgotten since stays forgotten, as of `at`.
    Raises `Damaged` and other errors for a person.
    """
    aside = runtime.settings.data / FOLDER / ".restoring"
    with runtime.lock(LOCK), _readable(runtime, source) as (snapshots, folder):
        snapshot = snapshots.find(name)
        if snapshot is None:
            raise YuqingError(f"没有名为 {name} 的备份。", "已有的备份：yuqing backups")
        if not snapshot.is_whole:
            raise Damaged(f"备份 {name} 没有写完整，不能恢复。", "请换用另一份备份。")
        # That something was tried here before is no reason to refuse.
        there = {alias: count for alias, count in snapshots.counts().items() if alias != runtime.names.metrics}
        _refuse_to_overwrite(there, replace=replace)
        manifest = unpack(_archive(runtime, name, folder), aside)
        try:
            beside = snapshots.restore_beside(snapshot)
            counts = _checked(snapshots, beside, manifest)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        snapshots.swap(beside)
        files = put_back(aside, runtime.settings.data)
        # Matters are found again from the restored posts and keep the ids these carry.
        shutil.rmtree(runtime.settings.data / "matters", ignore_errors=True)
    # A backup of an older version fits this one after this.
    upgrade(runtime.client, runtime.names)
    proof = forget_again(runtime, at)
    return Restored(counts, files, len(proof.posts) if proof else 0)


def _checked(snapshots: Snapshots, beside: Beside, manifest: Manifest) -> dict[str, int]:
    counts = snapshots.counts_of(beside)
    if not manifest.fits(counts):
        snapshots.drop(beside)
        raise Damaged(f"备份 {manifest.name} 恢复出来的条数与备份时不符，没有采用。", "请换用另一份备份。")
    return counts


def _refuse_to_overwrite(counts: dict[str, int], *, replace: bool) -> None:
    if not replace and any(counts.values()):
        there = "、".join(f"{alias} {count}" for alias, count in counts.items() if count)
        raise YuqingError(
            f"现在已有数据（{there}），恢复会用备份代替它们。", "确定要代替就加 --yes；最好先运行 yuqing backup。"
        )


def _drop_old(runtime: Runtime, snapshots: Snapshots, keep: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Delete all but the latest whole ones, and what runs that died have left; what was deleted, and what may not be."""
    folder = runtime.settings.data / FOLDER
    all_of_them = [_described(one, folder) for one in snapshots.listed()]
    kept = {one.name for one in [one for one in all_of_them if one.is_whole][:keep]}
    dropped = tuple(one.name for one in all_of_them if one.name not in kept)
    try:
        for name in dropped:
            snapshots.delete(name)
    except NotAllowed:
        log.warning("备份已完成；当前账号不能删除旧快照（403），留着 %d 份", len(dropped))
        return (), dropped
    for archive in folder.glob(f"*{SUFFIX}"):
        if archive.name.removesuffix(SUFFIX) in dropped:
            archive.unlink()
    return dropped, ()


def _copy_all(runtime: Runtime, snapshots: Snapshots, target: Path) -> None:
    kept = {one.name for one in snapshots.listed()}
    make_private(target)
    if runtime.settings.cluster is None:
        mirror(_own_folder(runtime), target / INSIDE_COPY)
    for name in kept:
        archive = _archive(runtime, name)
        if archive.is_file() and not (target / archive.name).exists():
            with archive.open("rb") as stream, whole_file(target / archive.name) as copy:
                shutil.copyfileobj(stream, copy)
    for archive in target.glob(f"{runtime.names.prefix}yuqing-*{SUFFIX}"):
        if archive.name.removesuffix(SUFFIX) not in kept:
            archive.unlink()


@contextmanager
def _readable(runtime: Runtime, source: Path | None) -> Iterator[tuple[Snapshots, Path]]:
    """The snapshots and the folder of their archives: those in use, or those of a copy, registered for the time being."""
    if source is None:
        yield _snapshots(runtime), runtime.settings.data / FOLDER
    elif runtime.settings.cluster:
        yield _snapshots(runtime), source
    else:
        copy = source / INSIDE_COPY
        if not (copy / "index.latest").is_file():
            raise YuqingError(f"{source} 里没有备份。", "这里应是 yuqing backup --to 写过的文件夹。")
        key = hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:12]
        inside = runtime.node.repositories / f"copy-{key}"
        mirror(copy, inside)
        runtime.node.let_read(inside)
        snapshots = Snapshots(runtime.client, runtime.names, f"{runtime.names.prefix}yuqing-copy")
        snapshots.use_folder(inside, readonly=True)
        try:
            yield snapshots, source
        finally:
            snapshots.let_go()
            shutil.rmtree(inside, ignore_errors=True)


def _snapshots(runtime: Runtime) -> Snapshots:
    if runtime.settings.cluster is None:
        snapshots = Snapshots(runtime.client, runtime.names, f"{runtime.names.prefix}yuqing")
        snapshots.use_folder(_own_folder(runtime))
        return snapshots
    repository = runtime.settings.backup_repository
    if repository is None:
        raise ConfigError(
            "没有说明备份到哪里：使用单位自己的集群时，快照存在集群登记的仓库里。",
            "请集群管理员登记一个快照仓库，把它的名称填到 config/pipeline.yml 的 backup: repository。",
        )
    snapshots = Snapshots(runtime.client, runtime.names, repository)
    snapshots.require()
    return snapshots


def _own_folder(runtime: Runtime) -> Path:
    return runtime.node.repositories / f"{runtime.names.prefix}yuqing"


def _archive(runtime: Runtime, name: str, folder: Path | None = None) -> Path:
    return (folder or runtime.settings.data / FOLDER) / f"{name}{SUFFIX}"


def _described(snapshot: Snapshot, folder: Path) -> Backup:
    archive = folder / f"{snapshot.name}{SUFFIX}"
    return Backup(snapshot, archive, read_manifest(archive) if archive.is_file() else None)
