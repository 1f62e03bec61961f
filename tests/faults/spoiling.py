"""What Elasticsearch can answer besides what was asked for: nothing, too late, too busy, only some items of a bulk."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from tests.pipeline.gate import Call, Deal, Lost, PassOn, Reply

JSON = [("Content-Type", "application/json"), ("X-Elastic-Product", "Elasticsearch")]
PARTIAL = "partial bulks (429, 503)"
REASONS = {429: "es_rejected_execution_exception", 503: "unavailable_shards_exception"}
LONGEST_SLOW_SECONDS = 0.3


@dataclass
class Spoiler:
    """Spoils requests with this probability, one at least when there are more than `patience`; counts them."""

    chance: random.Random
    share: float
    patience: int
    count: int = 0
    _passed: int = 0

    def strikes(self) -> bool:
        """Whether this request is to be spoilt."""
        if self.chance.random() < self.share or (self.count == 0 and self._passed >= self.patience):
            self.count += 1
            return True
        self._passed += 1
        return False


def slow(spoiler: Spoiler) -> Deal:
    """Some requests come to the node late, and some answers to the sender."""

    def deal(call: Call, body: bytes, pass_on: PassOn) -> Reply:
        wait = spoiler.chance.uniform(0, LONGEST_SLOW_SECONDS) if spoiler.strikes() else 0
        before = spoiler.chance.choice((True, False))
        time.sleep(wait if before else 0)
        reply = pass_on(body)
        time.sleep(0 if before else wait)
        return reply

    return deal


def lost_answers(spoiler: Spoiler) -> Deal:
    """The node has done it, and the connection breaks before the sender knows, as when a request takes too long."""

    def deal(call: Call, body: bytes, pass_on: PassOn) -> Reply:
        reply = pass_on(body)
        if spoiler.strikes():
            raise Lost
        return reply

    return deal


def too_busy(spoiler: Spoiler) -> Deal:
    """Some requests are answered with 429 and not done."""

    def deal(call: Call, body: bytes, pass_on: PassOn) -> Reply:
        return _refusal(429) if spoiler.strikes() else pass_on(body)

    return deal


def partial_bulks(spoiler: Spoiler) -> Deal:
    """Some items of a bulk are answered with 429 or 503 and not done, the others are."""

    def deal(call: Call, body: bytes, pass_on: PassOn) -> Reply:
        if not call.path.endswith("/_bulk"):
            return pass_on(body)
        items = _items(body)
        refused = {number: spoiler.chance.choice(list(REASONS)) for number in range(len(items)) if spoiler.strikes()}
        if not refused:
            return pass_on(body)
        taken = b"".join(item for number, item in enumerate(items) if number not in refused)
        reply = pass_on(taken) if taken else Reply(200, JSON, b'{"took":0,"errors":false,"items":[]}')
        return _with_refused(reply, items, refused)

    return deal


SPOILT: dict[str, Callable[[Spoiler], Deal]] = {
    "slow answers": slow,
    "answers lost": lost_answers,
    "HTTP 429": too_busy,
    PARTIAL: partial_bulks,
}


def _refusal(status: int) -> Reply:
    error = {"type": REASONS[status], "reason": "rejected by a test"}
    return Reply(status, JSON, orjson.dumps({"error": {**error, "root_cause": [error]}, "status": status}))


def _items(body: bytes) -> list[bytes]:
    """What is asked of each document: one line to delete it, two to write it."""
    lines = iter(body.splitlines(keepends=True))
    return [line if b'"delete"' in line.partition(b":")[0] else line + next(lines) for line in lines]


def _with_refused(reply: Reply, items: list[bytes], refused: dict[int, int]) -> Reply:
    """The node's answer with the refused items in their places."""
    told = orjson.loads(reply.body)
    answers = iter(told["items"])
    told["errors"] = True
    told["items"] = [_refused(item, refused[n]) if n in refused else next(answers) for n, item in enumerate(items)]
    return Reply(reply.status, JSON, orjson.dumps(told))


def _refused(item: bytes, status: int) -> dict[str, object]:
    ((operation, about),) = orjson.loads(item.splitlines()[0]).items()
    error = {"type": REASONS[status], "reason": "rejected by a test"}
    return {operation: {"_index": about["_index"], "_id": about["_id"], "status": status, "error": error}}
