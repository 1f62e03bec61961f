"""Kibana's spaces: a corner of its own for the dashboards in a Kibana that others use, too."""

import re
from collections.abc import Callable

from core.errors import ConfigError, YuqingError
from dashboards.kibana_import import PAUSE_SECONDS, KibanaSettings, ask, body_of, waiting

SPACE_ID = re.compile(r"[a-z0-9_-]+")
IN_SPACE = re.compile(r"/s/[^/]+/?$")


def space_id(name: str) -> str:
    """The name if Kibana takes it as a space's. Raises `ConfigError`."""
    if not SPACE_ID.fullmatch(name):
        raise ConfigError(f"空间名不对：{name}", "只用小写字母、数字、- 和 _，如 yuqing。")
    return name


def in_space(kibana: KibanaSettings, space: str) -> KibanaSettings:
    """The same Kibana, in that space. Raises `ConfigError` where its address names a space already."""
    if IN_SPACE.search(kibana.url):
        raise ConfigError("KIBANA_URL 里已经写了空间，不能再用 --space。", "请去掉网址末尾的 /s/名，或不用 --space。")
    return kibana.model_copy(update={"url": f"{kibana.url.rstrip('/')}/s/{space_id(space)}"})


def provide_space(kibana: KibanaSettings, space: str, say: Callable[[str], None], pause: float = PAUSE_SECONDS) -> bool:
    """Make the space where it is missing; whether it was. `kibana` is the address without a space.

    Raises `ConfigError` where the login may not see or make it, and what `kibana_import.import_objects` raises.
    """
    return waiting(say, pause)(_provide, kibana, space_id(space))


def _provide(kibana: KibanaSettings, space: str) -> bool:
    found = ask(kibana, "GET", f"/api/spaces/space/{space}")
    if found.status_code == 403:
        raise ConfigError(f"当前账号不能进入 Kibana 的空间 {space}（403）。", _by_administrator(space))
    if found.status_code == 200:
        body_of(found)
        return False
    if found.status_code != 404:
        raise YuqingError(f"查不到 Kibana 的空间（{found.status_code}）：{body_of(found).get('message', '')}")
    made = ask(kibana, "POST", "/api/spaces/space", json={"id": space, "name": f"政务舆情（{space}）"})
    if made.status_code == 403:
        raise ConfigError(f"Kibana 里还没有空间 {space}，当前账号不能建立它（403）。", _by_administrator(space))
    # 409: somebody else made it in between.
    if made.status_code not in (200, 409):
        raise YuqingError(f"Kibana 没有建立空间（{made.status_code}）：{body_of(made).get('message', '')}")
    return made.status_code == 200


def _by_administrator(space: str) -> str:
    return (
        f"请管理员（如 elastic）在 Kibana“堆栈管理 → 空间”里建立标识为 {space} 的空间，"
        f"并运行 yuqing es roles --space {space}，然后再运行一次。"
    )
