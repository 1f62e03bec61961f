"""What people and machines send besides letters, and posts made of it."""

from datetime import UTC, datetime
from typing import Any

from core.post import Post
from nlp.enrich import mask_post

SEEN = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
KEY = b"only-for-tests"

SAYING_NOTHING = {
    "empty": "",
    "blanks": " \t\n　",
    "emoji": "😡😡😡🙏❤️‍🔥",
    "punctuation": "？！……——。",
    "control characters": "\x00\x01\x1b\x7f\u200b\u202e\ufeff",
    "markup": "<p><br/>&nbsp;</p>",
}
ODD = {
    "traditional": "醫院門診掛號排隊太久，護士態度惡劣，請衛生局處理",
    "English": "The outpatient department is closed. Whom shall I ask about the vaccine?",
    "HTML": "<div class='x'>医院<b>门诊</b>排队</div><script>alert(1)</script>&lt;急&gt;",
    "control characters in a letter": "医院\x00门诊\x0b排队\u200b太\u202e久",
    "100,000 characters": "医院门诊排队太久，护士态度恶劣，请卫生局处理。学校补课收费！" * 3_400,
    "100,000 times one letter": "a" * 100_000,
    "100,000 emoji": "😡" * 100_000,
    "digits": "20260109" * 20,
    "one character": "痛",
    "only stop words": "的了是在和也都",
    "rare characters": "𠮷𡈽㐱\ue000",
    "half a surrogate pair": "医院\ud83d",
    "mixed": "HPV疫苗 9价 预约APP打不开 error404 😡 ¥300",
}
TEXTS = SAYING_NOTHING | ODD


def post_of(body: str, **changes: Any) -> Post:
    """A masked post with this body."""
    fields = {
        "id": "board:1",
        "source": "board",
        "source_id": "1",
        "channel": "message_board",
        "title": "",
        "body": body,
        "posted_at": SEEN,
        "collected_at": SEEN,
    }
    return mask_post(Post.model_validate(fields | changes), KEY)
