"""Second explanations: who is a candidate, what its brief says, who is mailed once, and what a person's decision does."""

from pathlib import Path

import pytest
from docx import Document

from core.errors import YuqingError
from core.post import Post
from matters.decisions import Decision
from matters.followups import State
from pipeline.followups import effects, followups, set_state
from pipeline.matters import cluster
from pipeline.runtime import Runtime
from store.followups import ExplanationRecord, FollowUpRecord
from tests.cli.command import Yuqing
from tests.matters_pipeline.letters import (
    MONDAY,
    PLANT,
    SUBSIDY,
    SUBSIDY_LATER,
    SUBSIDY_REPLY,
    answered,
    days,
    letters,
    put,
)
from tests.pipeline.postoffice import PostOffice

REPLIED_AT = MONDAY + days(4)
AT = MONDAY + days(12)
LEAD, LEAD_MAIL = "妇幼健康与人口家庭科", "fuyou@bureau.example"
EXPLAINED_AT = AT + days(2)
EXPLANATION = ExplanationRecord(
    at=EXPLAINED_AT,
    title="育儿补贴政策解读",
    text="离职人员可以凭失业登记证明领取育儿补贴。",
    url="https://city.example/1",
)


def asked_and_answered() -> list[Post]:
    """People asked when the subsidy comes, and each was told."""
    return [answered(post, SUBSIDY_REPLY, REPLIED_AT) for post in letters("subsidy", SUBSIDY)]


def asked_again() -> list[Post]:
    """After the reply others ask what it left open."""
    return letters("later", SUBSIDY_LATER, MONDAY + days(8))


def found(runtime: Runtime) -> list[FollowUpRecord]:
    """What a run finds after clustering, as of `AT`."""
    cluster(runtime, AT)
    return followups(runtime, AT, AT).new


@pytest.fixture
def candidate(mailing_city: Runtime, post_office: PostOffice) -> FollowUpRecord:
    """The one candidate there is; its mail was taken away."""
    put(mailing_city, asked_and_answered() + asked_again())
    (record,) = found(mailing_city)
    post_office.take()
    return record


def test_a_matter_people_keep_raising_after_the_reply_becomes_a_candidate_whose_brief_names_the_open_question(
    mailing_city: Runtime,
) -> None:
    # given
    put(mailing_city, asked_and_answered() + asked_again())
    # when
    (record,) = found(mailing_city)
    # then
    assert (record.matter_id, record.state, record.department) == ("board:subsidy-0", "待研判", LEAD)
    assert (record.source, record.topic) == (["board"], "生育登记与奖扶")
    assert (record.answered_at, record.answered_by) == (REPLIED_AT, "答复")
    assert (record.people_before, record.people_after) == (len(SUBSIDY), len(SUBSIDY_LATER))
    assert "育儿补贴" in record.title
    # and the question the reply left open stands first among those it does not cover, the one it answers does not
    open_questions = record.brief["open_questions"]
    assert "离职" in open_questions[0]["example"]
    assert open_questions[0]["people"] >= 3
    assert not any("何时" in question["example"] or "什么时候" in question["example"] for question in open_questions)
    # and it is kept as it was told
    assert mailing_city.followups.find(record.id) == record
    matter = mailing_city.matters.find("board:subsidy-0")
    assert matter is not None
    assert matter.state == "待研判"


def test_the_brief_is_there_as_markdown_word_and_picture(mailing_city: Runtime) -> None:
    # given
    put(mailing_city, asked_and_answered() + asked_again())
    # when
    (record,) = found(mailing_city)
    # then
    folder = mailing_city.settings.data / "briefs" / record.id
    assert sorted(path.name for path in folder.iterdir()) == ["brief.docx", "brief.md", "timeline.png"]
    assert (folder / "brief.md").read_text("utf-8") == record.markdown
    assert "离职" in record.markdown
    assert "离职" in "\n".join(paragraph.text for paragraph in Document(str(folder / "brief.docx")).paragraphs)
    assert (folder / "timeline.png").read_bytes().startswith(b"\x89PNG")


def test_the_lead_department_is_mailed_the_brief_once(mailing_city: Runtime, post_office: PostOffice) -> None:
    # given
    put(mailing_city, asked_and_answered() + asked_again())
    # when three runs go by
    (record,) = found(mailing_city)
    followups(mailing_city, AT, AT)
    followups(mailing_city, AT + days(1), AT + days(1))
    # then
    (mail,) = post_office.take()
    assert mail.recipients == (LEAD_MAIL,)
    assert mail.subject == f"【二次解读建议】{record.title}（2025-03-15）"
    assert "离职" in mail.text()
    assert "离职" in mail.text("html")
    assert record.id in mail.text()
    attached = {part.get_filename(): part.get_content() for part in mail.message.walk() if part.get_filename()}
    folder = mailing_city.settings.data / "briefs" / record.id
    assert attached[f"二次解读建议-{record.id}.docx"] == (folder / "brief.docx").read_bytes()
    assert attached["时间线.png"] == (folder / "timeline.png").read_bytes()
    (notice,) = mailing_city.alert_log.states([f"followup|{record.id}"]).values()
    assert (notice.state, notice.message_id, notice.attempts) == ("sent", mail.id, 1)


def test_a_matter_that_quiets_down_after_the_reply_is_none(mailing_city: Runtime, post_office: PostOffice) -> None:
    # given one more person a week after the reply, and a matter that was never answered
    put(mailing_city, asked_and_answered() + asked_again()[:1] + letters("plant", PLANT))
    # when
    new = found(mailing_city)
    # then
    assert new == []
    assert post_office.take() == []


def test_a_candidate_is_renewed_while_people_go_on_writing(mailing_city: Runtime, post_office: PostOffice) -> None:
    # given
    put(mailing_city, asked_and_answered() + asked_again()[:3])
    (record,) = found(mailing_city)
    # when
    put(mailing_city, asked_again()[3:])
    cluster(mailing_city, AT + days(1))
    run = followups(mailing_city, AT + days(1), AT + days(1))
    # then the same candidate has the new figures and a new brief, and nobody is mailed again
    assert (run.new, [one.id for one in run.renewed]) == ([], [record.id])
    (now,) = mailing_city.followups.all()
    assert (record.people_after, now.people_after) == (3, 4)
    assert now.created_at == record.created_at
    assert now.markdown != record.markdown
    assert (mailing_city.settings.data / "briefs" / record.id / "brief.md").read_text("utf-8") == now.markdown
    assert len(post_office.take()) == 1


def test_a_mail_the_server_did_not_take_goes_out_with_the_next_run(
    mailing_city: Runtime, post_office: PostOffice
) -> None:
    # given
    put(mailing_city, asked_and_answered() + asked_again())
    cluster(mailing_city, AT)
    post_office.turns_away = lambda mail: True
    # when
    run = followups(mailing_city, AT, AT)
    # then
    assert [subject for subject, _ in run.mails.failed] == [run.new[0].id]
    (notice,) = mailing_city.alert_log.states([f"followup|{run.new[0].id}"]).values()
    assert notice.state == "failed"
    # and when it takes mail again
    post_office.turns_away = lambda mail: False
    again = followups(mailing_city, AT + days(0.1), AT)
    # then
    assert (again.new, again.mails.sent, again.mails.failed) == ([], [run.new[0].id], [])
    assert len(post_office.take()) == 1


def test_without_a_mail_server_the_candidate_is_kept_and_the_missing_mail_told(city: Runtime) -> None:
    # given
    put(city, asked_and_answered() + asked_again())
    cluster(city, AT)
    # when
    run = followups(city, AT, AT)
    # then
    assert [record.id for record in city.followups.all()] == [run.new[0].id]
    ((subject, reason),) = run.mails.failed
    assert subject == run.new[0].id
    assert "YUQING_SMTP_HOST" in reason


def test_what_people_decide_is_kept_in_order(mailing_city: Runtime, candidate: FollowUpRecord) -> None:
    # when
    set_state(mailing_city, candidate.id, Decision("拟二次解读", "周五前成稿", "李四", AT), None)
    set_state(mailing_city, candidate.id, Decision("已解读", "", "张三", EXPLAINED_AT), EXPLANATION)
    # then
    record = mailing_city.followups.find(candidate.id)
    assert record is not None
    assert record.state == "已解读"
    assert [(one.state, one.who, one.note) for one in record.history] == [
        ("拟二次解读", "李四", "周五前成稿"),
        ("已解读", "张三", ""),
    ]
    assert record.explanation == EXPLANATION
    matter = mailing_city.matters.find(record.matter_id)
    assert matter is not None
    assert matter.state == "已解读"
    # and a step that makes no sense is refused and leaves no trace
    with pytest.raises(YuqingError, match="“已解读”不能改为“不需要”"):
        set_state(mailing_city, candidate.id, Decision("不需要", "", "张三", EXPLAINED_AT), None)
    assert mailing_city.followups.find(candidate.id) == record


def test_a_decision_told_twice_counts_once(mailing_city: Runtime, candidate: FollowUpRecord) -> None:
    # given a decision of which the matter was not told: the command was killed in between
    decision: Decision[State] = Decision("已解读", "", "张三", EXPLAINED_AT)
    first = set_state(mailing_city, candidate.id, decision, EXPLANATION)
    mailing_city.matters.set_state(candidate.matter_id, "待研判")
    # when
    again = set_state(mailing_city, candidate.id, decision, EXPLANATION)
    # then
    assert again == first
    assert len(again.history) == 1
    matter = mailing_city.matters.find(candidate.matter_id)
    assert matter is not None
    assert matter.state == "已解读"


def test_a_matter_learns_of_its_candidate_though_the_run_that_found_it_died(
    mailing_city: Runtime, candidate: FollowUpRecord
) -> None:
    # given
    clusters = mailing_city.names.clusters
    mailing_city.es.update(index=clusters, id=candidate.matter_id, doc={"state": None}, refresh=True)
    # when
    run = followups(mailing_city, AT, AT)
    # then
    assert (run.new, run.renewed) == ([], [])
    matter = mailing_city.matters.find(candidate.matter_id)
    assert matter is not None
    assert matter.state == "待研判"


def test_what_was_not_needed_is_no_candidate_again(
    mailing_city: Runtime, candidate: FollowUpRecord, post_office: PostOffice
) -> None:
    # given
    set_state(mailing_city, candidate.id, Decision("不需要", "下月统一答复", "张三", AT), None)
    # when people go on
    put(mailing_city, letters("more", SUBSIDY_LATER[:3], AT + days(1)))
    cluster(mailing_city, AT + days(3))
    run = followups(mailing_city, AT + days(3), AT + days(3))
    # then
    assert (run.new, run.renewed) == ([], [])
    assert post_office.take() == []


def test_people_who_write_after_the_explanation_make_a_new_candidate(
    mailing_city: Runtime, candidate: FollowUpRecord, post_office: PostOffice
) -> None:
    # given
    set_state(mailing_city, candidate.id, Decision("已解读", "", "张三", EXPLAINED_AT), EXPLANATION)
    at = EXPLAINED_AT + days(6)
    # when nobody writes
    cluster(mailing_city, at)
    assert followups(mailing_city, at, at).new == []
    # and when four do
    put(mailing_city, letters("more", SUBSIDY_LATER, EXPLAINED_AT + days(2)))
    cluster(mailing_city, at)
    (new,) = followups(mailing_city, at, at).new
    # then
    assert new.id != candidate.id
    assert (new.answered_at, new.answered_by) == (EXPLAINED_AT, "解读")
    assert len(post_office.take()) == 1
    assert [record.state for record in mailing_city.followups.all()] == ["已解读", "待研判"]


def test_an_explained_matter_is_watched_before_and_after(mailing_city: Runtime, candidate: FollowUpRecord) -> None:
    # given
    record = set_state(mailing_city, candidate.id, Decision("已解读", "", "张三", EXPLAINED_AT), EXPLANATION)
    # when
    effect = effects(mailing_city, [record], EXPLAINED_AT + days(28))[record.id]
    # then nine people in two weeks before, nobody in four weeks after
    assert effect.people_before == pytest.approx(9 / 2, rel=0.05)
    assert effect.people_after == 0
    assert "明显减少" in effect.sentence


def test_the_command_line_lists_shows_and_takes_decisions(
    command: Yuqing, candidate: FollowUpRecord, tmp_path: Path
) -> None:
    # given
    word, draft = tmp_path / "材料.docx", tmp_path / "解读稿.txt"
    draft.write_text("育儿补贴政策解读\n离职人员可以凭失业登记证明领取育儿补贴。\n", "utf-8")
    # then
    listed = command("followups")
    assert (listed.code, candidate.id in listed.out, "待研判" in listed.out) == (0, True, True)
    shown = command("followups", "show", candidate.id, "--word", word)
    assert shown.code == 0, shown.err
    assert "离职" in "\n".join(paragraph.text for paragraph in Document(str(word)).paragraphs)
    # and when it is explained
    done = command(
        "followups", "set", candidate.id, "已解读", "--by", "张三", "--explanation", draft, "--at", "2025-03-17T09:00"
    )
    # then the list compares before and after
    assert done.code == 0, done.err
    after = command("followups", "--at", "2025-04-14T09:00")
    assert "解读前" in after.out
    assert "解读后" in after.out
    (told,) = command("followups", "--json", "--at", "2025-04-14T09:00").json
    assert told["explanation"]["title"] == "育儿补贴政策解读"
    assert told["effect"]["people_after"] == 0
    # and so does the Word file, with what was decided
    command("followups", "show", candidate.id, "--word", word, "--at", "2025-04-14T09:00")
    lines = [paragraph.text for paragraph in Document(str(word)).paragraphs]
    handled = lines[lines.index("八、处理情况") + 1 :]
    assert handled[0] == "1. 2025年3月17日09:00 张三：已解读"
    assert handled[1].startswith("2. 解读前 ")
    assert any("解读：2025年3月17日，育儿补贴政策解读" in line for line in lines)
    # and a state there is none of is told with those there are
    wrong = command("followups", "set", candidate.id, "解读完", "--by", "张三")
    assert wrong.code == 1
    assert "待研判、拟二次解读、已解读、不需要" in wrong.err
