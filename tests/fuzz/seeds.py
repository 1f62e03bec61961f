"""What the fuzz run begins with: the project's own samples, one or more for each target, and words to put into them."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO

from tests.collectors.test_dates import HALF_PAST_NINE
from tests.collectors.test_feed import ATOM, item, rss
from tests.collectors.test_site_list import letter, list_page
from tests.fuzz.targets import good_workbook
from tests.nlp.personal_data import samples

_CSV = '编号,标题,内容,时间,网友,状态,答复,答复时间,赞,满意度\r\n1,路灯不亮,"晚上看不见路\r\n很黑",2020/1/8 9:30,王某,,已修好,2020-01-10,3,4.5\r\n'
_ITEM = {
    "tid": 17,
    "subject": "路灯不亮",
    "content": "晚上看不见路",
    "dateline": int(HALF_PAST_NINE.timestamp()),
    "domainName": "城建",
    "typeName": "投诉",
    "stateInfo": "已回复",
    "answerContent": "已修好",
    "answerOrganization": "城管局",
    "answerDateline": int(HALF_PAST_NINE.timestamp()),
    "favNum": 3,
    "nickName": "王某",
    "gradeManner": 5,
    "gradeSpeed": 4,
}
DICTIONARY = (
    *("编号", "标题", "时间", "内容", "答复", "赞", "tid", "dateline", "favNum", "responseData", "1e999", "-1", "NaN", "null"),
    *("2020-01-08 09:30:00", "2020年1月8日", "43838.39", "1578447000", "<![CDATA[", "<!DOCTYPE", "<!ENTITY", "&lol;", "charset="),
    *("电话", "身份证", "微信", "QQ", "13812345678", "0731-", "栋", "单元", "室", "住", "(at)", "[电话]", "粤A", "一三八"),
    *("t=\"s\"", "r=\"A1\"", "<row", "<c", "<v>", "<f>", "\0", "_x000D_"),
)  # fmt: skip


def seeds() -> dict[str, list[bytes]]:
    """The seeds of each target."""
    answer = {
        "result": "success",
        "responseData": [_ITEM, _ITEM | {"tid": 16, "favNum": "2", "dateline": "1578447000000"}],
    }
    letters = list_page([1, 2], "list2.html").replace("</body>", letter(1, author="王某") + "</body>")
    workbook = good_workbook()
    return {
        "dates": [text.encode() for text in ("2020/1/8 9:30:00", "2020年1月8日 9时30分", "43838.39", "1578447000000", "昨天")],
        "csv_file": [_CSV.encode(), _CSV.encode("gb18030"), _CSV.encode("utf-16"), _CSV.replace(",", "\t").encode()],
        "workbook": [bytes([number]) + part for number, part in enumerate(_parts(workbook))],
        "archive": [workbook[4:]],
        "message_board": [b"\0" + json.dumps(answer, ensure_ascii=False).encode()],
        "feed": [b"\0" + ATOM.encode(), b"\0" + rss(item("1", summary="<p>一</p>"), item(None, link="http://a.example/1")).encode()],
        "site_list": [b"\0" + letters.encode(), b"\1" + letters.encode("gb18030")],
        "masking": [sample.text.encode() for sample in samples(240)],
    }  # fmt: skip


def _parts(workbook: bytes) -> list[bytes]:
    with zipfile.ZipFile(BytesIO(workbook)) as archive:
        return [archive.read(name) for name in archive.namelist() if not name.startswith(("docProps", "xl/theme"))]


def dictionary(quote: Callable[[bytes], str]) -> str:
    """The words in the form libFuzzer reads."""
    return "".join(f'"{quote(word.encode())}"\n' for word in DICTIONARY)
