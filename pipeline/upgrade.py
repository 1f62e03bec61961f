"""Upgrading an installation's indices, one run at a time."""

from collections.abc import Callable
from dataclasses import dataclass

from core.logs import logged
from pipeline.runtime import Runtime
from store import upgrade as store_upgrade
from store.upgrade import Upgraded

LOCK = "upgrade"


@dataclass(frozen=True)
class UpgradeRun:
    """What became of the indices of each alias, and the old ones that were deleted."""

    indices: tuple[Upgraded, ...]
    dropped: tuple[str, ...]


@logged("upgrade")
def upgrade(runtime: Runtime, tick: Callable[[int], None] = lambda _: None, *, drop_old: bool = False) -> UpgradeRun:
    """Bring every index to this version; with `drop_old` delete what upgrades left behind."""
    with runtime.lock(LOCK):
        done = store_upgrade.upgrade(runtime.client, runtime.names, tick)
        dropped = store_upgrade.drop_old(runtime.client, runtime.names) if drop_old else []
    return UpgradeRun(tuple(done), tuple(dropped))
