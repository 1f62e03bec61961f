"""The drawing program of the pages: Vega, Vega-Lite and Vega-Embed as one script, out of the package that draws our pictures.

It is made on this machine, once for each version, and kept with the other things that can be made again.
"""

from importlib.metadata import version
from pathlib import Path

from core.files import write_whole


def drawing_script(cache: Path) -> Path:
    """The script's file below `cache`. Making it takes some seconds the first time."""
    # Loading it takes a second, and most commands draw nothing.
    import vl_convert

    path = cache / f"vega-{version('vl-convert-python')}.js"
    if not path.exists():
        snippet = "window.vegaEmbed = vegaEmbed;"
        write_whole(path, vl_convert.javascript_bundle(snippet).encode())
    return path
