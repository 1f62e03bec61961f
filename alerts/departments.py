"""The bureau's sections: which topics are theirs, who is reminded, who is told when a reminder did not help."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from core.config import Config

PLACEHOLDER_DOMAIN = "@bureau.example"
_CHANNEL = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# RFC 5322's dot-atom on both sides; at most 64 characters before the @ (RFC 5321).
_ADDRESS = re.compile(
    r"(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
)


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"“{text}”不是邮箱地址")
    return text


Address = Annotated[str, AfterValidator(_address)]


def _channel(text: str) -> str:
    if not _CHANNEL.fullmatch(text):
        raise ValueError(f"“{text}”不能作通道的名字：只能用小写英文字母、数字和连字符，以字母开头")
    return text


ChannelName = Annotated[str, AfterValidator(_channel)]
"""The name of a chat channel; its address, which holds a key, stands in the environment."""


class Department(Config):
    """A section. `mail` receives the digests; `leaders` are copied when something is overdue by more than a day.

    What goes to `mail` goes to `channels` as a short message as well.
    """

    name: str = Field(min_length=1)
    mail: tuple[Address, ...] = Field(min_length=1)
    leaders: tuple[Address, ...] = ()
    channels: tuple[ChannelName, ...] = ()
    topics: tuple[str, ...] = ()


class DepartmentsFile(Config):
    """`config/departments.yml`."""

    fallback: str
    """The section that gets what belongs to no other."""
    leadership_group: tuple[Address, ...] = ()
    leadership_channels: tuple[ChannelName, ...] = ()
    operator: tuple[Address, ...] = ()
    """Who is told when the system itself fails."""
    operator_channels: tuple[ChannelName, ...] = ()
    departments: tuple[Department, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "DepartmentsFile":
        names = [department.name for department in self.departments]
        topics = [topic for department in self.departments for topic in department.topics]
        for what, values in (("科室", names), ("主题", topics)):
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(f"{what}重复：{'、'.join(twice)}")
        if self.fallback not in names:
            raise ValueError(f"fallback“{self.fallback}”不在科室之中")
        return self

    def department_of(self, topic: str | None) -> str:
        """The section a topic belongs to; the fallback for one that nobody has."""
        for department in self.departments:
            if topic in department.topics:
                return department.name
        return self.fallback

    def named(self, name: str | None) -> Department:
        """The section of that name; the fallback when there is none."""
        by_name = {department.name: department for department in self.departments}
        return by_name.get(name or "", by_name[self.fallback])

    def channels_used(self) -> list[str]:
        """The names of the channels that anybody is told by."""
        groups = [self.leadership_channels, self.operator_channels, *(one.channels for one in self.departments)]
        return sorted({name for group in groups for name in group})

    def placeholder_addresses(self) -> list[str]:
        """Addresses still as shipped, which no mail reaches."""
        groups = [self.leadership_group, self.operator]
        groups += [addresses for d in self.departments for addresses in (d.mail, d.leaders)]
        return sorted({address for group in groups for address in group if address.endswith(PLACEHOLDER_DOMAIN)})
