"""The wording of a draft by somebody else than a person: what is asked of it, whoever does it."""

from collections.abc import Sequence
from typing import Protocol

TASK = (
    "你为政府网站起草问答。只根据给出的答复，用一段平实的书面语回答问题；不写称呼、问候和感谢，不写任何人的姓名；"
    "答复里没有的内容不要写，答复没有回答的就写“答复中没有说明”。"
)


class Writer(Protocol):
    """Words a draft from replies. What it writes is a draft and nothing more: three people review it."""

    def draft(self, question: str, replies: Sequence[str]) -> str:
        """The draft. Raises `core.errors.Unavailable` when it cannot be had now."""


def request_text(question: str, replies: Sequence[str]) -> str:
    """What the writer is told, beside `TASK`."""
    told = "\n".join(f"答复{number}：{reply}" for number, reply in enumerate(replies, 1))
    return f"问题：{question}\n{told}"
