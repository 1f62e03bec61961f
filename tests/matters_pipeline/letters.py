"""Messages about three things that happen in a city, and what else people write about, as they stand in the index."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core.post import Post, Reply
from demo.run import POSTS
from nlp.segment import Segmenter
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT
from store.post_writing import write_posts
from store.posts import refresh_posts

Text = tuple[str, str]
MONDAY = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)
"""Monday 3 March 2025, 9:00 in Beijing."""

PLANT: list[Text] = [
    (
        "春江花园旁边的搅拌站噪音扰民",
        "春江花园小区旁边的搅拌站半夜还在施工，噪音大得睡不着，灰尘满天飞，请环保部门查处。",
    ),
    (
        "投诉春江花园附近混凝土搅拌站粉尘污染",
        "混凝土搅拌站离春江花园不到一百米，粉尘天天往家里飘，窗户都不敢开，孩子一直咳嗽。",
    ),
    (
        "春江花园搅拌站严重污染环境",
        "搅拌站的运输车从早到晚经过春江花园门口，粉尘和噪音严重影响业主的生活，希望尽快搬迁。",
    ),
    ("请关停春江花园旁的搅拌站", "春江花园几千户业主忍受搅拌站的粉尘和噪音已经半年，多次反映没有结果，请尽快关停。"),
    ("春江花园业主反映搅拌站夜间施工", "昨天凌晨两点搅拌站仍在生产，春江花园的业主整夜无法休息，环保部门为什么不管？"),
    (
        "搅拌站粉尘影响春江花园居民健康",
        "春江花园很多老人孩子因为搅拌站的粉尘得了呼吸道疾病，这样的搅拌站怎么能建在小区旁边？",
    ),
    ("春江花园旁搅拌站何时搬走", "春江花园边上的搅拌站说好去年搬走，现在还在生产，噪音粉尘一点没少，到底什么时候搬？"),
    (
        "搅拌站扰民，春江花园业主苦不堪言",
        "搅拌站二十四小时生产，春江花园的业主投诉了很多次，噪音和粉尘问题始终没有解决。",
    ),
]
"""About a concrete-mixing plant beside a housing estate."""

SUBSIDY: list[Text] = [
    ("阳光新城的育儿补贴怎么还没发", "我在阳光新城社区申请了二孩育儿补贴，材料早就交了，请问育儿补贴什么时候发放？"),
    ("咨询阳光新城二孩育儿补贴发放时间", "阳光新城社区说二孩育儿补贴已经上报，等了三个月没有到账，育儿补贴哪天发放？"),
    (
        "阳光新城育儿补贴迟迟不到账",
        "去年就在阳光新城社区登记了育儿补贴，至今一分钱没有到账，想问问育儿补贴发放的时间。",
    ),
    ("阳光新城社区育儿补贴发放问题", "邻居的育儿补贴都拿到了，我们阳光新城这边的育儿补贴一直没有消息，请问何时发放？"),
    ("请问阳光新城的育儿补贴何时到账", "阳光新城社区工作人员说育儿补贴要等通知，已经等了半年，育儿补贴到底何时到账？"),
]
"""About a child-care subsidy that does not come: people ask when."""

SUBSIDY_LATER: list[Text] = [
    (
        "阳光新城的育儿补贴离职人员能不能领",
        "看了阳光新城育儿补贴的答复，没有说离职人员能不能领取，我去年离职了，离职人员能领育儿补贴吗？",
    ),
    (
        "阳光新城育儿补贴：已经离职的人还能领吗",
        "阳光新城发放育儿补贴的答复只说了发放时间，已经离职的人员还能不能领取育儿补贴？",
    ),
    (
        "再问阳光新城育儿补贴，离职人员是否能领",
        "爱人从单位离职了，阳光新城社区说不清楚，请明确离职人员是否能领取育儿补贴？",
    ),
    (
        "阳光新城育儿补贴离职后可以领取吗",
        "我们阳光新城有好几位离职的妈妈，都想知道离职人员可以领取育儿补贴吗？请答复。",
    ),
]
"""The same, after the reply: people ask what it left open."""

SUBSIDY_REPLY = "您好，阳光新城社区的二孩育儿补贴将于2025年4月底前发放到个人银行卡，请留意短信通知。感谢您的关注。"

PARKING: list[Text] = [
    (
        "滨河苑开发商捆绑销售车位",
        "滨河苑开盘时开发商强迫业主购买车位，不买车位就不卖房子，这是捆绑销售，请住建部门处理。",
    ),
    ("投诉滨河苑强制购买车位", "购买滨河苑的商品房时被要求同时购买十八万元的车位，不买车位就退房，请查处捆绑销售。"),
    ("滨河苑车位捆绑销售合法吗", "滨河苑把车位和房子捆绑销售，车位价格比周边贵一倍，这样捆绑销售合法吗？"),
]
"""About parking spaces tied to flats."""

_segmenter = Segmenter(PROJECT / "config" / "user_dict.txt")


def days(count: float) -> timedelta:
    """So many days."""
    return timedelta(days=count)


def town_talk(count: int) -> list[Post]:
    """So many of the demo's posts, of the weeks before: what else a city writes about, and not the three things."""
    with POSTS.open(encoding="utf-8-sig", newline="") as stream:
        texts = [(row["标题"], row["内容"]) for row in csv.DictReader(stream)]
    texts = [text for text in texts if not any(word in text[0] for word in ("搅拌站", "育儿补贴", "车位"))][:count]
    return letters("talk", texts, MONDAY - days(60), timedelta(hours=20), sentiment=0.6, sentiment_label="neutral")


def letters(
    name: str, texts: Sequence[Text], first_at: datetime = MONDAY, step: timedelta = timedelta(hours=5), **changes: Any
) -> list[Post]:
    """One post for each text, by different people, one `step` after the other; ids are `board:NAME-0` and so on."""
    return [letter(f"{name}-{number}", text, first_at + number * step, **changes) for number, text in enumerate(texts)]


def letter(name: str, text: Text, posted_at: datetime, **changes: Any) -> Post:
    """An enriched post."""
    title, body = text
    fields = {
        "id": f"board:{name}",
        "source": "board",
        "source_id": name,
        "channel": "message_board",
        "url": f"https://board.example/{name}",
        "title": title,
        "body": body,
        "author_hash": f"author-{name}",
        "posted_at": posted_at,
        "collected_at": posted_at + timedelta(minutes=30),
        "status": "待回复",
        "sentiment": 0.2,
        "sentiment_label": "negative",
        "topic": "生育登记与奖扶",
        "department": "妇幼健康与人口家庭科",
        "tokens": _segmenter.words(f"{title}\n{body}"),
        "places": [place for place in ("春江花园", "阳光新城", "滨河苑") if place in title + body],
        "risk": "低",
    }
    return Post.model_validate(fields | changes)


def answered(post: Post, text: str, at: datetime) -> Post:
    """The post as seen after it was replied to."""
    reply = Reply(organisation="市卫健局", body=text, replied_at=at)
    return post.model_copy(update={"replies": [reply], "status": "已回复", "collected_at": at + timedelta(minutes=30)})


def put(runtime: Runtime, posts: Iterable[Post]) -> None:
    """Bring the posts to the index; every search finds them when this returns."""
    write_posts(runtime.es, runtime.names, posts)
    refresh_posts(runtime.es, runtime.names)
