"""The Chinese words for what the indices hold as codes."""

from collections.abc import Mapping

WARNINGS: Mapping[str, str] = {"surge": "负面突增", "urgent": "紧急留言"}
