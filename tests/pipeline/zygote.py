"""A process that has loaded the program and forks a `yuqing` command for each line it reads; see `children.py`."""

import json
import os
import sys
import traceback
from typing import Any

from cli.main import main
from pipeline.runtime import Runtime


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
