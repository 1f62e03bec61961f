"""The real ledger of 2022: all 47 tasks with their headings, sections and limits. Its texts stay where they are."""

from pathlib import Path

import pytest

from pipeline.ledger_file import read_ledger
from tests.ledger.made_up import ALIASES

pytestmark = pytest.mark.realdata

ALL, OTHERS, UNITS = "局机关各科室", "其他科室", "局直属各单位"
OFFICE, PRESS, LAW, MEDICINE = "办公室", "宣教科", "政策法规与体改科", "医政医管科"
DISEASE, PLANNING, STAFF = "疾控应急科", "规划信息化科", "人事科"
FAMILY, ENFORCEMENT = "妇幼健康与人口家庭科", "执法支队"

RUNS = [
    # tasks, section, subsection, lead (* = 牵头 is written), supporting, implementing
    ([1], "一", "（一）", [PRESS, LAW], True, [ALL], []),
    ([2], "一", "（二）", [OFFICE], True, [ALL], []),
    ([3], "一", "（二）", [OFFICE, PRESS], True, [ALL], []),
    ([4, 5], "一", "（三）", [OFFICE], True, [ALL], []),
    ([6], "一", "（四）", [OFFICE], True, [ALL], []),
    ([7, 8, 9, 10], "二", "（一）", [PRESS, DISEASE], True, [MEDICINE, PLANNING], []),
    ([11], "二", "（二）", [MEDICINE], True, [ALL], []),
    ([12, 13], "二", "（二）", [MEDICINE, DISEASE, ENFORCEMENT], True, [ALL], []),
    ([14, 15], "二", "（三）", [PLANNING, MEDICINE, PRESS], False, [], []),
    ([16], "二", "（四）", [STAFF, FAMILY, MEDICINE], False, [], []),
    ([17], "二", "（四）", [OFFICE, MEDICINE, PRESS], True, [ALL], [UNITS]),
    ([18, 19], "二", "（五）", [OFFICE, PRESS, MEDICINE], True, [ALL], [UNITS]),
    ([20, 21, 22, 23], "三", "（一）", [ALL], False, [], []),
    ([24, 25, 26], "三", "（二）", [OFFICE, PRESS], True, [ALL], []),
    ([27, 28], "三", "（三）", [OFFICE, PRESS], True, [ALL], []),
    ([29, 30, 31, 32], "四", "（一）", [PRESS], True, [PLANNING], []),
    ([33, 34], "四", "（二）", [OFFICE, PLANNING, MEDICINE, PRESS], True, [OTHERS], []),
    ([35, 36], "四", "（三）", [PRESS], True, [ALL], []),
    (list(range(37, 48)), "五", None, [OFFICE], True, [ALL], []),
]


def test_all_47_tasks_are_read_with_their_headings_sections_and_limits(realdata: Path) -> None:
    # when
    ledger = read_ledger(realdata / "open_government_ledger_2022.txt", None, ALIASES)
    # then
    assert (ledger.year, ledger.faults, ledger.notes) == (2022, [], [])
    found = [
        (
            task.number,
            task.section.partition("、")[0],
            task.subsection and task.subsection[:3],
            list(task.who.lead),
            task.who.led,
            list(task.who.supporting),
            list(task.who.implementing),
            task.limit,
            str(task.due),
        )
        for task in ledger.tasks
    ]
    assert found == [(number, *run, "全年工作", "2022-12-31") for numbers, *run in RUNS for number in numbers]
    assert [task.number for task in ledger.tasks] == list(range(1, 48))


def test_headings_are_five_sections_each_with_one_spelling(realdata: Path) -> None:
    # when
    ledger = read_ledger(realdata / "open_government_ledger_2022.txt", None, ALIASES)
    # then what is written again after a page break is the same heading
    assert len({task.section for task in ledger.tasks}) == 5
    assert len({(task.section, task.subsection) for task in ledger.tasks}) == 4 + 5 + 3 + 3 + 1
    assert all("\n" not in task.section and " " not in (task.subsection or "") for task in ledger.tasks)
    # and every task's text is whole: it ends with a full stop
    assert [task.number for task in ledger.tasks if not task.text.endswith("。")] == []
