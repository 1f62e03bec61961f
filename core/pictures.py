"""Pictures from Vega-Lite specifications, with Chinese letters and without a browser or the machine's fonts."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

FONT = "Noto Sans SC"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_CONFIG = {"font": FONT, "view": {"stroke": None}, "background": "white"}


def png(spec: dict[str, Any]) -> bytes:
    """The picture of a Vega-Lite specification as PNG, on white and twice its size in points for print and sharp screens.

    The specification's own `config` comes on top of ours.
    """
    # Loading the renderer takes a second; commands that draw nothing should not pay for it.
    import vl_convert

    _register_font()
    full = {"$schema": _SCHEMA, **spec, "config": {**_CONFIG, **spec.get("config", {})}}
    return bytes(vl_convert.vegalite_to_png(full, scale=2))


def font_folder() -> Path:
    """The folder of a font that has Chinese characters, so that pictures need none of the machine's."""
    return Path(str(files("zhplot") / "fonts"))


@cache
def _register_font() -> None:
    import vl_convert

    vl_convert.register_font_directory(str(font_folder()))
