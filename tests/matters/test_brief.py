"""The brief of a second explanation, from simulated matters."""

import io
import zipfile
from dataclasses import replace
from datetime import datetime

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm

from core.post import Post, Reply
from matters.brief import Brief, lead_department, make_brief
from matters.brief_text import sections, to_markdown
from matters.brief_word import to_word
from matters.timeline_picture import picture
from tests.matters.cases import SHIPPED, beijing, explanation, matter, post, terms

ANSWER = (
    "网友您好！关于翠园小区旁搅拌站的问题，现答复如下：经查，该站未办理环评手续，区生态环境局已于3月9日责令停产整改，罚款8万元。"
    "搅拌站将于4月30日前拆除设备搬离。感谢您的监督！"
)
BEFORE = (
    ("翠园小区旁搅拌站噪音扰民", "搅拌站每天半夜施工，噪音大得睡不着觉。请问搅拌站有没有环评手续？"),
    ("投诉翠园小区旁边的搅拌站", "搅拌站粉尘很大，阳台上全是灰。搅拌站什么时候搬走？"),
    ("翠园小区搅拌站粉尘污染", "翠园小区旁边的搅拌站粉尘污染严重，居民不敢开窗。请问它办过环评手续吗？"),
    ("请求取缔翠园小区旁搅拌站", "运料车从早到晚进出翠园小区门口，孩子上学很危险。"),
    ("翠园小区旁搅拌站何时搬走", "搅拌站什么时候能搬走？噪音让老人整夜睡不着。"),
)
AFTER = (
    ("搅拌站粉尘影响孩子健康", "孩子咳嗽一个月了，请问搅拌站的粉尘对孩子的肺有没有影响？"),
    ("翠园小区搅拌站粉尘检测", "搅拌站的粉尘对孩子肺部有没有影响？有没有做过空气检测？"),
    ("粉尘危害", "答复里没有说粉尘对孩子的肺有没有影响，请告知。"),
    ("翠园小区搅拌站还在吵", "听说搅拌站要到12月31日才拆除设备搬离，是真的吗？"),
)
AT = beijing("2026-03-25 08:00")


def _post(day: int, author: str, title: str, body: str, **changes: object) -> Post:
    return post(
        f"2026-03-{day:02d} 09:30",
        f"{author}9c0ffee",
        body,
        title=title,
        places=["翠园小区"],
        department=changes.pop("department", "环境健康科"),
        **changes,
    )


def _simulated(after: int) -> list[Post]:
    """Five people in the first days of March, the reply on the 9th, then so many on the days from the 12th."""
    posts = [_post(day + 1, f"a{day}", *text) for day, text in enumerate(BEFORE)]
    answer = Reply(organisation="区生态环境局", body=ANSWER, replied_at=beijing("2026-03-09 16:00"))
    posts[0] = posts[0].model_copy(update={"replies": [answer]})
    return posts + [_post(12 + 3 * day, f"b{day}", *text) for day, text in enumerate(AFTER[:after])]


def _brief(posts: list[Post], at: datetime = AT) -> Brief:
    brief = make_brief(matter(posts), at, terms(), SHIPPED.followups, SHIPPED.heat)
    assert brief is not None
    return brief


def test_a_matter_asked_on_after_the_reply_gets_a_brief_that_names_the_open_question() -> None:
    # given posts, a reply, and three more people asking for what it left open
    brief = _brief(_simulated(after=4))

    # then it is a candidate, by what the reply left open
    assert brief.candidate is not None
    assert brief.candidate.people_after == 4
    first = brief.open_questions[0]
    assert "影响" in first.example
    assert (first.people, first.people_after, first.answered_by) == (3, 3, None)


def test_what_the_reply_answered_is_not_among_the_open_questions() -> None:
    brief = _brief(_simulated(after=4))

    answered = {one.asks: one.answered_by or "" for one in brief.answered_questions}
    assert "4月30日前拆除设备搬离" in answered["when"]
    assert "未办理环评手续" in answered["whether"]
    assert not [one for one in brief.open_questions if "搬走" in one.example or "环评" in one.example]


def test_a_matter_that_quiets_down_is_no_candidate() -> None:
    assert _brief(_simulated(after=1)).candidate is None


def test_the_brief_has_name_department_replies_and_misreading() -> None:
    # given one post assigned elsewhere
    posts = _simulated(after=4)
    posts[1] = posts[1].model_copy(update={"department": "办公室"})

    # when
    brief = _brief(posts)

    # then
    assert "翠园小区" in brief.name
    assert "搅拌站" in brief.name
    assert brief.department == "环境健康科"
    assert any("责令停产整改" in one.text for one in brief.replies_say)
    assert [(one.says, one.differs) for one in brief.misreadings] == [
        ("听说搅拌站要到12月31日才拆除设备搬离，是真的吗？", "数字或日期不同")
    ]
    assert len({one.who for one in brief.people_say}) == len(brief.people_say) >= 3


def test_what_the_reply_says_to_a_question_is_among_what_it_says() -> None:
    # given a long reply of figures, one sentence of which answers what is asked
    figures = "".join(f"搅拌站{year}年生产混凝土{year}万方，运输车{year}台次。" for year in range(2010, 2024))
    answer = Reply(body=f"{figures}搅拌站拟于年底前从现址搬离。", replied_at=beijing("2026-03-09 16:00"))
    posts = _simulated(after=4)
    posts[0] = posts[0].model_copy(update={"replies": [answer]})

    assert "搅拌站拟于年底前从现址搬离。" in {one.text for one in _brief(posts).replies_say}


def test_what_was_not_known_then_is_not_in_the_brief() -> None:
    # given the day before the reply
    brief = _brief(_simulated(after=4), beijing("2026-03-08 08:00"))

    assert brief.posts == 5
    assert [len(one) for one in (brief.replies_say, brief.misreadings, brief.answered_questions)] == [0, 0, 0]
    assert brief.candidate is None


def test_there_is_no_brief_before_the_first_post() -> None:
    early = beijing("2026-02-01 08:00")

    assert make_brief(matter(_simulated(4)), early, terms(), SHIPPED.followups, SHIPPED.heat) is None


def test_a_tie_of_departments_goes_to_the_latest_post() -> None:
    posts = [_post(1, "a", "甲", "乙", department="办公室"), _post(2, "b", "甲", "乙", department="医政科")]

    assert lead_department(posts) == "医政科"
    assert lead_department([one.model_copy(update={"department": None}) for one in posts]) is None


def test_a_reply_without_substance_is_said_to_be_so() -> None:
    posts = [
        _post(
            1, "a", *BEFORE[0], replies=[Reply(body="您好！您的留言已收悉。", replied_at=beijing("2026-03-02 09:00"))]
        )
    ]

    said = next(one for one in sections(_brief(posts)) if one.heading == "已有答复说了什么")

    assert (said.items, said.otherwise) == ((), "已有答复没有实质内容。")


def test_the_markdown_reads_as_a_brief() -> None:
    text = to_markdown(_brief(_simulated(after=4)))

    assert text.startswith("# 关于“翠园小区")
    assert "2026年3月9日首次答复，此后仍有 4 人提出同一问题（4 条留言）。" in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## 一、群众反映",
        "## 二、已有答复说了什么",
        "## 三、答复没有回答的问题",
        "## 四、答复已经回答、仍有人问的问题",
        "## 五、与答复不一致的说法（请核对）",
        "## 六、时间线",
        "## 七、何人何时提出（同一代号为同一人）",
    ]
    assert "（答复后 3 人问到）" in text
    assert "2026年3月1日至2026年3月21日共收到留言 9 条，热度：9 人、7 天内 +2。" in text
    assert "9 人各在一天提出：2026年3月1日 1 人、2026年3月2日 1 人" in text
    assert "（截至2026年3月25日08:00，" in text
    assert "a09c0ffee" not in text


def test_mark_up_in_posts_is_shown_as_written() -> None:
    posts = [
        _post(1, "a", "翠园小区<b>搅拌站</b>", "翠园小区的搅拌站*太吵*了，[点这里](http://bad.example)，半夜还在施工。")
    ]

    text = to_markdown(_brief(posts))

    assert r"\[点这里\]，半夜" in text
    assert r"\*太吵\*" in text


def test_explanations_stand_in_the_timeline() -> None:
    told = "关于翠园小区搅拌站整治工作的说明已经在区政府网站公布。"
    explained = explanation("2026-03-20 09:00", f"翠园小区搅拌站整治情况的说明\n{told}")
    explained = replace(explained, title="翠园小区搅拌站整治情况的说明")
    subject = matter(_simulated(after=4), explained=[explained])
    brief = make_brief(subject, AT, terms(), SHIPPED.followups, SHIPPED.heat)
    assert brief is not None
    assert told in {one.text for one in brief.replies_say}
    assert explained.title not in {one.text for one in brief.replies_say}

    assert "解读：2026年3月20日，翠园小区搅拌站整治情况的说明" in to_markdown(brief)


def test_copies_are_counted_among_all_and_who_wrote_on_several_days_is_named() -> None:
    # given one of the five again two days later, in the same words, and a matter of one year with somebody each month
    posts = _simulated(after=4)
    again = _post(20, "a0", *BEFORE[0])
    brief = make_brief(matter([*posts, again], [again.id]), AT, terms(), SHIPPED.followups, SHIPPED.heat)
    assert brief is not None

    text = to_markdown(brief)

    assert "共收到留言 10 条（其中重复 1 条）" in text
    assert "1. 网友a09c0f：2026年3月1日、2026年3月20日\n2. 其余 8 人各在一天提出：2026年3月2日 1 人、" in text


def test_who_asked_over_many_days_is_told_by_month() -> None:
    posts = [post(f"2026-{day // 20 + 1:02d}-{day % 20 + 1:02d} 09:00", f"author{day}") for day in range(50)]

    assert sections(_brief(posts))[-1].items == (
        "50 人各在一天提出：2026年1月 20 人、2026年2月 20 人、2026年3月 10 人",
    )


def test_a_matter_nobody_answered_speaks_of_no_answer() -> None:
    # given
    brief = _brief([_post(day + 1, f"a{day}", *text) for day, text in enumerate(BEFORE)])

    # when
    headings = [one.heading for one in sections(brief)]
    text = to_markdown(brief)

    # then
    assert headings[:4] == ["群众反映", "已有答复说了什么", "群众提出的问题", "时间线"]
    assert "尚无答复。" in text
    assert "答复后" not in text
    assert "人问到）" in text


def test_a_question_that_says_little_alone_comes_with_its_title() -> None:
    posts = [
        _post(1, "a", "翠园小区停水通知", "到底通知几点？请问什么时候？"),
        _post(2, "b", "咨询翠园小区停水补偿", "请问停水造成的损失如何申请补偿？"),
    ]

    asked = next(one for one in sections(_brief(posts)) if one.heading == "群众提出的问题").items

    assert [one for one in asked if "（留言“翠园小区停水通知”，1 人问到）" in one]
    assert "请问停水造成的损失如何申请补偿？（1 人问到）" in asked


def test_what_was_decided_and_what_came_of_it_ends_the_brief() -> None:
    brief = replace(_brief(_simulated(after=4)), handled=("2026年3月26日 张三：已解读",))

    last = sections(brief)[-1]

    assert (last.heading, last.items) == ("处理情况", ("2026年3月26日 张三：已解读",))


def test_the_word_file_is_set_like_an_official_document() -> None:
    # given
    brief = _brief(_simulated(after=4))

    # when
    raw = to_word(brief, picture(brief.timeline, brief.name))
    document = Document(io.BytesIO(raw))

    # then
    sizes = {"Title": 22, "Normal": 16, "Heading 1": 16}
    fonts = {"Title": "方正小标宋简体", "Normal": "仿宋_GB2312", "Heading 1": "黑体"}
    for name, size in sizes.items():
        style = document.styles[name]
        assert style.font.size.pt == size
        assert style.element.rPr.rFonts.get(qn("w:eastAsia")) == fonts[name]
    assert document.paragraphs[0].text.startswith("关于“翠园小区")
    headings = [one.text for one in document.paragraphs if one.style is not None and one.style.name == "Heading 1"]
    assert headings[2] == "三、答复没有回答的问题"
    assert len(document.inline_shapes) == 1
    assert document.sections[0].page_width == pytest.approx(Mm(210), rel=1e-3)
    assert any(one.text.startswith("1. ") and "影响" in one.text for one in document.paragraphs)


def test_pages_are_numbered_and_quotation_marks_are_chinese() -> None:
    raw = to_word(_brief(_simulated(after=4)), None)

    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        footer, body = packed.read("word/footer1.xml").decode(), packed.read("word/document.xml").decode()
    assert 'w:instr="PAGE"' in footer
    assert body.count('w:hint="eastAsia"') == body.count("<w:r>")


def test_what_no_xml_can_hold_is_left_out_of_the_file() -> None:
    posts = _simulated(after=4)
    posts[0] = posts[0].model_copy(update={"department": "环境\x0b健康科"})
    posts = [one.model_copy(update={"department": posts[0].department}) for one in posts]

    document = Document(io.BytesIO(to_word(_brief(posts), None)))

    assert "牵头科室建议为环境健康科。" in document.paragraphs[1].text


def test_a_machine_without_the_official_fonts_is_told_substitutes() -> None:
    raw = to_word(_brief(_simulated(after=4)), None)

    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        table = packed.read("word/fontTable.xml").decode()
    assert '<w:font w:name="仿宋_GB2312"><w:altName w:val="仿宋"/></w:font>' in table
    assert '<w:font w:name="方正小标宋简体"><w:altName w:val="宋体"/></w:font>' in table


def test_the_same_brief_gives_the_same_file() -> None:
    assert to_word(_brief(_simulated(after=4)), None) == to_word(_brief(_simulated(after=4)), None)
