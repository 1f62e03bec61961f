"""What all documents share."""

from elasticsearch.dsl import MetaField


class Strict:
    """The `Meta` every document shares."""

    dynamic = MetaField("strict")
