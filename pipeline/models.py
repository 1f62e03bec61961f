"""The shelf of trained models: every model ever trained stays, one of each kind is in use.

`models/topic-20260109T003000Z.model` are the models, `models/topic.model` is a link to the one in use. The link is
replaced in one step, so a run that loads it sees the old model or the new one, never half of either.
"""

import os
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Literal

ModelKind = Literal["topic", "topic-snownlp", "sentiment"]


class ModelShelf:
    """The models below a data folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "models"

    def in_use(self, kind: ModelKind) -> Path | None:
        """The model of that kind in use; None before the first training."""
        link = self.folder / f"{kind}.model"
        # A link whose model is gone is no untrained office: whoever loads it says which file is missing.
        return link.resolve() if link.is_symlink() or link.exists() else None

    def new_path(self, kind: ModelKind, trained_at: datetime) -> Path:
        """Where a model trained at that time belongs: never the place of another one, which may be in use."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{kind}-{trained_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        paths = (self.folder / f"{name}{f'-{number}' if number > 1 else ''}.model" for number in count(1))
        return next(path for path in paths if not path.exists())

    def trial_of(self, path: Path) -> Path:
        """Where the twin of a model stands that has not seen the held-out posts."""
        return path.with_name(path.name.removesuffix(".model") + ".trial")

    def put_in_use(self, kind: ModelKind, path: Path) -> None:
        """Use this model from now on."""
        aside = self.folder / f".{kind}.{os.getpid()}"
        aside.unlink(missing_ok=True)
        aside.symlink_to(path.name)
        aside.rename(self.folder / f"{kind}.model")
