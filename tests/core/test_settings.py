"""Settings of an installation: environment variables and the office's files, checked before anything starts."""

import shutil
import stat
from datetime import time
from pathlib import Path

import pytest

from core.errors import ConfigError
from pipeline.settings import PROJECT, Settings
from tests.core.wording import english_in

MAIL = {"YUQING_SMTP_HOST": "mail.city.example", "YUQING_SMTP_FROM": "reminder@city.example"}
SECRET = "correct-horse"


def refused(environment: dict[str, str]) -> str:
    with pytest.raises(ConfigError) as told:
        Settings(environment).check()
    return f"{told.value.message}\n{told.value.advice}"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A copy of the shipped configuration to make mistakes in."""
    return Path(shutil.copytree(PROJECT / "config", tmp_path / "config"))


def test_the_shipped_configuration_is_correct() -> None:
    Settings({}).check()


def test_without_variables_there_is_neither_a_cluster_nor_a_mail_server() -> None:
    # when
    found = Settings({"YUQING_SMTP_FROM": "reminder@city.example", "ELASTICSEARCH_USERNAME": "elastic"})
    # then the host switches each of them on
    assert (found.cluster, found.mail) == (None, None)


def test_a_variable_set_to_nothing_is_not_set() -> None:
    # when
    found = Settings({**MAIL, "YUQING_SMTP_PORT": "", "YUQING_SMTP_USERNAME": "", "ELASTICSEARCH_URL": ""})
    # then
    assert found.cluster is None
    assert (found.mail.port, found.mail.username) == (587, None)


def test_all_variables_arrive_where_they_belong(tmp_path: Path) -> None:
    # given
    authority = tmp_path / "authority.pem"
    authority.touch()
    # when
    found = Settings(
        {
            **MAIL,
            "YUQING_SMTP_PORT": "465",
            "YUQING_SMTP_SECURITY": "tls",
            "YUQING_SMTP_USERNAME": "user",
            "YUQING_SMTP_PASSWORD": SECRET,
            "YUQING_SMTP_CA_FILE": str(authority),
            "ELASTICSEARCH_URL": "https://es.city.example:9200",
            "ELASTICSEARCH_API_KEY": "key",
            "ELASTICSEARCH_CA_FILE": str(authority),
            "YUQING_INDEX_PREFIX": "test-",
            "YUQING_DATA": str(tmp_path / "data"),
            "YUQING_AUTHOR_KEY": "salt",
        }
    )
    # then
    mail, cluster = found.mail, found.cluster
    assert (mail.host, mail.port, mail.security, mail.username) == ("mail.city.example", 465, "tls", "user")
    assert (mail.password.get_secret_value(), mail.sender) == (SECRET, "reminder@city.example")
    assert (cluster.url, cluster.api_key.get_secret_value()) == ("https://es.city.example:9200", "key")
    assert mail.ca_file == cluster.ca_file == authority
    assert (found.index_prefix, found.data, found.author_key) == ("test-", tmp_path / "data", b"salt")


@pytest.mark.parametrize(
    ("given", "variable", "allowed"),
    [
        ({"YUQING_SMTP_HOST": "mail.city.example"}, "YUQING_SMTP_FROM", "缺少这一项"),
        ({**MAIL, "YUQING_SMTP_FROM": "me"}, "YUQING_SMTP_FROM", "“me”不是邮箱地址"),
        ({**MAIL, "YUQING_SMTP_PORT": "smtp"}, "YUQING_SMTP_PORT", "必须是整数"),
        ({**MAIL, "YUQING_SMTP_PORT": "70000"}, "YUQING_SMTP_PORT", "不能大于 65535"),
        ({**MAIL, "YUQING_SMTP_SECURITY": "ssl"}, "YUQING_SMTP_SECURITY", "只能是 'none'"),
        ({**MAIL, "YUQING_SMTP_USERNAME": "user"}, "YUQING_SMTP_PASSWORD", "同时给出"),
        ({**MAIL, "YUQING_SMTP_PASSWORD": SECRET}, "YUQING_SMTP_USERNAME", "同时给出"),
        (
            {**MAIL, "YUQING_SMTP_USERNAME": "u", "YUQING_SMTP_PASSWORD": SECRET, "YUQING_SMTP_SECURITY": "none"},
            "YUQING_SMTP_SECURITY",
            "starttls 或 tls",
        ),
        ({**MAIL, "YUQING_SMTP_CA_FILE": "/nowhere.pem"}, "YUQING_SMTP_CA_FILE", "/nowhere.pem"),
        ({"ELASTICSEARCH_URL": "localhost:9200"}, "ELASTICSEARCH_URL", "必须以 http:// 或 https:// 开头"),
        (
            {"ELASTICSEARCH_URL": "http://es:9200", "ELASTICSEARCH_PASSWORD": SECRET},
            "ELASTICSEARCH_USERNAME",
            "同时给出",
        ),
        (
            {"ELASTICSEARCH_URL": "http://es:9200", "ELASTICSEARCH_CA_FILE": "/nowhere.pem"},
            "ELASTICSEARCH_CA_FILE",
            "不存在",
        ),
        ({"KIBANA_URL": "http://me:secret@localhost:5601"}, "KIBANA_USERNAME", "不能写用户名和口令"),
        ({"KIBANA_URL": "http://[::1"}, "KIBANA_URL", "不是正确的网址"),
    ],
)
def test_a_wrong_variable_is_named_with_what_is_allowed(given: dict[str, str], variable: str, allowed: str) -> None:
    # when
    told = refused(given)
    # then
    assert told.startswith("环境变量不对")
    assert variable in told
    assert allowed in told
    assert "整个文件" not in told
    assert english_in(told) == []


@pytest.mark.parametrize("name", ["ELASTICSEARCH", "KIBANA"])
@pytest.mark.parametrize("login", [{"USERNAME": "elastic", "PASSWORD": SECRET}, {"API_KEY": SECRET}])
@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("https://es.city.example:9200", True),
        ("http://localhost:9200", True),
        ("http://127.0.0.1:9200", True),
        ("http://[::1]:9200", True),
        ("http://es.city.example:9200", False),
        ("http://10.1.2.3:9200", False),
        ("http://127.0.0.1.city.example:9200", False),
        ("http://localhost.city.example:9200", False),
        ("http://:9200", False),
    ],
)
def test_a_password_goes_only_where_nobody_can_read_it_on_its_way(
    name: str, login: dict[str, str], url: str, is_taken: bool
) -> None:
    # given
    given = {f"{name}_URL": url} | {f"{name}_{part}": value for part, value in login.items()}
    # then
    if is_taken:
        Settings(given).check()
        return
    told = refused(given)
    assert f"{name}_URL 以 http:// 开头" in told
    assert "https://" in told
    assert "localhost" in told
    assert SECRET not in told
    # and without a login it may be asked as before
    Settings({f"{name}_URL": url}).check()


@pytest.mark.parametrize(
    "given",
    [
        {**MAIL, "YUQING_SMTP_PASSWORD": SECRET},
        {"ELASTICSEARCH_URL": f"https://u:{SECRET}@es:9200"},
        {**MAIL, "YUQING_SMTP_USERNAME": "u", "YUQING_SMTP_PASSWORD": SECRET, "YUQING_SMTP_SECURITY": "none"},
        {"ELASTICSEARCH_URL": "es:9200", "ELASTICSEARCH_USERNAME": "u", "ELASTICSEARCH_PASSWORD": SECRET},
        {"ELASTICSEARCH_URL": "es:9200", "ELASTICSEARCH_API_KEY": SECRET},
    ],
)
def test_a_password_is_never_part_of_an_error(given: dict[str, str]) -> None:
    assert SECRET not in refused(given)


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("pipeline.yml", "heap: 1g", "heep: 1g", ["embedded.heep", "没有这个配置项"]),
        ("pipeline.yml", "keep_landed_days: 180", "keep_landed_days: 半年", ["keep_landed_days", "必须是整数"]),
        ("pipeline.yml", 'alerts: ["30 8 * * *", "0 14 * * *"]', 'alerts: "30 8 * * *"', ["schedule.alerts", "必须是列表"]),
        ("pipeline.yml", "heap: 1g", "heap: 1gb", ["embedded.heap", "1gb"]),
        ("pipeline.yml", '"0 14 * * *"', '"每天"', ["schedule.alerts.1", "cron", "现在是 '每天'"]),
        ("pipeline.yml", '"30 3 * * *"', '"30 25 * * *"', ["schedule.housekeeping", "cron"]),
        ("pipeline.yml", '"30 3 * * *"', '"0 30 3 * * *"', ["schedule.housekeeping", "五段"]),
        ("deadlines.yml", "rule: inquiry", "rule: enquiry", ["enquiry", "没有定义的规则"]),
        ("deadlines.yml", "working_days: 5", "working_days: 0", ["rules.inquiry.working_days", "不能小于 1"]),
        ("deadlines.yml", "working_days: 5", "working_days: 5\n    hours: 1", ["rules.inquiry", "只能写一个"]),
        ("deadlines.yml", "hours: 48", "extension_working_days: 2", ["rules.opinion_general", "只能写一个"]),
        ("deadlines.yml", "kinds: [咨询]", "kinds: [咨讯]", ["assignments.1.kinds", "'咨询'", "现在是 '咨讯'"]),
        ("deadlines.yml", "channels: [disclosure_request]", "channels: [disclosure]", ["channels", "'disclosure_request'"]),
        ("deadlines.yml", 'office_closes: "17:30"', 'office_closes: "25:30"', ["office_closes", "25:30"]),
        ("deadlines.yml", 'office_closes: "17:30"', "office_closes: 下午五点半", ["office_closes", "下午五点半"]),
        ("deadlines.yml", 'office_closes: "17:30"', "office_closes: 1730", ["office_closes", "必须是时间", "现在是 1730"]),
        ("deadlines.yml", 'office_closes: "17:30"', "office_closes: 17.30", ["office_closes", "必须是时间"]),
        ("calendar.yml", "overrides: {}", "overrides: {2026-06-30: 休息}", ["2026-06-30", "'work'", "'rest'"]),
        ("departments.yml", "name: 宣教科", "name: 办公室", ["科室重复：办公室"]),
        ("departments.yml", "topics: [信息公开]", "topics: [信息公开, 中医药]", ["主题重复：中医药"]),
        ("departments.yml", "fallback: 办公室", "fallback: 总务科", ["fallback“总务科”不在科室之中"]),
        ("departments.yml", "[jikong@bureau.example]", "[jikong@bureau]", ["departments.4.mail", "“jikong@bureau”不是邮箱地址"]),
        ("departments.yml", "[jikong@bureau.example]", "jikong@bureau.example", ["departments.4.mail", "必须是列表"]),
        ("sources.yml", "name: messages_voted", "name: messages_replied", ["来源名重复：messages_replied"]),
        ("sources.yml", "kind: feed", "kind: rss", ["只能是", "'feed'"]),
        ("sources.yml", "interval: 4 ", "intervall: 4 ", ["politeness.intervall", "没有这个配置项"]),
        ("topics.yml", "strong: [招聘", "strng: [招聘", ["strng", "没有这个配置项"]),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_told_by_file_key_and_what_is_allowed(
    config: Path, name: str, old: str, new: str, told: list[str]
) -> None:
    # given one slip in an otherwise correct file
    path = config / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    # when
    message = refused({"YUQING_CONFIG": str(config)})
    # then
    assert str(path) in message
    assert [part for part in told if part not in message] == []
    assert english_in(message.replace(str(path), "")) == []


def test_the_closing_hour_means_the_same_without_quotes(config: Path) -> None:
    # given 17:30 without quotes, which YAML would read as the number 1050
    path = config / "deadlines.yml"
    path.write_text(path.read_text(encoding="utf-8").replace('"17:30"', "17:30"), encoding="utf-8")
    # then
    assert Settings({"YUQING_CONFIG": str(config)}).deadlines.office_closes == time(17, 30)


@pytest.mark.parametrize(
    "name",
    [
        "pipeline.yml",
        "sources.yml",
        "deadlines.yml",
        "calendar.yml",
        "departments.yml",
        "topics.yml",
        "user_dict.txt",
        "stopwords.txt",
    ],
)
def test_a_missing_file_is_named_before_anything_starts(config: Path, name: str) -> None:
    # given
    (config / name).unlink()
    # then
    assert str(config / name) in refused({"YUQING_CONFIG": str(config)})


def test_the_advice_for_a_missing_folder_names_the_variable_the_readme_names(tmp_path: Path) -> None:
    assert "YUQING_CONFIG" in refused({"YUQING_CONFIG": str(tmp_path / "nowhere")})


def test_the_schedule_can_be_switched_off_for_everything() -> None:
    # when
    off = Settings({"YUQING_SCHEDULE": "off"}).schedule
    # then
    assert (off.collect, off.refresh, off.alerts, off.housekeeping) == (None, None, (), None)
    assert Settings({}).schedule.alerts == ("30 8 * * *", "0 14 * * *")


def test_the_key_for_authors_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    # given two runs of an installation without a key of its own, and another installation
    first, second, other = (Settings({"YUQING_DATA": str(tmp_path / name)}) for name in ("a", "a", "b"))
    # then
    assert first.author_key == second.author_key != other.author_key
    assert len(first.author_key) == 64
    assert stat.S_IMODE((tmp_path / "a" / "author.key").stat().st_mode) == 0o600
