"""The index: a disposable copy of the log for looking things up. The log alone is the record.

What others use, and nothing else is promised:

    index = Index.open(state / "index" / "index.sqlite", zone, now)  # or a database's address
    index.follow(LogPaths.of(state))        # takes in what is new; every two seconds
    index.rebuild(paths, progress)          # from nothing
    index.state()                           # how far it follows, and what is wrong
    index.visits(Search(person="stf-0042", first=…, last=…))   # -> Found: 50 rows, and how many
    index.every_visit(search)               # all rows, newest first, for a CSV file
    index.visit(day, number, log)           # one row, or None
    index.lines(paths, row)                 # the lines of the log that a visit is made of
    index.count(search)                     # how many, without their rows
    index.totals(first, last), index.service(id, first, last), index.who(service, day)
    index.device(name, first, last), index.person(id, first, last, held)
    index.on_record(first, last)            # what there is to choose from
    index.looked(first, last, page), index.gate_events(first, last)
    index.watched(since, until)             # when the gate was silent, and its clock wrong
    index.deleted(first, last)              # whose records were deleted when due
    index.clock_steps()                     # when its clock was ever put right
    index.feed(paths, since, limit)         # the newest decisions

Days are `date`s by the school's clock, first and last inclusive; moments are aware, in UTC. Any
thread may ask; one thread follows. What a line says that is not what was signed stands in visits
of its own, for which `sound` is False: these are shown, and are in no count but `unsound`.

A visit is what `review.visits` makes of the records of one device (or address), one service and
one person: where a device changes hands, each holder's are visits of their own. Its number is that
of its first record in its log.
"""

from bellgate.review.index.answers import (
    IN_SESSION,
    OWN_TIME,
    AddressUsed,
    Claimed,
    Counts,
    DevicePage,
    Doubted,
    Followed,
    Found,
    GateEvent,
    HeldOnRecord,
    IndexState,
    Line,
    Looked,
    LookedPage,
    NewDecision,
    OnRecord,
    PersonPage,
    PersonWeek,
    Search,
    ServiceDay,
    Split,
    Totals,
    Unattributed,
    VisitRow,
    Watched,
)
from bellgate.review.index.index import Index

__all__ = [
    "IN_SESSION",
    "OWN_TIME",
    "AddressUsed",
    "Claimed",
    "Counts",
    "DevicePage",
    "Doubted",
    "Followed",
    "Found",
    "GateEvent",
    "HeldOnRecord",
    "Index",
    "IndexState",
    "Line",
    "Looked",
    "LookedPage",
    "NewDecision",
    "OnRecord",
    "PersonPage",
    "PersonWeek",
    "Search",
    "ServiceDay",
    "Split",
    "Totals",
    "Unattributed",
    "VisitRow",
    "Watched",
]
