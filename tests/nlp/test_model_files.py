"""A model file is read back as written, and whatever else lies in its place is refused with a reason."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.errors import ConfigError
from nlp.model_files import FORMAT_VERSION, ModelCard, load_model, save_model


def card(**changes: Any) -> ModelCard:
    return ModelCard.model_validate(
        {
            "kind": "topic",
            "engine": "linear",
            "format_version": FORMAT_VERSION,
            "trained_at": datetime(2026, 1, 5, 8, 30, tzinfo=UTC),
            "data_size": 3,
            "data_sources": ["留言.csv"],
            "classes": ["甲", "乙"],
            "scores": {"macro_f1": 0.94},
            "parameters": {"stop_words": ["的"]},
            **changes,
        }
    )


ARRAYS: dict[str, np.ndarray] = {
    "weights": np.arange(12, dtype=np.float16).reshape(6, 2),
    "buckets": np.array([3, 5, 2**20], dtype=np.uint32),
    "empty": np.zeros((0, 2), dtype=np.float32),
}


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    path = tmp_path / "topic.model"
    save_model(path, card(), ARRAYS)
    return path


def npy(array: np.ndarray, *, pickled: bool = False) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=pickled)
    return stream.getvalue()


def forge(path: Path, change: Callable[[dict[str, bytes]], None], compression: int = zipfile.ZIP_DEFLATED) -> None:
    """Writes the file anew after `change`, with checksums that fit, as someone who knows the format could."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    del entries["checksums.json"]
    change(entries)
    sums = {name: sha256(content).hexdigest() for name, content in entries.items()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in {**entries, "checksums.json": json.dumps(sums).encode()}.items():
            archive.writestr(name, content)


def test_card_and_arrays_come_back_as_they_were_written(model_file: Path) -> None:
    read, arrays = load_model(model_file, "topic")

    assert read == card()
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_the_same_model_is_the_same_file(model_file: Path, tmp_path: Path) -> None:
    save_model(tmp_path / "again.model", card(), ARRAYS)

    assert (tmp_path / "again.model").read_bytes() == model_file.read_bytes()


def test_writing_replaces_the_old_model_and_leaves_nothing_beside_it(model_file: Path) -> None:
    save_model(model_file, card(data_size=4), ARRAYS)

    assert load_model(model_file, "topic")[0].data_size == 4
    assert [path.name for path in model_file.parent.iterdir()] == ["topic.model"]


def test_a_card_with_an_unknown_key_is_no_card() -> None:
    with pytest.raises(ValidationError):
        card(owner="someone")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="找不到模型文件"):
        load_model(tmp_path / "none.model", "topic")


def test_a_model_of_another_kind_is_refused(model_file: Path) -> None:
    with pytest.raises(ConfigError, match="这是主题模型，需要的是情感模型"):
        load_model(model_file, "sentiment")


def test_a_newer_format_is_refused_whatever_else_its_card_holds(model_file: Path) -> None:
    newer = json.dumps({"format_version": FORMAT_VERSION + 1, "new": 1}).encode()
    forge(model_file, lambda entries: entries.update({"card.json": newer}))

    with pytest.raises(ConfigError, match="请升级程序"):
        load_model(model_file, "topic")


def test_an_altered_array_is_refused(model_file: Path) -> None:
    with zipfile.ZipFile(model_file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["weights.npy"] = npy(np.ones((6, 2), dtype=np.float16))
    with zipfile.ZipFile(model_file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)

    with pytest.raises(ConfigError, match="校验和不符"):
        load_model(model_file, "topic")


class _Trap:
    """Unpickling one leaves a file behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.mark,)


def test_pickled_objects_are_refused_and_never_run(model_file: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    trap = npy(np.array([_Trap(mark)], dtype=object), pickled=True)
    forge(model_file, lambda entries: entries.update({"weights.npy": trap}))

    with pytest.raises(ConfigError, match="不能用"):
        load_model(model_file, "topic")
    assert not mark.exists()


def test_a_bare_pickle_is_refused_and_never_run(tmp_path: Path) -> None:
    path, mark = tmp_path / "topic.model", tmp_path / "ran"
    path.write_bytes(pickle.dumps(_Trap(mark)))

    with pytest.raises(ConfigError, match="不是模型文件"):
        load_model(path, "topic")
    assert not mark.exists()


def test_an_array_that_claims_more_than_it_holds_is_refused_before_memory_is_set_aside(model_file: Path) -> None:
    header = {"descr": "<f8", "fortran_order": False, "shape": (1 << 45,)}
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, header)
    forge(model_file, lambda entries: entries.update({"weights.npy": stream.getvalue()}))

    with pytest.raises(ConfigError, match="数组不完整"):
        load_model(model_file, "topic")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(model_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.model_files.MOST_BYTES", 1_000_000)
    forge(model_file, lambda entries: entries.update({"bomb.npy": bytes(2_000_000)}))

    with pytest.raises(ConfigError, match="内容过大"):
        load_model(model_file, "topic")


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_compression_this_program_does_not_write_is_refused(model_file: Path, compression: int) -> None:
    forge(model_file, lambda entries: None, compression)

    with pytest.raises(ConfigError, match="不是本程序写的模型"):
        load_model(model_file, "topic")


@pytest.mark.parametrize("content", [b"", b"PK", b"hello", b"\x80\x04." * 50])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.model").write_bytes(content)

    with pytest.raises(ConfigError, match="不是模型文件"):
        load_model(tmp_path / "x.model", "topic")


def test_any_other_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.model", "w") as archive:
        archive.writestr("card.json", "{}")

    with pytest.raises(ConfigError, match="不是本程序写的模型文件"):
        load_model(tmp_path / "x.model", "topic")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255), keep=st.floats(0, 1))
def test_a_damaged_file_is_refused_or_reads_as_the_whole_one(
    model_file: Path, place: float, value: int, keep: float
) -> None:
    content = bytearray(model_file.read_bytes())
    content[int(place * len(content))] = value
    damaged = model_file.with_name("damaged.model")
    damaged.write_bytes(content[: int(keep * len(content))] if keep < 0.5 else content)

    try:
        read, arrays = load_model(damaged, "topic")
    except ConfigError:
        return
    assert read == card()
    assert arrays.keys() == ARRAYS.keys()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(array=st.binary(max_size=200), head=st.sampled_from([b"", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x01\x00\x20\x00"]))
def test_whatever_stands_for_an_array_is_read_or_refused(model_file: Path, array: bytes, head: bytes) -> None:
    forged = model_file.with_name("forged.model")
    forged.write_bytes(model_file.read_bytes())
    forge(forged, lambda entries: entries.update({"weights.npy": head + array}))

    try:
        _, arrays = load_model(forged, "topic")
    except ConfigError:
        return
    assert arrays["weights"].nbytes <= len(array)
