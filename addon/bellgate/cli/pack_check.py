"""`bellgate pack --check`: did this gate hand a file out, when, to whom and about whom."""

from pathlib import Path

from bellgate.cli import moments, output
from bellgate.cli.log_options import logs_of, zone_of
from bellgate.cli.options import Folders
from bellgate.cli.soundness import damage_of
from bellgate.review.pack.made_here import MOST, handed_out
from bellgate.review.pack.phrases import at_moment


def check_pack(folders: Folders, simulated: bool, file: Path) -> None:
    """Say whether a zip or a report is, byte for byte, what was handed out. Exit status 1 where no
    record of it is found."""
    if not file.is_file() or file.stat().st_size > MOST:
        output.fail(f"{file} is not a file from a pack")
    logs = logs_of(folders, simulated)
    zone = zone_of(logs)
    for said in damage_of(logs).values():
        output.note(f"DAMAGED: {said}")
    found = handed_out(logs, file.read_bytes())
    for one in found:
        what = "It" if one.what == "file" else "The report in it"
        at = at_moment(moments.from_record(one.record["@timestamp"]), zone)
        output.say(f"{what} is as it was handed out {at} (record {one.number} of {one.log}):")
        output.say(f"  {one.record['message']}")
        if reason := one.record["event"].get("reason"):
            output.say(f"  Why: {reason}")
        if not one.took_effect:
            output.say("  But that did not take effect: a later record says so.")
    if not found:
        output.fail(
            f"this gate has no record that it handed out {file.name} as it is",
            "it was made elsewhere, or changed since, or its record was deleted when due",
        )
    if all(one.what == "report" for one in found):
        output.say("The zip around it is not: it was packed anew, and may hold other files.")
