"""Sites that go bad at a chosen request: they hang, lead in circles, pour out gigabytes, or answer with something else.

`BadSite` and `BadBoard` are the servers of `tests/collectors/servers.py`; from the request on that `spoil` names, every answer
is spoilt until `well` is called.
"""

import gzip
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tests.collectors.servers import Answer, Asked, Board, Fault, Site, cut_short, hang_up, instead, refused, silent

HUGE = 2 * 1024**3
PIECE = b"x" * 65536
BEING_MENDED = "<html><body>系统维护中，请稍后再来。</body></html>"


def half_of_it(answer: Answer) -> Answer:
    """Half of the body, and the end of the connection is all that says so."""
    return replace(answer, body=answer.body[: len(answer.body) // 2], unannounced=True)


def packed_badly(answer: Answer) -> Answer:
    """Something that calls itself gzip and is none."""
    return replace(answer, headers={**answer.headers, "Content-Encoding": "gzip"})


def packed_in_half(answer: Answer) -> Answer:
    """The first half of what gzip made, said to be all."""
    packed = gzip.compress(answer.body)
    return replace(answer, body=packed[: len(packed) // 2], headers={**answer.headers, "Content-Encoding": "gzip"})


def stalls(answer: Answer) -> Answer:
    """Half of the body, and then nothing for half a minute."""
    return replace(answer, headers={**answer.headers, "Stalls": "yes"})


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1024**2)) for _ in range(300)) + packer.flush()


def bomb(answer: Answer) -> Answer:
    """300 MB in 300 kB."""
    return Answer(_bomb(), headers={**answer.headers, "Content-Encoding": "gzip"})


def declared_as(charset: str) -> Fault:
    """The body as it is, said to be in another encoding."""
    return lambda answer: replace(answer, headers={**answer.headers, "Content-Type": f"text/html; charset={charset}"})


def in_another_encoding(answer: Answer) -> Answer:
    """The body in GB18030, said to be UTF-8."""
    body = answer.body.decode(errors="replace").encode("gb18030", errors="replace")
    return replace(answer, body=body, headers={**answer.headers, "Content-Type": "text/html; charset=utf-8"})


def in_circles(answer: Answer) -> Answer:
    """Leads to itself."""
    return Answer(status=302, headers={"Location": "?"})


FAULTS: Mapping[str, tuple[Fault, ...]] = {
    "hangs before the headers": (silent(30),),
    "hangs in the middle of the body": (stalls,),
    "drips a byte at a time": (lambda answer: replace(answer, drip=0.2),),
    "leads in circles": (in_circles,),
    "pours out 2 GB": (instead(Answer(headers={"Pours": "yes"})),),
    "sends a gzip bomb": (bomb,),
    "sends broken gzip": (packed_badly, packed_in_half),
    "ends in the middle of the body": (cut_short, half_of_it, hang_up),
    "says a wrong encoding": (declared_as("iso-8859-1"), declared_as("no-such"), in_another_encoding),
    "sends another page instead": (
        instead(Answer(BEING_MENDED.encode())),
        instead(Answer(b"")),
        instead(Answer(b"[]")),
    ),
    "says 403 or 429": (refused(403), refused(429)),
    "says 5xx": (instead(Answer(b"error", 500)), instead(Answer(b"", 502)), instead(Answer(b"", 503))),
}


@dataclass
class _Spoiling:
    fault: Fault
    after: int
    """Requests that are answered well before."""


class BadSite(Site):
    """Well until `spoil` is called."""

    def __init__(self) -> None:
        super().__init__()
        self._spoiling: _Spoiling | None = None
        self.spoilt: Counter[str] = Counter()
        """What was asked for since `spoil`, and answered badly."""

    def spoil(self, fault: Fault, after: int) -> None:
        """Answer so many more requests well, and then all badly."""
        with self._lock:
            self._spoiling = _Spoiling(fault, after)
            self.spoilt.clear()

    def well(self) -> None:
        """Answer well again."""
        with self._lock:
            self._spoiling = None

    def _answer_or_fault(self, asked: Asked) -> Answer:
        answer = super()._answer_or_fault(asked)
        if asked.path == "/robots.txt":
            return answer
        with self._lock:
            if self._spoiling is None:
                return answer
            self._spoiling.after -= 1
            if self._spoiling.after >= 0:
                return answer
            self.spoilt[f"{asked.path} {sorted(asked.form.items())}"] += 1
            return self._spoiling.fault(answer)

    def _handler(self) -> type[Any]:
        site = self
        base: Any = super()._handler()

        class Handler(base):  # type: ignore[misc]  # a class made by a function
            def _write(self, answer: Answer) -> None:
                if "Pours" in answer.headers:
                    self._begin(answer, {"Content-Length": str(HUGE)})
                    for _ in range(HUGE // len(PIECE)):
                        self.wfile.write(PIECE)
                elif "Stalls" in answer.headers:
                    self._begin(answer, {"Content-Length": str(len(answer.body))})
                    self.wfile.write(answer.body[: len(answer.body) // 2])
                    site._closing.wait(30)
                else:
                    super()._write(answer)

            def _begin(self, answer: Answer, more: Mapping[str, str]) -> None:
                self.close_connection = True
                self.send_response(answer.status)
                for name, value in {**answer.headers, **more, "Connection": "close"}.items():
                    self.send_header(name, value)
                self.end_headers()

        return Handler


class BadBoard(BadSite, Board):
    """A message board that can go bad."""
