"""Elasticsearch: documents and mappings, connection, bulk writing, queries, and the embedded node."""
