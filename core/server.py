"""How to reach a server that asks for a login: the same five settings for Elasticsearch and Kibana."""

from pathlib import Path
from typing import ClassVar

from pydantic import SecretStr, model_validator

from core.config import Config


class ServerSettings(Config):
    """A server, from the environment. `prefix` is how its variables begin, for the errors that name them."""

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
        if (self.username is None) != (self.password is None):
            raise ValueError(f"{self.prefix}_USERNAME 和 {self.prefix}_PASSWORD 要同时给出")
        if self.username and self.api_key:
            raise ValueError(f"用户名密码与 {self.prefix}_API_KEY 只能用一种")
        if self.ca_file and not self.ca_file.is_file():
            raise ValueError(f"{self.prefix}_CA_FILE 指的文件不存在：{self.ca_file}")
        return self
