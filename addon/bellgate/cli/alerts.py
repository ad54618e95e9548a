"""`bellgate alerts`: does what Bellgate has to say reach whom it should?"""

import click

from bellgate.audit.log.gate_socket import Refused
from bellgate.audit.log.paths import LogPaths
from bellgate.cli import output
from bellgate.cli.options import Folders, Group, for_group, loaded_policy, with_folders
from bellgate.machine_time import machine_now
from bellgate.running.alerts import trial
from bellgate.running.alerts.letters import Sender
from bellgate.running.alerts.sending import Post


@click.group(cls=Group)
@for_group
def alerts() -> None:
    """Check that alerts reach the right people."""


@alerts.command()
@with_folders
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def test(folders: Folders, *, as_json: bool) -> None:
    """Send a test message to everybody who receives alerts. Exit status 1 if one is not reached."""
    try:
        outcome = trial.ask_gate(LogPaths.of(folders.state))
    except (Refused, OSError) as error:
        output.fail(f"the gate does not answer: {error}")
    if outcome is None:
        policy, read = loaded_policy(folders)
        post = Post(read.settings, folders.state)
        outcome = trial.tried(post, Sender.of(policy.edition), machine_now())
        output.note("No gate is running, so this command sends the test message itself.")
    if as_json:
        output.json_whole(outcome)
    elif not outcome:
        output.fail("nobody is told anything", "add alerts: with mail_to, webhook or ping")
    else:
        output.say(*(f"{each['to']}: {_said(each['why'])}" for each in outcome))
    if not all(each["sent"] for each in outcome):
        raise SystemExit(output.PROBLEMS_FOUND)


def _said(why: object) -> str:
    return f"NOT sent: {why}" if why else "sent"
