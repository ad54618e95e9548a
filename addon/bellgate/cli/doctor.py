"""`bellgate doctor`: what is good on this machine, what is not, and what to do."""

import click

from bellgate.cli import output
from bellgate.cli.options import Folders, loaded, with_folders
from bellgate.machine_time import machine_now


@click.command()
@with_folders
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def doctor(folders: Folders, *, as_json: bool) -> None:
    """Look at the machine, the files and the record. Exit status 1 where something is not good."""
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
