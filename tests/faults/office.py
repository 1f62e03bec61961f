"""An installation at work: its commands as processes of their own, its mail server, and all it holds, to be compared."""

import os
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from core.errors import ExitCode
from pipeline.runtime import Runtime
from store.documents import DOCUMENTS
from tests.pipeline.children import Child, Zygote
from tests.pipeline.content import documents, files, rejected
from tests.pipeline.gate import Gate
from tests.pipeline.killing import Command
from tests.pipeline.postoffice import Mail, PostOffice

NEVER = 10**9
Content = dict[str, Counter[Hashable]]
Source = dict[str, Any]


@dataclass(frozen=True)
class Usual:
    """How a command went undisturbed: seconds, requests to Elasticsearch, and mails."""

    seconds: float
    calls: int
    mails: int


@dataclass
class Office:
    """One installation. `environment` names its indices, folder and mail server; its commands go through the gate."""

    environment: dict[str, str]
    zygote: Zygote
    gate: Gate
    post_office: PostOffice

    def __post_init__(self) -> None:
        self.runtime = Runtime.from_environment(self.environment)

    def start(self, *command: object, **more: str) -> Child:
        """Start a command; further environment variables by keyword."""
        return self.start_from(self.zygote, *command, **more)

    def start_from(self, zygote: Zygote, *command: object, **more: str) -> Child:
        """The same from another zygote, as each has one child at a time."""
        variables = {**os.environ, **self.environment, **self.post_office.settings, "ELASTICSEARCH_URL": self.gate.url}
        return zygote.start([str(one) for one in command], {**variables, **more})

    def use_repository(self, name: str) -> None:
        """Give the node a repository of that name for backups."""
        location = {"type": "fs", "settings": {"location": name}}
        self.runtime.client.snapshot.create_repository(name=name, repository=location)

    def give_up_repository(self, name: str) -> None:
        """Delete the installation's backups in it; then the node has it no more."""
        client = self.runtime.client.options(ignore_status=404)
        client.snapshot.delete(repository=name, snapshot=f"{self.environment['YUQING_INDEX_PREFIX']}*")
        client.snapshot.delete_repository(name=name)

    def run(self, command: Command) -> Usual:
        """Run a command to its end, which must be a good one."""
        self.gate.close_at(NEVER, "before")
        mails, begun = len(self.post_office.mails), time.monotonic()
        child = self.start(*command)
        assert child.wait() in {ExitCode.OK, ExitCode.PARTIAL}, f"{command}: {child.output()}"
        return Usual(time.monotonic() - begun, len(self.gate.calls), len(self.post_office.mails) - mails)

    def mails_in_doubt(self) -> set[str]:
        """The Message-IDs of mails that were begun and whose end is not on record."""
        kept = [orjson.loads(path.read_bytes()) for path in files(self.runtime.settings.data / "outbox")]
        return {record["message_id"] for mail in kept for record in mail["records"]}

    def content(self) -> Content:
        """All that it holds and that must not depend on how often a stage was begun, by kind."""
        data, landing = self.runtime.settings.data, self.runtime.landing
        # How often a stage was begun, and how long it took, is what the metrics tell.
        found: dict[str, Iterable[Hashable]] = {name: self._documents(name) for name in DOCUMENTS if name != "metrics"}
        found["rejected"] = rejected(self.runtime).elements()
        # What was landed when a run died is landed again: twice in the raw data, once in the index.
        found["landed"] = {_packed(item) for segment in landing.segments() for item in segment.read()[1]}
        found["days landed"] = {(segment.source, segment.day) for segment in landing.segments()}
        found["pending"] = (segment.path.name for segment in landing.pending())
        found["outbox"] = (path.name for path in files(data / "outbox"))
        found["briefs"] = ((path.parent.name, path.read_bytes()) for path in data.glob("briefs/*/*.md"))
        found["reports"] = ((path.parent.name, path.read_bytes()) for path in data.glob("reports/*/report.json"))
        return {kind: Counter(some) for kind, some in found.items()}

    def _documents(self, name: str) -> Iterator[Hashable]:
        settle = SETTLED.get(name, dict)
        for id_, source in documents(self.runtime.es, self.runtime.names.prefix + name).items():
            yield id_, _packed(settle(source))


def _sent(source: Source) -> Source:
    """A record of a mail without the real time it was sent and how often that was tried."""
    assert ("sent_at" in source) == (source["state"] == "sent")
    return {name: value for name, value in source.items() if name not in {"sent_at", "attempts"}}


def _read(source: Source) -> Source:
    """How far a source was read, without how many items its last run found: after a kill that is what was left to find."""
    return {name: value for name, value in source.items() if name not in {"item_count", "last_item_at"}}


SETTLED: dict[str, Callable[[Source], Source]] = {"alerts": _sent, "collector-state": _read}
"""What differs by nature between an undisturbed installation and one whose stages had to begin again; nothing else does."""


def each_once(mails: Sequence[Mail], in_doubt: Counter[str]) -> list[Hashable]:
    """What makes each mail. A repeat is left out only when it is the very same mail and a fault had left it in doubt, once
    for each time: mail servers drop a repeated Message-ID.
    """
    excused = Counter(in_doubt)
    seen: dict[str, Hashable] = {}
    kept: list[Hashable] = []
    for mail in mails:
        if seen.get(mail.id) == mail.content() and excused[mail.id] > 0:
            excused[mail.id] -= 1
            continue
        seen[mail.id] = mail.content()
        kept.append(mail.content())
    return kept


def _packed(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
