"""`yuqing es`: the embedded Elasticsearch node, and the roles on a cluster with security."""

import os

import typer

from cli.output import JsonOption, leave, out, print_json, say, table
from core.errors import ExitCode
from dashboards.kibana_spaces import space_id
from pipeline.runtime import Runtime
from store.roles import DEFAULT_SPACE, ROLES, put_roles

app = typer.Typer(help="内置的 Elasticsearch：启动、停止、查看；单位集群上的角色。", no_args_is_help=True)


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


@app.command()
def roles(
    space: str = typer.Option(
        DEFAULT_SPACE, "--space", metavar="名", help="看板所在的 Kibana 空间；不给则用自带的那个。", show_default=False
    ),
    own_cluster: bool = typer.Option(
        False, "--own-cluster", help="集群只给本系统用：另给删除旧快照、恢复快照的权限（这权限对集群里所有快照有效）。"
    ),
) -> None:
    """在开启了安全功能的集群上建立或更新本系统的角色，要用管理员账号。可以重复运行。"""
    runtime = Runtime.from_environment(os.environ)
    put_roles(runtime.client, runtime.names, space_id(space), manages_snapshots=own_cluster)
    table("角色已就绪", ("角色", "用途"), list(ROLES.items()))
    out.print("请在 Kibana 的“堆栈管理 → 用户”里给每位同事各建一个账号，给其中一个角色。")
