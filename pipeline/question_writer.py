"""A language model that words drafts, over the interface many servers offer (`POST …/chat/completions`).

Off unless `questions: language_model` in `config/pipeline.yml` says otherwise. What is sent is masked; what comes back is a
draft that says who worded it (由模型起草), and goes through the three reviews like any other.
"""

from collections.abc import Sequence

import requests
from pydantic import SecretStr, field_validator

from core.config import Config
from core.errors import ConfigError, Unavailable, YuqingError
from nlp.masking import mask
from pipeline.questions import found_entry
from pipeline.runtime import Runtime
from questions import review
from questions.drafting import draft_of, without_callers
from questions.entry import BY_MODEL
from questions.review import Act
from questions.wording import TASK, Writer, request_text
from store.questions import QuestionRecord

SECONDS = 120
MOST_REPLIES = 5
MOST_CHARACTERS = 2000
MOST_WRITTEN = 20_000


class ModelSettings(Config):
    """The interface, from the environment: `YUQING_MODEL_URL`, `YUQING_MODEL_NAME`, `YUQING_MODEL_KEY`."""

    url: str
    name: str
    key: SecretStr | None = None

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("YUQING_MODEL_URL 必须以 http:// 或 https:// 开头")
        return value.rstrip("/")


class ChatModel:
    """A `questions.wording.Writer` behind that interface."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings

    def draft(self, question: str, replies: Sequence[str]) -> str:
        """The model's wording. Raises `Unavailable` when the server does not give one."""
        key = self._settings.key
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        messages = [
            {"role": "system", "content": TASK},
            {"role": "user", "content": request_text(question, replies)},
        ]
        body = {"model": self._settings.name, "messages": messages, "temperature": 0}
        try:
            answer = requests.post(
                f"{self._settings.url}/chat/completions",
                json=body,
                headers=headers,
                timeout=SECONDS,
                allow_redirects=False,
            )
            answer.raise_for_status()
            text = answer.json()["choices"][0]["message"]["content"]
        except (requests.RequestException, ValueError, LookupError, TypeError) as error:
            raise Unavailable(
                f"语言模型没有给出草稿（{type(error).__name__}）。",
                "请检查 YUQING_MODEL_URL 等环境变量和模型服务，稍后再试。",
            ) from None
        if not isinstance(text, str) or not text.strip() or len(text) > MOST_WRITTEN:
            raise Unavailable("语言模型给出的草稿是空的，或长得离谱。", "请稍后再试，或由人撰写。")
        return text.strip()


def language_model(runtime: Runtime) -> Writer:
    """The model of this installation. Raises `ConfigError` where it is switched off or not named."""
    if not runtime.settings.pipeline.questions.language_model:
        raise ConfigError(
            "没有启用语言模型。",
            "要启用，在 config/pipeline.yml 的 questions 里写 language_model: true；不启用也能用问答库。",
        )
    environment = runtime.settings.environment
    missing = [name for name in ("YUQING_MODEL_URL", "YUQING_MODEL_NAME") if not environment.get(name)]
    if missing:
        raise ConfigError(f"没有设置环境变量 {'、'.join(missing)}。", "填模型服务的地址（到 /v1 为止）和模型名称。")
    try:
        settings = ModelSettings(
            url=environment["YUQING_MODEL_URL"],
            name=environment["YUQING_MODEL_NAME"],
            key=SecretStr(environment["YUQING_MODEL_KEY"]) if environment.get("YUQING_MODEL_KEY") else None,
        )
    except ValueError:
        raise ConfigError("环境变量 YUQING_MODEL_URL 必须以 http:// 或 https:// 开头。") from None
    return ChatModel(settings)


def reword(runtime: Runtime, id_: str, act: Act, model: Writer) -> QuestionRecord:
    """Have the model word the draft out of the entry's draft and the replies to its posts. Only a draft is reworded."""
    entry = found_entry(runtime, id_)
    posts = runtime.matters.posts_by_id(entry.example_ids)
    replies = [draft_of(reply.body) for post in posts for reply in post.replies]
    given = [text for text in dict.fromkeys([entry.answer, *replies]) if text][:MOST_REPLIES]
    if not given:
        raise YuqingError(f"{id_} 还没有答复可供起草。", "模型只根据已有的答复起草，不凭空作答。")
    # An empty step first: what may not be reworded is not sent anywhere.
    review.take_model_draft(entry, act, entry.answer or BY_MODEL)
    told = model.draft(_masked(entry.question), [_masked(text)[:MOST_CHARACTERS] for text in given])
    answer = _masked(told)
    return runtime.questions.change(id_, lambda one: review.take_model_draft(one, act, answer)) or entry


def _masked(text: str) -> str:
    return without_callers(mask(text, official=True).text)
