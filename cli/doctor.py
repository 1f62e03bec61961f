"""`yuqing doctor`: is everything there that a run needs?"""

import os
from dataclasses import asdict

from cli.output import AtOption, JsonOption, leave, moment, out, print_json, table
from core.errors import ExitCode
from pipeline.doctor import examine
from pipeline.runtime import Runtime

MARKS = {"ok": "正常", "warning": "注意", "error": "不行"}


def doctor(at: str = AtOption, as_json: bool = JsonOption) -> None:
    """检查运行所需的一切，并说明怎么解决。有不行的项目时退出码为 5。"""
    findings = examine(Runtime.for_reading(os.environ), moment(at))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        rows = [(MARKS[f.verdict], f.check, f.found, f.advice) for f in findings]
        table("检查结果", ("结论", "项目", "情况", "怎么办"), rows)
    if any(finding.verdict == "error" for finding in findings):
        leave(ExitCode.PARTIAL)
    if not as_json:
        out.print("可以运行。")
