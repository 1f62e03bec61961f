"""The three things leaders should decide, chosen by rules that can be told.

The rules stand in the order of urgency. Open warnings come first, as many as there are; each other rule proposes at most one
thing. The first three count, and no matter or section is named twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reports.compare import Comparison
from reports.content import Decision
from reports.explained import most_asked
from reports.hot import told
from reports.replies import department as department_figures
from reports.replies import departments
from reports.subjects import Subjects
from reports.telling import Teller
from reports.volume import risen

MOST = 3
LEAST_PEOPLE = 3
"""So many people make a matter worth the leaders' time."""
LEAST_ANSWERS = 5
LOW_SHARE = 80.0
"""In per cent."""
DOUBLE = 2
SHARE = 0.1


@dataclass
class Choice:
    """What the rules look at; `taken` are the matters and sections named so far."""

    teller: Teller
    compare: Comparison
    about: Subjects
    known: Sequence[str]
    taken: set[str]


def decisions(teller: Teller, compare: Comparison, about: Subjects, known: Sequence[str]) -> tuple[Decision, ...]:
    """The things to decide, the most urgent first."""
    choice = Choice(teller, compare, about, known, set())
    found: list[Decision] = []
    for rule in RULES:
        if len(found) < MOST and (decision := rule(choice)):
            found.append(decision)
            choice.taken.add(decision.about)
    return tuple(found)


def _open_warning(choice: Choice) -> Decision | None:
    tell, figures = choice.teller, choice.teller.figures
    explained = {one.matter: one.at for one in choice.about.explained}
    for warning in sorted(choice.about.warned, key=lambda one: (not one.urgent, one.at, one.id)):
        name = f"warning.{warning.id}"
        since = explained.get(warning.matter or "")
        if figures.number(f"{name}.answered") or (since and since >= warning.at) or warning.topic in choice.taken:
            continue
        return Decision(
            tell.sentence(f"是否立即回应预警事项{tell.quoted(f'{name}.title')}。"),
            tell.sentence(
                f"{tell(f'{name}.day')}预警，涉及留言 {tell(f'{name}.posts')} 条，{tell.by_the_end}没有答复和解读的记录。"
            ),
            "本期发出预警、其后没有答复也没有解读的事项：紧急留言在先，其余按时间。",
            warning.topic,
        )
    return None


def _overdue_department(choice: Choice) -> Decision | None:
    tell, figures = choice.teller, choice.teller.figures
    found = [(name, department_figures(name)) for name in departments(figures, choice.known)]
    worst = [(name, of) for name, of in found if figures.number(f"{of}.overdue")]
    if not worst:
        return None
    name, of = worst[0]
    oldest = f"最久的应于{tell(f'{of}.earliest_due')}前答复"
    days = f"，已超 {tell(f'{of}.longest_overdue')} 个工作日" if figures.number(f"{of}.longest_overdue") else ""
    return Decision(
        tell.sentence(f"是否督办{tell(f'{of}.name')}的超期留言。"),
        tell.sentence(f"超期 {tell(f'{of}.overdue')} 条，{oldest}{days}。"),
        "期末超期条数最多的科室；条数相同取超期最久的。",
        name,
    )


def _follow_up(choice: Choice) -> Decision | None:
    tell = choice.teller
    for one in most_asked(tell.figures, choice.about):
        name = f"followup.{one.id}"
        if one.matter in choice.taken or not tell.figures.number(f"{name}.people"):
            continue
        waited = f"列入已 {tell(f'{name}.days')} 天" if tell.figures.number(f"{name}.days") else "刚刚列入"
        return Decision(
            tell.sentence(f"是否就{tell.quoted(f'{name}.title')}作二次解读。"),
            tell.sentence(f"答复后仍有 {tell(f'{name}.people')} 人提出，{waited}，尚未研判。"),
            "列入后没有处理意见的二次解读对象，取答复后提出人数最多的。",
            one.matter,
        )
    return None


def _hottest(choice: Choice) -> Decision | None:
    tell, figures = choice.teller, choice.teller.figures
    explained = {one.matter for one in choice.about.explained}
    for matter in told(figures, choice.about):
        name = f"matter.{matter}"
        if matter in choice.taken | explained or figures.number(f"{name}.people") < LEAST_PEOPLE:
            continue
        what, replies = "统一作出解读", ""
        if figures.number(f"{name}.answered_so_far"):
            replies = f"已答复 {tell(f'{name}.answered_so_far')} 条，"
        elif figures.known(f"{name}.answered_so_far"):
            what, replies = "统一回应", f"{tell.by_the_end}没有答复，"
        return Decision(
            tell.sentence(f"是否就{tell.quoted(f'{name}.title')}{what}。"),
            tell.sentence(f"{tell.words.this} {tell(f'{name}.people')} 人反映，{replies}没有发布过解读。"),
            "没有发布过解读的热点，取本期反映人数最多的，至少三人。",
            matter,
        )
    return None


def _slow_department(choice: Choice) -> Decision | None:
    tell, figures = choice.teller, choice.teller.figures
    slow = [
        (figures.number(f"{of}.on_time_share"), of, name)
        for name in departments(figures, choice.known)
        if name not in choice.taken and figures.number(f"{(of := department_figures(name))}.answered") >= LEAST_ANSWERS
    ]
    share, of, name = min(slow, key=lambda one: one[0], default=(LOW_SHARE, "", ""))
    if share >= LOW_SHARE:
        return None
    what = tell.sentence(f"是否要求{tell(f'{of}.name')}说明超时答复的原因。")
    why = f"{tell.words.this}答复 {tell(f'{of}.answered')} 条，按时 {tell(f'{of}.on_time')} 条，按时率 {tell(f'{of}.on_time_share')}%。"
    return Decision(what, tell.sentence(why), "答复五条以上、按时率不到八成的科室，取按时率最低的。", name)


def _rising_topic(choice: Choice) -> Decision | None:
    tell, topic = choice.teller, risen(choice.compare)
    if topic is None:
        return None
    name = f"topic.{topic}"
    now, then, all_posts = (tell.figures.number(one) for one in (name, f"{name}.before", "posts"))
    if now < DOUBLE * then or now < SHARE * all_posts:
        return None
    return Decision(
        tell.sentence(f"是否研究{tell.quoted(f'{name}.name')}类留言增多的原因。"),
        tell.sentence(f"{tell.words.this} {tell(name)} 条{tell.change(name)}。"),
        "增加最多的主题，比上期翻番，占全部留言一成以上。",
        topic,
    )


RULES: tuple[Callable[[Choice], Decision | None], ...] = (
    *[_open_warning] * MOST,
    _overdue_department,
    _follow_up,
    _hottest,
    _slow_department,
    _rising_topic,
)
