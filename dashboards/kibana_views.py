"""Kibana's data views: one for each index the panels read, with Chinese labels, words for codes and dates of Beijing."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from core.post import SENTIMENT_NAMES, STAGE_NAMES
from dashboards.kibana_objects import SavedObject, as_text, named, saved_object, title_of, view_id
from dashboards.panel import TIME_FIELDS, Index
from dashboards.words import ERRORS, OUTCOMES, STAGES, WARNINGS
from store.documents import DOCUMENTS

VIEW_VERSION = "8.0.0"

NAMES: Mapping[Index, str] = {
    "posts": "留言",
    "clusters": "热点事项",
    "followups": "二次解读候选",
    "warnings": "预警",
    "tasks": "台账任务",
    "collector-state": "来源运行情况",
    "metrics": "系统运行",
}

LABELS: Mapping[Index, Mapping[str, str]] = {
    "posts": {
        "posted_at": "发布时间",
        "title": "标题",
        "body": "内容",
        "source": "来源",
        "channel": "渠道",
        "url": "原文",
        "forum": "留言对象",
        "kind": "类型",
        "domain": "领域",
        "status": "状态",
        "collected_at": "采集时间",
        "checked_at": "复查时间",
        "votes_up": "赞同",
        "votes_down": "反对",
        "satisfaction": "满意度",
        "sentiment": "情感得分",
        "sentiment_label": "情感",
        "category": "一级分类",
        "topic": "主题",
        "keywords": "关键词",
        "places": "地点",
        "department": "科室",
        "cluster_id": "热点事项",
        "risk": "风险等级",
        "risk_reasons": "风险理由",
        "deadline.rule": "时限规则",
        "deadline.due_at": "到期时间",
        "deadline.first_due_at": "原到期时间（已延期）",
        "deadline.extended_at": "批准延期时间",
        "deadline.stage": "办理情况",
        "deadline.answered_at": "答复时间",
        "deadline.answered_in_working_days": "答复用时（工作日）",
        "deadline.on_time": "是否按时",
        "replies.organisation": "答复单位",
        "replies.body": "答复内容",
        "replies.replied_at": "各次答复时间",
    },
    "clusters": {
        "title": "事项",
        "place": "地点",
        "keywords": "关键词",
        "source": "来源",
        "topic": "主题",
        "department": "科室",
        "people": "人数",
        "posts": "留言数",
        "copies": "重复留言数",
        "first_at": "最早留言",
        "last_at": "最近留言",
        "quiet": "已平息",
        "negative_share": "负面占比",
        "heat.total": "热度",
        "heat.explained": "热度的来由",
        "state": "二次解读",
        "updated_at": "更新时间",
    },
    "followups": {
        "state": "进度",
        "title": "事项",
        "place": "地点",
        "source": "来源",
        "topic": "主题",
        "department": "科室",
        "created_at": "提出时间",
        "updated_at": "更新时间",
        "answered_at": "答复时间",
        "answered_by": "答复方式",
        "people_before": "答复前人数",
        "people_after": "答复后人数",
        "posts_after": "答复后留言数",
        "asked_again": "再次提出人数",
        "last_post_at": "最近留言",
        "reason": "理由",
    },
    "warnings": {
        "at": "时间",
        "kind": "预警",
        "title": "事项",
        "place": "地点",
        "source": "来源",
        "topic": "主题",
        "department": "科室",
        "people": "人数",
        "posts": "留言数",
        "expected": "预计留言数",
        "due_at": "回应时限",
        "conference_due_at": "发布会时限",
        "reason": "原因",
    },
    "tasks": {
        "year": "年份",
        "number": "序号",
        "section": "大类",
        "subsection": "小类",
        "text": "工作任务",
        "lead": "牵头科室",
        "supporting": "配合科室",
        "responsible": "责任科室",
        "limit": "完成时限",
        "due_at": "到期时间",
        "state": "进展",
        "updated_at": "更新时间",
    },
    "collector-state": {
        "source": "来源",
        "last_run_at": "上次采集",
        "last_success_at": "上次成功",
        "last_item_at": "上次收到留言",
        "item_count": "上次条数",
        "error": "错误",
    },
    "metrics": {
        "stage": "任务",
        "source": "来源",
        "started_at": "运行时间",
        "outcome": "结果",
        "error": "原因",
        "seconds": "用时（秒）",
        "usual_seconds": "平时（秒）",
        "item_count": "条数",
        "items_per_second": "每秒条数",
        "failures": "近 7 天失败",
        "run": "运行编号",
        "host": "机器",
        "version": "版本",
    },
}

WORDS: Mapping[Index, Mapping[str, Mapping[str, str]]] = {
    "posts": {
        "deadline.stage": STAGE_NAMES,
        "sentiment_label": SENTIMENT_NAMES,
        "deadline.on_time": {"true": "按时", "false": "超时"},
    },
    "clusters": {"quiet": {"true": "是", "false": "否"}},
    "warnings": {"kind": WARNINGS},
    "metrics": {"stage": STAGES, "outcome": OUTCOMES, "error": ERRORS},
}

PATTERNS: Mapping[Index, Mapping[str, str]] = {
    "posts": {"sentiment": "0.00"},
    "clusters": {"heat.total": "0.0", "negative_share": "0%"},
    "warnings": {"expected": "0.0"},
    "metrics": {"seconds": "0.0", "usual_seconds": "0.0", "items_per_second": "0.0"},
}
"""How numbers are written (numeral.js) that are not whole."""

DATE = {"id": "date", "params": {"pattern": "YYYY-MM-DD HH:mm", "timezone": "Asia/Shanghai"}}


def data_views(prefix: str) -> list[SavedObject]:
    """The data views."""
    return [_view(prefix, index) for index in get_args(Index)]


def _view(prefix: str, index: Index) -> SavedObject:
    attributes = {
        "title": title_of(prefix, index),
        "name": named(NAMES[index], prefix),
        "timeFieldName": TIME_FIELDS[index],
        "fields": "[]",
        "fieldAttrs": as_text({field: {"customLabel": label} for field, label in LABELS[index].items()}),
        "fieldFormatMap": as_text(_formats(index)),
        "runtimeFieldMap": "{}",
        "sourceFilters": "[]",
        "typeMeta": "{}",
        "allowHidden": False,
    }
    return saved_object("index-pattern", view_id(prefix, index), VIEW_VERSION, attributes, [])


def _formats(index: Index) -> dict[str, Any]:
    formats: dict[str, Any] = {field: DATE for field, kind in fields_of(index).items() if kind == "date"}
    for field, pattern in PATTERNS.get(index, {}).items():
        formats[field] = {"id": "percent" if "%" in pattern else "number", "params": {"pattern": pattern}}
    for field, words in WORDS.get(index, {}).items():
        entries = [{"key": key, "value": word} for key, word in words.items()]
        formats[field] = {"id": "static_lookup", "params": {"lookupEntries": entries}}
    if index == "posts":
        formats["url"] = {"id": "url", "params": {"type": "a", "labelTemplate": "打开", "openLinkInCurrentTab": False}}
    return formats


def fields_of(index: Index) -> dict[str, str]:
    """Every field of the mapping with its type, as dotted paths, multi-fields (`title.raw`) included."""
    return dict(_leaves(DOCUMENTS[index]._index.to_dict()["mappings"]["properties"], ""))


def _leaves(properties: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, field in properties.items():
        if "type" in field and field["type"] != "object":
            yield path + name, field["type"]
        below = {**field.get("properties", {}), **field.get("fields", {})}
        yield from _leaves(below, f"{path}{name}.")
