"""Messages whose deadlines a test can tell by heart: November 2019, four weeks without a holiday.

Rule `message`: 10 working days. What is posted on Monday 4 November falls due on Monday 18 November at 17:30:

    Wed 13  Thu 14  Fri 15    Mon 18     Tue 19   Wed 20     Thu 21     Fri 22
    due_in_3        due_in_1  due_today  overdue  escalated  escalated  over 3 working days: the leadership group
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from core.post import Post
from pipeline.runtime import Runtime
from store.post_writing import write_posts

POSTED = datetime(2019, 11, 4, 1, 0, tzinfo=UTC)
OFFICE, VACCINES, STAFF = "办公室", "疾控应急科", "人事科"
MAILBOX = {
    OFFICE: "bangongshi@bureau.example",
    VACCINES: "jikong@bureau.example",
    STAFF: "renshi@bureau.example",
}


def november(day: int, hour: int = 8, minute: int = 30) -> datetime:
    """A moment of November 2019, Beijing time, in UTC. 1 November is a Friday."""
    return datetime(2019, 11, day, hour - 8, minute, tzinfo=UTC)


def letter(number: int, department: str = OFFICE, posted_at: datetime = POSTED, **changes: Any) -> Post:
    """A message that waits for an answer."""
    fields = {
        "id": f"board:{number}",
        "source": "board",
        "source_id": str(number),
        "channel": "message_board",
        "url": f"https://board.example/{number}",
        "title": f"第 {number} 件事",
        "body": "请问怎么办？",
        "posted_at": posted_at,
        "collected_at": posted_at,
        "forum": "市长留言",
        "status": "待回复",
        "department": department,
    }
    return Post.model_validate(fields | changes)


def put(runtime: Runtime, letters: Iterable[Post], at: datetime = POSTED) -> None:
    """Bring the letters to the index, with their deadlines as of `at`; every search finds them when this returns."""
    write_posts(
        runtime.es,
        runtime.names,
        [one.model_copy(update={"deadline": runtime.book.assess(one, at)}) for one in letters],
    )
    runtime.es.indices.refresh(index=runtime.names.posts)
