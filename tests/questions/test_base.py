"""The base at work: mined, reviewed, published, asked, exported; what people worded outlives every run."""

import json
from pathlib import Path

from pipeline.asking import ask
from pipeline.forget_traces import Traces
from pipeline.matters import cluster
from pipeline.question_review import edit, pass_review, publish, send_back
from pipeline.questions import add_question, mine_questions
from pipeline.runtime import Runtime
from questions.entry import Suggestion
from questions.mining import entry_id
from questions.review import Act
from store.matters import MatterRecord
from store.questions import QuestionRecord
from tests.cli.command import Yuqing
from tests.matters_pipeline.letters import MONDAY, PARKING, SUBSIDY_LATER, answered, days, letter, letters, put
from tests.questions.conftest import MINED

QUESTION = "请问育儿补贴什么时候发放到账？"


def subsidy(runtime: Runtime) -> QuestionRecord:
    return next(one for one in runtime.questions.all() if "board:subsidy-0" in one.example_ids)


def published(runtime: Runtime) -> QuestionRecord:
    entry = subsidy(runtime)
    for number, who in enumerate(("张一", "李二", "王三")):
        pass_review(runtime, entry.id, Act(who, MINED + days(number)), None, None)
    return publish(runtime, entry.id, Act("赵四", MINED + days(3)))


def test_mining_makes_drafts_and_mining_again_changes_nothing(asking_city: Runtime) -> None:
    # when
    first = mine_questions(asking_city, MINED)
    before = asking_city.questions.all()
    again = mine_questions(asking_city, MINED + days(1))
    # then
    entry = subsidy(asking_city)
    assert entry.id in first.new
    assert (entry.state, entry.people) == ("草稿", 5)
    assert entry.answer == "阳光新城社区的二孩育儿补贴将于2025年4月底前发放到个人银行卡，请留意短信通知。"
    assert entry.source is not None
    assert (entry.source.post_id, entry.source.url) == ("board:subsidy-0", "https://board.example/subsidy-0")
    assert (again.new, again.renewed) == ([], [])
    assert asking_city.questions.all() == before


def test_only_what_is_published_is_answered_from(asking_city: Runtime) -> None:
    # given
    mine_questions(asking_city, MINED)
    # when
    unknown = ask(asking_city, QUESTION, MINED + days(1))
    published(asking_city)
    known = ask(asking_city, QUESTION, MINED + days(4))
    # then it says when it does not know, and shows what was asked before
    assert unknown.entry is None
    assert any(post.id.startswith("board:subsidy") for post in unknown.similar)
    assert known.entry is not None
    assert known.entry.published is not None
    assert known.entry.published.source is not None
    assert known.entry.published.source.post_id == "board:subsidy-0"
    # and as of the day before it was published nothing is known
    assert ask(asking_city, QUESTION, MINED + days(2)).entry is None
    # and other questions have no answer
    assert ask(asking_city, "图书馆周末几点开门？", MINED + days(4)).entry is None


def test_a_draft_of_a_published_entry_leaves_the_published_answer(asking_city: Runtime) -> None:
    # given
    mine_questions(asking_city, MINED)
    entry = published(asking_city)
    # when
    send_back(asking_city, entry.id, Act("张一", MINED + days(5), "要补充"))
    edit(asking_city, entry.id, Act("张一", MINED + days(5)), None, "另一个答案。")
    # then
    known = ask(asking_city, QUESTION, MINED + days(6)).entry
    assert known is not None
    assert known.published == entry.published


def test_later_posts_renew_the_figures_and_never_what_a_person_worded(asking_city: Runtime) -> None:
    # given
    mine_questions(asking_city, MINED)
    worded = edit(asking_city, subsidy(asking_city).id, Act("张一", MINED), "补贴何时发？", "四月底前发放。")
    # when
    later = letters("later", SUBSIDY_LATER, MONDAY + days(21))
    reply = "您好，离职人员可以领取育儿补贴，补贴已于2025年4月28日全部发放到位，请查询银行卡。"
    put(asking_city, [answered(later[0], reply, MONDAY + days(25)), *later[1:]])
    cluster(asking_city, MINED + days(10))
    mine_questions(asking_city, MINED + days(10))
    # then
    entry = asking_city.questions.find(worded.id)
    assert entry is not None
    assert (entry.question, entry.answer, entry.history) == (worded.question, worded.answer, worded.history)
    assert entry.people > worded.people


def test_a_merged_matters_entry_says_where_it_went(asking_city: Runtime) -> None:
    # given two matters with an entry each
    put(asking_city, letters("parking", PARKING))
    cluster(asking_city, MINED)
    mine_questions(asking_city, MINED)
    stays, goes = subsidy(asking_city), add_question(asking_city, "board:parking-2", MINED)
    assert stays.id != goes.id
    # when the second one's matter is merged into the first one's
    record: MatterRecord | None = asking_city.matters.find(str(goes.matter_id))
    assert record is not None
    asking_city.matters.redirect({record.id: str(stays.matter_id)}, MINED)
    asking_city.matters.refresh()
    run = mine_questions(asking_city, MINED + days(1))
    # then
    assert run.merged == [goes.id]
    merged = asking_city.questions.find(goes.id)
    assert merged is not None
    assert merged.merged_into == stays.id


def test_a_single_post_is_taken_in_by_hand(asking_city: Runtime) -> None:
    # given
    post = letter("library", ("图书馆周末几点开门", "请问市图书馆周末几点开门？"), MONDAY)
    put(asking_city, [answered(post, "您好，市图书馆周末9:00开门，17:30闭馆。", MONDAY + days(1))])
    # when
    entry = add_question(asking_city, post.id, MINED)
    # then
    assert (entry.id, entry.answer) == (entry_id(post.id), "市图书馆周末9:00开门，17:30闭馆。")
    assert add_question(asking_city, post.id, MINED) == entry


def test_personal_data_that_a_person_types_is_masked(asking_city: Runtime) -> None:
    # given
    mine_questions(asking_city, MINED)
    # when
    entry = edit(asking_city, subsidy(asking_city).id, Act("张一", MINED), None, "张女士可打13912345678询问。")
    # then
    assert "13912345678" not in entry.model_dump_json()
    assert "张女士" not in entry.model_dump_json()


def test_the_commands_lead_from_a_draft_to_an_answer_and_its_export(
    asking_city: Runtime, command: Yuqing, tmp_path: Path
) -> None:
    # given
    at = MINED.isoformat()
    assert command("questions", "mine", "--at", at).code == 0
    id_ = subsidy(asking_city).id
    for who in ("张一", "李二", "王三"):
        done = command("questions", "review", id_, "--by", who, "--at", at)
        assert done.code == 0, done.err
    refused = command("questions", "review", id_, "--by", "张一", "--at", at)
    assert refused.code == 1
    assert "已完成三审" in refused.err
    # when
    assert command("questions", "publish", id_, "--by", "赵四", "--at", at).code == 0
    told = command("ask", QUESTION, "--at", at)
    as_json = command("ask", QUESTION, "--json", "--at", at)
    unknown = command("ask", "图书馆周末几点开门？", "--at", at)
    exported = command("questions", "export", "--json-file", tmp_path / "a.json", "--csv", tmp_path / "a.csv")
    shown = command("questions", "show", id_, "--at", at)
    # then
    assert "2025年4月底前发放" in told.out
    assert "board:subsidy-0" in told.out
    assert as_json.json["answer"]["source"]["organisation"] == "市卫健局"
    assert "没有已发布的答案" in unknown.out
    assert exported.code == 0, exported.err
    assert [one["id"] for one in json.loads((tmp_path / "a.json").read_bytes())["entries"]] == [id_]
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert "王三：三审" in shown.out


def test_requests_and_questions_of_a_quarter_are_listed_for_disclosure(
    asking_city: Runtime, command: Yuqing, tmp_path: Path
) -> None:
    # given two formal requests for the same, by different people
    text = ("申请公开危房改造补助名单", "请公开我镇危房改造补助的发放名单和补助标准。")
    requests = [letter(f"request-{n}", text, MONDAY + days(n), channel="disclosure_request") for n in range(2)]
    put(asking_city, requests)
    mine_questions(asking_city, MINED)
    # when
    done = command("questions", "disclosure", "--quarter", "2025Q1", "--word", tmp_path / "a.docx", "--json")
    # then
    assert done.code == 0, done.err
    by_title = {one["title"]: one for one in done.json}
    assert by_title["申请公开危房改造补助名单"]["requests"] == 2
    assert any("育儿补贴" in title for title in by_title)
    assert (tmp_path / "a.docx").stat().st_size > 1000


def test_a_forgotten_post_leaves_an_entry_that_can_be_read(asking_city: Runtime) -> None:
    # given an entry every field of which tells of the post
    mine_questions(asking_city, MINED)
    entry = published(asking_city)
    assert entry.source is not None
    entry = entry.model_copy(update={"suggestion": Suggestion(answer="另一个答复。", source=entry.source, at=MINED)})
    # when the post is struck as `yuqing forget` strikes it
    traces = Traces(frozenset({"board:subsidy-0"}), frozenset(), frozenset({entry.question}), lambda _: "m-other")
    struck = QuestionRecord.model_validate(traces.strike(entry.model_dump(mode="json")))
    # then
    assert not traces.in_record(struck.model_dump(mode="json"))
    assert (struck.source, struck.answer) == (None, entry.answer)
    # and the words it was found by are gone
    assert entry.tokens
    assert struck.tokens == ""
