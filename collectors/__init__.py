"""Collectors: one module for each kind of source, one shared polite HTTP session, one landing zone."""
