"""Sends the saved objects to a Kibana, waiting while it starts, and says in Chinese what it did not take."""

from collections.abc import Callable, Mapping
from typing import Any

import requests
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from core.errors import ConfigError, Unavailable, YuqingError
from core.server import ServerSettings

REQUEST_SECONDS = 120
PAUSE_SECONDS = 5
ATTEMPTS = 60

KINDS: Mapping[str, str] = {
    "index-pattern": "数据视图",
    "search": "列表",
    "visualization": "图",
    "dashboard": "看板",
}
REASONS: Mapping[str, str] = {
    "conflict": "已有同名的另一个",
    "ambiguous_conflict": "已有几个同名的",
    "missing_references": "缺少它引用的内容",
    "unsupported_type": "这个 Kibana 不支持",
    "unsupported_version": "这个 Kibana 的版本太旧",
}


class KibanaSettings(ServerSettings):
    """A Kibana. A space's address ends in `/s/` and its name."""

    prefix = "KIBANA"


def import_objects(
    kibana: KibanaSettings, content: bytes, say: Callable[[str], None], pause: float = PAUSE_SECONDS
) -> int:
    """Import an NDJSON export over what is there; how many objects Kibana took.

    Kibana takes minutes to start; meanwhile it refuses connections or answers 503: it is asked again every `pause` seconds.

    Raises `Unavailable` when Kibana does not answer in time, `ConfigError` when it refuses the login or the address is
    none of Kibana's, `YuqingError` naming what it did not take (the rest is in).
    """
    return waiting(say, pause)(_import_once, kibana, content)


def waiting(say: Callable[[str], None], pause: float) -> Retrying:
    """Calls again every `pause` seconds what raises `Unavailable`, for some minutes, and says so."""
    return Retrying(
        retry=retry_if_exception_type(Unavailable),
        wait=wait_fixed(pause),
        stop=stop_after_attempt(ATTEMPTS),
        before_sleep=lambda state: say(f"Kibana 还没有就绪，{pause:g} 秒后再试（第 {state.attempt_number} 次）"),
        reraise=True,
    )


def ask(kibana: KibanaSettings, method: str, path: str, **what: Any) -> requests.Response:
    """Kibana's answer. Raises `Unavailable` when there is none or it is not ready, `ConfigError` for a refused login."""
    headers = {"kbn-xsrf": "yuqing"}
    if kibana.api_key:
        headers["Authorization"] = f"ApiKey {kibana.api_key.get_secret_value()}"
    try:
        answer = requests.request(
            method,
            kibana.url.rstrip("/") + path,
            headers=headers,
            auth=kibana.login,
            verify=str(kibana.ca_file) if kibana.ca_file else True,
            timeout=REQUEST_SECONDS,
            # A redirect leads to a login page, which is no answer.
            allow_redirects=False,
            **what,
        )
    except requests.exceptions.SSLError as error:
        raise ConfigError("Kibana 的证书不可信。", "请用 KIBANA_CA_FILE 指明颁发机构的证书。") from error
    except requests.exceptions.RequestException as error:
        raise Unavailable("连不上 Kibana。", "请检查 KIBANA_URL，并确认 Kibana 已经启动。") from error
    if answer.status_code == 401:
        raise _refused(answer)
    if answer.status_code in (429, 502, 503, 504):
        raise Unavailable(f"Kibana 正忙或未就绪（{answer.status_code}）。", "请稍后再运行一次。")
    return answer


def body_of(answer: requests.Response) -> dict[str, Any]:
    """What was answered. Raises `ConfigError` when it is not in Kibana's form."""
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict) or answer.status_code in (301, 302, 404):
        raise ConfigError(f"KIBANA_URL 那里不像是 Kibana（{answer.status_code}）。", "请检查地址，包括路径和空间名。")
    return told


def _refused(answer: requests.Response) -> ConfigError:
    return ConfigError(
        f"Kibana 拒绝了登录（{answer.status_code}）。",
        "请检查 KIBANA_USERNAME、KIBANA_PASSWORD 或 KIBANA_API_KEY 及其权限（要能管理保存的对象）。",
    )


def _import_once(kibana: KibanaSettings, content: bytes) -> int:
    answer = ask(
        kibana,
        "POST",
        "/api/saved_objects/_import",
        params={"overwrite": "true"},
        files={"file": ("yuqing.ndjson", content, "application/ndjson")},
    )
    if answer.status_code == 403:
        raise _refused(answer)
    told = body_of(answer)
    if answer.status_code != 200:
        raise YuqingError(f"Kibana 没有收下看板（{answer.status_code}）：{told.get('message', '')}")
    if not told.get("success"):
        raise YuqingError(
            f"Kibana 收下了 {told.get('successCount', 0)} 个，有些没有收下：\n" + "\n".join(_faults(told)),
            "请确认 Kibana 是 8.14 以上的 8.x，然后再运行一次。",
        )
    return int(told["successCount"])


def _faults(told: dict[str, Any]) -> list[str]:
    lines = []
    for fault in told.get("errors", []):
        error = fault.get("error", {})
        title = fault.get("meta", {}).get("title") or fault.get("title") or fault.get("id")
        missing = "、".join(one["id"] for one in error.get("references", []))
        reason = REASONS.get(error.get("type"), error.get("message") or error.get("type") or "没有说明原因")
        kind = KINDS.get(fault.get("type"), fault.get("type"))
        lines.append(f"  {kind}“{title}”：{reason}" + (f"（{missing}）" if missing else ""))
    return lines
