"""Follow-ups: matters people keep raising after they were answered become candidates, each with a brief and one mail.

A matter has one undecided candidate at a time; its figures and brief are renewed while people go on writing. What was
decided stays decided until something new is said to the matter.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from alerts.chat import Telling, plain
from alerts.matter_mail import render_brief
from core.clock import show
from core.errors import YuqingError
from core.logs import logged
from matters.brief import Brief, make_brief
from matters.brief_text import to_markdown
from matters.decisions import Decision
from matters.followups import STEPS, Candidate, Effect, State, candidate, effect
from matters.matter import Matter
from matters.warning import mail_at
from matters.wording import minute_of
from nlp.masking import mask
from pipeline.brief_files import BriefFiles, brief_document, brief_mail
from pipeline.chat import Announcement, ChatRun, announce
from pipeline.matter_reading import MatterReader
from pipeline.notices import Notice, Sent, send_notices
from pipeline.runtime import Runtime
from store.followups import DecisionRecord, ExplanationRecord, FollowUpRecord
from store.matters import MatterRecord

LOCK = "followups"
NEW: State = "待研判"
EXPLAINED: State = "已解读"
NEWS_FOR = timedelta(days=7)
"""A candidate found longer ago is no news for a chat channel, such as one set up since."""
UNDECIDED: tuple[State, ...] = (NEW, "拟二次解读")


@dataclass
class FollowUpRun:
    """Candidates a run found and renewed, and what became of mails (by follow-up id)."""

    new: list[FollowUpRecord] = field(default_factory=list)
    renewed: list[FollowUpRecord] = field(default_factory=list)
    mails: Sent = field(default_factory=Sent)

    @property
    def is_partial(self) -> bool:
        """Whether a mail did not go out."""
        return bool(self.mails.failed)


@logged("followups")
def followups(runtime: Runtime, at: datetime, sent_at: datetime) -> FollowUpRun:
    """Find the candidates as of `at`, write their briefs, and mail each to the lead department once.

    A mail that could not be sent is listed in the result and goes out with the next run. `sent_at` is the real time.
    Mails make no noise at night, chats do: their messages wait for the end of the quiet hours.
    """
    run = FollowUpRun()
    with runtime.lock(LOCK):
        reader = MatterReader(runtime)
        rules = runtime.settings.matters.followups
        for record, matter in reader.read(runtime.matters.heard_of(at - timedelta(days=rules.quiet_days), at)):
            if found := candidate(matter, at, rules):
                _keep(runtime, reader.followups.get(record.id, []), record, matter, found, run)
        waiting = [record for record in runtime.followups.all([NEW]) if record.created_at <= at]
        mails = send_notices(runtime, "followup", [_notice(runtime, record) for record in waiting], at, sent_at)
        run.mails = mails.with_chats(_announce(runtime, waiting, at, sent_at))
    return run


def followup_id(matter_id: str, answered_at: datetime) -> str:
    """The id of the candidate that a matter is after an answer: 10 hexadecimal digits."""
    return hashlib.sha256(f"{matter_id}|{answered_at.isoformat()}".encode()).hexdigest()[:10]


def set_state(
    runtime: Runtime, id_: str, decision: Decision[State], explanation: ExplanationRecord | None
) -> FollowUpRecord:
    """Keep what a person decided about a follow-up. With 已解读 comes the explanation that was published.

    The same decision told again, after a kill or because the answer to the first time was lost, counts once. Raises
    `YuqingError` when there is no such follow-up or the state may not follow the present one.
    """

    def decided(record: FollowUpRecord) -> FollowUpRecord:
        told = explanation if decision.state == EXPLAINED else None
        note, who = mask(decision.note).text, mask(decision.who).text
        entry = DecisionRecord(state=decision.state, note=note, who=who, at=decision.at, explanation=told)
        if record.history[-1:] == [entry]:
            return record
        STEPS.take(record.state, decision)
        # 待研判 takes back what was reported; with another explanation planned the earlier one still counts.
        stands = None if decision.state == NEW else told or record.explanation
        changes = {"state": decision.state, "history": [*record.history, entry], "explanation": stands}
        return record.model_copy(update=changes)

    changed = runtime.followups.change(id_, decided)
    if changed is None:
        raise YuqingError(f"没有编号为 {id_} 的二次解读对象。", "编号见 yuqing followups。")
    matter = runtime.matters.find(changed.matter_id)
    if matter:
        runtime.matters.set_state(matter.id, changed.state)
    return changed


def effects(runtime: Runtime, records: Sequence[FollowUpRecord], at: datetime) -> dict[str, Effect]:
    """Before and after the second explanation, as known at `at`, of those follow-ups that were explained; by their ids."""
    explained = {record.id: record for record in records if record.state == EXPLAINED and record.explanation}
    reader = MatterReader(runtime)
    found = {}
    for id_, record in explained.items():
        matter = runtime.matters.find(record.matter_id)
        for _, read in reader.read([matter] if matter else []):
            assert record.explanation is not None  # noqa: S101  those without were left out
            found[id_] = effect(read, record.explanation.at, at, runtime.settings.matters.followups)
    return found


def brief_files(runtime: Runtime, record: FollowUpRecord) -> BriefFiles:
    """The files of a follow-up's brief; made anew where the data folder does not have them any more."""
    files = BriefFiles.of(runtime.settings.data, record.id)
    if not files.are_there():
        files.write(_present_brief(runtime, record, record.updated_at))
    return files


def closing_files(runtime: Runtime, record: FollowUpRecord, at: datetime) -> BriefFiles:
    """The files of the brief; those of a follow-up that people decided about are made anew, as of `at`, and tell what
    was decided and, of an explained one, before and after.
    """
    if not record.history:
        return brief_files(runtime, record)
    handled = [f"{minute_of(one.at)} {one.who}：{one.state}{one.note and f'，{one.note}'}" for one in record.history]
    handled += [effect.sentence for effect in effects(runtime, [record], at).values()]
    files = BriefFiles.of(runtime.settings.data, record.id)
    files.write(replace(_present_brief(runtime, record, at), handled=tuple(handled)))
    return files


def _keep(
    runtime: Runtime,
    known: Sequence[FollowUpRecord],
    record: MatterRecord,
    matter: Matter,
    found: Candidate,
    run: FollowUpRun,
) -> None:
    undecided = next((one for one in reversed(known) if one.state in UNDECIDED), None)
    id_ = undecided.id if undecided else followup_id(matter.id, found.answered_at)
    if undecided:
        if record.state != undecided.state:
            # The run that found it died before it came to this.
            runtime.matters.set_state(matter.id, undecided.state)
        if (undecided.last_post_at, undecided.posts_after) == (found.last_post_at, found.posts_after):
            return
    elif any(one.id == id_ or one.answered_at == found.answered_at for one in known):
        return
    brief = _brief(runtime, matter, found.at)
    # The files come first: where there is a record, there are files.
    BriefFiles.of(runtime.settings.data, id_).write(brief)
    told = _told(runtime, brief, found, record)
    if undecided:
        if renewed := runtime.followups.change(id_, lambda one: one.model_copy(update=told)):
            run.renewed.append(renewed)
        return
    new = FollowUpRecord(id=id_, state=NEW, created_at=found.at, **told)
    runtime.followups.add(new)
    runtime.matters.set_state(matter.id, NEW)
    run.new.append(new)


def _present_brief(runtime: Runtime, record: FollowUpRecord, at: datetime) -> Brief:
    """The brief of the follow-up's matter as of `at`. Raises `YuqingError` when its posts are not in the index any more."""
    matter = runtime.matters.find(record.matter_id)
    for _, read in MatterReader(runtime).read([matter] if matter else []):
        return _brief(runtime, read, at)
    raise YuqingError(f"找不到 {record.id} 的材料，也无法重新生成：这件事的留言不在索引里。")


def _brief(runtime: Runtime, matter: Matter, at: datetime) -> Brief:
    rules = runtime.settings.matters
    brief = make_brief(matter, at, runtime.terms, rules.followups, rules.heat)
    if brief is None:
        raise YuqingError(f"{matter.id} 在 {show(at)} 还没有留言。")
    return brief


def _told(runtime: Runtime, brief: Brief, found: Candidate, record: MatterRecord) -> dict[str, Any]:
    """What a follow-up says of its matter at a time."""
    return {
        "matter_id": found.matter_id,
        "title": brief.name,
        "place": record.place,
        "source": record.source,
        "topic": record.topic,
        "department": runtime.settings.departments.named(brief.department).name,
        "updated_at": found.at,
        "answered_at": found.answered_at,
        "answered_by": found.answered_by,
        "people_before": found.people_before,
        "people_after": found.people_after,
        "posts_after": found.posts_after,
        "asked_again": found.asked_again,
        "last_post_at": found.last_post_at,
        "reason": found.reason,
        "brief": brief_document(brief),
        "markdown": to_markdown(brief),
    }


def _announce(runtime: Runtime, waiting: Sequence[FollowUpRecord], at: datetime, sent_at: datetime) -> ChatRun:
    """Tell the lead sections' chat channels."""
    if mail_at(at, None, runtime.settings.matters.quiet_hours) > at:
        return ChatRun()
    fresh = [record for record in waiting if at - record.created_at <= NEWS_FOR]
    return announce(runtime, "followup", [_announcement(runtime, record) for record in fresh], at, sent_at)


def _announcement(runtime: Runtime, record: FollowUpRecord) -> Announcement:
    department = runtime.settings.departments.named(record.department)
    title = f"【二次解读建议】{plain(record.title)}"
    lines = (plain(record.reason, 200), f"请研判是否需要二次解读。详见邮件，编号 {record.id}。")
    return Announcement(record.id, department.name, department.channels, lambda: Telling(title, lines))


def _notice(runtime: Runtime, record: FollowUpRecord) -> Notice:
    department = runtime.settings.departments.named(record.department)

    def write(sender: str, message_id: str) -> EmailMessage:
        mail = brief_mail(record, department.name, brief_files(runtime, record))
        return render_brief(mail, department.mail, sender, message_id)

    return Notice(record.id, department.name, department.mail, write)
