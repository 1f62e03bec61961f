"""Housekeeping: what is kept only for a while is deleted when its time is up."""

from datetime import datetime, timedelta

from core.clock import to_beijing
from core.logs import logged
from pipeline.runtime import Runtime


@logged("housekeeping")
def forget_old_landings(runtime: Runtime, at: datetime) -> int:
    """Delete raw items landed longer ago than `keep_landed_days`; the number of days' folders deleted."""
    keep = timedelta(days=runtime.settings.pipeline.keep_landed_days)
    return runtime.landing.forget_before(to_beijing(at).date() - keep)
