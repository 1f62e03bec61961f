"""Sections, and which mistakes in their list are refused."""

import pytest
from pydantic import ValidationError

from alerts.departments import DepartmentsFile
from core.config import load_yaml
from nlp.topics import TopicsFile
from pipeline.settings import PROJECT
from tests.alerts.samples import OFFICE


def file(**changes: object) -> DepartmentsFile:
    fields: dict[str, object] = {
        "fallback": "办公室",
        "departments": [
            {"name": "办公室", "mail": ["office@city.example"], "topics": ["信息公开"]},
            {"name": "人事科", "mail": ["staff@city.example"], "topics": ["人才招聘"]},
        ],
    }
    return DepartmentsFile.model_validate(fields | changes)


def sections(*names_and_topics: tuple[str, list[str]]) -> list[dict[str, object]]:
    return [{"name": name, "mail": ["a@city.example"], "topics": topics} for name, topics in names_and_topics]


def test_a_topic_belongs_to_the_section_that_lists_it() -> None:
    assert OFFICE.department_of("疫苗接种") == "疾控应急科"
    assert OFFICE.department_of("人才招聘") == "人事科"


@pytest.mark.parametrize("topic", ["城乡建设", "", None])
def test_a_topic_of_nobody_belongs_to_the_fallback(topic: str | None) -> None:
    assert OFFICE.department_of(topic) == "办公室"


@pytest.mark.parametrize("name", ["撤销了的科", "", None])
def test_an_unknown_section_is_answered_for_by_the_fallback(name: str | None) -> None:
    assert OFFICE.named(name).name == "办公室"
    assert OFFICE.named("人事科").name == "人事科"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"departments": sections(("办公室", []), ("办公室", []))}, "科室重复：办公室"),
        ({"departments": sections(("办公室", ["甲"]), ("人事科", ["乙", "甲"]))}, "主题重复：甲"),
        ({"departments": sections(("办公室", ["甲", "甲"]))}, "主题重复：甲"),
        ({"fallback": "总务科"}, "fallback“总务科”不在科室之中"),
        ({"departments": []}, "departments"),
        ({"departments": [{"name": "办公室", "mail": []}]}, "mail"),
        ({"departments": [{"name": "", "mail": ["a@city.example"]}]}, "name"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        file(**changes)


@pytest.mark.parametrize(
    "address",
    [
        "office",
        "office@bureau",
        "office@",
        "@city.example",
        "office@city..example",
        "张三@city.example",
        "张三 <office@city.example>",
        "office@city.example, staff@city.example",
        "office@city.example\nBcc: other@evil.example",
        "office@city.example\n",
        " office@city.example",
        "office city@city.example",
        "a" * 65 + "@city.example",
    ],
)
@pytest.mark.parametrize("where", ["leadership_group", "operator"])
def test_what_is_no_mail_address_is_refused(address: str, where: str) -> None:
    with pytest.raises(ValidationError, match="不是邮箱地址"):
        file(**{where: [address]})


@pytest.mark.parametrize(
    "address", ["office..duty@city.example", ".office@city.example", "office.@city.example", ".@city.example"]
)
def test_an_address_the_mail_standard_does_not_allow_is_refused_before_it_breaks_a_mail(address: str) -> None:
    with pytest.raises(ValidationError, match="不是邮箱地址"):
        file(operator=[address])


@pytest.mark.parametrize("address", ["office@city.example", "a.b-c_d+e@mail.city.example", "o'neil@x1.example"])
def test_ordinary_addresses_are_taken(address: str) -> None:
    assert file(operator=[address]).operator == (address,)


def test_addresses_still_as_shipped_are_told_once_each() -> None:
    # given placeholders in every place an address can stand, some twice
    shipped = "x@bureau.example"
    found = file(
        leadership_group=[shipped, "real@city.example"],
        operator=[shipped],
        departments=[{"name": "办公室", "mail": ["y@bureau.example"], "leaders": ["z@bureau.example", shipped]}],
    )
    # then
    assert found.placeholder_addresses() == ["x@bureau.example", "y@bureau.example", "z@bureau.example"]
    assert OFFICE.placeholder_addresses() == []


def test_the_shipped_sections_only_name_topics_there_are() -> None:
    # given
    departments = load_yaml(PROJECT / "config" / "departments.yml", DepartmentsFile)
    topics = load_yaml(PROJECT / "config" / "topics.yml", TopicsFile)
    # then
    assert {topic for one in departments.departments for topic in one.topics} <= {one.name for one in topics.topics}
