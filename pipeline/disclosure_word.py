"""The suggestions of a quarter as a Word file in the layout of official documents."""

from collections.abc import Sequence

from core.clock import to_beijing
from core.numerals import numeral
from questions.disclosure import Suggestion
from reports.official import OfficialDocument
from reports.period import Period

_WIDTHS = (8, 40, 10, 10, 12, 20)


def disclosure_word(found: Sequence[Suggestion], period: Period) -> bytes:
    """The file; the same suggestions always give the same bytes."""
    year, _, quarter = period.key.partition("-Q")
    document = OfficialDocument(f"{year}年第{numeral(int(quarter))}季度主动公开建议", period.end)
    if not found:
        document.add("本季度没有反复有人申请公开或询问、可以建议主动公开的事项。")
        return document.to_bytes()
    document.add(f"本季度反复有人申请公开或询问的事项共 {len(found)} 项，按提出的人数排列如下。")
    rows = [
        (str(number), one.title, str(one.people), str(one.months), str(one.requests), "、".join(one.departments))
        for number, one in enumerate(found, 1)
    ]
    document.add_table(("序号", "事项", "人数", "月数", "依申请公开", "科室"), rows, _WIDTHS, 2)
    for number, one in enumerate(found, 1):
        document.add(f"{number}. {one.title}", "Heading 1")
        document.add(one.why, lead="建议及理由：")
        for reply in one.replies:
            day = f"{to_beijing(reply.replied_at):%Y-%m-%d}" if reply.replied_at else "日期不详"
            document.add(f"{day}（留言 {reply.post_id}）：{reply.gist}", lead="已有答复：")
        document.add("（由承办科室填写）", lead="对应的主动公开目录事项：")
    return document.to_bytes()
