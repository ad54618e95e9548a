"""The audit trail: decision -> record -> log, and back.

What others use, and nothing else is promised:

    paths = LogPaths.of(state)                   # or empty_simulated(state), for `run --at`
    journal = Journal(paths, policy.edition, now)         # LogInUse: somebody else writes it
    journal.gate("started", "The gate started", mode="transparent")
    journal.attempt(decision, "block", "page", now())      # repeats are counted, not repeated
    journal.decision(decision, "closed", "connection", at=…, carried=…, lasted=…)
    journal.due(now())                         # each second: counts of the minutes that are over
    journal.end_minutes()                      # at a bell, before a new policy is swapped in
    journal.edition = policy.edition           # after a reload
    journal.clock = "unsynchronised"
    if not journal.healthy: …                  # no record, no access: log and ask become block
    listening = GateSocket(paths.socket, journal.promise, status)   # other commands hand over here
    listening.close(); journal.close()

`journal.decision` writes one record by itself: `closed`, `cut`, `answered`, `exempted`, and what
must not be counted together. Everything returns at once; `acknowledge` (or `promise`) tells when a
record is safe, `journal.state` how the log stands. Other processes use `hand_over` and `ask`.

`expire(paths, limits, holds, tell)` empties the lines whose time is up. Each is named by a
`deleted` record, then replaced by `expired_line(leaf)`. Of an `error`, give host, service and
done="refused" or "passed".
`journal.gate` takes any further facts by name; they stand under `bellgate.`.

Reading: `entries`, `find(log, Query(…))`. Checking: `verify_log(log, checkpoint)`, and, with the
logs that were set aside `verify_all(paths, checkpoint)`. After a copy was put back:
`remember(paths, before)`. Leaving the machine: `anchors.py`; packs
for strangers: `verify/proof.py`, with `verify/verify.py`, which nobody imports: it is a program for
others.

What may be imported here: bellgate.policy, orjson, cryptography, dateutil. No mitmproxy,
no printing, and no clock: every time is an argument, or the gate's own `now`.
"""

from bellgate.audit.delete.deletion import Deletion, Holds, OutOfOrder, expire
from bellgate.audit.log.day_files import expired_line
from bellgate.audit.log.entries import Entry, Query, entries, find
from bellgate.audit.log.gate_socket import GateSocket, Refused, ask, hand_over
from bellgate.audit.log.journal import Journal
from bellgate.audit.log.paths import LogInUse, LogPaths, empty_simulated
from bellgate.audit.log.put_back import remember
from bellgate.audit.log.writer import State
from bellgate.audit.record.record import decision_record, event_record
from bellgate.audit.record.retention import Kept, Limit, Limits
from bellgate.audit.verify.all_logs import Aside, Verdict, verify_all
from bellgate.audit.verify.one_log import Problem, Result, verify_log

__all__ = [
    "Aside",
    "Deletion",
    "Entry",
    "GateSocket",
    "Holds",
    "Journal",
    "Kept",
    "Limit",
    "Limits",
    "LogInUse",
    "LogPaths",
    "OutOfOrder",
    "Problem",
    "Query",
    "Refused",
    "Result",
    "State",
    "Verdict",
    "ask",
    "decision_record",
    "empty_simulated",
    "entries",
    "event_record",
    "expire",
    "expired_line",
    "find",
    "hand_over",
    "remember",
    "verify_all",
    "verify_log",
]
