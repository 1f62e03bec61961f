"""apprise's plugins for the addresses of channels. Loading apprise takes half a second, which only those pay who use it."""

# mypy: disable-error-code="no-untyped-call"
# apprise says that it carries types; many of its functions have none.

from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from apprise import Apprise, AppriseAsset
from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins.base import NotifyBase
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

# Another address that an answer names gets nothing: the key would go there as well, and its "200" prove nothing.
_ASSET = AppriseAsset(app_id="yuqing", http_redirects=False)


class SignedDingTalk(NotifyDingTalk):
    """钉钉 with a signature that holds: apprise 2.3.0 encodes it for the URL, and requests then does so once more."""

    def get_signature(self) -> tuple[str, str]:
        """Time in milliseconds and signature, not yet encoded."""
        timestamp, signature = super().get_signature()
        return timestamp, unquote(signature)


def plugin_at(address: str) -> NotifyBase | None:
    """The plugin of an address that apprise knows; None when it makes no sense."""
    if not address.lower().startswith("dingtalk:"):
        return Apprise.instantiate(address, asset=_ASSET)
    parsed = SignedDingTalk.parse_url(address)
    try:
        return SignedDingTalk(asset=_ASSET, **parsed) if parsed else None
    except AppriseImproperlyConfigured:
        return None


def robot_at(address: str) -> tuple[str, NotifyBase] | None:
    """Scheme and plugin of a robot's webhook address as the service shows it; None when it is no such address.

    The server is the address's own: 粤政易, and others who run 企业微信 themselves, have theirs.
    """
    try:
        parts = urlsplit(address)
        return _robot(parts) if parts.hostname and not set(parts.netloc + parts.path) & set("{}") else None
    except ValueError:
        # What apprise raises for a key that cannot be one is a ValueError as well.
        return None


def _robot(parts: SplitResult) -> tuple[str, NotifyBase] | None:
    given = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    path = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    # A plugin takes its server from its class, so each address has a class of its own.
    if path.endswith("/cgi-bin/webhook/send"):
        wecom = type("WeCom", (NotifyWeComBot,), {"notify_url": f"{path}?key={{key}}"})
        return "wecombot", wecom(given.get("key"), asset=_ASSET)
    if path.endswith("/robot/send"):
        dingtalk = type("DingTalk", (SignedDingTalk,), {"notify_url": f"{path}?access_token={{token}}"})
        return "dingtalk", dingtalk(given.get("access_token"), secret=given.get("secret"), asset=_ASSET)
    before, _, token = path.rpartition("/")
    if before.endswith("/open-apis/bot/v2/hook"):
        feishu = type("Feishu", (NotifyFeishu,), {"notify_url": f"{before}/{{token}}"})
        return "feishu", feishu(token, asset=_ASSET)
    return None
