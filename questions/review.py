"""The three reviews (三审三校): 草稿, 一审, 二审, 三审, 发布. Each step by another person, each on the record, none undone.

Every function takes the entry as it stands and returns it as it is afterwards, with one step more in its history.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from core.errors import YuqingError
from questions.changes import changes
from questions.drafting import NAME_LABEL, names_in
from questions.entry import BY_MODEL, DRAFT, PUBLISHED, REVIEWS, STATES, Drafter, Entry, Published, State, Step

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Act:
    """Who does something, when, and why."""

    who: str
    at: datetime
    note: str = ""


def edit(entry: E, act: Act, question: str | None, answer: str | None) -> E:
    """Word question or answer anew. Only a draft can be edited; what is published stays as it is until published again."""
    if entry.state == PUBLISHED:
        raise YuqingError(
            f"{entry.id} 已经发布，不能直接修改。", "先用 yuqing questions back 退回草稿；原来的答案继续有效。"
        )
    if entry.state != DRAFT:
        raise YuqingError(
            f"{entry.id} 正在审核（{entry.state}），不能直接修改。",
            "审核的人可以在 yuqing questions review 里改，或用 yuqing questions back 退回草稿。",
        )
    return _step(entry, act, DRAFT, "修改", question, answer, drafted_by="人工" if answer else None)


def pass_review(entry: E, act: Act, question: str | None, answer: str | None) -> E:
    """Pass the review that comes next, with the changes the reviewer made.

    Raises `YuqingError` when there is none, nothing to review, or the person has done another review of this round.
    """
    place = STATES.index(entry.state) + 1
    if place > len(REVIEWS):
        todo = "可以发布了。" if entry.state == REVIEWS[-1] else "要修改请先退回草稿。"
        raise YuqingError(f"{entry.id} 已完成三审。", todo)
    if not (answer or entry.answer).strip():
        raise YuqingError(f"{entry.id} 还没有答案。", "先用 yuqing questions edit 写答案。")
    state = STATES[place]
    for earlier in _round(entry):
        if earlier.state in REVIEWS and _same_person(earlier.who, act.who):
            raise YuqingError(
                f"{act.who} 已做过{earlier.state}，不能再做{state}。", "三审要由三个人分别做；请换一位审核人。"
            )
    return _step(entry, act, state, state, question, answer)


def publish(entry: E, act: Act, tokens: str) -> E:
    """Publish what passed the third review; `tokens` are the words it is found by.

    Raises `YuqingError` when it has not, or when the name of somebody who asked still stands in it.
    """
    if entry.state != REVIEWS[-1]:
        raise YuqingError(f"{entry.id} 还没有完成三审，现在是“{entry.state}”。", "三审完成后才能发布。")
    if NAME_LABEL in entry.question + entry.answer:
        raise YuqingError(f"{entry.id} 里还有“{NAME_LABEL}”。", "退回草稿，把这一句改写成对所有人说的话。")
    reviewed_at = next(step.at for step in reversed(entry.history) if step.state == REVIEWS[-1])
    published = Published(
        question=entry.question, answer=entry.answer, source=entry.source, reviewed_at=reviewed_at, at=act.at
    )
    done = _step(entry, act, PUBLISHED, "发布", None, None)
    return done.model_copy(update={"published": published, "tokens": tokens})


def send_back(entry: E, act: Act) -> E:
    """Back to 草稿, with the reason; the reviews begin anew. What is published stays published."""
    if entry.state == DRAFT:
        raise YuqingError(f"{entry.id} 本来就是草稿。")
    _reason(act)
    return _step(entry, act, DRAFT, "退回草稿", None, None)


def withdraw(entry: E, act: Act) -> E:
    """Take what is published away, with the reason; the entry is a draft again."""
    if entry.published is None:
        raise YuqingError(f"{entry.id} 没有发布过。")
    _reason(act)
    return _step(entry, act, DRAFT, "撤下", None, None).model_copy(update={"published": None, "tokens": ""})


def take_suggestion(entry: E, act: Act) -> E:
    """Make the suggested reply the draft."""
    if entry.suggestion is None:
        raise YuqingError(f"{entry.id} 没有建议的新答复。")
    if entry.state != DRAFT:
        raise YuqingError(f"{entry.id} 不是草稿，现在是“{entry.state}”。", "先用 yuqing questions back 退回草稿。")
    taken = _step(entry, act, DRAFT, "采用新答复", None, entry.suggestion.answer, drafted_by="答复")
    return taken.model_copy(update={"source": entry.suggestion.source, "suggestion": None})


def refuse_suggestion(entry: E, act: Act) -> E:
    """Leave the draft as it is; the same reply is not suggested again."""
    if entry.suggestion is None:
        raise YuqingError(f"{entry.id} 没有建议的新答复。")
    source = entry.suggestion.source
    dismissed = [*entry.dismissed, *([source.post_id] if source else [])]
    left = _step(entry, act, entry.state, "不采用新答复", None, None)
    return left.model_copy(update={"suggestion": None, "dismissed": dismissed})


def take_model_draft(entry: E, act: Act, answer: str) -> E:
    """Make the language model's wording the draft: it is never more than that, and says who worded it."""
    if entry.state != DRAFT:
        raise YuqingError(f"{entry.id} 不是草稿，现在是“{entry.state}”。", "模型只能起草草稿。")
    return _step(entry, act, DRAFT, BY_MODEL, None, answer, drafted_by="模型")


def _step(
    entry: E,
    act: Act,
    state: State,
    did: str,
    question: str | None,
    answer: str | None,
    drafted_by: Drafter | None = None,
) -> E:
    if not act.who.strip():
        raise YuqingError("没有写明由谁办理。", "请用 --by 写上姓名。")
    new_question, new_answer = question or entry.question, answer or entry.answer
    changed = [f"问题：{one}" for one in changes(entry.question, new_question)]
    changed += [f"答案：{one}" for one in changes(entry.answer, new_answer)]
    if did == "修改" and not changed:
        raise YuqingError("没有改动。")
    step = Step(state=state, did=did, who=act.who.strip(), at=act.at, note=act.note, changed=changed, text=new_answer)
    update = {
        "question": new_question,
        "answer": new_answer,
        "state": state,
        "names": names_in(new_answer),
        "history": [*entry.history, step],
    }
    return entry.model_copy(update=update | ({"drafted_by": drafted_by} if drafted_by else {}))


def _round(entry: Entry) -> list[Step]:
    """The steps since the entry was last a draft."""
    steps: list[Step] = []
    for step in reversed(entry.history):
        if step.state == DRAFT:
            break
        steps.append(step)
    return steps


def _same_person(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _reason(act: Act) -> None:
    if not act.note.strip():
        raise YuqingError("没有写明原因。", "请用 --note 写明原因。")
