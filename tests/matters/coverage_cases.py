"""Questions and replies, written for the tests, and whether a reader would say that the reply answers the question.

The thresholds of `matters.coverage` were chosen on `CHOSEN`; `HELD_OUT` was written before any of them was tried.
"""

Case = tuple[str, str, bool]

_VACCINE = (
    "您好！您的留言已收悉。经核实，九价疫苗目前供应紧张，我市各接种单位采取预约登记的方式。符合条件的女性可通过“健康某市”小程序登记，"
    "按登记先后顺序电话通知接种。每针价格为1318元，全程三针，不纳入医保报销。感谢您对我们工作的支持！"
)
_SUBSIDY = (
    "网友您好：关于育儿补贴的问题，现答复如下：按照市政府办公室文件，2022年1月1日后出生的二孩每户一次性发放5000元，三孩发放10000元。"
    "补贴由户籍所在地乡镇（街道）卫健办审核，申请人需携带身份证、户口本、出生医学证明到社区服务窗口办理。感谢您的理解！"
)
_MIXER = (
    "您好，关于反映搅拌站噪音扰民的问题，经区生态环境局现场检查，该站未办理环评手续，已责令停产整改，并处罚款8万元。"
    "整改期间我局将加强夜间巡查。如有问题可拨打12369举报。"
)
_HOSPITAL = (
    "您反映的县人民医院新院区项目，因地下管线迁改和资金拨付滞后，工期有所延误。目前主体结构已封顶，正在进行内部装修，"
    "预计2023年10月底竣工，年底前投入使用。新院区设置床位600张，原院区保留门诊服务。"
)
_NURSERY = (
    "根据价格主管部门规定，公办幼儿园保教费每月不超过600元，伙食费据实收取。关于延时服务，幼儿园遵循自愿原则，"
    "由家长委员会与园方协商，不得强制收费。教育局已约谈该园负责人，要求退还多收的费用。"
)
_WATER = (
    "近期部分村组自来水浑浊，系主管网爆裂所致，抢修已于6月3日完成，水质检测结果合格。今后停水将提前24小时通过村务群通知。"
    "水费仍按每吨2.6元收取，没有上调。"
)

CHOSEN: tuple[Case, ...] = (
    ("九价疫苗一针多少钱？", _VACCINE, True),
    ("请问九价疫苗什么时候能约上？", _VACCINE, False),
    ("九价疫苗医保能报销吗？", _VACCINE, True),
    ("男性可以接种九价疫苗吗？", _VACCINE, False),
    ("怎么登记预约九价疫苗？", _VACCINE, True),
    ("打过二价的还能再打九价吗？", _VACCINE, False),
    ("二孩的育儿补贴有多少？", _SUBSIDY, True),
    ("育儿补贴什么时候发到账？", _SUBSIDY, False),
    ("申请育儿补贴需要什么材料？", _SUBSIDY, True),
    ("2021年出生的三孩能不能领补贴？", _SUBSIDY, False),
    ("育儿补贴去哪里办理？", _SUBSIDY, True),
    ("外地户口可以领育儿补贴吗？", _SUBSIDY, False),
    ("搅拌站有没有办环评手续？", _MIXER, True),
    ("搅拌站什么时候搬走？", _MIXER, False),
    ("搅拌站噪音扰民打哪个电话举报？", _MIXER, True),
    ("搅拌站的粉尘对小孩肺部有没有影响？", _MIXER, False),
    ("新院区为什么一直没有完工？", _HOSPITAL, True),
    ("新院区的停车场收费吗？", _HOSPITAL, False),
    ("人民医院新院区什么时候投入使用？", _HOSPITAL, True),
    ("老院区的急诊会不会搬到新院区？", _HOSPITAL, False),
    ("公办幼儿园保教费一个月多少钱？", _NURSERY, True),
    ("多收的费用什么时候退？", _NURSERY, False),
    ("延时服务是不是自愿的？", _NURSERY, True),
    ("幼儿园食堂的食材从哪里采购？", _NURSERY, False),
    ("自来水为什么这么浑浊？", _WATER, True),
    ("停水会不会提前通知？", _WATER, True),
    ("老旧水管什么时候更换？", _WATER, False),
    ("浑浊期间的水费可不可以减免？", _WATER, False),
)

HELD_OUT: tuple[Case, ...] = (
    ("九价在哪个小程序上登记？", _VACCINE, True),
    ("登记以后要等多久才能打上？", _VACCINE, False),
    ("九价一共要打几针？", _VACCINE, True),
    ("超过45岁还能打九价吗？", _VACCINE, False),
    ("打九价多少钱一针，贵不贵？", _VACCINE, True),
    ("学生集体接种九价有没有优惠？", _VACCINE, False),
    ("三孩补贴是多少？", _SUBSIDY, True),
    ("补贴多久能打到卡上？", _SUBSIDY, False),
    ("领补贴要带哪些证件？", _SUBSIDY, True),
    ("离婚后补贴由哪一方领取？", _SUBSIDY, False),
    ("补贴由哪个部门审核？", _SUBSIDY, True),
    ("双胞胎的补贴怎么算？", _SUBSIDY, False),
    ("这个搅拌站手续合法吗，有没有环评？", _MIXER, True),
    ("停产整改要到什么时候结束？", _MIXER, False),
    ("搅拌站被罚了多少钱？", _MIXER, True),
    ("搅拌站离小区这么近，当初是谁批准的？", _MIXER, False),
    ("新医院到底什么时候能建成？", _HOSPITAL, True),
    ("新院区有没有公交车经过？", _HOSPITAL, False),
    ("新院区有多少张床位？", _HOSPITAL, True),
    ("建好后老院区的职工怎么安置？", _HOSPITAL, False),
    ("不参加延时服务可以吗？", _NURSERY, True),
    ("幼儿园明年还招不招小班？", _NURSERY, False),
    ("幼儿园保教费收多少合理？", _NURSERY, True),
    ("幼儿园一个班最多收多少个孩子？", _NURSERY, False),
    ("水费是不是涨价了？", _WATER, True),
    ("什么时候能抢修好？", _WATER, True),
    ("水质检测报告在哪里可以看到？", _WATER, False),
    ("二楼以上水压不够怎么解决？", _WATER, False),
)
