"""What an office writes itself: YAML files and times on the command line. A mistake is told in Chinese, never a traceback."""

import re
import tempfile
from datetime import datetime
from pathlib import Path

import pytest
import typer
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cli.output import typed_time
from collectors.registry import SourcesFile, load_sources
from core.config import load_yaml
from core.errors import ConfigError
from pipeline.settings import PROJECT
from tests.properties.bounds import BOUNDED

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.dates()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=4,
)
SHIPPED = yaml.safe_load((PROJECT / "config" / "sources.yml").read_text(encoding="utf-8"))
KEYS = sorted({key for source in SHIPPED["sources"] for key in source})


@BOUNDED
@given(st.one_of(st.text(max_size=60), st.text("-:[]{}&*!|>'\"%@`#, \nab1", max_size=60)))
def test_a_file_of_any_text_is_read_or_refused_by_its_name(text: str) -> None:
    _load_or_told(text.encode("utf-8", errors="surrogatepass"))


@BOUNDED
@given(st.integers(0, len(SHIPPED["sources"]) - 1), st.sampled_from(KEYS), VALUES)
def test_a_source_with_any_value_in_any_place_is_read_or_the_key_is_told(number: int, key: str, value: object) -> None:
    # given
    sources = [dict(source) for source in SHIPPED["sources"]]
    sources[number][key] = value
    # when / then
    told = _load_or_told(yaml.safe_dump({"sources": sources}, allow_unicode=True).encode())
    assert told is None or re.search(rf"sources\.{number}\b|来源名重复", told)


def _load_or_told(content: bytes) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sources.yml"
        path.write_bytes(content)
        told = None
        try:
            assert isinstance(load_sources(path), SourcesFile)
        except ConfigError as error:
            told = error.message
    assert told is None or str(path) in told
    return told


@BOUNDED
@given(st.one_of(st.text(max_size=30), st.text("0123456789-:T+Z年月日 /", max_size=20)))
def test_a_time_typed_for_an_option_is_one_or_a_usage_error(text: str) -> None:
    # when
    try:
        moment = typed_time("--at", text)
    except typer.BadParameter as error:
        told = error.message
    else:
        told = "时间"
        assert isinstance(moment, datetime)
        assert moment.tzinfo is not None
    # then
    assert re.search("[时间空]", told)


def test_the_shipped_sources_are_what_the_others_are_made_of() -> None:
    # when / then
    assert len(load_yaml(PROJECT / "config" / "sources.yml", SourcesFile).sources) == len(SHIPPED["sources"])
    with pytest.raises(typer.BadParameter):
        typed_time("--at", "昨天")
