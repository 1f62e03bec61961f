"""How to reach a server that asks for a login: the same five settings for Elasticsearch and Kibana."""

from ipaddress import ip_address
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator

from core.config import Config


class ServerSettings(Config):
    """A server, from the environment. `prefix` is how its variables begin, for the errors that name them.

    A login goes over `https://`, or over `http://` to this machine: anywhere else the password could be read on its way.
    """

    prefix: ClassVar[str]

    url: str
    username: str | None = None
    password: SecretStr | None = None
    api_key: SecretStr | None = None
    ca_file: Path | None = None

    @property
    def login(self) -> tuple[str, str] | None:
        """User name and password, when there are any."""
        return (self.username, self.password.get_secret_value()) if self.username and self.password else None

    @model_validator(mode="after")
    def _one_login(self) -> "ServerSettings":
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"{self.prefix}_URL 必须以 http:// 或 https:// 开头")
        try:
            host, login_in_url = urlsplit(self.url).hostname, "@" in urlsplit(self.url).netloc
        except ValueError:
            raise ValueError(f"{self.prefix}_URL 不是正确的网址") from None
        if login_in_url:
            raise ValueError(
                f"{self.prefix}_URL 里不能写用户名和口令，请用 {self.prefix}_USERNAME 和 {self.prefix}_PASSWORD"
            )
        if (self.username is None) != (self.password is None):
            raise ValueError(f"{self.prefix}_USERNAME 和 {self.prefix}_PASSWORD 要同时给出")
        if self.username and self.api_key:
            raise ValueError(f"用户名密码与 {self.prefix}_API_KEY 只能用一种")
        if self.ca_file and not self.ca_file.is_file():
            raise ValueError(f"{self.prefix}_CA_FILE 指的文件不存在：{self.ca_file}")
        if (self.username or self.api_key) and self.url.startswith("http://") and not _is_this_machine(host):
            raise ValueError(
                f"{self.prefix}_URL 以 http:// 开头，口令会明文经过网络：请改用 https://"
                f"（自签的证书用 {self.prefix}_CA_FILE 指明）；只有本机（localhost、127.0.0.1）可以用 http://"
            )
        return self


def _is_this_machine(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
