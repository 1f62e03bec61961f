"""A site goes bad in the middle of a run; the others are read all the same, and once it is well nothing is missing.

Nothing is lost, nothing is landed twice, what went wrong is said in Chinese, and the site is not hammered meanwhile.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.base import BadItem
from core.errors import ExitCode, YuqingError
from pipeline.collect import collect, scheduled_sources
from pipeline.enrich import enrich_pending
from pipeline.runtime import Runtime
from tests.cli.command import Yuqing
from tests.collectors.servers import Fault, Site
from tests.collectors.test_feed import item, rss
from tests.collectors.test_site_list import SELECTORS, put_list
from tests.core.wording import english_in
from tests.faults.bad_sites import FAULTS, HUGE, BadBoard, BadSite
from tests.faults.conftest import NewTally
from tests.faults.tally import Tally
from tests.pipeline.conftest import NO_WAITING, SetSources, StartCommand
from tests.pipeline.content import posts
from tests.pipeline.sources import MAYOR, board_source

NOW = datetime(2020, 1, 10, tzinfo=UTC)
ATTEMPTS = 2
MOST_HOPS = 6
"""Requests of one that is sent on and on: itself, and five redirects."""
SLOW = {"hangs before the headers", "hangs in the middle of the body", "drips a byte at a time"}
GOES_ON = {"leads in circles", "pours out 2 GB", "sends a gzip bomb", "sends another page instead", "says 5xx"}
"""What may be the fault of one letter's page: the others are asked for, each as politely."""
MAY_BE_READ = {"says a wrong encoding", "ends in the middle of the body"}
"""What may be right all the same, or be taken as far as it goes and asked for in full by the next run."""

Said = tuple[str, str, str]
"""Source, title and text."""


@dataclass
class Sites:
    """A board, a feed and a mayor's mailbox, and another feed that nothing ever happens to."""

    board: BadBoard
    news: BadSite
    mailbox: BadSite
    other: Site
    published: list[Said] = field(default_factory=list)
    _last: int = 0
    _items: list[str] = field(default_factory=list)

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Their entries in `sources.yml`; the one nothing happens to is read last."""
        letters = {
            "name": "mailbox",
            "title": "市长信箱",
            "kind": "site_list",
            "channel": "mailbox",
            "url": f"{self.mailbox.url}/szxx/index.html",
            "list_page": {"row": "ul.letters > li", "next": "a.next"},
            "detail_page": SELECTORS,
        }
        return [
            board_source(self.board, forums={MAYOR: "市长留言"}),
            {"name": "news", "title": "新闻", "kind": "feed", "channel": "media", "urls": [f"{self.news.url}/rss"]},
            letters,
            {"name": "other", "title": "别的", "kind": "feed", "channel": "media", "urls": [f"{self.other.url}/rss"]},
        ]

    def publish(self, count: int) -> int:
        """Everywhere so many new posts; the number of them at each site."""
        for number in range(self._last + 1, self._last + count + 1):
            self.board.add(MAYOR, number)
            self._items.append(item(f"a:{number}", f"第{number}条新闻", f"第{number}条新闻的内容"))
            self.published += [
                ("board", f"第{number}件事", f"请问第{number}件事怎么办？"),
                ("news", f"第{number}条新闻", f"第{number}条新闻的内容"),
                ("mailbox", f"第{number}件事", f"第{number}封信"),
                ("other", f"第{number}条新闻", f"第{number}条新闻的内容"),
            ]
        self._last += count
        self.news.put("/rss", rss(*self._items[-12:]), ETag=f'"{self._last}"')
        self.other.put("/rss", rss(*self._items[-12:]))
        put_list(self.mailbox, newest=self._last, oldest=max(1, self._last - 20))
        return count

    def usual_requests(self, name: str, new: int) -> int:
        """How many requests an undisturbed run makes for so many new posts."""
        return {"board": 1 + (new - 1) // 3 + 1, "news": 1, "mailbox": 1 + new}[name]


@pytest.fixture
def sites() -> Iterator[Sites]:
    """All of them, running."""
    all_of_them = Sites(BadBoard(), BadSite(), BadSite(), Site())
    with all_of_them.board, all_of_them.news, all_of_them.mailbox, all_of_them.other:
        yield all_of_them


@dataclass
class Landed:
    """What was landed since this was asked last: posts as they were published, and why others are none."""

    runtime: Runtime
    posts: list[Said] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _seen: set[Path] = field(default_factory=set)

    def look(self) -> "Landed":
        """Read the new segments."""
        self.posts, self.problems = [], []
        for segment in self.runtime.landing.segments():
            if segment.path not in self._seen:
                self._seen.add(segment.path)
                seen_at, items = segment.read()
                for raw in items:
                    self._read(segment.source, raw, seen_at)
        return self

    def _read(self, name: str, raw: dict[str, Any], seen_at: datetime) -> None:
        try:
            post = self.runtime.source(name).parse(raw, seen_at)
        except BadItem as problem:
            self.problems.append(str(problem))
        else:
            self.posts.append((name, post.title, post.body))


@dataclass
class Run:
    """What one run over all sources gave: items by source, and the reasons of those that failed."""

    items: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass
class Rounds:
    """Rounds with the sites of one installation, which is configured with two kinds of patience."""

    patient: Runtime
    impatient: Runtime
    sites: Sites
    chance: random.Random
    number: int = 0

    def __post_init__(self) -> None:
        self.landed = Landed(self.patient)

    def run(self, runtime: Runtime) -> Run:
        """Collect from every source, as the command does."""
        self.number += 1
        run = Run()
        for name in scheduled_sources(runtime):
            try:
                run.items[name] = collect(runtime, name, NOW + timedelta(minutes=self.number)).items
            except YuqingError as error:
                run.failed[name] = error.message
        return run

    def bad(self, name: str, kind: str, fault: Fault, tally: Tally) -> None:
        """A run in which a site goes bad at a request of chance; then it is well again."""
        site: BadSite = getattr(self.sites, name)
        before = len(self.sites.published)
        new = self.sites.publish(self.chance.randint(2, 5))
        site.spoil(fault, self.chance.randrange(self.sites.usual_requests(name, new)))
        # when
        run = self.run(self.impatient if kind in SLOW else self.patient)
        # then the others gave what they had
        tally.times += 1
        assert site.spoilt, (name, kind)
        others = {"board", "news", "mailbox", "other"} - {name}
        assert {other: run.items.get(other) for other in others} == dict.fromkeys(others, new), run
        # and what went wrong is said in Chinese, once
        first = self.landed.look()
        told = [*run.failed.values(), *first.problems]
        assert told or kind in MAY_BE_READ, (name, kind)
        assert not [words for words in told if english_in(words)]
        landed = first.posts
        _was_polite(site, kind)
        # and once it is well, a run brings what is missing, and the next one nothing
        site.well()
        assert self.run(self.patient).failed == {}
        assert set(self.run(self.patient).items.values()) == {0}, (name, kind)
        again = self.landed.look()
        assert again.problems == []
        tally.compare([*landed, *again.posts], self.sites.published[before:])


def _was_polite(site: BadSite, kind: str) -> None:
    most = MOST_HOPS if kind == "leads in circles" else ATTEMPTS
    assert max(site.spoilt.values()) <= most, (kind, site.spoilt)
    if kind not in GOES_ON | MAY_BE_READ:
        assert site.spoilt.total() <= most, (kind, site.spoilt)


def manners(**more: float) -> dict[str, float]:
    """How sites are asked here: without waiting, and without a second chance too many."""
    return {**NO_WAITING, "attempts": ATTEMPTS, "refusals": ATTEMPTS - 1, "max_bytes": 100_000, **more}


def test_a_site_that_goes_bad_costs_nothing_once_it_is_well(
    sites: Sites, set_sources: SetSources, new_tally: NewTally, seed: int
) -> None:
    # given all that can go wrong at each kind of site, in an order that follows from the seed
    chance = random.Random(f"{seed} sites")
    patient, impatient = (
        set_sources(*sites.sources, politeness=manners(read_timeout=seconds, total_timeout=2 * seconds))
        for seconds in (20, 0.4)
    )
    rounds = Rounds(patient, impatient, sites, chance)
    tallies = {kind: new_tally(f"site {kind}") for kind in FAULTS}
    faults = [
        (name, kind, fault) for name in ("board", "news", "mailbox") for kind, all_ in FAULTS.items() for fault in all_
    ]
    chance.shuffle(faults)
    sites.publish(4)
    assert rounds.run(patient).failed == {}
    rounds.landed.look()
    # when
    for name, kind, fault in faults:
        rounds.bad(name, kind, fault, tallies[kind])
        # then
        assert tallies[kind].is_clean, (name, kind, fault)
    index = new_tally("sites of all kinds: the index at the end")
    index.times = len(faults)
    enrich_pending(patient, NOW + timedelta(days=1))
    index.compare(((post["source"], post["title"], post["body"]) for post in posts(patient).values()), sites.published)
    assert index.is_clean


@pytest.mark.parametrize("name", ["board", "news", "mailbox"])
def test_the_command_reads_the_other_sources_and_says_what_is_wrong(
    name: str, sites: Sites, set_sources: SetSources, environment: dict[str, str], new_tally: NewTally
) -> None:
    # given
    tally = new_tally(f"{name} says 503 (yuqing collect)")
    runtime = set_sources(*sites.sources, politeness=manners())
    yuqing = Yuqing(environment)
    sites.publish(4)
    getattr(sites, name).spoil(FAULTS["says 5xx"][2], 0)
    # when
    outcome = yuqing("collect", "--json", "--at", NOW.isoformat())
    # then
    tally.times += 1
    assert outcome.code == ExitCode.PARTIAL
    assert outcome.json["failed"].keys() == {name}
    assert "HTTP 503" in outcome.err
    # and again
    getattr(sites, name).well()
    assert yuqing("collect", "--at", NOW.isoformat()).code == ExitCode.OK
    tally.compare(Landed(runtime).look().posts, sites.published)
    assert tally.is_clean


def test_two_gigabytes_pass_by_without_growing_in_memory(
    sites: Sites, set_sources: SetSources, yuqing: StartCommand, new_tally: NewTally
) -> None:
    # given what a run takes as it is
    tally = new_tally("site pours out 2 GB (memory of the process)")
    runtime = set_sources(*sites.sources, politeness={**NO_WAITING, "attempts": ATTEMPTS})
    sites.publish(4)
    usual = peak_of(yuqing, "--at", NOW.isoformat())
    # when
    for number, name in enumerate(("board", "news", "mailbox")):
        sites.publish(2)
        site: BadSite = getattr(sites, name)
        site.spoil(FAULTS["pours out 2 GB"][0], 0)
        peak = peak_of(yuqing, "--at", (NOW + timedelta(minutes=number)).isoformat())
        site.well()
        # then it took no more than the largest answer allowed, some times over
        tally.times += 1
        assert peak - usual < HUGE / 16, (peak, usual)
    assert yuqing("collect", "--at", (NOW + timedelta(hours=1)).isoformat()).wait() == ExitCode.OK
    tally.compare(Landed(runtime).look().posts, sites.published)
    assert tally.is_clean


def peak_of(yuqing: StartCommand, *arguments: str) -> int:
    """The most memory (bytes) that a run of `yuqing collect` held at a time."""
    child = yuqing("collect", *arguments)
    peak = 0
    while not child.has_ended(0.005):
        status = Path(f"/proc/{child.pid}/status").read_text()
        told = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        peak = max(peak, *(1024 * int(one) for one in told), 0)
    child.wait()
    return peak
