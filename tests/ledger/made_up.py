"""A made-up ledger of the same form as the real one: the same oddities, other tasks."""

from pathlib import Path

TEXT = """ \t一、把办事指南写明白
\t（一）整理各类指南。
\t1.清点现有指南。各科室要在2023年6月底前把窗口用的指南收齐，缺的补上。
\t办公室、宣教科牵头，局机关各科室配合
\t全年工作

\t
\t（二）指南上网。
\t2.把指南放到网站上，每季度核对一次。
3.接种门诊的时间有变化时当天更新。
更新以后通知各门诊。
\t疾控应急科牵头，规划信息科等有关科室配合
\t6月底前

\t一、把办事指南写明白
\t（三）请人试
用指南，按意见 再改。
\t4.请群众试用，收集意见。
\t医政医管科、宣教科等有关科室
\t2023年9月15日前

\t二、公开收费
\t
\t5医院收费清单上墙。
6.2023年年底前，收费有变化的及时说明。
\t政策法规与体改科牵头，其他科室配合，局直属各单位落实
\t第三季度

\t
\t
\t7.讲解收费标准。
\t局机关各科室
\t全年工作

"""
"""Seven tasks: a heading again after a page break, one broken in two, a run of tasks under one line, a number without dot."""

EXPECTED = [
    (1, "一", "（一）", ["办公室", "宣教科"], ["局机关各科室"], [], True, "2023-12-31"),
    (2, "一", "（二）", ["疾控应急科"], ["规划信息化科"], [], True, "2023-06-30"),
    (3, "一", "（二）", ["疾控应急科"], ["规划信息化科"], [], True, "2023-06-30"),
    (4, "一", "（三）", ["医政医管科", "宣教科"], [], [], False, "2023-09-15"),
    (5, "二", None, ["政策法规与体改科"], ["其他科室"], ["局直属各单位"], True, "2023-09-30"),
    (6, "二", None, ["政策法规与体改科"], ["其他科室"], ["局直属各单位"], True, "2023-09-30"),
    (7, "二", None, ["局机关各科室"], [], [], False, "2023-12-31"),
]
ALIASES = {"规划信息科": "规划信息化科"}
YEAR = 2023


def write(folder: Path, text: str = TEXT, name: str = "台账2023.txt") -> Path:
    """The ledger as a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
