"""Which three things leaders are asked to decide: by rules that can be told, no matter named twice."""

from pipeline.runtime import Runtime
from pipeline.weekly import summarise
from reports.content import Decision
from store.followups import DecisionRecord, ExplanationRecord
from tests.reports.city import (
    HOSPITALS,
    OFFICE,
    PARKING,
    PLANT,
    SCHOOL,
    SUBSIDY,
    VACCINES,
    WEEK,
    explained,
    followup,
    letter,
    matter,
    on,
    put,
    warning,
)


def decisions(runtime: Runtime) -> tuple[Decision, ...]:
    """What leaders should decide in week 10."""
    return summarise(runtime, WEEK).report.decisions


def asked(runtime: Runtime) -> list[str]:
    """The same in short."""
    return [decision.what.text for decision in decisions(runtime)]


def test_a_quiet_week_asks_for_nothing(runtime: Runtime) -> None:
    # given
    put(runtime, [letter(1, on(3, 4), on(3, 5))])
    # when
    report = summarise(runtime, WEEK).report
    # then
    assert report.decisions == ()
    assert report.otherwise.text == "没有需要提请研究的事项。"


def test_a_warning_counts_until_it_is_answered_or_explained(runtime: Runtime) -> None:
    # given
    posts = [letter(f"plant-{n}", on(3, 5), cluster_id=PLANT) for n in range(3)]
    put(runtime, posts)
    runtime.matters.save([matter(PLANT, "搅拌站粉尘", posts)])
    runtime.warnings.save(warning("a1", PLANT, on(3, 5, 18), ["board:plant-0"]))
    runtime.warnings.save(warning("a2", None, on(3, 6), ["board:urgent"], kind="urgent", title="有人要跳楼"))
    open_at_first = asked(runtime)
    # when
    put(runtime, [letter("plant-0", on(3, 5), on(3, 7), cluster_id=PLANT)])
    answered = asked(runtime)
    put(runtime, [letter("urgent", on(3, 6), on(3, 6, 12))])
    both_answered = asked(runtime)
    # then
    plant, urgent = "是否立即回应预警事项“春江花园旁的搅拌站粉尘”。", "是否立即回应预警事项“有人要跳楼”。"
    hot = "是否就“搅拌站粉尘”统一作出解读。"
    assert open_at_first == [urgent, plant]
    assert answered == [urgent, hot]
    assert both_answered == [hot]


def test_a_warning_about_what_was_explained_since_is_closed(runtime: Runtime) -> None:
    # given
    posts = [letter(f"plant-{n}", on(3, 5), cluster_id=PLANT) for n in range(3)]
    put(runtime, posts)
    runtime.matters.save([matter(PLANT, "搅拌站粉尘", posts)])
    runtime.warnings.save(warning("a1", PLANT, on(3, 5, 18), ["board:plant-0"]))
    # when
    runtime.followups.add(explained("f1", PLANT, on(3, 7)))
    # then
    assert asked(runtime) == []


def test_the_section_most_overdue_is_named_with_its_oldest(runtime: Runtime) -> None:
    # given
    old = [letter(f"o{n}", on(2, 10 + n), department=OFFICE) for n in range(2)]
    more = [letter(f"v{n}", on(2, 11), department=VACCINES) for n in range(3)]
    put(runtime, [*old, *more])
    # when
    (decision,) = decisions(runtime)
    # then
    assert decision.what.text == "是否督办疾控应急科的超期留言。"
    assert decision.why.text == "超期 3 条，最久的应于2月25日前答复，已超 8 个工作日。"


def test_the_candidate_most_people_ask_about_is_chosen_and_not_named_again_as_hot(runtime: Runtime) -> None:
    # given
    few = [letter(f"few-{n}", on(3, 4), on(3, 6), cluster_id=PARKING) for n in range(3)]
    many = [letter(f"many-{n}", on(3, 4), on(3, 6), cluster_id=SUBSIDY) for n in range(5)]
    put(runtime, [*few, *many])
    runtime.matters.save([matter(PARKING, "车位", few), matter(SUBSIDY, "补贴", many)])
    runtime.followups.add(followup("f1", PARKING, on(3, 1), on(2, 20), title="车位"))
    runtime.followups.add(followup("f2", SUBSIDY, on(3, 9, 12), on(2, 20), title="补贴"))
    # when
    first, second = decisions(runtime)
    # then
    assert first.what.text == "是否就“补贴”作二次解读。"
    assert first.why.text == "答复后仍有 5 人提出，刚刚列入，尚未研判。"
    assert second.what.text == "是否就“车位”统一作出解读。"
    assert second.why.text == "本周 3 人反映，已答复 3 条，没有发布过解读。"


def test_a_candidate_somebody_decided_about_is_left_to_them(runtime: Runtime) -> None:
    # given
    posts = [letter(f"p{n}", on(3, 4), on(3, 6), cluster_id=SUBSIDY) for n in range(2)]
    put(runtime, posts)
    decided = DecisionRecord(state="不需要", who="李科长", at=on(3, 6))
    # when
    runtime.followups.add(followup("f1", SUBSIDY, on(3, 1), on(2, 20), state="不需要", history=[decided]))
    # then
    assert asked(runtime) == []


def test_an_explanation_that_was_taken_back_counts_as_none(runtime: Runtime) -> None:
    # given
    posts = [letter(f"p{n}", on(3, 4), on(3, 6), cluster_id=SCHOOL) for n in range(4)]
    put(runtime, posts)
    runtime.matters.save([matter(SCHOOL, "校门口堵车", posts)])
    told = ExplanationRecord(at=on(3, 3), title="解读")
    history = [DecisionRecord(state="已解读", who="李科长", at=on(3, 3), explanation=told)]
    runtime.followups.add(explained("f1", SCHOOL, on(3, 3), history=history))
    explained_then = asked(runtime)
    # when
    back = DecisionRecord(state="待研判", who="李科长", at=on(3, 5))
    runtime.followups.change(
        "f1", lambda one: one.model_copy(update={"history": [*history, back], "explanation": None})
    )
    # then
    assert explained_then == []
    assert asked(runtime) == ["是否就“校门口堵车”统一作出解读。"]


def test_a_matter_that_was_merged_is_known_by_its_new_name(runtime: Runtime) -> None:
    # given
    posts = [letter(f"p{n}", on(3, 4), on(3, 6), cluster_id=SCHOOL) for n in range(4)]
    put(runtime, posts)
    runtime.matters.save([matter(SCHOOL, "校门口堵车", posts)])
    runtime.matters.redirect({"older": "old", "old": SCHOOL}, on(3, 5))
    # when
    runtime.followups.add(explained("f1", "older", on(2, 20)))
    # then
    assert asked(runtime) == []


def test_a_section_that_answers_late_has_to_say_why(runtime: Runtime) -> None:
    # given
    late = [letter(f"late-{n}", on(2, 13), on(3, 4), department=HOSPITALS) for n in range(4)]
    punctual = [letter(f"good-{n}", on(2, 26), on(3, 4), department=HOSPITALS) for n in range(2)]
    put(runtime, [*late, *punctual])
    # when
    (decision,) = decisions(runtime)
    # then
    assert decision.what.text == "是否要求医政医管科说明超时答复的原因。"
    assert decision.why.text == "本周答复 6 条，按时 2 条，按时率 33.3%。"


def test_no_more_than_three_things_and_a_section_only_once(town: Runtime, runtime: Runtime) -> None:
    # given
    overdue = [letter(f"o{n}", on(2, 10), department=HOSPITALS) for n in range(2)]
    late = [letter(f"late-{n}", on(2, 13), on(3, 4), department=HOSPITALS) for n in range(6)]
    put(runtime, [*overdue, *late])
    # then
    assert len(decisions(town)) == 3
    assert asked(runtime) == ["是否督办医政医管科的超期留言。"]
    assert all(decision.rule for decision in decisions(town))
