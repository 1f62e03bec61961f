"""Evaluation: every engine on the same labelled posts, side by side."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import YuqingError
from nlp.evaluation import Evaluation, evaluate
from nlp.segment import Segmenter
from nlp.sentiment import StockSnow
from nlp.sentiment_model import shipped_model
from nlp.sentiment_snow import RetrainedSnow
from nlp.sentiment_training import own_examples
from pipeline import engines
from pipeline.labelled import Fault, Task, read_labelled
from pipeline.models import ModelShelf
from pipeline.runtime import Runtime
from pipeline.trainers import Asked, Preparer, labels_by


@dataclass
class Evaluated:
    """The engines' figures, the best first, and the rows that could not be used."""

    task: Task
    evaluations: list[Evaluation] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def evaluate_engines(runtime: Runtime, task: Task, files: Sequence[Path], say: Callable[[str], None]) -> Evaluated:
    """Ask every engine there is about the labelled posts of the files. `say` is told what is going on.

    The time counted is that of segmentation and of the engine. Raises `YuqingError` when no row can be used.
    """
    result = Evaluated(task)
    labelled = [post for path in files for post in read_labelled(path, task, result.faults)]
    if not labelled:
        raise YuqingError("没有可以评测的留言。", "请检查文件里的标签和正文。")
    if task == "topic" and ModelShelf(runtime.settings.data).in_use("topic") is None:
        say("还没有训练过主题模型，只能评测关键词规则；要一起评测，请先运行 yuqing train topic 文件…")
    prepare = Preparer(runtime)
    begun = time.perf_counter()
    posts = prepare(labelled)
    preparation = time.perf_counter() - begun
    truth = [post.label for post in posts]
    for name, engine in _engines(runtime, task):
        say(f"正在评测：{name}（{len(posts)} 条）")
        begun = time.perf_counter()
        answers = labels_by(engine, posts)
        seconds = preparation + time.perf_counter() - begun
        result.evaluations.append(evaluate(name, truth, answers, seconds))
    result.evaluations.sort(key=lambda evaluation: -evaluation.macro_f1)
    return result


def _engines(runtime: Runtime, task: Task) -> Iterator[tuple[str, Asked]]:
    settings = runtime.settings
    if task == "topic":
        yield from engines.all_topic_engines(settings).items()
        return
    trained = engines.trained_sentiment(settings)
    if trained:
        yield "线性模型（本地训练）", trained
    yield "线性模型（自带）", shipped_model()
    yield "SnowNLP（自带模型）", StockSnow()
    yield "SnowNLP（重新训练）", RetrainedSnow(own_examples(), Segmenter(settings.config / "user_dict.txt").words)
