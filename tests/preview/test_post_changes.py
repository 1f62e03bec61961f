"""The page of a post says what people changed of it, and that its deadline was extended."""

import requests

from pipeline.corrections import correct
from pipeline.extensions import extend
from pipeline.runtime import Runtime
from store.corrections import Correction
from tests.pipeline.letters import letter, november, put
from tests.preview.serving import preview_of


def test_the_page_of_a_post_says_who_changed_what_and_why(runtime: Runtime, environment: dict[str, str]) -> None:
    # given
    put(runtime, [letter(1, channel="disclosure_request", topic="医疗收费"), letter(2)])
    correct(runtime, [Correction("board:1", by="张三", at=november(6), topic="疫苗接种", note="<b>来电核实</b>")])
    extend(runtime, "board:1", "李主任", "征求第三方意见", november(7))
    # when
    with preview_of(environment, november(8)) as url:
        changed, untouched = (requests.get(f"{url}posts/board:{number}", timeout=30).text for number in (1, 2))
    # then
    for word in (
        "更正和延期",
        "2019-11-06 08:30 张三",
        "主题 医疗收费；科室 办公室 → 主题 疫苗接种；科室 疾控应急科",
        "&lt;b&gt;来电核实&lt;/b&gt;",
        "到期 2019-12-02 17:30 → 到期 2019-12-30 17:30",
        "原为 2019-12-02 17:30",
    ):
        assert word in changed
    assert "更正和延期" not in untouched
