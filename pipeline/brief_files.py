"""A brief as files (Markdown, Word, picture of the timeline), as a document, and as a mail."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from alerts.matter_mail import BriefMail, BriefSection
from core.files import write_whole
from matters.brief import Brief
from matters.brief_text import sections, summary_of, title_of, to_markdown
from matters.brief_word import to_word
from matters.timeline_picture import picture
from store.followups import FollowUpRecord

FOLDER = "briefs"


@dataclass(frozen=True)
class BriefFiles:
    """Where the files of one follow-up's brief lie."""

    folder: Path

    @classmethod
    def of(cls, data: Path, followup_id: str) -> "BriefFiles":
        """Below the data folder."""
        return cls(data / FOLDER / followup_id)

    @property
    def markdown(self) -> Path:
        """The brief as Markdown."""
        return self.folder / "brief.md"

    @property
    def word(self) -> Path:
        """The brief as .docx, the timeline in it."""
        return self.folder / "brief.docx"

    @property
    def picture(self) -> Path:
        """The timeline as PNG."""
        return self.folder / "timeline.png"

    def are_there(self) -> bool:
        """Whether all of them are."""
        return self.markdown.is_file() and self.word.is_file() and self.picture.is_file()

    def write(self, brief: Brief) -> None:
        """Write all of them, in place of older ones."""
        course = picture(brief.timeline, brief.name)
        write_whole(self.picture, course)
        write_whole(self.word, to_word(brief, course))
        write_whole(self.markdown, to_markdown(brief).encode())


def brief_document(brief: Brief) -> dict[str, Any]:
    """The brief as kept in Elasticsearch: in words (`title`, `summary`, `sections`), and what the words are made of."""
    parts = orjson.loads(orjson.dumps(brief))
    kept = ("people_say", "replies_say", "open_questions", "answered_questions", "misreadings")
    return {
        "title": title_of(brief),
        "summary": summary_of(brief),
        "sections": [
            {"heading": one.heading, "items": list(one.items), "otherwise": one.otherwise} for one in sections(brief)
        ],
        **{name: parts[name] for name in kept},
    }


def brief_mail(record: FollowUpRecord, department: str, files: BriefFiles) -> BriefMail:
    """The mail about a follow-up whose files are there."""
    told = record.brief
    return BriefMail(
        followup_id=record.id,
        department=department,
        at=record.updated_at,
        name=record.title,
        title=told["title"],
        summary=told["summary"],
        sections=tuple(BriefSection(one["heading"], tuple(one["items"]), one["otherwise"]) for one in told["sections"]),
        word=files.word.read_bytes(),
        picture=files.picture.read_bytes(),
    )
