"""One post on a page of its own, for posts that have no address on the web and for reading without leaving the dashboard."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import Search

from core.clock import show
from core.post import SENTIMENT_NAMES, STAGE_NAMES
from dashboards.words import ACTIONS, changed

MOST_CHANGES = 100


def find_post(es: Elasticsearch, prefix: str, post_id: str) -> Mapping[str, Any] | None:
    """The post as indexed, masked as it is there; None if there is none of that id."""
    search = Search(using=es, index=f"{prefix}posts").params(ignore_unavailable=True)
    for hit in search.filter("ids", values=[post_id]).source(excludes=["tokens", "author_hash"])[:1].execute():
        return dict(hit.to_dict())
    return None


def find_changes(es: Elasticsearch, prefix: str, post_id: str) -> list[dict[str, str]]:
    """What people changed of a post, the earliest first (`store.audit`)."""
    search = Search(using=es, index=f"{prefix}audit").params(ignore_unavailable=True).filter("term", post_id=post_id)
    hits = [hit.to_dict() for hit in search.sort("at")[:MOST_CHANGES].execute()]
    return [
        {
            "at": _shown(one["at"]),
            "what": ACTIONS.get(one["action"], one["action"]),
            "who": one["who"],
            "before": changed(one.get("before", {})),
            "after": changed(one.get("after", {})),
            "reason": one.get("reason", ""),
        }
        for one in hits
    ]


def described(post: Mapping[str, Any], sources: Mapping[str, str], rules: Mapping[str, str]) -> dict[str, Any]:
    """What the page shows of a post. `sources` and `rules` have the titles of sources and deadline rules by name."""
    deadline = post.get("deadline") or {}
    facts = {
        "来源": sources.get(post["source"], post["source"]),
        "留言对象": post.get("forum"),
        "类型": post.get("kind"),
        "状态": post.get("status"),
        "科室": post.get("department"),
        "主题": post.get("topic"),
        "情感": SENTIMENT_NAMES.get(post.get("sentiment_label", "")),
        "风险": post.get("risk"),
        "地点": "、".join(post.get("places", ())),
        "关键词": "、".join(post.get("keywords", ())),
        "赞同": post.get("votes_up"),
        "反对": post.get("votes_down"),
        "满意度": _grade(post.get("satisfaction")),
    }
    return {
        "title": post["title"],
        "body": post["body"],
        "posted": _shown(post["posted_at"]),
        "url": safe_link(post.get("url")),
        "facts": {name: value for name, value in facts.items() if value not in {None, ""}},
        "deadline": _deadline(deadline, rules) if deadline else {},
        "stage": deadline.get("stage"),
        "replies": [
            {**reply, "replied": _shown(reply["replied_at"]) if reply.get("replied_at") else ""}
            for reply in post.get("replies", ())
        ],
    }


def safe_link(url: object) -> str | None:
    """The address if a browser may follow it: never `javascript:` and its like."""
    return url if isinstance(url, str) and url.startswith(("http://", "https://")) else None


def _deadline(deadline: Mapping[str, Any], rules: Mapping[str, str]) -> dict[str, str]:
    days, on_time = deadline.get("answered_in_working_days"), deadline.get("on_time")
    facts = {
        "时限": rules.get(deadline["rule"], deadline["rule"]),
        "到期": _shown(deadline["due_at"]),
        "已延期": f"原为 {_shown(deadline['first_due_at'])}" if deadline.get("first_due_at") else "",
        "办理情况": STAGE_NAMES.get(deadline.get("stage", ""), ""),
        "答复": _shown(deadline["answered_at"]) if deadline.get("answered_at") else "",
        "用时": "" if days is None else f"{days} 个工作日",
        "按时": "" if on_time is None else ("是" if on_time else "否"),
    }
    return {name: value for name, value in facts.items() if value}


def _grade(satisfaction: float | None) -> str | None:
    return None if satisfaction is None else f"{satisfaction:g} 分（满分 5 分）"


def _shown(moment: str) -> str:
    return show(datetime.fromisoformat(moment))
