"""`bellgate console`: serves the pages; `add-user`, `reset` and `users` see to who may sign in."""

import signal
import ssl
from pathlib import Path
from threading import Thread
from types import FrameType

import click

from bellgate.cli import output
from bellgate.cli.options import SIMULATED, Folders, Group, for_group, with_folders
from bellgate.console import settings
from bellgate.console.accounts import Account, Accounts, AccountsDamaged, NoSuchAccount
from bellgate.console.roles import ROLES, SAID, Role
from bellgate.console.school import NoPolicy, School
from bellgate.machine_time import machine_now
from bellgate.schedules.problem import suggestion

LISTEN = "127.0.0.1:8800"
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group("console", invoke_without_command=True, cls=Group)
@for_group
@click.option(
    "--listen", default=LISTEN, metavar="ADDR:PORT", show_default=True, help="Where to serve them."
)
@click.option(
    "--index",
    metavar="URL",
    help="Where the index is kept. Default: a file in the state folder.",
)
@click.option("--certificate", type=_FILE, metavar="FILE", help="Serve TLS with this certificate.")
@click.option("--key", type=_FILE, metavar="FILE", help="Its key, if it is in a separate file.")
@click.option(
    "--behind",
    metavar="IP",
    help="Trust the proxy at this address for the browser's address and for TLS.",
)
@SIMULATED
@click.pass_context
def console(
    context: click.Context,
    *,
    listen: str,
    index: str | None,
    certificate: Path | None,
    key: Path | None,
    behind: str | None,
    simulated: bool,
) -> None:
    """Serve the pages for the head teacher, the chair of governors, the technician and teachers."""
    if context.invoked_subcommand is None:
        _serve(
            schedules=None,
            state=None,
            listen=listen,
            index=index,
            tls=(certificate, key),
            behind=behind,
            simulated=simulated,
        )


@console.command("add-user")
@with_folders
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="Their role.")
@click.option(
    "--sso",
    metavar="SUBJECT",
    default="",
    help="They sign in with the school's own accounts, in which this is their subject.",
)
def add_user(folders: Folders, *, name: str, role: Role, sso: str) -> None:
    """Let NAME sign in to the pages. The password is shown once, here."""
    if sso:
        known = settings.read(folders.state).settings.sso
        if known is None:
            where = folders.state / settings.FILE
            output.fail(f"{where} says nothing about the school's own accounts", "add `sso` there")
        sso = f"{known.issuer} {sso}"
    try:
        password = Accounts(folders.state).add(name, role, machine_now(), sso)
    except ValueError as error:
        output.fail(str(error))
    output.say(f"{name.strip().lower()} may sign in: {SAID[role]}.")
    if password:
        output.say(
            f"Password: {password}", "It is not shown again. The first page asks for another."
        )


@console.command()
@with_folders
@click.argument("name")
def reset(folders: Folders, *, name: str) -> None:
    """Give NAME a new password, shown once. The second factor is removed."""
    accounts = Accounts(folders.state)
    try:
        password = accounts.reset(name.strip().lower(), machine_now())
    except NoSuchAccount:
        names = [a.name for a in _all(accounts)]
        output.fail(f'nobody is called "{name}"', suggestion(name, names) if names else None)
    except AccountsDamaged as error:
        output.fail(str(error))
    output.say(f"Password: {password}", "Sessions that were open are over.")


@console.command()
@with_folders
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def users(folders: Folders, *, as_json: bool) -> None:
    """Show who may sign in, and as what."""
    known = _all(Accounts(folders.state))
    if as_json:
        output.json_whole([_fields(a) for a in known])
    elif not known:
        output.say("Nobody may sign in yet: bellgate console add-user NAME --role head")
    else:
        rows = [
            [a.name, SAID[a.role], "single sign-on" if a.sso else "password",
             "yes" if a.secret else "no"]
            for a in known
        ]  # fmt: skip
        output.table("Who may sign in", ["Name", "Role", "By", "Second factor"], rows)


def _fields(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "role": account.role,
        "sso": account.sso or None,
        "second_factor": bool(account.secret),
    }


def _all(accounts: Accounts) -> tuple[Account, ...]:
    try:
        return accounts.all()
    except AccountsDamaged as error:
        output.fail(str(error))


@with_folders
def _serve(
    folders: Folders,
    *,
    listen: str,
    index: str | None,
    tls: tuple[Path | None, Path | None],
    behind: str | None,
    simulated: bool,
) -> None:
    # Loaded when it is needed: `add-user` has no use for a web server.
    from bellgate.console.assembly import index_of, pages_of
    from bellgate.console.serve import address_of, following, server_for

    listening = _listening(listen, tls, behind)
    school = School(folders.schedules, folders.state, simulated)
    try:
        known = index_of(school, index)
        app = pages_of(school, known, second_factor_needed=not listening.on_loopback)
    except NoPolicy:
        output.fail(
            f"the files in {folders.schedules} have problems, and there is no earlier copy",
            f"`{folders.command('check')}` shows them",
        )
    try:
        server = server_for(app, listening)
    except (OSError, ssl.SSLError) as error:
        output.fail(f"the pages cannot be served on {listen}: {error}")
    with output.progress("Reading the log") as advance:
        known.follow(school.paths, advance)

    def end(_: int, __: FrameType | None) -> None:
        Thread(target=server.stop).start()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    scheme = "https" if listening.certificate else "http"
    output.say(f"Ready on {scheme}://{address_of(server)}/")
    if not Accounts(folders.state).all():
        output.note(
            f"Nobody may sign in yet: {folders.command('console add-user NAME --role head')}"
        )
    with following(lambda: known.follow(school.paths)):
        server.serve()
    known.close()


def _listening(listen: str, tls: tuple[Path | None, Path | None], behind: str | None):  # type: ignore[no-untyped-def]
    from bellgate.console.serve import Listening

    address, _, port = listen.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) < 65536:
        raise click.BadParameter(f'"{listen}" is not like {LISTEN}', param_hint="--listen")
    return Listening(address.strip("[]") or "0.0.0.0", int(port), *tls, behind)
