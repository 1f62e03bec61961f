"""The document of the work ledger's tasks."""

from elasticsearch.dsl import Boolean, Date, Document, InnerDoc, Integer, Keyword, Object, Text

from store.strict import Strict


class TaskEntryFields(InnerDoc):
    """`store.tasks.TaskEntry` as indexed."""

    state = Keyword()
    note = Text(index=False)
    who = Keyword()
    at = Date()
    evidence = Keyword(index=False)


class TaskDocument(Document):
    """One task of a year's ledger with everything people said of it; its id is `YEAR-NUMBER`."""

    year = Integer()
    number = Integer()
    section = Keyword()
    subsection = Keyword()
    text = Text(analyzer="standard")
    lead = Keyword()
    supporting = Keyword()
    implementing = Keyword()
    led = Boolean()
    responsible = Keyword()
    limit = Keyword()
    due_at = Date()
    hints = Keyword(index=False)
    state = Keyword()
    history = Object(TaskEntryFields)
    file = Keyword()
    imported_at = Date()
    updated_at = Date()
    missing = Boolean()

    Meta = Strict
