"""A small city's March 2025 in the index: messages, matters, second explanations and warnings around week 10.

Week 10 goes from Monday 3 to Sunday 9 March; no holiday is near. What falls due when can be told by heart: a complaint has
ten working days, so that one of Monday 10 February falls due on Monday 24 February.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from core.post import Post, Reply
from matters.heat import heat
from matters.settings import HeatWeights
from pipeline.runtime import Runtime
from reports.period import Period, read_week
from store.followups import DecisionRecord, ExplanationRecord, FollowUpRecord
from store.matters import HeatRecord, MatterRecord
from store.post_writing import write_posts
from store.posts import refresh_posts
from store.warnings import WarningRecord

WEEK: Period = read_week("2025-W10")
OFFICE, HOSPITALS, VACCINES = "办公室", "医政医管科", "疾控应急科"
PLANT, SUBSIDY, PARKING, SCHOOL = "plant", "subsidy", "parking", "school"


def on(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """A moment of 2025, Beijing time, in UTC."""
    return datetime(2025, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def letter(number: int | str, posted_at: datetime, answered_at: datetime | None = None, **changes: Any) -> Post:
    """A complaint on the message board; with a time, answered then."""
    fields: dict[str, Any] = {
        "id": f"board:{number}",
        "source": "board",
        "source_id": str(number),
        "channel": "message_board",
        "url": f"https://board.example/{number}",
        "title": f"第 {number} 件事请处理",
        "body": "这件事请尽快处理。",
        "author_hash": f"author-{number}",
        "posted_at": posted_at,
        "collected_at": posted_at + timedelta(minutes=20),
        "kind": "投诉",
        "status": "待回复",
        "sentiment": 0.2,
        "sentiment_label": "negative",
        "topic": "医疗服务质量",
        "department": HOSPITALS,
    }
    if answered_at:
        fields |= {"replies": [Reply(body="已处理。", replied_at=answered_at)], "status": "已回复"}
    return Post.model_validate(fields | changes)


def put(runtime: Runtime, letters: Iterable[Post], at: datetime = WEEK.end) -> None:
    """Bring the letters to the index, with their deadlines; every search finds them when this returns."""
    posts = [one.model_copy(update={"deadline": runtime.book.assess(one, at)}) for one in letters]
    write_posts(runtime.es, runtime.names, posts)
    refresh_posts(runtime.es, runtime.names)


def matter(id_: str, title: str, posts: list[Post]) -> MatterRecord:
    """The record of a matter of these posts."""
    found = heat(posts, frozenset(), WEEK.end, HeatWeights())
    terms = {term.name: {"value": term.value, "contribution": term.contribution} for term in found.terms}
    return MatterRecord(
        id=id_,
        title=title,
        posts=len(posts),
        copies=0,
        people=len(posts),
        first_at=posts[0].posted_at,
        last_at=posts[-1].posted_at,
        quiet=False,
        department=posts[0].department,
        heat=HeatRecord.model_validate({"at": found.at, "explained": "", "total": found.total, **terms}),
        updated_at=WEEK.end,
    )


def followup(id_: str, matter_id: str, created_at: datetime, answered_at: datetime, **changes: Any) -> FollowUpRecord:
    """A candidate nobody has decided about."""
    fields: dict[str, Any] = {
        "id": id_,
        "matter_id": matter_id,
        "title": "阳光新城的育儿补贴怎么还没发",
        "department": "妇幼健康与人口家庭科",
        "state": "待研判",
        "created_at": created_at,
        "updated_at": created_at,
        "answered_at": answered_at,
        "answered_by": "答复",
        "people_before": 3,
        "people_after": 3,
        "posts_after": 3,
        "asked_again": 0,
        "last_post_at": created_at,
        "reason": "答复后仍有人提出。",
    }
    return FollowUpRecord.model_validate(fields | changes)


def explained(id_: str, matter_id: str, at: datetime, **changes: Any) -> FollowUpRecord:
    """A candidate that was explained at that time."""
    told = ExplanationRecord(at=at, title="解读")
    history = [DecisionRecord(state="已解读", who="李科长", at=at, explanation=told)]
    fields = {"state": "已解读", "history": history, "explanation": told, "title": "滨河苑车位捆绑销售"}
    return followup(id_, matter_id, at - timedelta(days=5), at - timedelta(days=9), **(fields | changes))


def warning(id_: str, matter_id: str | None, at: datetime, post_ids: list[str], **changes: Any) -> WarningRecord:
    """A warning raised at that time."""
    fields: dict[str, Any] = {
        "id": id_,
        "kind": "surge",
        "matter_id": matter_id,
        "title": "春江花园旁的搅拌站粉尘",
        "at": at,
        "mail_at": at,
        "people": len(post_ids),
        "posts": len(post_ids),
        "post_ids": post_ids,
        "reason": "24 小时内突增。",
        "rule": "opinion_general",
        "due_at": at + timedelta(hours=48),
    }
    return WarningRecord.model_validate(fields | changes)


def before_the_week() -> list[Post]:
    """Eight letters a week over the four weeks before; of each week six answered after four working days, two never."""
    found = []
    for week in range(1, 5):
        monday = WEEK.start - timedelta(weeks=week)
        for place in range(8):
            posted = monday + timedelta(hours=10, days=place % 5)
            answered = posted + timedelta(days=6) if place < 6 else None
            topic, label = ("疫苗接种", "neutral") if place % 2 else ("医疗服务质量", "negative")
            found.append(
                letter(f"w{week}-{place}", posted, answered, topic=topic, sentiment_label=label, department=_of(place))
            )
    return found


def in_the_week() -> list[Post]:
    """Twelve letters about nothing in common, and a word of thanks."""
    topics = ["预约挂号与就医流程"] * 5 + ["疫苗接种"] * 3 + ["其他"] * 4
    letters = [
        letter(f"now-{place}", WEEK.start + timedelta(hours=9 + 13 * place), topic=topic, department=_of(place))
        for place, topic in enumerate(topics)
    ]
    thanks = letter(
        "thanks",
        on(3, 5),
        title="感谢市中医院的护士",
        body="上周陪母亲住院，护士长每天都来看，特别耐心。谢谢她们！我会告诉身边的人。",
        kind="感谢",
        sentiment=0.95,
        sentiment_label="positive",
    )
    return [*letters, thanks]


def matter_posts() -> dict[str, list[Post]]:
    """Posts of four matters: one warned of, one asked again after its answer, one explained, one simply hot."""
    plant = [letter(f"plant-{n}", on(3, 5 + n // 3, 8 + n), cluster_id=PLANT, department="执法支队") for n in range(6)]
    subsidy = [
        letter(f"subsidy-{n}", on(2, 12, 9 + n), on(2, 17) if n == 0 else None, cluster_id=SUBSIDY) for n in range(2)
    ] + [letter(f"subsidy-later-{n}", on(3, 3 + n), cluster_id=SUBSIDY) for n in range(4)]
    parking = [letter(f"parking-{n}", on(1, 28 + n) if n < 4 else on(2, n - 3), cluster_id=PARKING) for n in range(8)]
    parking += [letter("parking-after", on(2, 25), cluster_id=PARKING)]
    school = [letter(f"school-{n}", on(3, 6, 9 + n), cluster_id=SCHOOL, author_hash=None) for n in range(5)]
    return {PLANT: plant, SUBSIDY: subsidy, PARKING: parking, SCHOOL: school}


TITLES = {
    PLANT: "春江花园旁的搅拌站粉尘",
    SUBSIDY: "阳光新城的育儿补贴怎么还没发",
    PARKING: "滨河苑车位捆绑销售",
    SCHOOL: "第3小学门口<b>堵车</b>\n=1+1",
}


def build(runtime: Runtime) -> None:
    """Everything of the month up to the end of week 10."""
    groups = matter_posts()
    put(runtime, [*before_the_week(), *in_the_week(), *(post for posts in groups.values() for post in posts)])
    runtime.matters.save([matter(id_, TITLES[id_], posts) for id_, posts in groups.items()])
    runtime.followups.add(followup("f1", SUBSIDY, on(3, 5), on(2, 17)))
    runtime.followups.add(explained("f2", PARKING, on(2, 10)))
    runtime.warnings.save(warning("a1", PLANT, on(3, 6, 16), [f"board:plant-{n}" for n in range(5)]))


def build_what_came_later(runtime: Runtime) -> None:
    """What happened after week 10: replies, new letters, a decision, an explanation, a warning. The week knows nothing of it."""
    later = on(3, 11)
    groups = matter_posts()
    open_ones = [post for post in [*in_the_week(), *before_the_week(), *groups[PLANT]] if not post.replies]
    reply = Reply(body="现已办结。", replied_at=later)
    answered = [
        one.model_copy(update={"replies": [reply], "status": "已办结", "collected_at": later}) for one in open_ones
    ]
    put(runtime, answered, later)
    put(runtime, [letter(f"later-{n}", later, cluster_id=PLANT, author_hash=f"late-{n}") for n in range(9)], later)
    decided = DecisionRecord(
        state="已解读", who="李科长", at=later, explanation=ExplanationRecord(at=later, title="补贴解读")
    )
    runtime.followups.change(
        "f1",
        lambda one: one.model_copy(
            update={"state": "已解读", "history": [decided], "explanation": decided.explanation}
        ),
    )
    runtime.followups.add(followup("f3", SCHOOL, later, on(3, 10)))
    runtime.warnings.save(warning("a2", SCHOOL, later, ["board:later-0"]))


def _of(place: int) -> str:
    return (HOSPITALS, VACCINES, OFFICE)[place % 3]
