"""A threat is told at once however it is worded, its look-alikes are not, and every grade comes with reasons."""

from pathlib import Path

import pytest

from core.config import load_yaml
from core.errors import ConfigError
from core.post import Channel
from nlp.risk import Risk, RiskFile, RiskGrader
from nlp.segment import Segmenter
from pipeline.settings import PROJECT

CONFIG = PROJECT / "config"


class Grading:
    """The shipped configuration, with the shipped words for segmentation."""

    def __init__(self) -> None:
        self._grader = RiskGrader(load_yaml(CONFIG / "risk.yml", RiskFile))
        self._segmenter = Segmenter(CONFIG / "user_dict.txt")

    def __call__(
        self,
        text: str,
        sentiment: float | None = 0.1,
        votes_up: int | None = None,
        votes_down: int | None = None,
        channel: Channel = "message_board",
    ) -> Risk:
        return self._grader.grade(text, self._segmenter.words(text), sentiment, votes_up, votes_down, channel)


@pytest.fixture(scope="module")
def grade() -> Grading:
    return Grading()


@pytest.mark.parametrize(
    "text",
    [
        "再不解决我就从住院楼跳楼",
        "我真的不想活了",
        "活够了，欠的钱一辈子还不清，不如一死了之",
        "你们不管，我就死给你们看",
        "医院不给说法，我只能以死相逼",
        "我已经写好遗书了",
        "孩子有轻生的念头，哪里能看心理科",
        "隔壁老人爬上楼顶要跳楼，快来人",
        "妹妹产后抑郁，昨晚割腕，现在没有床位",
        "拨打心理热线一直没人接，我想死",
        "打了热线没用，我只能跳楼",
        "不要逼我跳楼",
        "大不了同归于尽",
        "再乱收费我就把医保局炸了",
        "我准备泼汽油",
        "谁拦着我就捅谁",
        "有家属扬言要弄死值班医生",
        "一个男人提刀冲进急诊室",
        "他威胁说要杀了我全家",
        "逼急了我就跟你们拼命",
        "去年被骗以后我就不想活了",
        "难道要我自焚你们才管",
        "他在群里说要报复社会",
        "我爸喝农药了，卫生院没有洗胃机",
    ],
)
def test_a_threat_of_harm_to_oneself_or_others_is_urgent(grade: Grading, text: str) -> None:
    risk = grade(text, sentiment=None)

    assert risk.grade == "紧急"
    assert risk.reasons[0].startswith("涉及自伤或伤人：")


@pytest.mark.parametrize(
    "text",
    [
        "药店跳楼价处理口罩",
        "游乐场的跳楼机归哪里管",
        "建议学校开展防止学生轻生的讲座",
        "请多宣传预防自杀的知识",
        "我们想请专家来学校办预防学生自杀的讲座",
        "心理热线接了多少轻生者的电话，请公开",
        "急死了，气死我了，烦死人了",
        "噪音吵死人，油烟熏死人",
        "排队累死了，热死了",
        "我不会轻生，只想要个说法",
        "没有轻生念头的孩子也要做筛查吗",
        "减轻生产企业的负担",
        "年轻生命的健康要重视",
        "菜市场可以砍价",
        "门口的大树被砍了",
        "我们准备把枯树砍了",
        "打死我也不信是三甲医院",
        "我恨不得把蚊子打死，请来消杀",
        "电话轰炸，一天几十个",
        "油炸食品摊没有健康证",
        "小区埋着一颗定时炸弹",
        "声音大得头都要炸了",
        "扼杀了孩子的天性",
        "开发商给出的建议是“跳楼”",
        "我不想活动时间改到晚上",
        "马上吊装新设备",
        "一哭二闹三上吊才有号吗",
        "我想死你们了，白衣天使",
        "一棒子打死所有私立医院不对",
        "护士在登记者名单上写错了我的名字",
        "请安静坐下",
    ],
)
def test_what_only_sounds_like_a_threat_is_a_low_risk(grade: Grading, text: str) -> None:
    assert grade(text).grade == "低"


@pytest.mark.parametrize(
    "text",
    ["前年有位产妇跳楼，后来医院改了流程", "2016年门诊发生过砍人的事，现在安检形同虚设"],
)
def test_harm_long_past_counts_but_does_not_alert(grade: Grading, text: str) -> None:
    risk = grade(text)

    assert risk.grade in ("中", "高")
    assert any(reason.startswith("提到曾有人自伤或伤人") for reason in risk.reasons)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("幼儿园十几个孩子陆续有呕吐、发烧", "群体健康损害：呕吐、发烧"),
        ("食堂食物中毒没人管", "群体健康损害：食物中毒"),
        ("给孩子打的是过期疫苗", "群体健康损害：过期疫苗"),
        ("村民联名，准备集体上访、拉横幅", "集体行动：集体上访、拉横幅"),
        ("医护人员静坐讨薪", "集体行动：静坐"),
        ("家属抢救无效死亡，医院门口有人殴打医生", "暴力冲突：殴打"),
    ],
)
def test_group_action_mass_harm_and_violence_are_a_high_risk(grade: Grading, text: str, reason: str) -> None:
    risk = grade(text)

    assert risk.grade == "高"
    assert reason in risk.reasons


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("再不回复就找记者曝光", "媒体曝光：记者、曝光"),
        ("全体业主联名反映，孕妇也受影响", "联名诉求：全体业主、联名"),
        ("看病花光了钱，真的走投无路", "绝望情绪：走投无路"),
        ("保安打人", "暴力冲突：打人"),
    ],
)
def test_one_signal_and_a_bad_mood_are_a_middling_risk(grade: Grading, text: str, reason: str) -> None:
    risk = grade(text)

    assert risk.grade == "中"
    assert reason in risk.reasons


@pytest.mark.parametrize(
    "text",
    ["窗口排队太久", "请问疫苗什么时候到货", "孩子发热应该挂哪个科", "话被打断了三次", "小区网站崩溃了", "", "🙂"],
)
def test_everyday_posts_are_a_low_risk(grade: Grading, text: str) -> None:
    assert grade(text).grade == "低"


def test_a_symptom_counts_as_mass_harm_only_where_many_people_are_named_in_the_same_clause(grade: Grading) -> None:
    assert grade("全班有一半孩子腹泻").grade == "高"
    assert grade("全班都很好，我家孩子昨天腹泻").grade == "低"


def test_reach_raises_the_grade_and_says_by_how_many_people(grade: Grading) -> None:
    alone = grade("请求公开收费标准", votes_up=0, votes_down=0)
    followed = grade("请求公开收费标准", votes_up=190, votes_down=20)

    assert alone.grade == "低"
    assert followed.grade == "中"
    assert "关注度高（点赞和反对共 210 人）" in followed.reasons


def test_what_is_public_already_counts_more(grade: Grading) -> None:
    on_board, in_media = grade("护工打人"), grade("护工打人，家属很绝望", channel="media")

    assert on_board.grade == "中"
    assert in_media.grade == "高"
    assert "已在媒体或社交平台公开" in in_media.reasons


def test_a_missing_score_is_no_bad_mood(grade: Grading) -> None:
    assert grade("窗口排队太久", sentiment=None) == Risk("低", [])
    assert grade("窗口排队太久", sentiment=0.05).reasons == ["情绪负面（情感分 0.05）"]


def test_a_word_counts_once_and_the_weightiest_reason_comes_first(grade: Grading) -> None:
    risk = grade("曝光！曝光！曝光！全村多位老人腹泻，孩子也是")

    assert risk.reasons[0].startswith("群体健康损害")
    assert "媒体曝光：曝光" in risk.reasons


def test_a_very_long_text_is_graded(grade: Grading) -> None:
    assert grade("我们排队。" * 20_000 + "再不管我就跳楼").grade == "紧急"


def test_thresholds_that_do_not_rise_are_refused(tmp_path: Path) -> None:
    shipped = (CONFIG / "risk.yml").read_text(encoding="utf-8")
    wrong = tmp_path / "risk.yml"

    wrong.write_text(shipped.replace("中: 4, 高: 8", "中: 8, 高: 4"), encoding="utf-8")

    with pytest.raises(ConfigError, match="分数依次升高"):
        load_yaml(wrong, RiskFile)
