"""Who may see the pages, and what a browser is told about them."""

from collections.abc import Iterator

import pytest
import requests

from cli.preview import pages
from core.errors import ConfigError
from dashboards.preview_guard import Admission
from demo.run import POSTS_AT
from tests.preview.serving import serving

TOKEN = "a-token-of-the-office"
PATHS = [
    "",
    "boards/opinion",
    "api/boards/opinion",
    "static/page.css",
    "vega.js",
    "font.ttf",
    "nowhere",
    "api/boards/none",
]


@pytest.fixture(scope="module")
def shared_url(town_environment: dict[str, str]) -> Iterator[str]:
    """The preview as others may see it, with a token."""
    admission = Admission.on("0.0.0.0", {"YUQING_PREVIEW_TOKEN": TOKEN})
    with serving(pages(town_environment, admission, POSTS_AT)) as url:
        yield url


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_forbids_other_origins_guessing_and_frames(town_url: str, path: str) -> None:
    # when
    headers = requests.get(town_url + path, timeout=30).headers
    # then
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["", "api/boards/opinion", "posts/yuqing_demo:YQ0001"])
def test_what_people_wrote_is_kept_in_no_cache(town_url: str, path: str) -> None:
    assert requests.get(town_url + path, timeout=30).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8601", "127.0.0.1.evil.example", "192.168.1.5", ""])
def test_a_name_that_is_not_this_machines_gets_nothing(town_url: str, host: str) -> None:
    # when
    answer = requests.get(f"{town_url}api/boards/opinion", headers={"Host": host}, timeout=30)
    # then
    assert answer.status_code in {400, 421}
    assert "panels" not in answer.text


@pytest.mark.parametrize("host", ["localhost:8601", "LOCALHOST", "127.0.0.1", "[::1]:8601"])
def test_the_names_of_loopback_are_known(town_url: str, host: str) -> None:
    assert requests.get(f"{town_url}api/boards/opinion", headers={"Host": host}, timeout=30).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", ["", "?token=", "?token=a-token-of-the-offic", "?token=%E5%8F%A3%E4%BB%A4"])
def test_without_the_token_there_is_nothing_to_see(shared_url: str, path: str, query: str) -> None:
    # when
    answer = requests.get(shared_url + path + query, timeout=30)
    # then
    assert answer.status_code == 401
    assert answer.text.startswith("需要口令")


def test_the_token_is_given_once_and_then_kept_where_no_program_reads_it(shared_url: str) -> None:
    # given
    reader = requests.Session()
    # when
    entered = reader.get(f"{shared_url}boards/opinion?days=90&token={TOKEN}&topic=疫苗接种", timeout=30)
    # then: on to the same page without the token in its address
    assert 'url=/boards/opinion?days=90&amp;topic=%E7%96%AB%E8%8B%97%E6%8E%A5%E7%A7%8D"' in entered.text
    assert TOKEN not in entered.text
    kept = entered.headers["Set-Cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=strict" in kept
    assert TOKEN not in kept
    # and from now on without it
    assert reader.get(f"{shared_url}api/boards/opinion", timeout=30).status_code == 200
    assert requests.get(f"{shared_url}api/boards/opinion", timeout=30).status_code == 401


@pytest.mark.parametrize("cookie", ["yuqing_preview=", f"yuqing_preview={TOKEN}", "yuqing_preview=0", "=;;\x01=\xff"])
def test_a_made_up_cookie_opens_nothing(shared_url: str, cookie: str) -> None:
    answer = requests.get(f"{shared_url}api/boards/opinion", headers={"Cookie": cookie.encode("latin-1")}, timeout=30)
    assert answer.status_code in {400, 401}


def test_the_way_in_leads_nowhere_else(shared_url: str) -> None:
    # when
    with requests.Session() as reader:
        request = requests.Request("GET", shared_url).prepare()
        request.url = f"{shared_url}/evil.example/%22%3E%3Cscript%3E?token={TOKEN}"
        entered = reader.send(request, timeout=30)
    # then
    assert 'url=/evil.example/%22%3E%3Cscript%3E"' in entered.text


def test_a_number_of_the_machine_is_known_to_those_with_the_token(shared_url: str) -> None:
    # when
    answers = {
        host: requests.get(f"{shared_url}?token={TOKEN}", headers={"Host": host}, timeout=30).status_code
        for host in ("192.168.1.5:8601", "evil.example")
    }
    # then
    assert answers == {"192.168.1.5:8601": 200, "evil.example": 421}


@pytest.mark.parametrize("environment", [{}, {"YUQING_PREVIEW_TOKEN": ""}, {"YUQING_PREVIEW_TOKEN": "fifteen-letters"}])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "office.example"])
def test_others_are_let_in_only_with_a_token_of_some_length(host: str, environment: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="必须先设置口令"):
        Admission.on(host, environment)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_on_loopback_no_token_is_asked_for(host: str) -> None:
    assert Admission.on(host, {}).token is None
