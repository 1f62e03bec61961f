"""The bureau's sections: which topics are theirs, who is reminded, who is told when a reminder did not help."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from core.config import Config

PLACEHOLDER_DOMAIN = "@bureau.example"
# RFC 5322's dot-atom on both sides; at most 64 characters before the @ (RFC 5321).
_ADDRESS = re.compile(
    r"(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
)


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"“{text}”不是邮箱地址")
    return text


Address = Annotated[str, AfterValidator(_address)]


class Department(Config):
    """A section. `mail` receives the digests; `leaders` are copied when something is overdue by more than a day."""

    name: str = Field(min_length=1)
    mail: tuple[Address, ...] = Field(min_length=1)
    leaders: tuple[Address, ...] = ()
    topics: tuple[str, ...] = ()


class DepartmentsFile(Config):
    """`config/departments.yml`."""

    fallback: str
    """The section that gets what belongs to no other."""
    leadership_group: tuple[Address, ...] = ()
    operator: tuple[Address, ...] = ()
    """Who is told when the system itself fails."""
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

    def placeholder_addresses(self) -> list[str]:
        """Addresses still as shipped, which no mail reaches."""
        groups = [self.leadership_group, self.operator]
        groups += [addresses for d in self.departments for addresses in (d.mail, d.leaders)]
        return sorted({address for group in groups for address in group if address.endswith(PLACEHOLDER_DOMAIN)})
