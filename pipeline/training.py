"""Training: a new model is made from labelled posts, judged on held-out ones against the one in use, and used only if better.

A part of the posts, chosen by their text and so the same at every training, is held out (`nlp.held_out`). A trial model
learns from the rest; it and the trial model that was kept beside the model in use are judged on what is held out, which
neither has seen. Where the new one is not worse, a model that learnt from all posts goes into use. The old ones stay on
the shelf.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core.errors import ConfigError, YuqingError
from nlp.evaluation import Evaluation, evaluate
from nlp.held_out import held_out
from nlp.sentiment_model import shipped_model
from pipeline.labelled import SENTIMENTS, Fault, Labelled, Task, indexed_labels, read_labelled
from pipeline.models import ModelShelf
from pipeline.runtime import Runtime
from pipeline.trainers import Prepared, Preparer, Trained, load, train_snow_topics, trainer

FEWEST_POSTS = 40
FEWEST_OF_A_CLASS = 8
UNKNOWN_ADVICE = "不认识的分类，请在 config/topics.yml 的 site_labels 里写明对应哪个一级分类。"
Say = Callable[[str], None]
_IN_CHINESE: dict[str, str] = {label: word for word, label in reversed(SENTIMENTS.items()) if word != label}


@dataclass
class Training:
    """What a training came to. `old` is None where there is none to compare with; `path` is the new model, in use or not.

    `left_out` holds the classes with too few posts to learn from, `unknown` the sites' labels that stand for no known
    category, both with the number of their posts.
    """

    task: Task
    posts: int
    new: Evaluation
    old: Evaluation | None
    in_use: bool
    path: Path
    faults: list[Fault] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)


def train(
    runtime: Runtime, task: Task, files: Sequence[Path], at: datetime, say: Say, *, force: bool = False
) -> Training:
    """Train on the labelled posts of the files, or of the index when none are given. `force` uses the model whatever it is.

    Raises `YuqingError` when there are too few posts to learn from, or too much alike to be judged by.
    """
    faults: list[Fault] = []
    unknown: Counter[str] = Counter()
    found: Iterable[Labelled] = (
        (post for path in files for post in read_labelled(path, task, faults))
        if files
        else indexed_labels(runtime, task, unknown)
    )
    labelled, left_out = _without_rare(found)
    if len(labelled) < FEWEST_POSTS or len({post.label for post in labelled}) < 2:
        raise _too_few(task, Counter(post.label for post in labelled) + Counter(left_out), unknown, files)
    sources = [path.name for path in files] or ["index"]
    posts = Preparer(runtime)(labelled)
    rest, judged = _split(posts)
    say(f"{len(posts)} 条有标签的留言，其中 {len(judged)} 条留作检验。正在训练检验用的模型……")
    make, shelf = trainer(task), ModelShelf(runtime.settings.data)
    if task == "topic" and shelf.in_use(task) is None:
        say("还没有训练过主题模型，这是第一个：没有可比的，训练好就启用。")
    trial = make(rest)
    new, old = _judge("新模型", trial, judged), _judge_old(shelf, task, judged)
    say("正在用全部留言训练……")
    scores = {"held_out_macro_f1": round(new.macro_f1, 4), "held_out_accuracy": round(new.accuracy, 4)}
    path = shelf.new_path(task, at)
    make(posts).save(path, at, sources, scores)
    trial.save(shelf.trial_of(path), at, sources, scores)
    in_use = force or old is None or new.macro_f1 >= old.macro_f1
    if in_use:
        shelf.put_in_use(task, path)
        if task == "topic":
            snow = shelf.new_path("topic-snownlp", at)
            train_snow_topics(posts).save(snow, at, sources, {})
            shelf.put_in_use("topic-snownlp", snow)
    return Training(task, len(posts), new, old, in_use, path, faults, left_out, dict(unknown))


def _without_rare(found: Iterable[Labelled]) -> tuple[list[Labelled], dict[str, int]]:
    """The posts of classes large enough to learn; the others, each with the number of its posts."""
    posts = list(found)
    counts = Counter(post.label for post in posts)
    rare = {label: count for label, count in counts.items() if count < FEWEST_OF_A_CLASS}
    return [post for post in posts if post.label not in rare], rare


def _too_few(task: Task, counts: Mapping[str, int], unknown: Mapping[str, int], files: Sequence[Path]) -> YuqingError:
    message = f"有标签的留言太少：{told_counts(counts) or '一条也没有'}。"
    advice = f"至少要 {FEWEST_POSTS} 条、两类，每类 {FEWEST_OF_A_CLASS} 条以上。"
    if unknown:
        message += f"不认识的分类：{told_counts(unknown)}。"
        advice += UNKNOWN_ADVICE
    if not files:
        advice += f"也可以用有标签的文件训练：yuqing train {task} 文件…"
    return YuqingError(message, advice)


def told_counts(counts: Mapping[str, int]) -> str:
    """Labels with the number of their posts, the most frequent first: 卫生计生（12）、城乡建设（5）."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "、".join(f"{_IN_CHINESE.get(label, label)}（{count}）" for label, count in ordered)


def _split(posts: Sequence[Prepared]) -> tuple[list[Prepared], list[Prepared]]:
    """The posts to learn from and those held out."""
    held = held_out([f"{post.title}{post.body}" for post in posts])
    rest = [post for post, out in zip(posts, held, strict=True) if not out]
    judged = [post for post, out in zip(posts, held, strict=True) if out]
    if not (rest and judged):
        raise YuqingError("这些留言彼此太像，分不出用来学习的和留作检验的。", "请加入内容不同的留言。")
    return rest, judged


def _judge(name: str, model: Trained, posts: Sequence[Prepared]) -> Evaluation:
    return evaluate(name, [post.label for post in posts], model.labels_of(posts), 0)


def _judge_old(shelf: ModelShelf, task: Task, posts: Sequence[Prepared]) -> Evaluation | None:
    path = shelf.in_use(task)
    if path is None and task == "topic":
        return None
    try:
        # Until a sentiment model is trained here, the shipped one reads the posts. It has seen none of them.
        old = load(task, shelf.trial_of(path)) if path else Trained(shipped_model())
        return _judge("正在使用的模型", old, posts)
    except ConfigError:
        # Without its trial twin the old model cannot be judged on posts it has not seen.
        return None
