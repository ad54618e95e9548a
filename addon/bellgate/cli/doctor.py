"""`bellgate doctor`: what is good on this machine, what is not, and what to do."""

import click

from bellgate.cli import output
from bellgate.cli.options import Folders, loaded, with_folders
from bellgate.machine_time import machine_now
from bellgate.policy.walk import OBSERVING

_WHILE_OBSERVING = (
    "what the rules close is closed only to this trial, until you take `observe` out of school.yaml"
)


@click.command()
@with_folders
@click.option(
    "--ways",
    is_flag=True,
    help="Try every way round the rules as a device of the school would, and say which are shut.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def doctor(folders: Folders, *, ways: bool, as_json: bool) -> None:
    """Check the machine, the files and the record. Exit status 1 where something is not good.

    With --ways, the gateway tries every way round the rules, as a device would. None of it leaves
    the machine, and none of it is recorded.
    """
    if ways:
        _try_ways(folders, as_json=as_json)
        return
    from bellgate.running.checkup import Patient, findings

    patient = Patient(loaded(folders, advise=False), folders.state, machine_now())
    bad = False
    kept = []
    for finding in findings(patient):
        bad = bad or not finding.good
        kept.append(finding.fields)
        if not as_json:
            mark = "good    " if finding.good else "NOT GOOD"
            output.say(f"{mark}  {finding.what}: {finding.said}")
            if finding.to_do and not finding.good:
                output.say(f"          {finding.to_do}")
    if as_json:
        output.json_whole(kept)
    if bad:
        raise SystemExit(output.PROBLEMS_FOUND)


def _try_ways(folders: Folders, *, as_json: bool) -> None:
    import signal
    import sys

    from bellgate.cli.gateway import described
    from bellgate.cli.rights import as_root
    from bellgate.gateway.machine import ToolFailed
    from bellgate.gateway.ways.trying import outcomes

    as_root()
    policy, _ = described(folders)
    # Ended from outside, or with the terminal it runs in, it takes its wire away all the same.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(output.PROBLEMS_FOUND))
    kept = []
    try:
        for outcome in outcomes():
            kept.append(outcome)
            if not as_json:
                mark = "holds   " if outcome.holds else "NOT GOOD"
                output.say(f"{mark}  {outcome.way.name}, IPv{outcome.version}: {outcome.said}")
                if not outcome.holds:
                    output.say(f"          {outcome.way.to_do}")
    except ToolFailed as error:
        output.fail(str(error))
    bad = [outcome for outcome in kept if not outcome.holds]
    if as_json:
        rules = [_of_observing()] if policy.observe else []
        output.json_whole([*(outcome.fields for outcome in kept), *rules])
    else:
        output.say(f"{len(kept) - len(bad)} of {len(kept)} hold.")
        if policy.observe:
            output.say(f"NOT GOOD  {OBSERVING}", f"          {_WHILE_OBSERVING}")
    if bad or policy.observe:
        raise SystemExit(output.PROBLEMS_FOUND)


def _of_observing() -> dict[str, object]:
    """What no trial shows: its device is refused at every hour, and nobody else is."""
    return {
        "way": "the rules", "over": "", "kind": "rules", "holds": False, "said": OBSERVING,
        "to_do": _WHILE_OBSERVING,
    }  # fmt: skip
