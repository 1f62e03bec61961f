"""Who and what the first round's answers name, and the second round of queries, which asks about them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.clock import to_beijing
from reports.figures import Query, buckets, hits
from reports.period import Period
from reports.questions import ANSWERED, before, between, exists, people, posted

MOST_MATTERS = 8
LEAST_PEOPLE = 2
"""A matter of one person is no hot matter."""
TAKEN_BACK = "待研判"


@dataclass(frozen=True)
class FollowUp:
    """A candidate for a second explanation. `matter` is the present id of its matter."""

    id: str
    matter: str
    created_at: datetime
    answered_at: datetime


@dataclass(frozen=True)
class Explained:
    """A second explanation that stood at the period's end; `entry` is its place in the follow-up's history."""

    id: str
    matter: str
    at: datetime
    entry: int


@dataclass(frozen=True)
class Warned:
    """An early warning raised within the period; `matter` is missing for urgent posts that belong to none."""

    id: str
    matter: str | None
    at: datetime
    urgent: bool
    posts: tuple[str, ...]

    @property
    def topic(self) -> str:
        """What it is about: its matter or, without one, itself."""
        return self.matter or self.id


@dataclass(frozen=True)
class Subjects:
    """The matters with the most people (the most first), the follow-ups and the warnings (the earliest first)."""

    hot: tuple[str, ...]
    undecided: tuple[FollowUp, ...]
    explained: tuple[Explained, ...]
    warned: tuple[Warned, ...]

    @property
    def matters(self) -> list[str]:
        """The ids of all matters among them."""
        followed = {one.matter for one in self.undecided} | {one.matter for one in self.explained}
        return sorted({*self.hot, *followed, *(one.matter for one in self.warned if one.matter)})


def subjects(answers: Mapping[str, Any], period: Period, redirects: Mapping[str, str]) -> Subjects:
    """What the answers name; `redirects` lead from a matter that was merged away to the one it went into."""

    def present(matter: str) -> str:
        seen = {matter}
        while (into := redirects.get(matter)) and into not in seen:
            seen.add(into)
            matter = into
        return matter

    undecided = [
        FollowUp(hit["_id"], present(one["matter_id"]), _time(one["created_at"]), _time(one["answered_at"]))
        for hit in hits(answers["undecided"])
        if (one := hit["_source"])
    ]
    explained = [
        Explained(hit["_id"], present(hit["_source"]["matter_id"]), at, entry)
        for hit in hits(answers["explained"])
        for entry, at in _standing(hit["_source"]["history"], period.end)
    ]
    warned = [
        Warned(
            id=hit["_id"],
            matter=present(one["matter_id"]) if "matter_id" in one else None,
            at=_time(one["at"]),
            urgent=one["kind"] == "urgent",
            posts=tuple(sorted(one["post_ids"])),
        )
        for hit in hits(answers["warnings"])
        if (one := hit["_source"])
    ]
    return Subjects(
        hot=_hottest(answers["matters"]),
        undecided=tuple(sorted(undecided, key=lambda one: (one.created_at, one.id))),
        explained=tuple(sorted(explained, key=lambda one: (one.at, one.id))),
        warned=tuple(sorted(warned, key=lambda one: (one.at, one.id))),
    )


def second_round(about: Subjects, period: Period, compare_weeks: int) -> list[Query]:
    """The queries about them; those about nothing are left out. Explanations are judged over so many weeks on each side."""
    span = timedelta(weeks=compare_weeks)
    since = {one.id: _of(one.matter, posted(one.answered_at, period.end)) for one in about.undecided}
    sides = {}
    for one in about.explained:
        sides[f"{one.id}.before"] = _of(one.matter, posted(one.at - span, one.at))
        sides[f"{one.id}.after"] = _of(one.matter, posted(one.at, min(one.at + span, period.end)))
    answered = {one.id: _answered_since(one, period) for one in about.warned}
    found = [
        Query("people since the answer", "posts", _named(since, people())) if since else None,
        Query("around explanations", "posts", _named(sides)) if sides else None,
        Query("answers to warnings", "posts", _named(answered)) if answered else None,
    ]
    if about.matters:
        found += [
            Query("titles", "clusters", _titles(about.matters)),
            Query("so far", "posts", _so_far(about.matters, period)),
        ]
    return [query for query in found if query]


def people_of(bucket: Mapping[str, Any]) -> int:
    """How many people wrote the posts of a bucket (`reports.questions.people`)."""
    return len(bucket["people"]["buckets"]) + int(bucket["nameless"]["doc_count"])


def _hottest(answer: Mapping[str, Any]) -> tuple[str, ...]:
    found = [(people_of(bucket), bucket["doc_count"], bucket["key"]) for bucket in buckets(answer, "matters")]
    ordered = sorted(found, key=lambda one: (-one[0], -one[1], one[2]))
    return tuple(matter for who, _, matter in ordered if who >= LEAST_PEOPLE)[:MOST_MATTERS]


def _standing(history: list[dict[str, Any]], end: datetime) -> list[tuple[int, datetime]]:
    """Place and time of the explanation that stood at `end`: the last one reported by then, unless it was taken back."""
    standing: list[tuple[int, datetime]] = []
    for entry, decision in enumerate(history):
        if _time(decision["at"]) >= end:
            break
        if decision["state"] == TAKEN_BACK:
            standing = []
        elif told := decision.get("explanation"):
            standing = [(entry, _time(told["at"]))]
    return [one for one in standing if one[1] < end]


def _answered_since(one: Warned, period: Period) -> dict[str, Any]:
    of = {"term": {"cluster_id": one.matter}} if one.matter else {"terms": {"id": list(one.posts)}}
    return {"bool": {"filter": [of, between(ANSWERED, one.at, period.end)]}}


def _of(matter: str, condition: dict[str, Any]) -> dict[str, Any]:
    return {"bool": {"filter": [{"term": {"cluster_id": matter}}, condition]}}


def _named(filters: dict[str, Any], within: dict[str, Any] | None = None) -> dict[str, Any]:
    """Counts of posts under names."""
    aggregation: dict[str, Any] = {"filters": {"filters": filters}} | ({"aggs": within} if within else {})
    return {"size": 0, "aggs": {"named": aggregation}}


def _titles(matters: list[str]) -> dict[str, Any]:
    return {
        "size": len(matters),
        "query": {"ids": {"values": matters}},
        "_source": ["title", "department"],
    }


def _so_far(matters: list[str], period: Period) -> dict[str, Any]:
    within = people() | {
        "first": {"min": {"field": "posted_at"}},
        "answered": {"filter": before(ANSWERED, period.end)},
        "tracked": {"filter": exists("status")},
    }
    query = {"bool": {"filter": [{"terms": {"cluster_id": matters}}, before("posted_at", period.end)]}}
    by_matter = {"terms": {"field": "cluster_id", "size": len(matters)}, "aggs": within}
    return {"size": 0, "query": query, "aggs": {"matters": by_matter}}


def _time(text: str) -> datetime:
    return to_beijing(datetime.fromisoformat(text))
