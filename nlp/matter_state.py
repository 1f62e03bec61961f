"""The state of `Matters` as plain arrays and JSON.

The buckets of near-duplicates are not stored; they follow from the rest.
"""

import json
from dataclasses import asdict
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp.matter_linkage import Rules
from nlp.matter_types import MatterPost
from nlp.matter_vectors import FIELDS, Features
from nlp.matters import Group, Matters
from nlp.near_duplicates import MINIMA

RECORDS = "records.json"

Arrays = dict[str, npt.NDArray[Any]]


def save(matters: Matters, path: Path) -> None:
    """Write the state into one file, aside and then renamed: a reader sees the old state or the new one."""
    arrays, records = dump(matters)
    buffer = BytesIO()
    everything: Arrays = {**arrays, RECORDS: np.frombuffer(json.dumps(records).encode(), dtype=np.uint8)}
    np.savez(buffer, **everything)  # type: ignore[arg-type]  # its stub takes any keyword for `allow_pickle`
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.new")
    aside.write_bytes(buffer.getbuffer())
    aside.replace(path)


def load(path: Path) -> Matters:
    """The matters that `save` wrote; they go on as if they had never been put down."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files if name != RECORDS}
        return restore(arrays, json.loads(file[RECORDS].tobytes()))


def dump(matters: Matters) -> tuple[Arrays, dict[str, Any]]:
    """The state as arrays and as what JSON can hold."""
    pool = matters.pool
    arrays: Arrays = {f"space_{name}": array for name, array in pool.space.state().items()}
    arrays |= {f"index_{name}": array for name, array in matters.index.state().items()}
    for name in FIELDS:
        parts = [getattr(features, name) for features in pool.features]
        arrays[name] = np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)
        arrays[f"{name}_ends"] = np.cumsum([len(part) for part in parts], dtype=np.int64)
    minima = np.zeros((len(pool.minima), MINIMA), dtype=np.uint32)
    for row, signature in zip(minima, pool.minima, strict=True):
        row[: len(signature)] = signature
    arrays["minima"] = minima
    arrays["has_minima"] = np.array([len(signature) > 0 for signature in pool.minima], dtype=np.bool_)
    arrays["texts"] = np.array(pool.texts, dtype=np.uint32)
    arrays["copies"] = np.array(sorted(pool.copy_of.items()), dtype=np.int64).reshape(-1, 2)
    records = {
        "rules": asdict(pool.rules),
        "posts": [{**asdict(post), "posted_at": post.posted_at.isoformat()} for post in pool.posts],
        "groups": [
            {"number": number, "id": group.id, "members": group.members, "quiet": group.quiet}
            for number, group in sorted(matters.groups.items())
        ],
        "next": matters.next,
        "ids": sorted(matters.ids),
        "dirty": sorted(matters.dirty),
        "awake": sorted(matters.awake),
    }
    return arrays, records


def restore(arrays: Arrays, records: dict[str, Any]) -> Matters:
    """Matters in the state that `dump` gave."""
    matters = Matters(Rules(**records["rules"]))
    pool = matters.pool
    pool.space.restore(_part(arrays, "space_"))
    matters.index.restore(_part(arrays, "index_"))
    columns = {name: np.split(arrays[name], arrays[f"{name}_ends"][:-1]) for name in FIELDS}
    copies = {int(copy): int(original) for copy, original in arrays["copies"]}
    for row, record in enumerate(records["posts"]):
        values = {**record, "posted_at": datetime.fromisoformat(record["posted_at"])}
        post = MatterPost(**{**values, "tokens": tuple(record["tokens"]), "places": tuple(record["places"])})
        features = Features(**{name: columns[name][row] for name in FIELDS})
        signature = arrays["minima"][row] if arrays["has_minima"][row] else arrays["minima"][row][:0]
        pool.put_back(post, features, signature, int(arrays["texts"][row]), copies.get(row))
    for record in records["groups"]:
        matters.put_back(record["number"], Group(record["id"], record["members"], record["quiet"]))
    matters.next = records["next"]
    matters.ids = set(records["ids"])
    matters.dirty, matters.awake = set(records["dirty"]), set(records["awake"])
    return matters


def _part(arrays: Arrays, prefix: str) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
