"""Posts, matters, follow-ups, warnings and sources of two months, for dashboards to show; some of them incomplete."""

from datetime import UTC, datetime, timedelta
from typing import Any

from elasticsearch.helpers import bulk

from core.post import KINDS, Deadline, Post, Reply
from pipeline.runtime import Runtime
from store.collector_state import CollectorState
from store.post_writing import write_posts

NOW = datetime(2020, 1, 10, 0, 30, tzinfo=UTC)
FIRST = datetime(2019, 11, 10, 16, 0, tzinfo=UTC)
"""The begin of a day in Beijing."""
SOURCES = ("hotline", "board", "mailbox")
TOPICS = ("疫苗接种", "医疗收费", "医院建设", None)
DEPARTMENTS = ("疾控应急科", "政策法规与体改科", "规划信息化科", None)
SENTIMENTS = ("negative", "negative", "neutral", "positive")
STAGES = ("due_in_3", "due_in_1", "due_today", "overdue", "escalated")
POSTS = 360


def post(number: int) -> Post:
    """The post of that number: one every four hours, minutes apart from any full hour."""
    posted = FIRST + timedelta(hours=4 * number, minutes=7)
    source, field = SOURCES[number // 3 % 3], number // 2 % 4
    answered = number % 3 == 0
    return Post.model_validate(
        {
            "id": f"{source}:{number}",
            "source": source,
            "source_id": str(number),
            "channel": "hotline",
            "url": f"https://city.example/{number}" if number % 5 else None,
            "title": f'第 {number} 条“留言”\n带引号" 和 <b>',
            "body": "内容",
            "posted_at": posted,
            "collected_at": posted,
            "kind": KINDS[number % 5],
            "status": ("已回复" if answered else "待回复") if number % 7 else None,
            "sentiment": 0.4,
            "sentiment_label": SENTIMENTS[number % 4],
            "topic": TOPICS[field],
            "department": DEPARTMENTS[field],
            "keywords": ["接种", f"词{number % 90}"],
            "places": [f"第{number % 37}街道"] if number % 2 else [],
            "cluster_id": f"m{number % 5}" if number % 4 == 0 else None,
            "replies": [Reply(organisation="局", body="答", replied_at=posted + timedelta(days=2))] if answered else [],
            "deadline": _deadline(number, posted) if number % 11 else None,
        }
    )


def _deadline(number: int, posted: datetime) -> Deadline:
    due = posted + timedelta(days=7)
    if number % 3 == 0:
        days = number % 9
        # Answered without a limit that applied: neither in time nor late.
        on_time = None if number // 2 % 4 == 2 else days <= 5
        return Deadline(
            rule="hotline",
            due_at=due,
            answered_at=posted + timedelta(days=2),
            answered_in_working_days=days,
            on_time=on_time,
        )
    stage = STAGES[number % 5] if number > POSTS - 100 else None
    return Deadline.model_validate({"rule": "hotline", "due_at": due, "stage": stage})


def fill(runtime: Runtime) -> None:
    """Write all of it and make it visible to searches."""
    es, names = runtime.es, runtime.names
    assert write_posts(es, names, [post(number) for number in range(POSTS)]).indexed == POSTS
    bulk(es, [{"_index": names.clusters, "_id": f"m{number}", **_matter(number)} for number in range(30)])
    es.index(index=names.clusters, id="gone", document={"merged_into": "m1", "updated_at": NOW})
    bulk(es, [{"_index": names.followups, "_id": f"f{number}", **_followup(number)} for number in range(12)])
    bulk(es, [{"_index": names.warnings, "_id": f"w{number}", **_warning(number)} for number in range(8)])
    bulk(es, [{"_index": names.tasks, "_id": f"t{number}", **_task(number)} for number in range(60)])
    state = CollectorState(es, names)
    state.save_run("hotline", NOW, 30, None)
    state.save_run("board", NOW - timedelta(days=2), 0, "网站拒绝了访问（403）")
    state.save_cursor("hotline", {"last": 5}, NOW)
    bulk(es, [{"_index": names.metrics, "_id": f"r{number}", "_source": _run(number)} for number in range(12)])
    es.indices.refresh(index=f"{names.prefix}*")


def _about(number: int) -> dict[str, Any]:
    place = number % 3
    return {"source": [SOURCES[place]], "topic": TOPICS[place], "department": DEPARTMENTS[place], "place": "城东街道"}


def _matter(number: int) -> dict[str, Any]:
    return {
        **_about(number),
        "title": f"第 {number} 件事",
        "posts": number + 2,
        "copies": 0,
        "people": number + 1,
        "first_at": FIRST,
        "last_at": NOW - timedelta(days=number),
        "quiet": False,
        "negative_share": 0.25,
        "heat": {"at": NOW, "total": 40.5 - number, "explained": f"{number + 1} 人；近 7 天 {number} 条"},
        "state": "待研判" if number % 4 == 0 else None,
        "updated_at": NOW,
    }


def _followup(number: int) -> dict[str, Any]:
    return {
        **_about(number),
        "matter_id": f"m{number}",
        "title": f"第 {number} 件事",
        "state": ("待研判", "拟二次解读", "已解读", "不需要")[number % 4],
        "created_at": NOW - timedelta(days=number),
        "updated_at": NOW - timedelta(days=number),
        "answered_at": NOW - timedelta(days=40),
        "answered_by": "答复",
        "people_before": 3,
        "people_after": number + 3,
        "posts_after": number + 4,
        "asked_again": 1,
        "last_post_at": NOW - timedelta(days=number),
        "reason": "首次答复后仍有人提出同一问题。",
    }


def _task(number: int) -> dict[str, Any]:
    """A task of the ledger; one that changed each day, those of the year before longest ago."""
    return {
        "year": 2019 if number > 50 else 2020,
        "number": number,
        "section": "一、甲",
        "text": f"第 {number} 项",
        "lead": [name for name in (DEPARTMENTS[number % 3], DEPARTMENTS[0]) if name],
        "responsible": "牵头",
        "limit": "全年工作",
        "state": ("未开始", "推进中", "已完成")[number // 3 % 3],
        "updated_at": NOW - timedelta(days=number),
    }


def _run(number: int) -> dict[str, Any]:
    """Every third run is of another stage; the last of all is a failed one of `collect`."""
    stage, source = (("collect", "board"), ("collect", "hotline"), ("enrich", None))[number % 3]
    failed = number == 0
    known = (
        {"outcome": "failed", "error": "SourceFailed"} if failed else {"outcome": "ok", "item_count": 50, "counts": {}}
    )
    return {
        **known,
        "stage": stage,
        "source": source,
        "job": f"{stage} {source}" if source else stage,
        "started_at": NOW - timedelta(days=number),
        "seconds": 2.5,
        "usual_seconds": 2.0,
        "failures": int(failed),
        "run": f"{number}",
        "host": "server",
        "version": "0.1.0",
    }


def _warning(number: int) -> dict[str, Any]:
    at = NOW - timedelta(days=4 * number)
    return {
        **_about(number),
        "kind": "urgent" if number % 4 == 0 else "surge",
        "matter_id": f"m{number}",
        "title": f"第 {number} 件事",
        "at": at,
        "mail_at": at,
        "people": 5,
        "posts": 6,
        "expected": 1.5,
        "post_ids": [],
        "reason": "负面留言比平时多。",
        "rule": "opinion_general",
        "due_at": at + timedelta(hours=48),
    }
