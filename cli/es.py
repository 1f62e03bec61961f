"""`yuqing es`: the embedded Elasticsearch node."""

import os

import typer

from cli.output import JsonOption, leave, out, print_json, say
from core.errors import ExitCode
from pipeline.runtime import Runtime

app = typer.Typer(help="内置的 Elasticsearch：启动、停止、查看。", no_args_is_help=True)


@app.command()
def start(
    port: int | None = typer.Option(None, help="监听端口（只监听本机）；默认见 config/pipeline.yml。"),
    heap: str | None = typer.Option(None, help="堆内存，如 1g、512m。"),
) -> None:
    """启动内置节点，等到可以读写。"""
    runtime = Runtime.from_environment(os.environ)
    embedded = runtime.settings.pipeline.embedded
    status = runtime.node.start(port or embedded.port, heap or embedded.heap, say)
    out.print(f"地址 {status.url}，数据在 {runtime.node.folder}")


@app.command()
def stop() -> None:
    """停止内置节点；数据保留。"""
    stopped = Runtime.from_environment(os.environ).node.stop()
    out.print("Elasticsearch 已停止。" if stopped else "Elasticsearch 本来就没有运行。")


@app.command()
def status(as_json: bool = JsonOption) -> None:
    """查看内置节点是否在运行。"""
    node = Runtime.from_environment(os.environ).node
    found = node.status()
    if as_json:
        print_json({"running": found is not None, **(vars(found) | {"url": found.url} if found else {})})
    elif found is None:
        out.print("Elasticsearch 没有运行。启动：yuqing es start")
    else:
        out.print(
            f"Elasticsearch {found.version} 正在运行：{found.url}，健康状态 {found.health or '无应答'}，进程 {found.pid}"
        )
    if found is None or found.health is None:
        leave(ExitCode.UNAVAILABLE)
