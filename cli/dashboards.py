"""`yuqing dashboards`: the dashboards as a file for Kibana, in Kibana, or as a local page."""

import os
from pathlib import Path

import typer

from cli.output import out, say
from cli.preview import preview
from cli.saving import save_as
from core.errors import ConfigError
from dashboards.kibana import ndjson, saved_objects
from dashboards.kibana_import import import_objects
from dashboards.kibana_spaces import in_space, provide_space
from pipeline.settings import Settings

app = typer.Typer(help="看板：导出或导入 Kibana，或在本机预览。", no_args_is_help=True)
app.command("preview")(preview)


@app.command("export")
def export(
    to: Path = typer.Option(..., "--out", help="写入这个文件，如 dashboards.ndjson。"),
) -> None:
    """把看板导出为 Kibana 的文件，在 Kibana“已保存的对象”里导入；再次导入会更新，不会重复。"""
    objects = saved_objects(Settings(os.environ).index_prefix)
    save_as(to, ndjson(objects))
    out.print(f"已导出 {len(objects)} 个对象：{to}")


@app.command("import")
def import_(
    url: str = typer.Option(None, help="Kibana 的地址；默认见环境变量 KIBANA_URL。"),
    space: str = typer.Option(None, "--space", metavar="名", help="导入到这个空间；没有就建立它。默认按地址。"),
) -> None:
    """把看板导入 Kibana；Kibana 还在启动时会等它。再次导入会更新，不会重复。"""
    settings = Settings({**os.environ, "KIBANA_URL": url} if url else os.environ)
    kibana = settings.kibana
    if kibana is None:
        raise ConfigError("没有指明 Kibana 的地址。", "请用 --url 给出，或设置环境变量 KIBANA_URL。")
    if space:
        outside, kibana = kibana, in_space(kibana, space)
        if provide_space(outside, space, say):
            say(f"已建立空间 {space}")
    count = import_objects(kibana, ndjson(saved_objects(settings.index_prefix)), say)
    out.print(f"已导入 {count} 个对象：{kibana.url}")
