"""A language model only words drafts, gets nothing personal, and is off unless the office says otherwise."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.errors import ConfigError, Unavailable
from pipeline.question_writer import language_model, reword
from pipeline.questions import mine_questions
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT
from questions.review import Act
from store.posts import refresh_posts
from tests.questions.conftest import MINED
from tests.questions.test_base import subsidy

SAID = "二孩育儿补贴在2025年4月底前发到银行卡，问13912345678。"


class Model:
    """A server with that interface; it keeps what it was asked and answers what it was told to."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []
        self.keys: list[str | None] = []
        self.answer: object = {"choices": [{"message": {"role": "assistant", "content": SAID}}]}
        self.status = 200
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                model.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                model.keys.append(self.headers.get("Authorization"))
                content = json.dumps(model.answer).encode()
                self.send_response(model.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Not to the test's output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def model() -> Iterator[Model]:
    running = Model()
    yield running
    running.stop()


@pytest.fixture
def willing(asking_city: Runtime, new_runtime: Callable[..., Runtime], model: Model, tmp_path: Path) -> Runtime:
    """An installation that allows the model, with its drafts mined."""
    config = tmp_path / "config"
    config.mkdir()
    for file in (PROJECT / "config").iterdir():
        (config / file.name).write_bytes(file.read_bytes())
    pipeline = config / "pipeline.yml"
    pipeline.write_text(pipeline.read_text("utf-8").replace("language_model: false", "language_model: true"), "utf-8")
    mine_questions(asking_city, MINED)
    refresh_posts(asking_city.es, asking_city.names)
    return new_runtime(
        YUQING_CONFIG=str(config),
        YUQING_MODEL_URL=model.url,
        YUQING_MODEL_NAME="small",
        YUQING_MODEL_KEY="only-for-tests",
    )


def test_it_is_off_as_shipped(runtime: Runtime) -> None:
    with pytest.raises(ConfigError, match="没有启用"):
        language_model(runtime)


def test_its_words_are_a_masked_draft_that_says_who_worded_it(willing: Runtime, model: Model) -> None:
    # when
    entry = reword(willing, subsidy(willing).id, Act("张一", MINED), language_model(willing))
    # then
    assert (entry.state, entry.drafted_by) == ("草稿", "模型")
    assert (entry.history[-1].did, entry.history[-1].who) == ("由模型起草", "张一")
    assert entry.answer.startswith("二孩育儿补贴在2025年4月底前发到银行卡")
    assert "13912345678" not in entry.model_dump_json()
    assert model.keys == ["Bearer only-for-tests"]
    assert "四月" not in json.dumps(model.asked, ensure_ascii=False)
    assert "2025年4月底前发放" in json.dumps(model.asked, ensure_ascii=False)


def test_nothing_personal_is_sent(willing: Runtime, model: Model) -> None:
    # given a draft with what no masking was done to
    id_ = subsidy(willing).id
    willing.questions.change(id_, lambda one: one.model_copy(update={"answer": "张女士请打13912345678询问。"}))
    # when
    reword(willing, id_, Act("张一", MINED), language_model(willing))
    # then
    sent = json.dumps(model.asked, ensure_ascii=False)
    assert "13912345678" not in sent
    assert "张女士" not in sent


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": [{"message": {"content": " "}}]}, ["?"]])
def test_an_answer_that_is_none_changes_nothing(willing: Runtime, model: Model, answer: object) -> None:
    # given
    before = subsidy(willing)
    model.answer = answer
    # then
    with pytest.raises(Unavailable, match="语言模型"):
        reword(willing, before.id, Act("张一", MINED), language_model(willing))
    assert subsidy(willing) == before


def test_a_server_that_fails_changes_nothing(willing: Runtime, model: Model) -> None:
    before = subsidy(willing)
    model.status = 500
    with pytest.raises(Unavailable, match="语言模型"):
        reword(willing, before.id, Act("张一", MINED), language_model(willing))
    assert subsidy(willing) == before
