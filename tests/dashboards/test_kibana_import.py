"""`yuqing dashboards export` and `import`: the file, and what Kibana answers, said to people."""

import base64
import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.errors import ConfigError, ExitCode, Unavailable, YuqingError
from dashboards import kibana_import
from dashboards.kibana import ndjson, saved_objects
from dashboards.kibana_import import KibanaSettings, import_objects
from pipeline.settings import Settings
from tests.cli.command import Yuqing
from tests.dashboards.kibana_server import NOT_READY, KibanaServer

CONTENT = ndjson(saved_objects("wjw-"))


@pytest.fixture
def yuqing() -> Yuqing:
    """The command of an installation with a prefix."""
    return Yuqing({"YUQING_INDEX_PREFIX": "wjw-", "YUQING_AUTHOR_KEY": "only-for-tests"})


def send(kibana: KibanaServer, said: list[str] | None = None, **settings: object) -> int:
    """Import the content; what is said meanwhile goes to `said`."""
    whole = KibanaSettings.model_validate({"url": kibana.url, **settings})
    return import_objects(whole, CONTENT, (said if said is not None else []).append, pause=0)


def test_the_export_is_written_where_asked_and_again_the_same(yuqing: Yuqing, tmp_path: Path) -> None:
    # when
    outcome = yuqing("dashboards", "export", "--out", tmp_path / "boards.ndjson")
    again = yuqing("dashboards", "export", "--out", tmp_path / "again.ndjson")
    # then
    assert (outcome.code, again.code) == (ExitCode.OK, ExitCode.OK)
    assert f"已导出 {len(saved_objects(''))} 个对象" in outcome.out
    assert (tmp_path / "boards.ndjson").read_bytes() == (tmp_path / "again.ndjson").read_bytes() == CONTENT


def test_an_export_that_cannot_be_written_is_an_error(yuqing: Yuqing, tmp_path: Path) -> None:
    outcome = yuqing("dashboards", "export", "--out", tmp_path / "nowhere" / "boards.ndjson")

    assert outcome.code == ExitCode.FAILED
    assert "写不了" in outcome.err


def test_the_import_sends_the_export_to_overwrite_what_is_there(yuqing: Yuqing) -> None:
    with KibanaServer() as kibana:
        # when
        outcome = yuqing("dashboards", "import", KIBANA_URL=kibana.url, KIBANA_USERNAME="office", KIBANA_PASSWORD="p:w")
        # then
        assert (outcome.code, outcome.err) == (ExitCode.OK, "")
        assert f"已导入 {len(saved_objects(''))} 个对象" in outcome.out
        (request,) = kibana.requests
    assert request.path == "/api/saved_objects/_import?overwrite=true"
    assert request.headers["kbn-xsrf"]
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"office:p:w"
    assert (request.file, request.name) == (CONTENT, "yuqing.ndjson")


def test_an_address_on_the_command_line_comes_before_that_of_the_environment(yuqing: Yuqing) -> None:
    with KibanaServer() as named, KibanaServer() as other:
        outcome = yuqing("dashboards", "import", "--url", f"{named.url}/s/yiqing/", KIBANA_URL=other.url)

        assert outcome.code == ExitCode.OK
        assert [request.path for request in named.requests] == ["/s/yiqing/api/saved_objects/_import?overwrite=true"]
        assert other.requests == []


def test_a_space_that_is_missing_is_made_once_and_the_import_goes_there(yuqing: Yuqing) -> None:
    with KibanaServer() as kibana:
        # when
        first = yuqing("dashboards", "import", "--space", "yuqing", KIBANA_URL=kibana.url)
        again = yuqing("dashboards", "import", "--space", "yuqing", KIBANA_URL=kibana.url)
        # then
        assert (first.code, again.code) == (ExitCode.OK, ExitCode.OK)
        assert kibana.spaces == {"default": "Default", "yuqing": "政务舆情（yuqing）"}
        assert [request.path for request in kibana.requests] == [
            "/s/yuqing/api/saved_objects/_import?overwrite=true"
        ] * 2
    assert ("已建立空间 yuqing" in first.err, "已建立空间" in again.err) == (True, False)
    assert f"{kibana.url}/s/yuqing" in first.out


@pytest.mark.parametrize(
    ("forbidden", "told"),
    [({"POST"}, "还没有空间 yuqing，当前账号不能建立它"), ({"GET"}, "不能进入 Kibana 的空间 yuqing")],
)
def test_who_may_not_make_or_enter_a_space_is_told_whom_to_ask(yuqing: Yuqing, forbidden: set[str], told: str) -> None:
    with KibanaServer(forbidden=forbidden) as kibana:
        # when
        outcome = yuqing("dashboards", "import", "--space", "yuqing", KIBANA_URL=kibana.url)
        # then
        assert outcome.code == ExitCode.CONFIG
        assert told in outcome.err
        assert "yuqing es roles --space yuqing" in outcome.err
        assert kibana.requests == []


@pytest.mark.parametrize(("address", "space"), [("", "舆情"), ("", "a/b"), ("/s/other", "yuqing")])
def test_a_space_that_cannot_be_is_refused_before_kibana_is_asked(yuqing: Yuqing, address: str, space: str) -> None:
    with KibanaServer() as kibana:
        outcome = yuqing("dashboards", "import", "--space", space, KIBANA_URL=kibana.url + address)

        assert outcome.code == ExitCode.CONFIG
        assert "空间" in outcome.err
        assert (kibana.requests, len(kibana.spaces)) == ([], 1)


def test_without_an_address_the_command_says_how_to_give_one(yuqing: Yuqing) -> None:
    outcome = yuqing("dashboards", "import")

    assert outcome.code == ExitCode.CONFIG
    assert "KIBANA_URL" in outcome.err


def test_an_api_key_is_sent_as_one() -> None:
    with KibanaServer() as kibana:
        send(kibana, api_key=SecretStr("abc=="))

        assert kibana.requests[0].headers["authorization"] == "ApiKey abc=="


def test_a_kibana_that_starts_is_waited_for() -> None:
    said: list[str] = []
    with KibanaServer(NOT_READY, NOT_READY, (429, {"message": "busy"})) as kibana:
        assert send(kibana, said) == len(saved_objects(""))

        assert len(kibana.requests) == 4
    assert len(said) == 3
    assert all("还没有就绪" in line for line in said)


def test_a_kibana_that_never_comes_up_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr(kibana_import, "ATTEMPTS", 3)
    with KibanaServer(*[NOT_READY] * 5) as kibana, pytest.raises(Unavailable, match="503"):
        send(kibana)
    assert len(kibana.requests) == 3
    # when
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = KibanaSettings(url=f"http://127.0.0.1:{probe.getsockname()[1]}")
        # then
        with pytest.raises(Unavailable, match="连不上 Kibana"):
            import_objects(nobody, CONTENT, lambda _: None, pause=0)


def test_what_kibana_did_not_take_is_named_in_chinese(yuqing: Yuqing) -> None:
    # given
    errors = [
        {
            "id": "yuqing-panel-due",
            "type": "search",
            "meta": {"title": "即将到期和超期的留言", "icon": "discoverApp"},
            "error": {
                "type": "missing_references",
                "references": [{"type": "index-pattern", "id": "yuqing-view-posts"}],
            },
        },
        {"id": "a", "type": "dashboard", "meta": {"title": "今日办理"}, "error": {"type": "conflict"}},
        {"id": "b", "type": "lens", "error": {"type": "unknown", "message": "boom", "statusCode": 500}},
    ]
    with KibanaServer((200, {"success": False, "successCount": 21, "errors": errors})) as kibana:
        # when
        outcome = yuqing("dashboards", "import", KIBANA_URL=kibana.url)
    # then
    assert outcome.code == ExitCode.FAILED
    assert "收下了 21 个" in outcome.err
    for told in (
        "列表“即将到期和超期的留言”：缺少它引用的内容（yuqing-view-posts）",
        "看板“今日办理”：已有同名的另一个",
        "lens“b”：boom",
    ):
        assert told in outcome.err
    assert len(kibana.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_login_is_told_and_not_tried_again(status: int) -> None:
    with KibanaServer((status, {"statusCode": status, "message": "no"})) as kibana:
        with pytest.raises(ConfigError, match=f"拒绝了登录（{status}）") as told:
            send(kibana)

        assert "KIBANA_USERNAME" in told.value.advice
        assert len(kibana.requests) == 1


@pytest.mark.parametrize("answer", [(404, {"message": "Not Found"}), (200, "<html>"), (302, ""), (404, "nothing here")])
def test_an_address_that_is_none_of_kibanas_is_told(answer: tuple[int, object]) -> None:
    with KibanaServer(answer) as kibana, pytest.raises(ConfigError, match="不像是 Kibana"):
        send(kibana)


def test_any_other_refusal_is_passed_on_in_kibanas_words() -> None:
    refusal = {"message": "Unable to bulk get objects"}
    with KibanaServer((400, refusal)) as kibana, pytest.raises(YuqingError, match=r"400.*Unable to bulk get objects"):
        send(kibana)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"KIBANA_URL": "kibana:5601"}, "KIBANA_URL 必须以"),
        ({"KIBANA_URL": "http://k", "KIBANA_USERNAME": "u"}, "KIBANA_PASSWORD 要同时给出"),
        (
            {"KIBANA_URL": "http://k", "KIBANA_USERNAME": "u", "KIBANA_PASSWORD": "p", "KIBANA_API_KEY": "a"},
            "只能用一种",
        ),
        ({"KIBANA_URL": "http://k", "KIBANA_CA_FILE": "/nowhere/ca.crt"}, "/nowhere/ca.crt"),
    ],
)
def test_settings_of_kibana_that_cannot_be_right_are_refused(given: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        Settings(given)
