"""The installation of `tests/pipeline` for each fault, a seed for the chances, and the table at the end.

`YUQING_FAULTS_SEED` repeats a run; `YUQING_FAULTS_KILLS` says how many kills the loop over all stages makes in all. With
`YUQING_FAULTS_SIZE=full` the other loops are longer, too.
"""

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from pipeline.settings import PROJECT
from store import distribution
from store.embedded import NodeStatus
from tests.collectors.servers import Board
from tests.faults.office import Office
from tests.faults.passage import Passage
from tests.faults.stages import FEW, STAGES, Stage
from tests.faults.tally import Tally, table
from tests.matters_pipeline.letters import put, town_talk
from tests.pipeline.children import Zygote
from tests.pipeline.conftest import SetSources, board, gate, post_office, set_sources, twin, yuqing, zygote
from tests.pipeline.content import remove_installation
from tests.pipeline.gate import Gate
from tests.pipeline.postoffice import PostOffice
from tests.pipeline.sources import board_source, sheet_source

__all__ = ["board", "gate", "post_office", "set_sources", "twin", "yuqing", "zygote"]

USUAL_SEED = 20261129
TALLIES = pytest.StashKey[list[Tally]]()
NewTally = Callable[[str], Tally]
NewPassage = Callable[[str], AbstractContextManager[Passage]]
RECORD = PROJECT / "bench" / "faults.md"
KEPT_DAYS = 10
TALK = 40
"""So many posts about other things: what is rare can only be told from many."""


def full_size() -> bool:
    """Whether this is a run for the record, as `./do faults` makes it, and not one among all tests."""
    return os.environ.get("YUQING_FAULTS_SIZE") == "full"


def stages_at_hand() -> list[Stage]:
    """The stages that go by: all in a run for the record."""
    return STAGES if full_size() else FEW


@pytest.fixture(scope="session")
def seed() -> int:
    """What all chances of this run follow from."""
    return int(os.environ.get("YUQING_FAULTS_SEED", USUAL_SEED))


@pytest.fixture
def new_tally(request: pytest.FixtureRequest) -> NewTally:
    """Makes the tally of one kind of fault; it goes into the table, and the test asserts that it `is_clean`."""
    kept = request.config.stash.setdefault(TALLIES, [])

    def make(fault: str) -> Tally:
        kept.append(Tally(fault))
        return kept[-1]

    return make


@pytest.fixture
def new_passage(
    environment: dict[str, str],
    es_node: NodeStatus,
    zygote: Zygote,
    set_sources: SetSources,
    board: Board,
    seed: int,
    tmp_path: Path,
) -> NewPassage:
    """Makes two installations with the same configuration and the same talk: one to disturb, whose node listens at the
    address given, and one to compare with on the node of all tests.
    """

    @contextmanager
    def make(node_url: str) -> Iterator[Passage]:
        prefix = environment["YUQING_INDEX_PREFIX"]
        environment["ELASTICSEARCH_URL"] = node_url
        repository = f"{prefix}faults"
        _change_pipeline(set_sources(board_source(board), sheet_source()).settings.config, repository)
        own = {
            "ELASTICSEARCH_URL": es_node.url,
            "YUQING_INDEX_PREFIX": f"{prefix}twin-",
            "YUQING_DATA": str(tmp_path / "twin"),
        }
        with (
            Gate(node_url, prefix) as gate,
            Gate(es_node.url, own["YUQING_INDEX_PREFIX"]) as twins_gate,
            PostOffice() as post_office,
            PostOffice() as twins_post_office,
        ):
            disturbed = Office(environment, zygote, gate, post_office)
            undisturbed = Office({**environment, **own}, zygote, twins_gate, twins_post_office)
            for office in (undisturbed, disturbed):
                office.use_repository(repository)
                put(office.runtime, town_talk(TALK))
            try:
                yield Passage(disturbed, undisturbed, board, tmp_path, seed)
            finally:
                for office in (undisturbed, disturbed):
                    office.give_up_repository(repository)
                remove_installation(es_node.url, own["YUQING_INDEX_PREFIX"])

    return make


@pytest.fixture
def passage(new_passage: NewPassage, es_node: NodeStatus) -> Iterator[Passage]:
    """Two installations on the node of all tests."""
    with new_passage(es_node.url) as made:
        yield made


def _change_pipeline(config: Path, repository: str) -> None:
    """Have raw items deleted after a week or so, and backups made where both installations may."""
    path = config / "pipeline.yml"
    more = {"keep_landed_days": KEPT_DAYS, "backup": {"repository": repository}}
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | more, allow_unicode=True), "utf-8")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Print the table; that of a whole run in which all went well is kept."""
    tallies = config.stash.get(TALLIES, [])
    if tallies:
        seed_used = os.environ.get("YUQING_FAULTS_SEED", str(USUAL_SEED))
        terminalreporter.write_sep("=", f"faults, seed {seed_used}")
        terminalreporter.write_line(table(tallies))
        if full_size() and exitstatus == pytest.ExitCode.OK:
            RECORD.write_text(_record(tallies, seed_used), encoding="utf-8")
            terminalreporter.write_line(f"kept in {RECORD}")


def _record(tallies: Sequence[Tally], seed_used: str) -> str:
    """The table with what is needed to make it again."""
    kills = os.environ["YUQING_FAULTS_KILLS"]
    return (
        "# Faults\n\n"
        f"`./do faults --seed {seed_used}`: {kills} kills of stages among them. Python {platform.python_version()}, "
        f"Elasticsearch {distribution.VERSION}, Airflow {version('apache-airflow')}.\n\n"
        "`times`: how often the fault really happened (a kill that came too late is none). `lost` and `doubled`: posts, records "
        "and files against an\nundisturbed run over the same input and times; `unsent`: mails that should have gone out; a mail "
        "that went out twice is `doubled`, unless the fault\nhad left it in doubt and the repeat is the very same mail, under "
        f"the same Message-ID.\n\n{table(tallies)}\n"
    )
