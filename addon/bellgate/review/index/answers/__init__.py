"""What the index is asked, and what it answers. Values only: nothing is looked up here."""

from bellgate.review.index.answers.happened import (
    Followed,
    GateEvent,
    IndexState,
    Looked,
    LookedPage,
    Watched,
)
from bellgate.review.index.answers.subjects import (
    AddressUsed,
    Claimed,
    DevicePage,
    Doubted,
    HeldOnRecord,
    OnRecord,
    PersonPage,
    PersonWeek,
    Unattributed,
)
from bellgate.review.index.answers.sums import (
    Counts,
    ServiceDay,
    Split,
    Totals,
)
from bellgate.review.index.answers.visits import (
    IN_SESSION,
    OWN_TIME,
    PAGE,
    Found,
    Grade,
    Line,
    NewDecision,
    Search,
    VisitRow,
)

__all__ = [
    "IN_SESSION",
    "OWN_TIME",
    "PAGE",
    "AddressUsed",
    "Claimed",
    "Counts",
    "DevicePage",
    "Doubted",
    "Followed",
    "Found",
    "GateEvent",
    "Grade",
    "HeldOnRecord",
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
