"""Labelled letters to train on, written for these tests: three categories of `config/topics.yml`, and three moods."""

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from openpyxl import Workbook

from nlp.held_out import held_out

AT = "2026-01-09T08:30"
LATER = "2026-02-09T08:30"
HEALTH, CITY, SCHOOL = "卫生计生", "城乡建设", "教育文体"
TOPIC_HEADER = ("留言主题", "留言详情", "一级标签")
MOOD_HEADER = ("标题", "内容", "情感")

TITLES = {
    HEALTH: ["医院挂号难", "门诊排队太久", "疫苗何时到货", "卫生院药品不全", "急诊没有医生", "住院费用不清楚"],
    CITY: ["小区物业不作为", "路灯不亮", "工地夜间施工", "电梯经常坏", "开发商延期交房", "违章建筑无人管"],
    SCHOOL: ["学校收补课费", "幼儿园学位不够", "招生范围不清", "校服价格太高", "老师布置作业多", "食堂饭菜凉"],
}
SENTENCES = {
    HEALTH: [
        "早上六点就去医院排队，挂号窗口只开了一个",
        "门诊的医生说要做三项检查，护士却找不到检查单",
        "孩子的疫苗约了两个月还没有打上",
        "镇卫生院的药房缺药，老人要到县里的医院去拿",
        "住院押金交了五千元，出院时的清单看不懂",
        "急诊的护士让病人在走廊等了四个小时",
        "接种门诊的电话打不通，预防接种证也补不了",
        "手术以后伤口发炎，科室的医生互相推诿",
        "专家号一放出来就没有了，黄牛在医院门口卖号",
        "体检报告上的医生签名是代签的",
    ],
    CITY: [
        "小区的物业收了费，楼道的灯坏了半年不修",
        "工地夜里十二点还在打桩，整栋楼的业主睡不着",
        "开发商说好去年交房，现在楼盘还没有封顶",
        "电梯困人三次，物业只说在等配件",
        "楼顶的违章建筑越盖越高，城管来过又走了",
        "下水道堵了，污水流到一楼业主的家里",
        "路灯坏了一整条街，晚上走路要打手电",
        "业委会选举的票箱没有人监督",
        "绿化带被物业改成了收费的停车位",
        "燃气管道改造挖开了路面，两个月没有回填",
    ],
    SCHOOL: [
        "学校的老师在校外办补课班，每个学生收三千元",
        "幼儿园的学位只有三十个，报名的家长有两百人",
        "招生的学区划到了河对面，孩子上学要过两座桥",
        "校服一套八百元，家长没有选择",
        "老师每天布置作业到半夜，学生睡不够",
        "学校食堂的饭菜是凉的，学生吃了肚子疼",
        "中考的体育考试改了项目，家长开学才知道",
        "班主任要求全班家长买指定的教辅",
        "宿舍十二个学生住一间，没有空调",
        "小学的教师流动太大，一个学期换了三个班主任",
    ],
}
COMMON = [
    "希望有关部门尽快处理",
    "已经反映过两次，没有回音",
    "请问什么时候可以解决",
    "大家都很着急",
    "谢谢领导",
    "请给一个明确的答复",
]
MOODS = {
    "负面": [
        "态度恶劣，推来推去没有人管，太让人失望了",
        "投诉了三次都没有人理，简直是欺负老百姓",
        "收了钱不办事，严重影响我们的生活，强烈不满",
        "承诺的事情一拖再拖，纯属忽悠",
    ],
    "中性": [
        "请问办理需要带哪些材料，窗口几点上班",
        "想咨询一下今年的报名时间和条件",
        "建议在路口增加一块指示牌",
        "请问老人的证件过期了，在哪里可以换",
    ],
    "正面": [
        "非常感谢工作人员的耐心帮助，问题当天就解决了",
        "为你们的高效办事点赞，服务热情周到",
        "衷心感谢医生护士的精心照顾，孩子已经康复",
        "路修好了，灯也亮了，感谢政府为民办实事",
    ],
}


@dataclass(frozen=True)
class Letter:
    """One labelled letter."""

    title: str
    body: str
    label: str


def letters(each: int = 40, seed: int = 1, categories: Sequence[str] = (HEALTH, CITY, SCHOOL)) -> list[Letter]:
    """So many letters of each category, mixed, no two alike."""
    chance, made = random.Random(seed), set[Letter]()
    for category in categories:
        wanted = len(made) + each
        while len(made) < wanted:
            body = [*chance.sample(SENTENCES[category], 2), chance.choice(COMMON)]
            made.add(Letter(chance.choice(TITLES[category]), "，".join(body) + "。", category))
    return chance.sample(sorted(made, key=lambda letter: (letter.title, letter.body)), len(made))


def moods(each: int = 20, seed: int = 1) -> list[Letter]:
    """So many letters of each mood, mixed, no two alike; each about one of the matters above."""
    chance, made = random.Random(seed), set[Letter]()
    for mood, sentences in MOODS.items():
        wanted = len(made) + each
        while len(made) < wanted:
            matter = chance.choice(TITLES[chance.choice([HEALTH, CITY, SCHOOL])])
            made.add(Letter("", f"关于{matter}：{'。'.join(chance.sample(sentences, 2))}。", mood))
    return chance.sample(sorted(made, key=lambda letter: letter.body), len(made))


def with_sides(written: Sequence[Letter]) -> list[tuple[Letter, bool]]:
    """The letters, each with whether a training holds it out."""
    return list(zip(written, held_out([f"{one.title}{one.body}" for one in written]), strict=True))


def relabelled(letter: Letter) -> Letter:
    """The letter under the next category, which is wrong."""
    order = [HEALTH, CITY, SCHOOL]
    return replace(letter, label=order[(order.index(letter.label) + 1) % len(order)])


def write_csv(
    path: Path, rows: Iterable[Sequence[str]], header: Sequence[str] = TOPIC_HEADER, encoding: str = "utf-8"
) -> Path:
    """A CSV file with these rows below the header."""
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def write_letters(path: Path, written: Iterable[Letter], header: Sequence[str] = TOPIC_HEADER) -> Path:
    """The letters as a CSV file: title, body, label."""
    return write_csv(path, [(letter.title, letter.body, letter.label) for letter in written], header)


def write_xlsx(path: Path, rows: Iterable[Sequence[str]], header: Sequence[str] = TOPIC_HEADER) -> Path:
    """A workbook with these rows below the header."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (header, *rows):
        sheet.append(list(row))
    book.save(path)
    return path
