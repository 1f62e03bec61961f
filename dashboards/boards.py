"""The three dashboards, and every panel by its id."""

from collections.abc import Mapping

from dashboards.panel import Dashboard, Panel
from dashboards.panels_handling import DUE, HEALTH, ON_TIME, POSTS, REPLY_DAYS, STATUS
from dashboards.panels_ledger import LEDGER
from dashboards.panels_matters import FOLLOWUPS, HEAT, MATTERS, STATES
from dashboards.panels_opinion import DAILY, PLACES, SURGES, TOPIC_DEPARTMENTS, TOPIC_WEEKS, WORDS
from dashboards.panels_running import RUNS

BOARDS: tuple[Dashboard, ...] = (
    Dashboard(
        id="handling",
        title="今日办理",
        about="哪些留言到期、超期，各科室答复得怎样，来源和系统是否正常。",
        # A post forgotten for months must still be on the list of what is overdue.
        days=365,
        layout=((DUE,), (STATUS, ON_TIME, REPLY_DAYS), (LEDGER,), (HEALTH,), (RUNS,), (POSTS,)),
    ),
    Dashboard(
        id="opinion",
        title="舆情态势",
        about="留言有多少、情感如何、说的是什么事和什么地方，有没有突然增多的。",
        days=30,
        layout=((DAILY,), (SURGES,), (TOPIC_WEEKS, TOPIC_DEPARTMENTS), (WORDS, PLACES), (POSTS,)),
    ),
    Dashboard(
        id="matters",
        title="热点与二次解读",
        about="群众反复提出的是哪些事，哪些答复以后还在问、需要再次解读。",
        days=90,
        layout=((HEAT, STATES), (MATTERS,), (FOLLOWUPS,), (POSTS,)),
    ),
)

PANELS: Mapping[str, Panel] = {panel.id: panel for board in BOARDS for row in board.layout for panel in row}
