"""The grades against ratings by hand of real replies, and what a run over all of them finds.

`tests/nlp/reply_ratings.csv` rates 140 replies from 1 (no answer) to 5 (everything an expert would write), drawn in
equal numbers from seven classes of length and read before any grade was known. Weights were chosen on the part 调参;
检验 was kept out.
"""

import csv
from pathlib import Path

import pytest
from scipy.stats import spearmanr

from pipeline.labelled import Fault
from pipeline.reply_pairs import read_pairs
from pipeline.reply_quality import Checked, check_pairs
from pipeline.runtime import Runtime
from pipeline.settings import Settings

pytestmark = pytest.mark.realdata
RATINGS = Path(__file__).parents[1] / "nlp" / "reply_ratings.csv"


@pytest.fixture(scope="module")
def checked(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Checked]:
    """All real replies, graded."""
    runtime = Runtime(Settings({"YUQING_DATA": str(tmp_path_factory.mktemp("replies"))}))
    faults: list[Fault] = []
    pairs = read_pairs(realdata / "messages_replied.csv", faults)
    assert not faults
    return {one.pair.id: one for one in check_pairs(runtime, pairs, lambda _: None)}


def ratings(part: str) -> dict[str, int]:
    with RATINGS.open(encoding="utf-8", newline="") as stream:
        return {row["留言编号"]: int(row["评分"]) for row in csv.DictReader(stream) if row["用途"] == part}


def test_grades_rank_replies_as_a_person_does(checked: dict[str, Checked]) -> None:
    # given
    by_hand = ratings("检验")
    assert len(by_hand) == 70
    # when
    correlation = spearmanr([checked[id_].quality.total for id_ in by_hand], list(by_hand.values())).statistic
    # then
    assert correlation >= 0.65


def test_replies_rated_worst_are_graded_below_all_those_rated_best(checked: dict[str, Checked]) -> None:
    # given
    by_hand = ratings("检验")
    worst = [checked[id_].quality.total for id_, rating in by_hand.items() if rating == 1]
    best = [checked[id_].quality.total for id_, rating in by_hand.items() if rating == 5]
    # then
    assert worst
    assert max(worst) < min(best)


def test_every_real_reply_is_graded_with_reasons(checked: dict[str, Checked]) -> None:
    # then
    assert len(checked) == 1353
    for one in checked.values():
        assert 0 <= one.quality.total <= 100
        assert all(side.good or side.bad or side.share for side in one.quality.dimensions)


def test_forms_are_found_among_real_replies(checked: dict[str, Checked]) -> None:
    # given
    forms = [one for one in checked.values() if one.quality.template_only]
    # then: 5 % of them are one of a dozen forms
    assert 50 <= len(forms) <= 100
    assert all(one.quality.total < 20 for one in forms)
