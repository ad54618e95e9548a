# ruff: noqa: E501  what belongs together stands on one line
"""The Welsh, Irish and Gaelic words of school calendars, and what each of them is. A table only.

They stand beside the English ones, mostly in one title: `Hanner tymor / Half term`. Only what a
council writes in its own term dates is here; what nobody is sure of stays unknown and is reported.
"""

from bellgate.schedules.year.calendar_lexicon import Sort

# Spelt with and without their accents.
_HOUR = r"(?:[01]?\d|2[0-3])(?:[.:][0-5]\d)?"
_CHILDREN = r"(?:p|b)lant|d?disgyblion"
_MONTHS = (
    "ionawr|chwefror|mawrth|ebrill|mehefin|gorffennaf|awst|medi|tachwedd|rhagfyr|llun|mercher"
    "|gwener|sadwrn|sul"
)
# What `yr` (the) stands before in calendars: elsewhere YR is Year R.
_NOUNS = "hydref|haf|holl|ysgol|ysgolion|eisteddfod|urdd|athrawon|wythnos|adran|eglwys|[wŵ]yl"

OTHER_TONGUES: tuple[tuple[Sort, tuple[str, ...]], ...] = (
    ("cut", (r"oherwydd|gan fod",)),
    ("cut for", (r"ar gyfer",)),
    (
        "time",
        (
            rf"(?:am |o )?{_HOUR} ?(?:y\.?b\.?|y\.?h\.?|y\.?p\.?)",
            r"am (?:[01]?\d|2[0-3])[.:][0-5]\d(?: ?[ap]m)?",
            r"(?:am )?(?:hanner|ganol|canol) dydd",
        ),
    ),
    ("outside school", (r"ar [oô]l (?:yr )?ysgol|gyda'r nos|cyfnos",)),
    ("another day", (r"wedi'i (?:ganslo|ohirio)|gohiri(?:o|wyd)|canslo|llythyr|ffurflen(?:ni)?|arian",)),
    (
        "elsewhere",
        (r"clwb|clybiau|gwersyll|cinio|brecwast|llyfrgell|cegin|ffreutur|swyddfa|neuadd|cyngor|bws|bysiau",),
    ),
    (
        "happening",
        (
            r"cyngerdd|ffair|noson (?:agored|rieni)|noson|nosweithiau|gwasanaeth|parti|disgo|eisteddfod|taith|cyfarfod|mabolgampau",
            r"sioe|rhieni|rieni|gymanfa|llyfrau?|lluniau|profion|arholiadau|diolchgarwch|ceolchoirm|ceilidh",
        ),
    ),
    (
        "part",
        (
            r"(?:y |yr )?(?:meithrin(?:fa)?|feithrin(?:fa)?|derbyn|dosbarth(?:iadau)?|babanod|fabanod|cyfnod sylfaen|chweched(?: dosbarth)?)",
            r"(?:yr )?adran (?:iau|babanod|y babanod)|ca ?[1-5]",
        ),
    ),
    (
        "INSET",
        (
            r"(?:diwrnod|diwrnodau|dydd|dyddiau) (?:hms|hyfforddiant(?: mewn swydd| staff)?|datblygu staff)(?: staff)?",
            r"hms|hyfforddiant mewn swydd",
            rf"dim (?:ysgol i(?:'r|'r)? ?|ysgol ar gyfer )?(?:{_CHILDREN})|(?:ar gau|ynghau) (?:i|i'r) (?:{_CHILDREN})",
            r"l[aá] ins?eirbh[ií]se|latha in-?sh?eirbheis|l[àa]ithean in-?sh?eirbheis",
        ),
    ),
    ("training", (r"hyfforddiant staff",)),
    (
        "bank holiday",
        (
            r"g[wŵ]yl (?:y )?banc(?: calan mai| y gwanwyn)?|gwyliau banc|calan mai|(?:dydd )?gwener y groglith|(?:dydd )?llun y pasg",
            r"saoire bh?ainc|saoire ph?oibl[ií]|saor-l[àa] (?:banca|poblach)",
        ),
    ),
    (
        "half-term",
        (
            r"(?:gwyliau )?hanner tymor",
            r"(?:briseadh|sos|saoire) (?:l[aá]r|me[aá]n)[- ]?t(?:h)?[ée]arma",
        ),
    ),
    ("last day", (r"diwrnod olaf|l[aá] deireanach|latha mu dheireadh",)),
    ("first day", (r"diwrnod cyntaf|an ch[ée]ad l[aá]|a' chiad latha",)),
    ("closed", (r"(?:wedi |ar |yng)(?:cau|gau|hau)|dim ysgol|d[uú]nta|druidte|d[ùu]inte",)),
    ("closes", (r"(?:yn )?(?:cau|gorffen)",)),
    ("opens", (r"(?:yn )?(?:ail-?agor|agor)|(?:yn )?dychwelyd|yn [oô]l|n[oô]l",)),
    ("begins", (r"(?:yn )?(?:dechrau|cychwyn|ddechrau)(?:'r)?|t[uú]s|toiseach",)),
    ("ends", (r"(?:yn )?(?:diwedd|ddiwedd|dod i ben)(?:'r)?|deireadh",)),
    ("term", (r"(?:y )?(?:tymor|dymor)(?: [1-6])?|t(?:h)?[ée]arma|teirm|(?:blwyddyn|flwyddyn) ysgol(?: newydd)?",)),
    (
        "holiday",
        (
            r"gwyliau(?:'r| yr| y)?(?: ysgol)?|egwyl",
            r"(?:laethanta )?saoire|saor-l[àa]ithean|l[àa]ithean[- ]saora",
        ),
    ),
    (
        "season",
        (
            r"nadolig|pasg|sulgwyn|hydref|gwanwyn|haf|gaeaf",
            r"(?:na )?nolla(?:ig|ige|g)|(?:na )?c[aá]sca|(?:na )?c[àa]isge|(?:an )?(?:t?samhraidh|fh[oó]mhair)",
        ),
    ),
    ("school", (r"ysgol(?:ion)?|pawb|bawb|scoil|sgoil|sgoiltean",)),
    ("pupils", (rf"{_CHILDREN}",)),
    ("staff", (r"athrawon",)),
    (
        "filler",
        (
            rf"yr(?= (?:{_NOUNS}))|y(?! ?[\dr]\b)|'r|i'r|i|ac|o'r|ar|yn|mewn|heddiw|dydd|diwrnod|wythnos|newydd|cyn|unig|{_MONTHS}",
            r"an|na|agus|ag",
        ),
    ),
)  # fmt: skip
