"""Times, posts and rules the tests of this folder speak of."""

from datetime import datetime

from alerts.calendar import WorkCalendar
from alerts.deadlines import DeadlineBook, DeadlinesFile
from alerts.departments import Department, DepartmentsFile
from alerts.digest import AlertItem, Digest
from core.clock import to_utc
from core.config import load_yaml
from core.post import Post
from pipeline.settings import PROJECT

SHIPPED = load_yaml(PROJECT / "config" / "deadlines.yml", DeadlinesFile)

OFFICE = DepartmentsFile(
    fallback="办公室",
    leadership_group=("group@city.example",),
    departments=(
        Department(name="办公室", mail=("office@city.example",), leaders=("office.head@city.example",)),
        Department(
            name="疾控应急科",
            mail=("cdc@city.example", "cdc.duty@city.example"),
            leaders=("cdc.head@city.example",),
            topics=("疫苗接种",),
        ),
        Department(name="人事科", mail=("staff@city.example",), topics=("人才招聘",)),
    ),
)


def beijing(text: str) -> datetime:
    """The moment (UTC) of a Beijing time such as `2026-01-05 08:30`."""
    return to_utc(datetime.fromisoformat(text))


def book(calendar: WorkCalendar | None = None) -> DeadlineBook:
    """The shipped rules on the State Council's calendar."""
    return DeadlineBook(SHIPPED, calendar or WorkCalendar())


def post(posted: str = "2026-01-05 10:00", *, answered: str | None = None, **changes: object) -> Post:
    """A 咨询 on a message board, waiting; with `answered` it is closed and its reply bears that time."""
    fields: dict[str, object] = {
        "id": "board:1",
        "source": "board",
        "source_id": "1",
        "channel": "message_board",
        "kind": "咨询",
        "title": "疫苗接种点几点开门",
        "body": "想问问接种点几点开门",
        "posted_at": beijing(posted),
        "collected_at": beijing(posted),
        "status": "待回复",
    }
    if answered:
        fields |= {"status": "已办结", "replies": [{"body": "您好", "replied_at": beijing(answered)}]}
    return Post.model_validate(fields | changes)


def item(number: int = 1, **changes: object) -> AlertItem:
    """A digest entry, due today unless told otherwise."""
    fields: dict[str, object] = {
        "post_id": f"board:{number}",
        "title": f"第 {number} 条留言",
        "url": f"https://board.example/{number}",
        "forum": "市长留言",
        "kind": "咨询",
        "topic": "疫苗接种",
        "department": "疾控应急科",
        "posted_at": beijing("2026-01-05 10:00"),
        "due_at": beijing("2026-01-12 17:30"),
        "stage": "due_today",
        "overdue_working_days": 0,
    }
    return AlertItem(**{**fields, **changes})  # type: ignore[arg-type]


def digest(*items: AlertItem, **changes: object) -> Digest:
    """A mail to the 疾控应急科 of Monday morning."""
    fields: dict[str, object] = {
        "department": "疾控应急科",
        "at": beijing("2026-01-12 08:30"),
        "items": items or (item(),),
        "recipients": ("cdc@city.example",),
        "cc": (),
        "message_id": "<0123456789abcdef@yuqing.invalid>",
    }
    return Digest(**{**fields, **changes})  # type: ignore[arg-type]
