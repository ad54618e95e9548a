"""How the running gate is: what it answers over its socket to `bellgate status`."""

import resource
import sys
from pathlib import Path
from typing import Any

from bellgate.audit import Journal
from bellgate.audit.record.record import whole_seconds
from bellgate.gate.gate import Gate
from bellgate.policy.walk import clock_time
from bellgate.running.in_force import rings, sessions_now
from bellgate.running.pac_check import left_out
from bellgate.running.reload import Reloader


def status_of(
    gate: Gate,
    journal: Journal,
    reloader: Reloader,
    wrong: list[dict[str, str]],
    *,
    stuck: dict[str, str],
    sentry: dict[str, Any] | None,
    sign_ins: dict[str, Any] | None,
) -> dict[str, Any]:
    """What a running gate answers. Field names: ARCHITECTURE.md, Commands."""
    loaded, change = reloader.loaded, reloader.last_change
    policy = gate.policy
    now = gate.clock.now()
    log = journal.state
    following = policy.next_bell(now)
    return {
        "ready": True,
        "now": whole_seconds(now),
        "clock": gate.clock.state,
        "session": sessions_now(policy, now),
        "next_bell": whole_seconds(following) if following else None,
        "policy": policy.edition.hash,
        "catalogue": policy.edition.catalogue,
        "observe": policy.observe,
        "files": _standing_of(reloader),
        "lists_aside": list(loaded.lists_aside),
        "not_taken_up": reloader.not_taken_up,
        "judged": reloader.is_judged,
        "schedules": str(reloader.folder.resolve()),
        "changed": (
            {"at": clock_time(change.at, policy.year.zone), "what": list(change.what)}
            if change
            else None
        ),
        "problems": [problem.fields for problem in loaded.problems_on(now.date())],
        "log": {"size": log.size, "root": log.root, "behind": log.behind, "problem": log.problem},
        "alerts": wrong,
        "anchors": stuck,
        "connections": len(gate.connections),
        "refused": gate.shares.refused,
        "strangers": gate.admission.strangers,
        "passed": gate.accounts.passed,
        "proxy": _proxy(gate),
        "upstream": _upstream(gate),
        "undecided": dict(gate.failures.totals),
        "memory": _resident(),
        "certificate_ends": whole_seconds(gate.closed_sites.certificate.expires),
        "sentry": sentry,
        "sign_ins": sign_ins,
        "school": policy.edition.school,
        "local_now": clock_time(now, policy.year.zone),
        "local_next_bell": clock_time(following, policy.year.zone) if following else None,
        "next_bell_rings": rings(policy, following) if following else None,
    }


def _proxy(gate: Gate) -> dict[str, Any] | None:
    """How it is as a proxy beside the kernel's rules; None where it is to be none."""
    if not gate.as_gateway.serves_proxy:
        return None
    cut_short = gate.pac.of(gate.policy).cut_short
    return {"problem": gate.proxy_trouble, "left_out": [left_out(one) for one in cut_short]}


def _upstream(gate: Gate) -> dict[str, Any] | None:
    """How the filter is that the gate goes on through; None where there is none."""
    upstream, log = gate.as_gateway.upstream, gate.upstream_log
    if upstream is None:
        return None
    return {
        "address": str(upstream),
        "problem": log.trouble,
        "passed": log.passed,
        "refused": log.refused,
        "failed": log.failed,
    }


def _standing_of(reloader: Reloader) -> str:
    """What became of the folder: `in force`, `rejected`, `not in force yet`, or in force `without
    the calendar`."""
    if reloader.loaded.policy is None:
        return "rejected"
    if reloader.not_taken_up:
        return "not in force yet"
    return "without the calendar" if reloader.loaded.calendar_is_set_aside else "in force"


def _resident() -> int:
    """Bytes of memory that the process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # no /proc: the most it ever held is the nearest to be had
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return pages * resource.getpagesize()
