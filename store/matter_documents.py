"""What Elasticsearch holds about matters: matters, what happened to them, follow-ups, early warnings."""

from elasticsearch.dsl import Boolean, Date, Document, Double, Float, InnerDoc, Integer, Keyword, Object, Text

from store.strict import Strict


class TermFields(InnerDoc):
    """One term of a matter's heat (`matters.heat.Term`)."""

    value = Float()
    contribution = Float()


class HeatFields(InnerDoc):
    """`matters.heat.Heat` as indexed: the sum, and each term beside it."""

    at = Date()
    total = Float()
    explained = Keyword(index=False)
    people = Object(TermFields)
    posts = Object(TermFields)
    copies = Object(TermFields)
    votes = Object(TermFields)
    recent = Object(TermFields)
    negative = Object(TermFields)
    freshness = Object(TermFields)


class MatterDocument(Document):
    """One matter; its id is the matter's, and `cluster_id` of its posts. `merged_into` alone is left of an absorbed one."""

    title = Text(analyzer="standard", fields={"raw": Keyword(ignore_above=256)})
    place = Keyword()
    keywords = Keyword()
    posts = Integer()
    copies = Integer()
    people = Integer()
    copy_ids = Keyword(index=False, doc_values=False)
    first_at = Date()
    last_at = Date()
    quiet = Boolean()
    source = Keyword()
    topic = Keyword()
    department = Keyword()
    negative_share = Float()
    heat = Object(HeatFields)
    heat_by_day = Object(enabled=False)
    state = Keyword()
    merged_into = Keyword()
    updated_at = Date()

    Meta = Strict


class MatterEventDocument(Document):
    """What happened to a matter (`nlp.matter_types.MatterEvent`). Its id is made of what it says, so that it exists once."""

    kind = Keyword()
    matters = Keyword()
    at = Date()
    posts = Keyword(index=False, doc_values=False)
    count = Integer()

    Meta = Strict


class ExplanationFields(InnerDoc):
    """`matters.matter.Explanation` as indexed."""

    at = Date()
    title = Text(analyzer="standard")
    text = Text(analyzer="standard")
    url = Keyword(index=False)


class DecisionFields(InnerDoc):
    """`matters.decisions.Decision` as indexed."""

    state = Keyword()
    note = Text(analyzer="standard")
    who = Keyword()
    at = Date()


class FollowUpDecisionFields(DecisionFields):
    """The same with the explanation it reports."""

    explanation = Object(ExplanationFields)


class FollowUpDocument(Document):
    """A matter that asks for a second explanation: figures, brief, what people decided. Its id names matter and answer."""

    matter_id = Keyword()
    title = Text(analyzer="standard", fields={"raw": Keyword(ignore_above=256)})
    place = Keyword()
    source = Keyword()
    topic = Keyword()
    department = Keyword()
    state = Keyword()
    created_at = Date()
    updated_at = Date()
    answered_at = Date()
    answered_by = Keyword()
    people_before = Integer()
    people_after = Integer()
    posts_after = Integer()
    asked_again = Integer()
    last_post_at = Date()
    reason = Keyword(index=False)
    history = Object(FollowUpDecisionFields)
    explanation = Object(ExplanationFields)
    brief = Object(enabled=False)
    markdown = Text(analyzer="standard")

    Meta = Strict


class WarningDocument(Document):
    """One early warning: of a matter whose negative volume rose (`surge`), or of posts graded 紧急 (`urgent`)."""

    kind = Keyword()
    matter_id = Keyword()
    title = Text(analyzer="standard", fields={"raw": Keyword(ignore_above=256)})
    place = Keyword()
    source = Keyword()
    topic = Keyword()
    department = Keyword()
    at = Date()
    mail_at = Date()
    people = Integer()
    posts = Integer()
    expected = Float()
    probability = Double()
    post_ids = Keyword()
    reason = Keyword(index=False)
    rule = Keyword()
    due_at = Date()
    conference_due_at = Date()
    major_by = Keyword()
    major_at = Date()
    state = Keyword()
    history = Object(DecisionFields)

    Meta = Strict
