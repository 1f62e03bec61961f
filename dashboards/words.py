"""The Chinese words for what the indices hold as codes."""

from collections.abc import Mapping

SENTIMENTS: Mapping[str, str] = {"negative": "负面", "neutral": "中性", "positive": "正面"}

STAGES: Mapping[str, str] = {
    "escalated": "严重超期",
    "overdue": "超期",
    "due_today": "今日到期",
    "due_in_1": "1 个工作日内到期",
    "due_in_3": "3 个工作日内到期",
}

WARNINGS: Mapping[str, str] = {"surge": "负面突增", "urgent": "紧急留言"}
