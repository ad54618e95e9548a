"""`bellgate status`: how the running gate is, asked over its socket."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NoReturn

import click

from bellgate.audit.log.gate_socket import Refused, ask
from bellgate.audit.log.paths import LogPaths
from bellgate.cli import output
from bellgate.cli.options import SIMULATED, Folders, with_folders
from bellgate.gateway.doctor import services
from bellgate.gateway.doctor.services import Service
from bellgate.policy.walk import OBSERVING
from bellgate.schedules.problem import Problem


@click.command()
@with_folders
@SIMULATED
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(folders: Folders, *, simulated: bool, as_json: bool) -> None:
    """Report on the running gate. Exit status 1 if none is running."""
    try:
        answer = ask(LogPaths.of(folders.state, simulated=simulated), {"kind": "status"})
    except (Refused, OSError) as error:
        output.fail(f"the gate does not answer: {error}")
    if answer is None:
        if as_json:
            output.json_whole({"ready": False})
            raise SystemExit(output.PROBLEMS_FOUND)
        _none_runs(folders, simulated=simulated)
    if not answer.get("ok"):
        output.fail(str(answer.get("error")))
    state: dict[str, Any] = answer["status"]
    # Only on a machine that is the gateway: there each part is a service of its own.
    running = [] if simulated else list(services.services())
    if as_json:
        output.json_whole(state | {"services": [_fields(service) for service in running]})
    else:
        output.say(*_lines(state), *_services(running))


def _none_runs(folders: Folders, *, simulated: bool) -> NoReturn:
    said = f"no gate is running with the state in {folders.state}"
    if simulated:
        output.fail(said)
    if not services.are_installed():
        output.fail(said, "for one started with --at, add --simulated")
    output.say(*_services(list(services.services())))
    output.fail(
        said,
        "systemctl start bellgate-gate; `bellgate doctor` says more. What should go through it is "
        "refused for 30 seconds at least, then `when_down` in gateway.yaml decides",
    )


def _fields(service: Service) -> dict[str, object]:
    return {
        "name": service.name,
        "running": service.active,
        "since": service.since or None,
        "started_again": service.restarts,
    }


def _services(running: Sequence[Service]) -> Iterator[str]:
    if running:
        yield "Services:"
    for service in running:
        how = (
            f"running since {service.since}" if service.active else f"NOT RUNNING ({service.state})"
        )
        often = "once" if service.restarts == 1 else f"{service.restarts} times"
        again = f", started again {often}" if service.restarts else ""
        yield f"  {service.name}: {how}{again}"


_WRONG = {
    "rejected": "The files have problems; the last good policy stays in force:",
    "without the calendar": "The calendar has errors; its last good copy stays in force:",
    "not in force yet": "What is wrong with the files:",
    "in force": "The files are in force, but not every list:",
}


def _lines(state: dict[str, Any]) -> list[str]:
    log = state["log"]
    written = _counted(log["size"], "record") + (
        f", {log['behind']} waiting" if log["behind"] else ""
    )
    lines = [
        f"The gate of {state['school']} is running.",
        *([OBSERVING] if state["observe"] else []),
        f"Clock: {state['local_now']}, {state['clock']}",
        "Sessions:",
        *(f"  {group}: {session or 'no session'}" for group, session in state["session"].items()),
        f"Next bell: {_bell(state)}",
        f"Log: {written}" + (f" – PROBLEM: {log['problem']}" if log["problem"] else ""),
        f"Connections: {state['connections']} open; refused: {state['refused']} as one too many, "
        f"{state['strangers']} from the internet",
        f"Passed since the start, without a record: {state['passed']:,}",
        _undecided(state["undecided"]),
        *_sentry(state["sentry"]),
        *_sign_ins(state["sign_ins"]),
        *_proxy(state["proxy"]),
        *_upstream(state["upstream"]),
        f"Memory: {state['memory'] / 1e6:.0f} MB",
        f"Policy: {state['policy']}",
        f"Catalogue: dated {state['catalogue']}",
    ]
    lines += [f"Wrong since {_moment(a['since'])}: {a['title']}" for a in state["alerts"]]
    if state["not_taken_up"]:
        why = state["not_taken_up"]
        lines.append(f"A saved change is not in force yet, and is tried again: {why}")
    if any(problem["level"] == "error" for problem in state["problems"]):
        lines += [_WRONG[state["files"]], *state["lists_aside"]]
    return [*lines, *(str(Problem(**problem)) for problem in state["problems"])]


def _sentry(said: dict[str, Any] | None) -> list[str]:
    """A line where one is there; where the kernel's path is not used, none is missed."""
    if said is None:
        return []
    waiting = f", {_counted(said['waiting'], 'record')} waiting" if said["waiting"] else ""
    return [
        f"Sentry: since {said['since']}, {said['passed']} connections passed, "
        f"{said['refused']} refused or sent to the gate, {said['cut']} cut{waiting}"
    ]


def _sign_ins(said: dict[str, Any] | None) -> list[str]:
    """A line where gateway.yaml asks access points who is signed in."""
    if said is None:
        return []
    if said["problem"]:
        return [f"Sign-ins: NOT HEARD: {said['problem']}"]
    refused = sum(n for what, n in said["packets"].items() if what != "taken")
    packets = f"{_counted(said['packets'].get('taken', 0), 'packet')} taken, {refused} refused"
    return [
        f"Sign-ins: {_counted(said['sessions'], 'session')} open, {said['named']} of them by "
        f"people who are known; heard at {said['listen']}: {packets}"
    ]


def _proxy(said: dict[str, Any] | None) -> list[str]:
    """Where the gate is to be a proxy, too."""
    if said is None:
        return []
    how = f"NOT SERVED: {said['problem']}" if said["problem"] else "served, with the PAC file"
    return [f"Proxy: {how}", *(f"  {line}" for line in said["left_out"])]


def _upstream(said: dict[str, Any] | None) -> list[str]:
    """Where the gate goes on through a filter that is a proxy."""
    if said is None:
        return []
    problem = f" – PROBLEM: {said['problem']}" if said["problem"] else ""
    return [
        f"Filter {said['address']}: {said['passed']} connections passed, {said['refused']} refused "
        f"by it, {said['failed']} refused because it did not answer{problem}"
    ]


def _bell(state: dict[str, Any]) -> str:
    if not state["local_next_bell"]:
        return "none: the timetable ends here"
    return f"{state['local_next_bell']}  {state['next_bell_rings']}"


def _undecided(totals: dict[str, int]) -> str:
    passed, refused = totals["passed"], totals["refused"]
    if not passed and not refused:
        return "Undecided: none; Bellgate has not failed on any connection"
    return (
        f"Undecided because Bellgate failed on them: {passed} passed, {refused} refused "
        "(audit show --action error)"
    )


def _moment(text: str) -> str:
    """`10:15 on Mon 23 Nov 2026`, as the school's clocks have it."""
    at = datetime.fromisoformat(text)
    return f"{at:%H:%M} on {at:%a} {at.day} {at:%b %Y}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
