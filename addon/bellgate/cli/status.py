"""`bellgate status`: how the running gate is, asked over its socket."""

import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bellgate.audit.log.gate_socket import Refused, ask
from bellgate.audit.log.paths import LogPaths
from bellgate.cli import output
from bellgate.cli.options import Folders, with_places
from bellgate.policy.walk import clock_time
from bellgate.running.in_force import sessions_now

if TYPE_CHECKING:
    # Asking needs none of what the answering gate is made of, and its libraries load slowly.
    from bellgate.audit.log.journal import Journal
    from bellgate.gate.gate import Gate
    from bellgate.schedules.load import Loaded


@click.command()
@with_places
@click.option("--simulated", is_flag=True, help="The gate that was started with --at.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def status(folders: Folders, *, simulated: bool, as_json: bool) -> None:
    """Say how the running gate is. Exit status 1 where none runs."""
    try:
        answer = ask(LogPaths.of(folders.state, simulated=simulated), {"kind": "status"})
    except (Refused, OSError) as error:
        output.fail(f"the gate does not answer: {error}")
    if answer is None:
        if as_json:
            output.json_whole({"ready": False})
            raise SystemExit(output.PROBLEMS_FOUND)
        output.fail(
            f"no gate is running with the state in {folders.state}",
            "one started with --at is found with --simulated" if not simulated else None,
        )
    if not answer.get("ok"):
        output.fail(str(answer.get("error")))
    state: dict[str, Any] = answer["status"]
    if as_json:
        output.json_whole(state)
    else:
        output.say(*_lines(state))


def status_of(gate: "Gate", journal: "Journal", loaded: "Loaded") -> dict[str, Any]:
    """What a running gate answers. Field names: DESIGN.md section 8."""
    policy = gate.policy
    now = gate.clock.now()
    log = journal.state
    following = policy.next_bell(now)
    return {
        "ready": True,
        "now": output.utc(now),
        "clock": gate.clock.state,
        "session": sessions_now(policy, now),
        "next_bell": output.utc(following),
        "policy": policy.edition.hash,
        "problems": [output.problem_fields(problem) for problem in loaded.problems_on(now.date())],
        "log": {"size": log.size, "root": log.root, "behind": log.behind, "problem": log.problem},
        "connections": len(gate.connections),
        "refused": gate.shares.refused,
        "memory": _resident(),
        "school": policy.edition.school,
        "local_now": clock_time(now, policy.year.zone),
        "local_next_bell": clock_time(following, policy.year.zone) if following else None,
    }


def _lines(state: dict[str, Any]) -> list[str]:
    sessions = ", ".join(f"{g}: {s or 'no session'}" for g, s in state["session"].items())
    log = state["log"]
    written = f"{log['size']} records" + (f", {log['behind']} waiting" if log["behind"] else "")
    lines = [
        f"The gate of {state['school']} is running.",
        f"Clock: {state['local_now']}, {state['clock']}",
        f"Sessions: {sessions}",
        f"Next bell: {state['local_next_bell'] or 'none: the timetable ends here'}",
        f"Log: {written}" + (f" – PROBLEM: {log['problem']}" if log["problem"] else ""),
        f"Connections: {state['connections']} open, {state['refused']} refused for their number",
        f"Memory: {state['memory'] / 1e6:.0f} MB",
        f"Policy: {state['policy']}",
    ]
    if any(problem["level"] == "error" for problem in state["problems"]):
        lines.append("The files have problems; the last good policy stays in force:")
    for problem in state["problems"]:
        mark = "warning: " if problem["level"] == "warning" else ""
        lines.append(f"{problem['file']}:{problem['line']}: {mark}{problem['message']}")
    return lines


def _resident() -> int:
    """Bytes of memory that the process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # no /proc: the most it ever held is the nearest to be had
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return pages * resource.getpagesize()
