"""Ways to reach a person: telephone numbers, messenger accounts, mail addresses.

A mobile number is a person's wherever it stands. A fixed line may be an office's: it stays readable where the words around
it say so (举报电话, 局, 医院), and so do the short public numbers (12345, 0731-12345, 120, 400 and 800 lines), which have no
form of a person's number.
"""

import re

from nlp.masking_rule import BLANK, DASHES, END, GAP, SPACES, START, TAKEN, Rule, RuleGroup, clause_after, clause_before

_COUNTRY = rf"(?:[(（]?(?:\+|00)?86[)）]?{GAP}{{0,3}})?"
_NO_AMOUNT = r"(?![0-9]|\.[0-9]| ?(?:元(?![旦宵月])|万元|亿|块钱))"
_WIDE_GAP = rf"[{SPACES}{DASHES}_.·•・∙,，/]"
_MOBILE = re.compile(
    rf"{START}{_COUNTRY}(?:"
    rf"(?:1[3-9][0-9]|[(（\[【]1[3-9][0-9][)）\]】])(?:{_WIDE_GAP}{{0,4}}[0-9]{{4}}){{2}}"
    rf"|1[3-9][0-9]{{2}}{GAP}{{1,3}}[0-9]{{3}}{GAP}{{1,3}}[0-9]{{4}}"
    rf"|1[3-9][0-9]{GAP}{{1,3}}[0-9]{{3}}{GAP}{{1,3}}[0-9]{{5}}"
    rf"|1[3-9][0-9](?:{GAP}{{1,3}}[0-9]{{2}}){{4}}"
    rf"|1[3-9][0-9]{{2}}{BLANK}[0-9]{{4}}{BLANK}[0-9]{{3}}(?!{BLANK}[0-9{TAKEN}])"
    rf"|1[3-9][0-9]{{3}}(?:{BLANK}[0-9]{{6}}|[0-9]{BLANK}[0-9]{{5}})"
    rf"|1[3-9](?:{BLANK}[0-9]{{2}}){{4}}{BLANK}[0-9]"
    rf"|1({BLANK})[3-9](?:\1[0-9]){{9}}(?!\1[0-9{TAKEN}])"
    rf"){_NO_AMOUNT}"
)
_AREA_FROM_ABROAD = "(?:10|2[0-9]|[3-9][0-9]{2})"
_AREA = f"0{_AREA_FROM_ABROAD}"
_EXTENSION = rf"(?:{BLANK}?(?:转|分机){BLANK}?[0-9]{{1,5}}(?![0-9])|-[0-9]{{1,4}}(?![0-9-]))?"
_LOCAL = (
    rf"[1-9][0-9]{{2,3}}{GAP}{{0,3}}[0-9]{{4}}|[1-9][0-9](?:{GAP}[0-9]{{2}}){{3}}|[1-9](?:{BLANK}[0-9]){{6,7}}"
    rf"|[1-9][0-9]{{3}}{GAP}{{1,3}}[0-9]{{3}}"
)
_LANDLINE = re.compile(
    rf"{START}{_COUNTRY}(?:"
    rf"(?:[(（\[【]{_AREA}[)）\]】]{GAP}{{0,3}}|{_AREA}(?:{GAP}{{1,4}}|/)|{_AREA}(?=[2-8]))(?:{_LOCAL})"
    rf"|0({BLANK})[1-9](?:\1[0-9]){{8,10}}(?!\1[0-9{TAKEN}])"
    rf")(?![0-9]){_EXTENSION}"
    rf"|{START}(?:\+|00)?86{GAP}{{0,3}}{_AREA_FROM_ABROAD}{GAP}{{1,3}}(?:{_LOCAL})(?![0-9]){_EXTENSION}"
    rf"|{START}(?:\+|00)86{_AREA_FROM_ABROAD}[2-8][0-9]{{6,7}}(?![0-9])"
)
_LOCAL_NUMBER = re.compile(
    rf"(?:电话|手机|座机|固话|号码|联系方式|致电|拨打|来电|[tT][eE][lL])[^0-9\n，。；{TAKEN}]{{0,6}}"
    rf"(?P<number>(?!20[0-3][0-9][01][0-9][0-3][0-9])[2-8][0-9]{{2,3}}{BLANK}?[0-9]{{4}})(?!-){_NO_AMOUNT}"
    # One digit too few or too many, but there is no doubt what it is.
    rf"|(?:电话|手机)号?码?[ :：是为]{{0,3}}(?P<mistyped>1[3-9][0-9]{{8}}(?:[0-9]{{2}})?){END}(?!\.)"
)
_OF_AN_OFFICE = re.compile(
    "局|委|办|院|中心|处|科|股|所|站|部|厅|署|队|政府|社区|街道|公司|集团|学校|小学|中学|大学|幼儿园|银行|超市|影城|酒店"
    "|宾馆|药店|门诊|物业|客服|售后|热线|举报|投诉|监督|咨询|服务|值班|公示|前台|总机"
)
_OF_A_PERSON = re.compile("我|本人|家[里中庭人]|先生|女士|小姐|师傅|联系人|负责人|法人|业主|住户|老板|房东")
_line_of_an_office = re.compile(".{0,3}?(?:客服|售后|举报|投诉|监督|咨询|服务|值班|办公)(?:电话|热线|座机)").match

_MESSENGER = r"(?:[微薇威徽]信|[vVwW]信|(?<![A-Za-z])(?:[vVwW][xX]|[wW]e[cC]hat|[wW]ei[xX]in)|[加➕+]我?[vV薇微](?!信))"
_IS = "[ :：是为]"
_ACCOUNT = re.compile(
    rf"(?:[qQ] ?[qQ]|扣扣|企鹅)(?:群号|群|号码|号)?{_IS}{{0,4}}(?P<qq>[1-9](?:{BLANK}?[0-9]){{4,10}}){END}"
    rf"|{_MESSENGER}(?:号码|号|[iI][dD])?"
    rf"(?:(?:(?<=[号码dD])|{_IS}){_IS}{{0,3}}(?:(?P<name>[A-Za-z][A-Za-z0-9_-]{{5,19}})(?![A-Za-z0-9])"
    rf"|(?P<numeric>[1-9][0-9]{{4,10}}){END}{_NO_AMOUNT}(?![人号多个]))"
    r"|(?P<joined>(?=[A-Za-z_-]{0,18}[0-9_])[A-Za-z][A-Za-z0-9_-]{5,19})(?![A-Za-z0-9]))"
)
_of_an_organisation = re.compile("公众|官方|订阅号|服务号|小程序").search
# Brackets, a hash or the word itself stand for @ where a program is not to find the address.
_AT = r" ?(?:@|[(（\[【{<]\s?(?:at|AT|a)\s?[)）\]】}>]|#(?=[A-Za-z0-9.-]{1,60}?(?:[.。]|点)(?:com|cn|net|org|edu))) ?"
_DOT = r" ?(?:\.|。|[(（\[【{<](?:dot|DOT|点)[)）\]】}>]|点(?=com|cn|net|org)) ?"
_EMAIL = re.compile(
    rf"(?<![A-Za-z0-9._%+{TAKEN}-])[A-Za-z0-9._%+-]{{1,64}}{_AT}"
    rf"[A-Za-z0-9-]{{1,63}}(?:{_DOT}[A-Za-z0-9-]{{1,63}}){{0,4}}{_DOT}[A-Za-z]{{2,24}}(?![A-Za-z0-9-]|\.[A-Za-z])"
)


def _of_somebody(match: re.Match[str]) -> bool:
    """A fixed line is taken for a person's unless the words around it name an office and nobody in particular."""
    if _line_of_an_office(clause_after(match, 12)):
        return False
    before = clause_before(match, 24)
    return _OF_AN_OFFICE.search(before) is None or _OF_A_PERSON.search(before) is not None


def _of_one(match: re.Match[str]) -> bool:
    return not _of_an_organisation(match.string, max(0, match.start() - 12), match.end(match.lastgroup or 0))


def _no_governments(match: re.Match[str]) -> bool:
    return not match[0].lower().endswith(".gov.cn")


TELEPHONES = (
    Rule("phone", "[电话]", _MOBILE, least=11),
    Rule("phone", "[电话]", _LANDLINE, _of_somebody, public_in_official_text=True, least=10),
    Rule("phone", "[电话]", _LOCAL_NUMBER, _of_somebody, public_in_official_text=True),
)
"""To be looked for near digits."""
DIGITS = re.compile(rf"[0-9](?:[{SPACES}{DASHES}_.·•・∙,，/()（）\]】]{{0,5}}[0-9]){{6,}}")
"""Seven digits or more, as they stand in numbers of any kind."""
ACCOUNT = Rule("phone", "[账号]", _ACCOUNT, _of_one)
MESSENGERS = "qQvVwW扣企微薇威徽加➕+"
"""What the name of a messenger begins with."""
MAIL = RuleGroup(
    re.compile(r"[@#(（\[【{<](?:(?<=[@#])|\s?[aA][tT]?\s?[)）\]】}>])"),
    before=70,
    after=400,
    rules=(Rule("email", "[邮箱]", _EMAIL, _no_governments),),
)
