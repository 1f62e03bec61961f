"""A parsed post becomes one without personal data, and then one that is read; no text stops it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.post import Post, Reply
from nlp.enrich import mask_post
from pipeline.collect import import_file
from pipeline.enrich import Rejection, enrich_pending
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from store.post_writing import to_source
from tests.pipeline.content import posts
from tests.pipeline.sources import write_table

NOW = datetime(2026, 1, 5, 0, 30, tzinfo=UTC)
KEY = b"a key"


def post_of(body: str = "医院门诊排队太久", **changes: Any) -> Post:
    fields = {
        "id": "board:1",
        "source": "board",
        "source_id": "1",
        "channel": "message_board",
        "title": "",
        "body": body,
        "posted_at": NOW,
        "collected_at": NOW,
    }
    return Post.model_validate(fields | changes)


# ---------- masking a post ----------


def test_title_body_and_replies_are_cleaned_and_masked() -> None:
    # given
    reply = Reply(organisation=" 市城管局\u200b ", body="<p>已联系13912345678</p>", replied_at=NOW)
    post = post_of(
        "电话\x00１３８１２３４５６７８，\r\n身份证11010519491231002X", title="请回电\n13812345678", replies=[reply]
    )
    # when
    masked = mask_post(post, KEY)
    # then
    assert masked.title == "请回电 [电话]"
    assert masked.body == "电话[电话]，\n身份证[身份证号]"
    assert masked.replies == [Reply(organisation="市城管局", body="已联系[电话]", replied_at=NOW)]
    assert masked.masked == {"identity_number": 1, "phone": 3}


def test_an_offices_own_line_and_address_stay_readable_in_a_reply_and_nowhere_else() -> None:
    # given
    text = "请拨打0660-3371234，人民路12号3栋501房"
    post = post_of(text, title=text, replies=[Reply(body=text)])
    # when
    masked = mask_post(post, KEY)
    # then
    assert masked.replies[0].body == text
    assert masked.title == masked.body == "请拨打[电话]，人民路[住址]"


def test_a_number_hidden_by_invisible_characters_is_masked() -> None:
    assert mask_post(post_of("138\u200b1234\u200d5678"), KEY).body == "[电话]"
    assert mask_post(post_of("138<b>1234</b>5678"), KEY).body == "[电话]"
    assert mask_post(post_of("&#49;3812345678"), KEY).body == "[电话]"


def test_a_name_becomes_a_hash_that_is_the_same_for_the_same_name() -> None:
    # when
    hashes = [mask_post(post_of(author=name), KEY).author_hash for name in ("王某", " 王某 ", "李某", None)]
    # then
    assert hashes[0] == hashes[1] != hashes[2]
    assert hashes[3] is None
    assert [len(one or "") for one in hashes] == [32, 32, 32, 0]
    # and a list of names is no use without the key
    assert mask_post(post_of(author="王某"), b"another key").author_hash != hashes[0]


def test_the_name_is_never_stored_or_shown() -> None:
    # given
    post = post_of(author="王某某某")
    # then
    assert "王某某某" not in repr(post)
    for one in (post, mask_post(post, KEY)):
        assert "author" not in to_source(one)
        assert "王某某某" not in str(to_source(one)) + one.model_dump_json()
    assert mask_post(post, KEY).author is None


@pytest.mark.parametrize(
    "changes",
    [
        {"replies": [Reply(body="网友“平安是福2019”您好！您的留言已收悉。")]},
        {"body": "我是平安是福2019，上次问过"},
        {"title": "平安是福2019 的投诉"},
    ],
    ids=["reply", "body", "title"],
)
def test_the_name_is_not_left_in_the_texts(changes: dict[str, Any]) -> None:
    masked = mask_post(post_of(author="平安是福2019").model_copy(update=changes), KEY)
    assert "平安是福2019" not in str(to_source(masked))


def test_masking_again_changes_nothing() -> None:
    once = mask_post(post_of("电话13812345678，住翠园小区3栋2单元501室", author="王某"), KEY)
    assert mask_post(once, KEY).model_copy(update={"masked": once.masked}) == once


# ---------- reading any text ----------

TEXTS = {
    "nothing": "",
    "blanks": " \n\t\u3000",
    "an emoji": "😀",
    "emoji only": "😀😡👨‍👩‍👧🇨🇳" * 50,
    "punctuation": "？！……——",
    "digits": "20190425",
    "a stop word": "的",
    "one character": "痛",
    "traditional": "醫院門診掛號排隊太久，護士態度惡劣，請衛生局處理。",
    "English": "The outpatient department is closed. Whom shall I ask?",
    "mixed": "HPV疫苗 9价 预约APP打不开 error404",
    "HTML": "<p>医院<b>门诊</b></p><script>alert(1)</script>&nbsp;&lt;急&gt;",
    "broken HTML": "<" * 2000 + "a" * 2000 + ">" * 10,
    "invisible": "\u200b\u202e\ufeff\x00\x1b",
    "half a surrogate pair": "医院\ud83d",
    "Arabic": "متى يفتح المستشفى؟",
    "private use and unassigned": "\ue000\U000e0fff\U0010ffff",
    "combining marks": "痛" + "\u0301" * 3000,
    "one word for ever": "医院" * 50_000,
    "one letter for ever": "a" * 100_000,
    "digits for ever": "1" * 100_000,
    "lines for ever": "一\n" * 50_000,
    "a long letter": "医院门诊排队太久，护士态度恶劣，请卫生局处理。疫苗什么时候到？" * 3_300,
    "numbers and dashes for ever": "138-" * 25_000,
}


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """An installation with the shipped configuration; reading needs no Elasticsearch."""
    return Runtime(Settings({"YUQING_DATA": str(tmp_path_factory.mktemp("data"))}))


def assert_makes_sense(post: Post, runtime: Runtime) -> None:
    """Every field holds what it is declared to hold, or is missing."""
    assert post.sentiment is None or 0 <= post.sentiment <= 1
    assert (post.sentiment is None) == (post.sentiment_label is None)
    assert post.topic_score is None or 0 <= post.topic_score <= 1
    assert post.department in {department.name for department in runtime.settings.departments.departments}
    assert all(word.strip() for word in (*post.tokens, *post.keywords, *post.places))
    assert len(set(post.keywords)) == len(post.keywords)
    assert to_source(post)
    # What pydantic let through in a copy is looked at again.
    assert Post.model_validate(post.model_dump()) == post


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_gives_a_result_or_missing_values(reading: Runtime, text: str) -> None:
    # given the text as body, as title, and as reply
    post = post_of(text, title=text[:200], replies=[Reply(body=text)], author=text[:50].strip() or None)
    if "\ud83d" in text:
        post = post.model_copy(update={"author": None})
    # when
    read = reading.enricher.enrich(mask_post(post, KEY))
    # then
    assert_makes_sense(read, reading)
    assert (read.id, read.posted_at, read.author) == (post.id, post.posted_at, None)


@pytest.mark.parametrize("name", ["nothing", "blanks", "emoji only", "punctuation", "invisible"])
def test_what_says_nothing_is_not_given_a_mood_or_a_matter(reading: Runtime, name: str) -> None:
    read = reading.enricher.enrich(mask_post(post_of(TEXTS[name]), KEY))
    assert (read.sentiment, read.sentiment_label, read.topic_score) == (None, None, None)
    assert (read.tokens, read.keywords) == ([], [])


def test_what_is_read_is_read_from_the_text_alone(reading: Runtime) -> None:
    # given
    first = mask_post(post_of("孩子打疫苗没有预约上，接种点态度很差"), KEY)
    other = first.model_copy(update={"id": "board:2", "author_hash": "a" * 32, "votes_up": 7})
    # when
    read, again, elsewhere = (reading.enricher.enrich(one) for one in (first, first, other))
    # then
    assert read == again
    changed = {name for name in Post.model_fields if getattr(read, name) != getattr(elsewhere, name)}
    assert changed == {"id", "author_hash", "votes_up"}
    assert (read.topic, read.department) == ("疫苗接种", "疾控应急科")
    assert "疫苗" in read.tokens


def brought_in(runtime: Runtime, folder: Path, texts: dict[str, str]) -> list[Rejection]:
    """Import a table with these bodies by number; what was set aside."""
    columns = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "答复意见", "答复时间"]
    rows = [[number, "", "标题", "2020/1/8 9:30", text, "", ""] for number, text in texts.items()]
    import_file(runtime, write_table(folder / "a.csv", rows, columns), NOW)
    return enrich_pending(runtime, NOW).rejections


def test_all_these_texts_go_the_whole_way_to_the_index(runtime: Runtime, tmp_path: Path) -> None:
    # given each of them that a table can hold
    texts = {str(number): text for number, text in enumerate(TEXTS.values()) if "\ud83d" not in text}
    # then
    assert brought_in(runtime, tmp_path, texts) == []
    assert posts(runtime).keys() == {f"messages_replied:{number}" for number in texts}


def test_a_picture_pasted_as_letters_does_not_cost_its_post(runtime: Runtime, tmp_path: Path) -> None:
    # given what some editors make of a picture put into a letter
    picture = (bytes(range(256)) * 200).hex()
    assert brought_in(runtime, tmp_path, {"1": f"路灯不亮，照片：{picture}"}) == []
    assert posts(runtime).keys() == {"messages_replied:1"}
