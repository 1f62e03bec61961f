"""A process that has loaded the program and forks a `yuqing` command for each line it reads; see `children.py`."""

import json
import os
import sys
import traceback
from datetime import datetime
from typing import Any

from cli.main import main
from core.clock import to_utc
from pipeline.housekeeping import delete_old_exports, forget_old_landings, forget_old_runs
from pipeline.runtime import Runtime


def housekeeping() -> None:
    """What the DAG of that name does at a time (Beijing): it has no command."""
    runtime, at = Runtime.from_environment(os.environ), to_utc(datetime.fromisoformat(sys.argv[-1]))
    forget_old_landings(runtime, at)
    delete_old_exports(runtime, at)
    forget_old_runs(runtime, at)


def run(order: dict[str, Any]) -> None:
    """Be the command: its arguments, its environment, its output to a file. Does not return."""
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["yuqing", *order["arguments"]]
    code = 70
    try:
        if sys.argv[1] == "housekeeping":
            housekeeping()
            code = 0
        else:
            main()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def serve() -> None:
    """Fork, say the child's number, wait for its end, say how it ended; again for the next line."""
    # What is loaded now is loaded in every child.
    _ = Runtime.from_environment(os.environ).enricher
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
        print(child, flush=True)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        # Taken away only with the next line: until then the number cannot become another process's.
        print("ended", flush=True)
        sys.stdin.readline()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
