"""The part of an address that tells one home from its neighbours: building, unit, floor, room, house number.

A room names a home wherever it stands, unless it is a shop or an office. A building with a unit and a house number name
many homes, or locate an estate ("A路12号B小区"): they are masked where somebody is said to live there.
"""

import re

from nlp.masking_rule import (
    SPOKEN,
    TAKEN,
    Rule,
    RuleGroup,
    clause_after,
    clause_before,
    sentence_after,
    sentence_before,
)

_DIGIT = "[0-9A-Za-z一二三四五六七八九十]"
_NUMBER = rf"{_DIGIT}{{1,5}}"
_SEP = "[ —–-]?"
_DASH = "[-—–]"
_NOT_A_ROOM = (
    "(?![0-9A-Za-z])(?! ?(?:[年月日元人户米平万多余个次层楼栋幢座吨台间套.%％㎡²]|单元|号楼)"
    # Axes of a plan, buildings from one to another.
    "|[~至—-][0-9]+ ?(?:轴|[栋幢座](?![ 0-9A-Za-z一二三四五六七八九十-])))"
)
_SPOKEN_ROOM = "[零〇一二三四五六七八九]{3,4}"
_ROOM = (
    rf"(?:[A-Za-z]?[0-9]{{2,5}}(?: ?(?:室|房|号房|号))?|{_SPOKEN_ROOM}(?:室|房|号房|号)|(?<=单元){_SPOKEN_ROOM}(?![十百千]))"
    rf"{_NOT_A_ROOM}"
)
_UNIT = rf"{_NUMBER} ?(?:单元|门(?=[0-9]))"
_FLOOR = rf"{_NUMBER}[层楼]"
# Its first character stands before all alternatives (which look back at it): a pattern that begins with one class of
# characters is found ten times as fast as one that begins with a choice.
_ADDRESS = re.compile(
    rf"{_DIGIT}(?:"
    rf"(?:(?<=[路街道巷弄里][0-9])[0-9]{{0,4}}[号號](?:{_NUMBER}[栋幢座楼])?"
    rf"|(?<![0-9A-Za-z{SPOKEN}{TAKEN}].){_DIGIT}{{0,4}} ?(?:[栋幢座]|[号#] ?楼|#))"
    rf"(?:{_SEP}{_UNIT})?(?:{_SEP}{_FLOOR})?(?:(?: (?=[A-Za-z]?[0-9]{{3}}|[0-9]+[室房]|[零〇一二三四五六七八九]{{3}})|{_DASH})?{_ROOM})?"
    rf"|(?<![0-9A-Za-z{SPOKEN}{TAKEN}].){_DIGIT}{{0,4}} ?单元{_SEP}(?:{_FLOOR}{_SEP})?{_ROOM}"
    rf"|(?<=[村社区队].){_DIGIT}{{0,2}}组[0-9]{{1,4}}[号號](?![楼栋])"
    rf"|(?<=[区园苑城村庭府期湾郡邸墅里][0-9])[0-9]{{0,2}}{_DASH}[0-9]{{1,2}}{_DASH}[0-9]{{3,4}}(?: ?(?:室|房|号))?(?![0-9栋幢座-])"
    rf"|(?<=[区园苑城村庭府期湾郡邸墅里][0-9])[0-9]{{0,2}}{_DASH}[0-9]{{3,4}} ?(?:室|房)"
    r"|(?<=[区园苑村庭邸寓舍住][0-9])(?<!社区.)[0-9]{2,3} ?(?:室|房))"
)
_house_number = re.compile(r"[0-9]{1,5}[号號]").fullmatch
_tells_a_room = re.compile(r"[0-9零〇一二三四五六七八九]{2,5} ?(?:室|房|号房|号)?\Z|组[0-9]+[号號]\Z").search
_tells_a_unit = re.compile("单元|层|(?<![号# ])楼").search
_tells_a_floor_of_homes = re.compile("单元 ?(?![一1] ?[层楼]).{1,6}[层楼]").search
_lives_there = re.compile("住(?![房宅建改户院宿])|我家|家在|户籍|户口|地址").search
_names_more = re.compile(r"[\u4e00-\u9fff](?<![的房屋住户家院内里邮])").match
_gives_an_address = re.compile("[住地]址[:：，, ]").search
_says_who_lives_there = re.compile(
    "(?:[东南西北][头边侧]?)?[0-9]{0,4}的{0,2}(?:一[名个位])?(?:普通)?(?:居民(?!小?区|楼)|住户|业主|租户|房东)"
    "|[:： ].{1,8}电话"
).match
_of_the_writer = re.compile("我|本人|电话").search
_an_owner_may_own_a_shop = re.compile("的?业主").match
_address_of_premises = re.compile(
    r"(?:公司|店铺?|企业|单位|机构|宾馆|酒店|办公|营业)[^。！？\n]{0,12}(?:地址|地点|位于|入住)"
).search
_name_of_premises = re.compile(
    r"(?:商[业务贸场城]|市场|步行街|写字楼)(?!.*(?:小区|花园|公寓|宿舍|[苑邨]))"
    # What is counted in 座 beside a square of that name are offices, what is counted in 栋 are homes.
    r"|(?:中心|大厦|广场|国际)[A-Za-z0-9]{1,3}座\Z"
).search
_premises_follow = re.compile(
    "[号室房]?(?!.{0,3}住宅).{0,12}?(?:商铺|门[面店市]|铺面|店[铺面]|宾馆|酒店|旅馆|超市|餐[饮馆]|饭店|粉[馆店]|教育|培训|一家(?!人))"
).match


def _is_home(match: re.Match[str]) -> bool:
    before, after = clause_before(match, 24), clause_after(match, 20)
    says_who = _says_who_lives_there(after) is not None
    lives_there = (_lives_there(before) or _gives_an_address(sentence_before(match, 30))) is not None
    if _house_number(match[0]):
        named = lives_there and not _names_more(match.string, match.end())
        return says_who or (named and not _is_premises(match))
    if _tells_a_room(match[0]):
        return (says_who and not _an_owner_may_own_a_shop(after)) or not _is_premises(match)
    if _tells_a_floor_of_homes(match[0]):
        return not _is_premises(match)
    if _tells_a_unit(match[0]):
        return (lives_there and not _is_premises(match)) or (says_who and _of_the_writer(before + after) is not None)
    return False


def _is_premises(match: re.Match[str]) -> bool:
    """Whether it is a shop or an office."""
    tower = re.match(".*座", match[0])
    name = clause_before(match, 24) + (tower[0] if tower else "")
    return any(
        (
            _address_of_premises(sentence_before(match, 40)),
            _name_of_premises(name),
            _premises_follow(sentence_after(match, 18)),
        )
    )


ADDRESSES = RuleGroup(
    re.compile(rf"{_DIGIT} ?(?:[栋幢座号號#组室房]|单元|{_DASH}[0-9]{{1,2}}{_DASH}?[0-9]{{2}})"),
    before=12,
    after=50,
    rules=(Rule("address", "[住址]", _ADDRESS, _is_home, public_in_official_text=True),),
)
