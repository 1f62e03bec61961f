"""One post and replies to it, from nothing to a full answer, written for the tests."""

from core.config import load_yaml
from pipeline.settings import PROJECT
from replies.dimensions import Timing
from replies.quality import Pair, Quality, grade
from replies.settings import ReplyQualityFile
from tests.matters.cases import terms

RULES = load_yaml(PROJECT / "config" / "reply_quality.yml", ReplyQualityFile)

TITLE = "咨询九价疫苗接种"
BODY = "我女儿今年16岁，想打九价疫苗。请问九价疫苗一针多少钱？什么时候可以预约九价疫苗？接种需要带什么材料？谢谢。"
IN_TIME, LATE = Timing(days=3, limit=5), Timing(days=30, limit=5)

RECEIVED = "网友：您好！您的留言已收悉。"
PASSED_ON = "网友：您好！您反映的问题已转区卫健局核实、办理，有关情况将及时反馈。"
ELSEWHERE = "网友：您好！该问题不属于我局职责范围，请您咨询社区卫生服务中心，电话0755-26000000。"
VAGUE = "网友：您好！我局高度重视九价疫苗接种工作，下一步将积极协调，加大供应力度，尽快满足广大市民的九价疫苗接种需求。感谢您的关心。"
PARTIAL = "网友：您好！经了解，九价疫苗目前供应紧张，每针价格为1318元，由于到苗数量有限，需要先登记，按登记的先后顺序安排接种。感谢您的关心。"
FULL = (
    "尊敬的网友：您好！您的留言已收悉，现答复如下：一、关于价格。九价疫苗每针1318元，全程三针，"
    "根据《疫苗流通和预防接种管理条例》属于非免疫规划疫苗，由受种者自愿自费接种。二、关于预约时间。经市疾控中心核实，九价疫苗下一批共2000支，"
    "预计2026年4月10日到苗，4月12日上午9时起可以预约，登录“健康某市”公众号即可登记预约，由于数量有限，按登记顺序安排。"
    "三、关于接种材料。接种时请携带受种者身份证、预防接种证，16周岁的未成年人由监护人陪同。我局已要求各接种单位公示到苗情况，"
    "并安排专人督促落实。如有疑问，请拨打0755-25000000咨询。感谢您的关心和支持！市卫生健康委 2026年3月20日"
)
LADDER = ("", RECEIVED, PASSED_ON, ELSEWHERE, VAGUE, PARTIAL, FULL)


def graded(reply: str, timing: Timing | None = IN_TIME, alike: int = 0, rules: ReplyQualityFile = RULES) -> Quality:
    """The reply to the post, graded with the shipped rules."""
    return grade(Pair(TITLE, BODY, reply), timing, alike, terms(), rules)


def reasons(quality: Quality, name: str) -> str:
    """All that is told of one dimension, as one text."""
    return " ".join(text for one in quality.dimensions if one.name == name for text in (*one.good, *one.bad))


def share(quality: Quality, name: str) -> float:
    """The points of one dimension, 0 to 1."""
    return next(one.share for one in quality.dimensions if one.name == name)
