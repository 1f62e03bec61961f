"""Reads the line that says who does a task: `甲科、乙科牵头，丙科等有关科室配合，局直属各单位落实`."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ledger.task import Responsible

_CLAUSES = re.compile(r"[，,；;\n]+")
_LABEL = re.compile(r"^(牵头|主办|责任|配合|协办|落实)(?:科室|部门|单位)?[:：]")
_VERB = re.compile(r"(?:共同|分别)?(牵头|负责|主办|配合|协助|协办|落实)(?:负责|办理|落实)?$")
_ROLES = {
    "lead": ("牵头", "负责", "主办", "责任"),
    "supporting": ("配合", "协助", "协办"),
    "implementing": ("落实",),
}
_NOBODY = re.compile(r"^(?:有关|相关)(?:科室|部门|单位)$")
_AND_OTHERS = re.compile(r"等(?:有关|相关)?(?:科室|部门|单位)?$")
_EVERYONE = re.compile(r"^(?:局|委|全局)?(?:机关)?(?:各|全体|所有)科室$")
_THE_OTHERS = re.compile(r"^其[他它]科室$")
_UNITS = re.compile(r"各?(?:直属|下属)?(?:各)?单位$")


def read_responsible(line: str, aliases: Mapping[str, str]) -> Responsible | None:
    """Who does the task; None when the line names nobody. `aliases`: other names of sections, and the names they have.

    Names whose clause has no verb belong to the next one that has (`甲科，乙科牵头`); without any verb all lead together.
    """
    names: dict[str, list[str]] = {role: [] for role in _ROLES}
    waiting: list[str] = []
    led = False
    for clause in filter(None, (part.strip(" 　。") for part in _CLAUSES.split(line))):
        role, text = _role(clause)
        if role is None:
            waiting += _names(text, aliases)
            continue
        led = led or role == "lead"
        names[role] += [*waiting, *_names(text, aliases)]
        waiting = []
    # What follows the last verb supports; where there is none at all, it is they who do it.
    names["supporting" if led else "lead"] += waiting
    if not names["lead"]:
        return None
    lead, supporting, implementing = (tuple(dict.fromkeys(names[role])) for role in _ROLES)
    return Responsible(lead, supporting, implementing, led)


def _role(clause: str) -> tuple[str | None, str]:
    """The role a clause gives, and its names."""
    if label := _LABEL.match(clause):
        return _role_of(label[1]), clause[label.end() :]
    if verb := _VERB.search(clause):
        return _role_of(verb[1]), clause[: verb.start()]
    return None, clause


def _role_of(word: str) -> str:
    return next(role for role, words in _ROLES.items() if word in words)


def _names(text: str, aliases: Mapping[str, str]) -> list[str]:
    """The names, without `等有关科室`, which names nobody."""
    parts = (re.sub(r"\s+", "", part) for part in _AND_OTHERS.sub("", text.strip()).split("、"))
    return [aliases.get(part, part) for part in parts if part and not _NOBODY.match(part)]


def is_group(name: str) -> bool:
    """Whether the name stands for several, such as `局机关各科室`."""
    return bool(_EVERYONE.match(name) or _THE_OTHERS.match(name) or _UNITS.search(name))


def sections_of(names: Iterable[str], sections: Sequence[str], others_than: Iterable[str] = ()) -> list[str]:
    """The sections that names stand for: `局机关各科室` for all, `其他科室` for all but `others_than`; units for none."""
    named = list(names)
    found: dict[str, None] = {}
    for name in named:
        if _EVERYONE.match(name):
            found |= dict.fromkeys(sections)
        elif _THE_OTHERS.match(name):
            but = {*named, *others_than}
            found |= dict.fromkeys(section for section in sections if section not in but)
        elif not is_group(name):
            found[name] = None
    return list(found)
