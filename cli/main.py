"""Entry point of `yuqing`: the commands, and one place where every failure becomes a sentence and an exit code."""

import os
import sys

import typer
from rich.text import Text
from typer.exceptions import TyperException

from cli import (
    alerts,
    ask,
    backup,
    cluster,
    collect,
    correct,
    dashboards,
    deadlines,
    demo,
    doctor,
    es,
    evaluate,
    followups,
    forget,
    history,
    ledger,
    matters,
    questions,
    reply,
    route,
    search,
    train,
    upgrade,
    warnings,
    weekly,
)
from cli.chinese import complaint, put_into_chinese
from cli.output import err, fail
from core.errors import ExitCode, YuqingError
from core.logs import configure

app = typer.Typer(
    name="yuqing",
    help="政务舆情监测与回应：收集留言，研判主题与情感，按办理时限发提醒邮件。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(es.app, name="es")
app.add_typer(deadlines.app, name="deadlines")
app.add_typer(dashboards.app, name="dashboards")
app.add_typer(matters.app, name="matters")
app.add_typer(followups.app, name="followups")
app.add_typer(warnings.app, name="warnings")
app.add_typer(reply.app, name="reply")
app.add_typer(ledger.app, name="ledger")
app.add_typer(questions.app, name="questions")
app.add_typer(train.app, name="train")
app.add_typer(evaluate.app, name="evaluate")
app.command("doctor")(doctor.doctor)
app.command("collect")(collect.collect)
app.command("import")(collect.import_files)
app.command("enrich")(collect.enrich)
app.command("replay")(collect.replay)
app.command("alerts")(alerts.alerts)
app.command("cluster")(cluster.cluster)
app.command("correct")(correct.correct)
app.command("search")(search.search)
app.command("ask")(ask.ask)
app.command("route")(route.route)
app.command("history")(history.history)
app.command("weekly")(weekly.weekly)
app.command("backup")(backup.backup)
app.command("backups")(backup.backups)
app.command("restore")(backup.restore)
app.command("upgrade")(upgrade.upgrade)
app.command("forget")(forget.forget)
app.command("demo")(demo.demo)

INTERRUPTED = 130


@app.callback()
def _options(verbose: bool = typer.Option(False, "--verbose", "-v", help="显示运行日志。")) -> None:
    configure(os.environ, sys.stderr, verbose=verbose)


def main() -> None:
    """Run the command line; the exit code says how it went (see `core.errors.ExitCode`)."""
    command = typer.main.get_command(app)
    put_into_chinese(command)
    try:
        code = command(standalone_mode=False)
    except YuqingError as error:
        fail(error)
        sys.exit(error.exit_code)
    except TyperException as error:
        # A group without a command has shown its help already.
        if type(error).__name__ != "NoArgsIsHelpError":
            err.print(Text.assemble(("用法不对：", "bold red"), complaint(error)))
            err.print("加 --help 查看用法。")
        sys.exit(ExitCode.USAGE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.FAILED)
    if code == INTERRUPTED:
        err.print("已中断。再运行一次会从断开的地方继续。")
    sys.exit(code or 0)
