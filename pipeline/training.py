"""Training: a new model is made from labelled posts, judged on held-out ones against the one in use, and used only if better.

A part of the posts, chosen by their text and so the same at every training, is held out. A trial model learns from the
rest; it and the trial model that was kept beside the model in use are judged on what is held out, which neither has
seen. Where the new one is not worse, a model that learnt from all posts goes into use. The old ones stay on the shelf.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zlib import crc32

from core.errors import ConfigError, YuqingError
from nlp.evaluation import Evaluation, evaluate
from pipeline.labelled import Fault, Labelled, Task, indexed_labels, read_labelled
from pipeline.models import ModelKind, ModelShelf
from pipeline.runtime import Runtime
from pipeline.trainers import Prepared, Preparer, Trained, load, train_snow_topics, trainer

HELD_OUT_PERCENT = 15
FEWEST_POSTS = 40
FEWEST_OF_A_CLASS = 8
Say = Callable[[str], None]


@dataclass
class Training:
    """What a training came to. `old` is None for the first model; `path` is the new model, in use or not.

    `left_out` holds the classes with too few posts to learn from, and how many they had.
    """

    task: Task
    posts: int
    new: Evaluation
    old: Evaluation | None
    in_use: bool
    path: Path
    faults: list[Fault] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def train(
    runtime: Runtime, task: Task, files: Sequence[Path], at: datetime, say: Say, *, force: bool = False
) -> Training:
    """Train on the labelled posts of the files, or of the index when none are given. `force` uses the model whatever it is.

    Raises `YuqingError` when there are too few posts to learn from.
    """
    faults: list[Fault] = []
    found: Iterable[Labelled] = (
        (post for path in files for post in read_labelled(path, task, faults))
        if files
        else indexed_labels(runtime, task)
    )
    labelled, left_out = _enough_of_each(found)
    sources = [path.name for path in files] or ["index"]
    posts = Preparer(runtime)(labelled)
    held = [_is_held_out(post) for post in labelled]
    rest = [post for post, out in zip(posts, held, strict=True) if not out]
    judged = [post for post, out in zip(posts, held, strict=True) if out]
    say(f"{len(posts)} 条有标签的留言，其中 {len(judged)} 条留作检验。正在训练检验用的模型……")
    make, shelf = trainer(task), ModelShelf(runtime.settings.data)
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
    return Training(task, len(posts), new, old, in_use, path, faults, left_out)


def _enough_of_each(found: Iterable[Labelled]) -> tuple[list[Labelled], dict[str, int]]:
    posts = list(found)
    counts = Counter(post.label for post in posts)
    rare = {label: count for label, count in counts.items() if count < FEWEST_OF_A_CLASS}
    kept = [post for post in posts if post.label not in rare]
    if len(kept) < FEWEST_POSTS or len(counts) - len(rare) < 2:
        raise YuqingError(
            f"有标签的留言太少：{dict(counts)}。",
            f"至少要 {FEWEST_POSTS} 条、两类，每类 {FEWEST_OF_A_CLASS} 条以上。",
        )
    return kept, rare


def _is_held_out(post: Labelled) -> bool:
    """By the first words of the text: the same post, and one that begins like it, fall on the same side every time."""
    text = "".join(post.tokens) or "".join(f"{post.title}{post.body}".split())
    return crc32(text[:40].encode()) % 100 < HELD_OUT_PERCENT


def _judge(name: str, model: Trained, posts: Sequence[Prepared]) -> Evaluation:
    return evaluate(name, [post.label for post in posts], model.labels_of(posts), 0)


def _judge_old(shelf: ModelShelf, task: ModelKind, posts: Sequence[Prepared]) -> Evaluation | None:
    path = shelf.in_use(task)
    if path is None:
        return None
    try:
        return _judge("正在使用的模型", load(task, shelf.trial_of(path)), posts)
    except ConfigError:
        # Without its trial twin the old model cannot be judged on posts it has not seen.
        return None
