"""A small export in the form of the source `yuqing_demo`. As of Friday 9 January 2026, 08:30, its messages are:

| id | due | state then | section |
|---|---|---|---|
| 1 | Monday 5 January (Sunday 4 is worked) | waits, four working days over | 疾控应急科 |
| 2 | Friday 9 | waits, due today | 疾控应急科 |
| 3 | Tuesday 13 | waits, two working days left | 医政医管科 |
| 4 | 29 December | answered after 2 working days | 妇幼健康与人口家庭科 |
| 5 | 22 December | answered on 5 January, after 14 working days | 妇幼健康与人口家庭科 |
| 6 | 22 January | waits, time enough | 办公室 |
"""

import csv
from collections.abc import Sequence
from pathlib import Path

AT = "2026-01-09T08:30"
COLUMNS = "编号 留言对象 网友 标题 内容 类型 领域 状态 留言时间 答复单位 答复内容 答复时间 点赞数 反对数 满意度"
HEADER = COLUMNS.split()
VACCINE, HOSPITAL, MOTHERS = "疾控应急科", "医政医管科", "妇幼健康与人口家庭科"
PHONE = "13812345678"


def row(number: int, title: str, body: str, kind: str, posted: str, answered: str = "") -> list[str]:
    """One message; waiting, or answered at that time."""
    state, reply = ("已办结", "您好，已经办理。") if answered else ("待回复", "")
    organisation = "市卫健局" if answered else ""
    return [
        str(number), "市长留言", "某网友", title, body, kind, "医疗", state, posted, organisation, reply, answered, "1", "0", "",
    ]  # fmt: skip


ROWS = [
    row(1, "九价疫苗何时到苗", f"九价疫苗约了半年，请打{PHONE}告诉我", "咨询", "2025-12-26 09:00"),
    row(2, "接种点周末开不开门", "狂犬疫苗接种门诊周末开门吗", "咨询", "2026-01-04 10:00"),
    row(3, "专家号总是挂不上号", "预约挂号放号时间太短，挂号黄牛多", "投诉", "2025-12-29 10:00"),
    row(4, "普惠托育补助", "托育机构的普惠托育价格是多少", "咨询", "2025-12-22 15:00", "2025-12-24 10:00"),
    row(5, "托班备案名单", "托育机构备案名单在哪里看，托班", "咨询", "2025-12-15 09:00", "2026-01-05 09:00"),
    row(6, "感谢工作人员", "谢谢工作人员耐心解释", "感谢", "2026-01-08 10:00"),
]


def write(path: Path, rows: Sequence[Sequence[str]] = ROWS, header: Sequence[str] = HEADER) -> Path:
    """The rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path
