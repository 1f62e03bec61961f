"""What Elasticsearch holds about questions and answers (`questions.entry.Entry`)."""

from elasticsearch.dsl import Date, Document, InnerDoc, Integer, Keyword, Object, Text

from store.strict import Strict


class SourceFields(InnerDoc):
    """The reply an answer comes from."""

    post_id = Keyword()
    organisation = Keyword()
    replied_at = Date()
    url = Keyword(index=False)


class PublishedFields(InnerDoc):
    """What everybody may read."""

    question = Text(analyzer="standard")
    answer = Text(analyzer="standard")
    source = Object(SourceFields)
    reviewed_at = Date()
    at = Date()


class QuestionDocument(Document):
    """One entry. History and suggestion are kept as they are: nobody searches them."""

    question = Text(analyzer="standard", fields={"raw": Keyword(ignore_above=256)})
    answer = Text(analyzer="standard")
    variants = Text(analyzer="standard")
    state = Keyword()
    drafted_by = Keyword()
    source = Object(SourceFields)
    names = Keyword(index=False, doc_values=False)
    matter_id = Keyword()
    topic = Keyword()
    department = Keyword()
    sources = Keyword()
    channels = Keyword()
    places = Keyword()
    people = Integer()
    posts = Integer()
    months = Integer()
    example_ids = Keyword()
    first_at = Date()
    last_at = Date()
    created_at = Date()
    mined_at = Date()
    suggestion = Object(enabled=False)
    dismissed = Keyword()
    merged_into = Keyword()
    published = Object(PublishedFields)
    tokens = Text(analyzer="whitespace")
    history = Object(enabled=False)

    Meta = Strict
