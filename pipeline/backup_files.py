"""What matters of the data folder and lies outside Elasticsearch, as one archive that goes along with a snapshot.

Landed items, rejected rows, models, the key that authors are hashed with, mails on their way, reports, briefs and the list
of what was forgotten. What is found again from the index (the memory of matters) is left out.

The order of a backup keeps the two halves consistent: first which segments are done is noted, then the snapshot is made,
then the files are packed. A segment counts as done only when it was so before the snapshot, which then holds its posts.
"""

import gzip
import io
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from core.errors import Unavailable, YuqingError
from core.files import LOOK_AT_THE_DISK, NO_ROOM, make_private, reason, whole_file, write_whole

FOLDER = "backups"
FOLDERS = ("landing", "rejected", "models", "outbox", "reports", "briefs", "forgotten")
KEY = "author.key"
MANIFEST = "manifest.json"
DONE = ".done"
SUFFIX = ".tar.gz"
COMPRESSION = 1
"""Most of it is compressed already."""
FORMAT = 1
PIECE_BYTES = 1024**2


@dataclass(frozen=True)
class Manifest:
    """What an archive says of its backup: counts by alias just before and just after the snapshot, and the files."""

    name: str
    before: dict[str, int]
    after: dict[str, int]
    templates: int
    format: int = FORMAT

    def fits(self, counts: Mapping[str, int]) -> bool:
        """Whether so many documents can be what the snapshot holds; posts may have come and gone while it was made."""
        ends = {alias: sorted((self.before[alias], self.after.get(alias, 0))) for alias in self.before}
        return counts.keys() == ends.keys() and all(low <= counts[alias] <= high for alias, (low, high) in ends.items())


def done_markers(data: Path) -> frozenset[Path]:
    """The marks of the landed segments that are done, relative to the data folder."""
    return frozenset(path.relative_to(data) for path in data.glob(f"landing/*/*/*{DONE}"))


def pack(data: Path, archive: Path, done: frozenset[Path], told: Mapping[str, Any]) -> Manifest:
    """Write the archive, readable by its owner only; it appears whole or not at all. `told` is the rest of the manifest."""
    manifest = Manifest(**told)
    with (
        whole_file(archive) as stream,
        gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=COMPRESSION) as zipped,
        tarfile.open(fileobj=zipped, mode="w|") as tar,
    ):
        _add(tar, MANIFEST, orjson.dumps(asdict(manifest)))
        for path in _kept(data):
            if path.suffix != DONE or path.relative_to(data) in done:
                _pack_one(tar, data, path)
    return manifest


def _kept(data: Path) -> list[Path]:
    found = [
        path for name in FOLDERS for path in sorted((data / name).rglob("*")) if path.is_symlink() or path.is_file()
    ]
    # What begins with a dot is being written.
    found = [path for path in found if not path.name.startswith(".")]
    return [*found, data / KEY] if (data / KEY).is_file() else found


def _pack_one(tar: tarfile.TarFile, data: Path, path: Path) -> None:
    name = path.relative_to(data).as_posix()
    # A mail may be settled, an old day deleted, while the rest is packed.
    with suppress(FileNotFoundError):
        if path.is_symlink():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, str(path.readlink())
            tar.addfile(link)
        else:
            _add(tar, name, path.read_bytes(), path.stat().st_mtime)


def _add(tar: tarfile.TarFile, name: str, content: bytes, modified: float = 0) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), 0o600, int(modified)
    tar.addfile(entry, io.BytesIO(content))


def read_manifest(archive: Path) -> Manifest | None:
    """What the archive says of its backup; None for one that cannot be read."""
    try:
        with tarfile.open(archive, "r|gz") as tar:
            first = tar.next()
            stream = tar.extractfile(first) if first and first.name == MANIFEST else None
            return Manifest(**orjson.loads(stream.read())) if stream else None
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, TypeError):
        return None


def unpack(archive: Path, aside: Path) -> Manifest:
    """Unpack into an empty folder of its owner's only. Raises `YuqingError` when the archive is not whole.

    Raises `Unavailable` when there is no room for what is in it.
    """
    shutil.rmtree(aside, ignore_errors=True)
    make_private(aside)
    try:
        _read_through(archive)
        with tarfile.open(archive, "r:gz") as tar:
            # `data`: no entry leads out of the folder.
            tar.extractall(aside, filter="data")
        return Manifest(**orjson.loads((aside / MANIFEST).read_bytes()))
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, TypeError) as error:
        shutil.rmtree(aside, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise Unavailable(f"没有地方解开备份文件 {archive}：{reason(error)}", LOOK_AT_THE_DISK) from error
        raise YuqingError(f"备份文件 {archive} 已损坏或读不出来，没有恢复。", "请换用另一份备份。") from error


def _read_through(archive: Path) -> None:
    """Compare with the checksum at the end of the file, which the reading of the entries stops short of."""
    with gzip.open(archive) as stream:
        while stream.read(PIECE_BYTES):
            pass


def put_back(aside: Path, data: Path) -> int:
    """Bring what was unpacked into the data folder, and give up `aside`; the number of files.

    What was landed after the backup stays and is done again, because the restored index does not have it. The outbox is
    that of the backup, as the record of mails is. What was forgotten stays forgotten.
    """
    kept = _kept(aside)
    wanted = {path.relative_to(aside) for path in kept}
    for marker in done_markers(data) - wanted:
        (data / marker).unlink()
    for path in [path for path in _kept(data) if path.is_relative_to(data / "outbox")]:
        path.unlink()
    for path in kept:
        _put_back_one(path, data / path.relative_to(aside))
    shutil.rmtree(aside)
    return len(kept)


def _put_back_one(path: Path, target: Path) -> None:
    if path.is_symlink():
        make_private(target.parent)
        target.unlink(missing_ok=True)
        target.symlink_to(path.readlink())
    elif path.parent.name == "forgotten" and target.exists():
        write_whole(target, _united(target.read_bytes(), path.read_bytes()))
    else:
        with path.open("rb") as stream:
            _copy(stream, target)


def _united(now: bytes, then: bytes) -> bytes:
    return b"".join(line + b"\n" for line in sorted({*now.split(), *then.split()}))


def _copy(stream: BinaryIO, target: Path) -> None:
    with whole_file(target) as out:
        shutil.copyfileobj(stream, out)


def mirror(source: Path, target: Path) -> None:
    """Make the folder `target` hold what a snapshot repository holds. Nobody may write to the repository meanwhile.

    Files there are never changed, only added and deleted, but for the two that name the rest: those come last.
    """
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    for name in sorted(wanted, key=lambda name: (len(name.parts) == 1, name.name == "index.latest", name)):
        known = target / name
        fresh = known.is_file() and known.stat().st_size == (source / name).stat().st_size
        if not fresh or name.name == "index.latest":
            with (source / name).open("rb") as stream:
                _copy(stream, known)
    for stale in list(_files(target)):
        if stale.relative_to(target) not in wanted:
            stale.unlink()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
