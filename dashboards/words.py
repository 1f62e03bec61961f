"""The Chinese words for what the indices hold as codes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.clock import show
from core.post import SENTIMENT_NAMES

WARNINGS: Mapping[str, str] = {"surge": "负面突增", "urgent": "紧急留言"}

STAGES: Mapping[str, str] = {
    "collect": "收集留言",
    "refresh": "复查未办结留言",
    "import": "导入表格",
    "enrich": "研判入库",
    "replay": "重新入库",
    "alerts": "提醒邮件",
    "ledger": "导入台账",
    "remind": "台账提醒",
    "cluster": "归并热点",
    "recheck": "复核热点",
    "warn": "舆情预警",
    "followups": "二次解读",
    "questions": "问答库",
    "weekly": "周报",
    "housekeeping": "清理",
    "backup": "备份",
    "restore": "恢复备份",
    "upgrade": "升级索引",
    "forget": "删除个人数据",
}
"""The stages whose runs are written down (`core.logs.logged`)."""

OUTCOMES: Mapping[str, str] = {"ok": "正常", "partial": "部分完成", "failed": "失败"}

ERRORS: Mapping[str, str] = {
    "Unavailable": "外部服务不可用",
    "SourceFailed": "来源没有给出该给的",
    "ConfigError": "配置不对",
    "NeedsUpgrade": "要先升级索引",
    "NotSent": "邮件没有发出",
    "YuqingError": "见运行日志",
    "KeyboardInterrupt": "被人中断",
}
"""Why a run failed, where the kind of its error has a word; others are shown as they are called, for the developer."""

ACTIONS: Mapping[str, str] = {"correction": "更正", "extension": "延期"}
"""What people change of a post (`store.audit`)."""

CHANGED: Mapping[str, str] = {"topic": "主题", "sentiment_label": "情感", "department": "科室", "due_at": "到期"}
"""What a change is of."""


def changed(values: Mapping[str, Any]) -> str:
    """What was before a change, or after it, in words; what has no word is left out."""
    return "；".join(f"{CHANGED[name]} {_worded(name, value)}" for name, value in values.items() if name in CHANGED)


def _worded(name: str, value: Any) -> str:
    if name == "due_at":
        return show(datetime.fromisoformat(value))
    return SENTIMENT_NAMES.get(value, value) if name == "sentiment_label" else str(value)
