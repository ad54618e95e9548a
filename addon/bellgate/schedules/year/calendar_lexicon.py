# ruff: noqa: E501  what belongs together stands on one line
"""The words that councils and schools write in a calendar, and what each of them is. A table only.

Patterns are of lower-case text. The more particular stands above the more general: of two that
begin at the same place, the upper one holds.
"""

from typing import Literal

Sort = Literal[
    "time",  # 1.15pm
    "another day",  # it announces something, or is not to be relied on
    "elsewhere",  # it speaks of another place, or of some people's affairs
    "another school",  # by its name
    "happening",  # something takes place on the day
    "part",  # of a school
    "stage",  # of schooling
    "normal",
    "outside school",
    "INSET",
    "training",
    "bank holiday",
    "occasion",  # some schools close, others do not
    "day off",
    "half-term",
    "holiday",
    "week off",  # where it is one
    "season",
    "term",
    "break up",
    "closes",
    "opens",
    "begins",
    "ends",
    "first day",
    "last day",
    "closed",
    "early",
    "late",
    "half the day",
    "pupils",
    "staff",
    "school",
    "only",
    "filler",
    "cut",
    "cut for",  # what stands before it
    "unknown",
]

_WHOM = r"(?:pupils|children|students|kids|learners)"
_HALF = r"(?:am|pm|noon|a\.m\.?|p\.m\.?|o'?clock)"
_AT = r"(?:by |at |from |@ ?)?"
_NUMBERS = r"(?:1[0-4]|[1-9])"
_YEAR = (
    rf"(?:(?:years?|yrs?|y|blwyddyn|bl)\.? ?(?:groups? )?(?:{_NUMBERS}[a-z]?|r)|[ps] ?[1-7](?![.:\d])"
    r"(?: ?(?:,|/|&|\+|and|to|-|–) ?[ps] ?[1-7])*|[lu] ?[4-6](?: ?(?:,|/|&|\+|and|to|-|–) ?[lu] ?[4-6])*)"
)
_AND_YEARS = rf"(?: ?(?:,|/|&|\+|and|to|-|–) ?(?:(?:years?|yrs?|y) ?)?{_NUMBERS})*"
_A_HOLIDAY = (
    r"(?:the )?(?:october |february |may |spring |summer )?(?:half|easter|christmas|summer|holiday)"
)
_BESIDE_A_CLOSING = (
    "(?:"
    + "|".join(
        rf"(?<={word}{cut})"
        for word in ("closed", "s day", "s' day", "k holiday")
        for cut in (r", ", r" - ", r" – ", r"; ", r"\. ", r": ", r" \(", r" but ")
    )
    + ")"
)
"""`Schools open` alone is a first day; beside what is closed, or a day that some keep, it is none."""
MONTHS = (
    r"(?:jan(?:uary)?|feb|mar(?:ch)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?|oct|nov(?:ember)?"
    r"|dec(?:ember)?)"
)
DAYS = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?"
    r"|sun(?:day)?)"
)

LEXICON: tuple[tuple[Sort, tuple[str, ...]], ...] = (
    (
        "cut",
        (
            r"due to|because(?: of)?|owing to|followed by",
            r"after(?= (?:(?:the|our|a|final|whole|school|leavers'?|special) )*(?:carols?|assembl|mass|prize|"
            r"servic|church|chapel|nativity|concert|speech|sports|celebrat|lunch|registration|exam|open eve|parents'? eve))",
        ),
    ),
    ("opens", (rf"see you(?: all| back| again)*(?: on)?(?= (?:{DAYS}|[0-3]?\d(?:st|nd|rd|th)))",)),
    (
        "filler",  # wishes
        (
            r"(?:happy|merry) (?:holidays|christmas|xmas|easter|new year|half[- ]term)|see you(?: all| back)*(?: in| on)?",
            r"have a (?:great|good|lovely|happy|wonderful|restful) (?:summer|easter|christmas|break|holiday|half[- ]term|time)",
        ),
    ),
    ("opens", (r"welcome back(?: to)?",)),
    ("occasion", (r"(?<!school )(?<!parent )(?<!student )(?<!pupil )council elections?", r"(?:local|county|borough|district|town|city) council elections?",)),
    (
        "filler",  # what sort of INSET day it is, and when it was to be
        (
            r"[0-3]?\d[/.-](?:0?[1-9]|1[0-2])[/.-](?:20)?\d\d(?![\d:])",
            r"(?:curriculum|data|safeguarding|moderation|assessment|subject|phonics|maths|english)"
            r"(?= in-?set| training day)|planning (?:and|&)(?= inset)",
            r"head(?:teacher)?'?s(?= (?:discretionary|occasional))",
            r"(?:moved|rescheduled|rearranged|changed) from",
        ),
    ),
    (
        "time",
        (
            rf"{_AT}(?:[01]?\d|2[0-3])[.:][0-5]\d ?{_HALF}?",
            rf"{_AT}(?:1[0-2]|[1-9]) ?{_HALF}",
            rf"at (?:1[0-2]|[1-9])(?! ?(?:st|nd|rd|th|{MONTHS}))",
            r"(?:at |from )?(?:12 )?(?:noon|mid-?day)(?! (?:superv|staff|meal|assist))",
        ),
    ),
    ("late", (r"(?:until|till)(?= ?\d)",)),
    ("holiday", (r"trades (?:fortnight|weeks?|weekend|monday|friday)",)),
    (
        "occasion",  # local days: a holiday where the title says so
        (
            r"guid nychburris(?: day| week)?|(?:(?:hawick|selkirk|langholm|lauder) )?common riding(?: day| friday| week)?",
            r"lanimers?(?: day| week)?|riding of the marches|marches day|braw lads'?(?: day| gathering)?|beltane(?: day)?",
            r"return to the ridings|callants?'? (?:day|festival)|up helly aa|marymass|trades(?= hol)",
            r"(?:glasgow|paisley|greenock) fair(?: (?:friday|monday|weekend|fortnight|week))?|fair (?:friday|monday|weekend|fortnight)",
        ),
    ),
    (
        "happening",
        (
            r"(?:parents?'?s?|open|family|curriculum|information|quiz|games|movie|film|options?|awards?|"
            r"prize ?giving|presentation|celebration|achievement|careers?|consultation|gcse|welcome|progress|review) "
            r"(?:evenings?|nights?)",
            r"open (?:days?|mornings?|afternoons?|weeks?|houses?|classrooms?)",
            r"parents?'?s? consultations?(?: evenings?)?|non[- ]?uniform(?: days?)?",
            r"(?:carol|harvest|church|leavers'?|christingle|remembrance) services?",
            r"(?:christmas|xmas|easter|leavers'?) (?:lunch(?:es)?|dinners?|breakfasts?|meals?)",
        ),
    ),
    (
        "another day",
        (
            r"cancel(?:l?ed)?|postponed|moved|rescheduled|rearranged|no longer|not an?|no inset",
            r"deadlines?|due|forms?|book(?:s|ing|ings|ed)?|menus?|reminders?|tickets?|orders?",
            r"deposits?|payments?|apply|applications?|choices?|options|nominations?|letters?",
            r"surveys?|consultations?|registration|sign[- ]?up|launch(?:ed)?|published|newsletters?",
            r"(?:weeks?|days?|sleeps) to go|weeks? before|countdown|website|survey|policy|scheme",
            r"proposed|draft|possib(?:le|ly)|tentative|provisional|may ?be|tb[ac]|t\.b\.[ac]\.?|to be confirmed",
            r"homework|jobs?|interviews?|vacanc(?:y|ies)|rota|admissions?|shop|uniform(?! day)",
            r"bank holiday (?:weeks?|weekends?)|tomorrow|next week|last week|yesterday",
            r"(?:easter|summer|saturday|holiday|half[- ]term) school(?= (?:starts?|begins?|runs?|ends?)|$)",
        ),
    ),
    (
        "elsewhere",
        (
            r"clubs?|camps?|councils?|captains?|wrap-?around|child-?care|play-?schemes?",
            r"activit(?:y|ies)|courses?|care|lettings?|hire|visitors?|public(?! holiday)|community",
            r"offices?|kitchens?|canteen|library|pools?|car ?parks?|gates?|halls?|site|entrance",
            r"roads?|streets?|lane|fields?|playground|catering|transport|bus(?:es)?",
            r"(?:dance|guitar|piano|violin|drum|brass|woodwind|peripatetic|instrumental|swimming) lessons?",
            r"tuition|ballet|karate|judo|(?:sunday|saturday) schools?",
            r"toilets?|gym|leisure|crossing|meals?|lunch(?:es|time)?|dinners?|breakfasts?",
        ),
    ),
    (
        "happening",
        (
            r"panto(?:mime)?s?|concerts?|plays?|shows?|performances?|productions?|rehearsals?",
            r"fairs?|f[eê]tes?|discos?|part(?:y|ies)|assembl(?:y|ies)|mass|church|nativity|carols?",
            r"trips?|visits?|residentials?|photos?|photographs?|sales?|meetings?|parents?'?|pta",
            r"ptfa|friends|sports? days?|sports?|workshops?|exams?|sats|tests?|vaccinations?",
            r"immunisations?|jumpers?|(?:non[- ]?)?uniform days?|mufti|own clothes|fancy dress",
            r"reports?|picnics?|celebrations?|exhibitions?|festivals?|swimming|music|stay and play",
            r"welcome|transition|taster|induction|awards?|prize ?giving|barbecue|bbq|funday|fun day",
        ),
    ),
    (
        "school",
        (
            r"all (?:years|year groups)|(?:reception|years? r|yrs? r|r|nursery) ?(?:to|-|–) ?(?:(?:years?|yrs?|y) ?)?(?:6|11|13)",
            r"p ?1 ?(?:to|-|–) ?p? ?7|s ?1 ?(?:to|-|–) ?s? ?6",
            r"(?:years?|yrs?|y) ?[17] ?(?:to|-|–) ?(?:(?:years?|yrs?|y) ?)?(?:6|11|13)",
        ),
    ),
    ("pupils", (r"(?:all )?(?:classes|lessons)(?= (?:re|start|begin|commence|end|finish))",)),
    (
        "part",
        (
            rf"{_YEAR}{_AND_YEARS}|key ?stages? ?[1-5]|ks ?[1-5]|pre-? ?schools?|nurser(?:y|ies)",
            r"play-?groups?|toddlers?|reception(?: class(?:es)?| children| pupils)?|eyfs|early years",
            r"foundation(?: stage)?|fs[12]|infants?|juniors?|lower school|upper school|prep",
            r"(?:sixth|6th) form(?:ers)?|elcs?|asn|boarders|leavers'?|class(?:es)? ?\w{1,2}|class(?:es)?",
            r"form \w|new (?:starters?|intake|pupils|children|reception|parents?|staff)|choir",
            r"teaching assistants?|tas|supervisors?|support staff|lunchtime staff|orchestra|team",
            r"mid-?day (?:staff|supervisors?|assistants?)|governors?|volunteers?|ects?|nqts?|house",
            r"first aiders?|bubble|cohort|\w+ class|(?:study|exam|examination) leave|(?:lower|upper) (?:sixth|6th)",
        ),
    ),
    ("stage", (r"primary|primaries|secondary|secondaries|(?:high|special|middle) schools?",)),
    (
        "normal",
        (
            rf"(?:schools? )?(?:is |are )?open(?: to (?:all )?{_WHOM})? as (?:normal|usual)",
            rf"as (?:normal|usual)|{_WHOM} (?:are |all )?in(?: school)?(?: as (?:normal|usual))?",
            rf"{_WHOM} (?:do |should )?attend|normal (?:school )?day",
            r"(?<!no )normal (?:classes|lessons)(?= for (?:all |the )?(?:others?|rest|remaining|everyone)\b)",
            r"(?:(?:our|the) )?school (?:is )?(?:still )?open(?: today| all day)?(?=\W*$)|(?:all )?schools are (?:still )?open(?=\W*$)",
            rf"{_BESIDE_A_CLOSING}(?:all )?schools (?:still )?open(?=\W*$)",
        ),
    ),
    ("outside school", (r"twilights?|after[- ]?school|evenings?|before school|after hours",)),
    (
        "INSET",
        (
            r"(?:non|no)[- ](?:pupils?|child(?:ren)?|students?)(?: in(?: school)?| on site)?",
            rf"(?:pupil|child|student)[- ]free|no {_WHOM}(?: in(?: school)?| on site)?|non[- ](?:contact|teaching)",
            rf"{_WHOM} (?:are )?not (?:in|required|at)(?: (?:at |in )?school)?",
            rf"(?:clos(?:ed|ure)|shut|not open) (?:to|for)(?: all)?(?: the)? {_WHOM}",
            r"in-? ?sets?|insett|inest|in-? ?servi?ces?(?: training)?(?![\w'-])|insert(?= days?)",
            r"(?:staff|teachers?'?|teaching staff|teaching)(?: and staff)? only",
            r"(?:staff|teachers?'?|teaching staff|teaching)(?: and staff)? (?:(?:training|"
            r"development|planning|prep(?:aration)?|professional development|learning|cpd|pd|study|work) )?days?",
            r"(?:professional|school|staff) (?:development|learning|training) days?",
            r"(?:pd|cpd|ppd|td|sd|baker|training|planning) days?|\(pd\)|sdds?",
        ),
    ),
    (
        "training",
        (
            r"(?:staff|teachers?'?) (?:training|development|cpd)",
            r"professional (?:development|learning)|in-?house training",
        ),
    ),
    (
        "bank holiday",
        (
            r"(?:(?:early|late|spring|summer|august|may|may day|easter|christmas|new year'?s?|king'?s|"
            r"queen'?s|platinum|coronation|jubilee|royal wedding|state funeral|v[ej] day) )*"
            r"(?:bank|public) hol(?:iday|idays|s)?|(?:may day |easter |spring |august )?b[/.]?h(?:ols?)?\.?",
            r"good friday|easter (?:sunday|mon(?:day)?)|(?:early )?may ?day(?: holiday)?|boxing day|christmas day",
            r"new year'?s day|st\.? (?:andrew|patrick|david)'?s day|victoria (?:day|monday)|fast day",
            r"(?:the )?twelfth(?: of july)?(?= (?:holiday|hols?|bank|break|fortnight))|orangemen'?s day|battle of the boyne",
            r"(?:king|queen)'?s birthday|liberation day|tynwald day",
        ),
    ),
    (
        "occasion",  # some schools close, others do not
        (
            r"polling(?: day| station)?|referendum|voting|snow(?! (?:day|closure))|strike(?: action)?(?: day)?|industrial action",
            r"(?:(?:king|queen)'?s )?(?:coronation|jubilee)|eid(?:[- ](?:ul|al)[- ](?:fitr|adha))?|diwali|royal wedding",
            r"(?:(?:general|local|mayoral|parliamentary|government) )*elections?(?: day)?",
        ),
    ),
    (
        "day off",
        (
            r"(?:founder'?s?'?|head'?s|bishop'?s|patronal)(?: day)? holiday",
            r"(?:local )?(?:occasional|discretionary|floating)(?: school)?(?: closure)?(?: days?)?(?: holiday)?",
            r"snow (?:day|closure)|local holiday|days? off|days? in lieu|lieu days?",
        ),
    ),
    ("half-term", (r"half[- ]?terms?|1/2[- ]?term|½[- ]?term|mid[- ]?terms?",)),
    ("opens", (rf"(?:first (?:school )?day )?(?:back )?after (?={_A_HOLIDAY})",)),
    ("break up", (rf"(?:last (?:school )?day )?before (?={_A_HOLIDAY})",)),
    (
        "break up",
        (
            r"break(?:s|ing)?[- ]?up|broke up|all break|breaks(?= for)",
            r"last (?:school )?day (?:before|until|till)",
        ),
    ),
    ("opens", (r"(?:first|1st) (?:school )?day back|(?:first|1st) day after",)),
    (
        "last day",
        (r"(?:very )?last (?:school )?(?:day|morning|afternoon)|final day",),
    ),
    ("first day", (r"(?:first|1st) (?:school )?(?:day|morning)",)),
    ("closes", (r"(?:at )?(?:the )?(?:end of (?:the )?(?:school )?day|close of (?:school|day|play))",)),
    (
        "closes",
        (
            r"clos(?:es|e|ing)|shuts|finish(?:es|ing|ed)?|dismiss(?:ed|al)|pick[- ]?up|home ?time",
            r"(?:go(?:es|ing)?|sent) home|(?:to be )?collected|collect(?= (?:children|pupils|your|at|by|@))",
            r"home(?= (?:at|by|@) ?\d)",
            r"(?:may )?leaves?(?= (?:at|from|by)\b| \d)|depart(?:s|ure)?(?= (?:(?:at|from|by) )?\d)",
        ),
    ),
    (
        "opens",
        (
            r"re-?open(?:s|ing|ed)?|open(?:s|ing)?|returns?|returning|resumes?|restarts?|recommences?",
            r"(?:(?:go|come|are|all|welcome) )?back",
        ),
    ),
    (
        "term",
        (
            r"(?:the )?(?:new )?(?:school|academic) years?(?: 20\d\d(?:[-/]\d\d(?:\d\d)?)?)?",
            r"(?<=of )session|(?<=of the )session|(?<=of new )session|^session(?= (?:ends|begins|starts|commences)\b(?!.*\d))",
            r"(?:new |school )session|session 20\d\d(?:[-/]\d\d(?:\d\d)?)?",
            r"(?:michaelmas|lent|trinity|summer) half(?!-| ?term)",
            r"(?:(?:first|second|autumn|spring|summer) )?(?:semester|trimester)(?: ?[1-3](?![.:\d]))?|ht ?[1-6](?![.:\d])",
            r"(?<=school )in session|(?<=schools )in session",
            r"terms?(?: ?(?:[1-6](?![.:\d])|one|two|three|four|five|six))?",
        ),
    ),
    ("last day", (r"end of (?:the )?(?:year|(?:school )?session)",)),
    ("begins", (r"begin(?:s|ning)?|starts?|starting|commences?|(?:start|beginning) of",)),
    ("ends", (r"ends?|ending|end of",)),
    ("half the day", (r"half[- ]days?|mornings?|afternoons?|a\.?m\.?|p\.?m\.?|part[- ]days?",)),
    ("early", (r"early",)),
    ("late", (r"late|delayed|later",)),
    ("closed", (r"clos(?:ed|ures?(?: period)?)|shut(?:down)?|no (?:school|lessons|classes)|not open",)),
    ("holiday", (r"holidays?(?: period)?|hols|vacation|break|recess|weekend|festive period",)),
    ("week off", (r"(?:october|whit(?:sun)?|tatt(?:ie|y|ies)|potato) week",)),
    (
        "season",
        (
            r"(?:spring|summer) bank|(?:autumn|spring|summer)(?: [12](?![.:\d]))?|winter|christmas|xmas|easter|michaelmas|lent",
            r"trinity|hilary|whit(?:sun)?|hallowe'?en|st\.? (?:andrew|patrick|david)'?s(?= (?:break|hol|mid|half))|new year|festive(?! period)|tatt(?:ie|y|ies)|october|february|may|september|pentecost",
        ),
    ),
    ("only", (r"only",)),
    ("pupils", (rf"(?:all )?{_WHOM}",)),
    ("staff", (r"(?:all )?(?:staff|teachers?)",)),
    (
        "school",
        (r"(?:(?:whole|entire|all|our|the) )*(?:schools?(?! years?)|trust|academy|academies|college|everyone|everybody)", r"we|all"),
    ),
    ("cut for", (r"for",)),
    ("cut", (r"as|while|when|with|following|but",)),
    (
        "filler",
        (
            r"the|a|an|of|to|from|in|at|on|and|is|are|be|will|our|us|this|until|till|through|nb",
            r"(?:first|1st|second|2nd) half(?![- ]?(?:term|day|of the (?:day|match)))|part [12](?![.:\d])",
            r"inclusive|both|again|days?(?:'s|')?|week [ab12]\b|weeks?|today(?: only)?|please note|note|additional|extra",
            r"(?:at )?(?:the )?(?:normal|usual)(?: finish(?:ing)?)? time|special|exceptional|further|full|new|single|then|time|after|before|into|n[ou]mber|no|w/?c|trust|mat",
            r"federation|disaggregated|unexpected|emergency|unplanned|planned|long|great|official|sharp|promptly?|x ?\d|\d ?x",
            rf"\d{{1,2}}(?:st|nd|rd|th)?|20\d\d(?:[/-]\d\d(?:\d\d)?)?|{MONTHS}\.?|{DAYS}s?|'?s|&",
        ),
    ),
)  # fmt: skip

# How people shorten a word, and the word.
SHORT_FORMS = (
    (r"sch(?:l|ool)?\.|schl?", "school"),
    (r"sch(?:l?s|ools)\.|schl?s", "schools"),
    (r"t([1-6])", r"term \1"),
    (r"hlf", "half"),
    (r"i\.n\.s\.e\.t\.?", "inset"),
    (r"trm", "term"),
    (r"h[/-] ?t(?:erm)?|ht(?= (?:hols?|holidays?|break|week)\b)", "half term"),
    (r"hol\.?", "holiday"),
    (r"hols\.", "hols"),
    (r"w(?:ee)?k[- ]?end|w/[- ]?end|wk?nd|w/e(?= hol)", "weekend"),
    (r"(christmas|xmas|easter|summer) vac\.?", r"\1 vacation"),
    (r"tr(?:n?g|ain'?g)\.?", "training"),
    (r"occ\.?(?= day| closure)", "occasional"),
    (r"chn|ch'n|chil?dn", "children"),
    (r"cl'?s?d", "closed"),
    (r"wks?\.?", "week"),
    (r"bnk", "bank"),
    (r"aut\.?(?= ?(?:term|half|[12]\b))", "autumn"),
    (r"spr\.?(?= ?(?:term|half|[12]\b))", "spring"),
    (r"sum\.?(?= ?(?:term|half|hols|[12]\b))", "summer"),
    (r"mich\.?(?= ?(?:term|half))", "michaelmas"),
)  # fmt: skip

# Where a title is cut, whatever stands around it.
CUTS = r"\s[-–—]|[-–—]\s|[–—:;,()\[\]/|!?*•…\"“”~#>+=]|\.(?!\d)"

# Words that are put right where two letters changed places, or one is missing or too many.
SPELT = (
    "inset", "training", "holiday", "holidays", "school", "schools", "pupils", "children", "closed",
    "closes", "autumn", "spring", "summer", "christmas", "easter", "february", "october", "service",
    "occasional", "polling", "election", "begins", "starts", "reopens", "returns", "finish",
    "finishes", "break", "teacher", "development", "closure", "term", "half", "bank", "early", "day",
)  # fmt: skip
# Words of their own that only look like such a slip.
NO_SLIPS = frozenset((
    "stars", "eastern", "raining", "teach", "straining", "clothes", "starter", "rolling", "hale",
    "polishing", "clothed", "haft",
))  # fmt: skip
