"""Entry point of `yuqing`: the commands, and one place where every failure becomes a sentence and an exit code."""

import logging
import os
import sys

import typer
import typer.rich_utils
from typer.exceptions import TyperException

from cli import alerts, collect, deadlines, demo, doctor, es, search
from cli.output import err, fail
from core.errors import ExitCode, YuqingError

typer.rich_utils.OPTIONS_PANEL_TITLE = "选项"
typer.rich_utils.COMMANDS_PANEL_TITLE = "命令"
typer.rich_utils.ARGUMENTS_PANEL_TITLE = "参数"

app = typer.Typer(
    name="yuqing",
    help="政务舆情监测与回应：收集留言，研判主题与情感，按办理时限发提醒邮件。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(es.app, name="es")
app.add_typer(deadlines.app, name="deadlines")
app.command("doctor")(doctor.doctor)
app.command("collect")(collect.collect)
app.command("import")(collect.import_files)
app.command("enrich")(collect.enrich)
app.command("replay")(collect.replay)
app.command("alerts")(alerts.alerts)
app.command("search")(search.search)
app.command("demo")(demo.demo)

_USAGE = {
    "NoSuchOption": "没有这个选项",
    "NoSuchCommand": "没有这个命令",
    "MissingParameter": "缺少参数",
    "BadParameter": "参数的值不对",
    "BadArgumentUsage": "参数的个数不对",
    "BadOptionUsage": "选项用法不对",
}


@app.callback()
def _options(verbose: bool = typer.Option(False, "--verbose", "-v", help="显示运行日志。")) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    for noisy in ("elastic_transport", "rjieba", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def main() -> None:
    """Run the command line; the exit code says how it went (see `core.errors.ExitCode`)."""
    try:
        code = app(standalone_mode=False)
    except YuqingError as error:
        fail(error)
        sys.exit(error.exit_code)
    except TyperException as error:
        err.print(f"[bold red]用法不对：[/]{_USAGE.get(type(error).__name__, '')} {error}")
        err.print("加 --help 查看用法。")
        sys.exit(ExitCode.USAGE)
    except KeyboardInterrupt:
        err.print("已中断。再运行一次会从断开的地方继续。")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.FAILED)
    sys.exit(code or 0)
