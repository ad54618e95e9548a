"""`bellgate run`: the gate, from the files to `Ready on …`, and what it says on the way."""

import gc
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from bellgate.audit.log.paths import LogInUse
from bellgate.cli import moments, output, prompt
from bellgate.cli.options import Folders, with_folders
from bellgate.console.accounts import Accounts, AccountsDamaged
from bellgate.gate.clock import Clock
from bellgate.gate.gate import Gate
from bellgate.gate.hooks import Hooks
from bellgate.gate.serve import Address, CannotListen, Listening
from bellgate.gate.serve import run as run_gate
from bellgate.gateway import certificate as certificates
from bellgate.gateway.addresses import AddressTable
from bellgate.policy.decide import Policy
from bellgate.running import assembly, choosing
from bellgate.running.beside import beside
from bellgate.running.folders import log_base
from bellgate.running.in_force import in_force
from bellgate.running.machine_time import machine_now
from bellgate.running.pages_beside import pages_beside

FIRST = "head"
"""The name of the first account of the pages."""
# A proxy that clients are told of is for this machine until said otherwise; what the kernel brings
# comes to an address of the interface that it came in by.
DEFAULT_LISTEN = {"regular": "127.0.0.1:8080", "transparent": ":8081"}


@click.command()
@with_folders
@click.option(
    "--mode",
    "modes",
    metavar="M",
    multiple=True,
    help="regular or transparent; MODE@ADDR:PORT may be repeated. Default: regular.",
)
@click.option(
    "--listen",
    metavar="ADDR:PORT",
    help=f"Where to listen, if not {DEFAULT_LISTEN['regular']} (transparent: every address, 8081).",
)
@click.option("--at", metavar="WHEN", help="Start the gate's clock at this moment, to try it out.")
@click.option(
    "--pages", metavar="ADDR:PORT", help="Serve the pages beside it, as `bellgate console` does."
)
def run(
    folders: Folders,
    *,
    modes: tuple[str, ...],
    listen: str | None,
    at: str | None,
    pages: str | None,
) -> None:
    """Run the gate until Ctrl-C."""
    gc.enable()
    specifications = _specifications(modes, listen)
    chosen = _chosen(folders)
    policy = chosen.policy
    clock = assembly.clock_for(moments.moment(at, policy.year.zone) if at else None)
    certificate = _certificate(folders.state, policy)
    try:
        journal = assembly.open_journal(chosen, folders.state, clock)
    except LogInUse as error:
        output.fail(str(error), "is a gate running already? See `bellgate status`")
    granted = assembly.granted_in(folders.state, clock)
    addresses = AddressTable(chosen.leases)
    gate = assembly.make_gate(
        chosen,
        clock=clock,
        journal=journal,
        certificate=certificate,
        granted=granted,
        surroundings=addresses,
    )

    beside_it = ExitStack()

    def ready(listening_on: Sequence[Address]) -> None:
        shown = [_written(address) for address in listening_on]
        gate.recording.started(policy, " and ".join(shown))
        more = []
        if pages is not None:
            more = _pages_said(folders, pages)
            arguments = _for_pages(folders, pages, clock)
            beside_it.enter_context(pages_beside(arguments, output.note))
        _greet(folders, policy, gate, clock, specifications, shown, more)

    addresses.start()
    try:
        with (
            beside_it,
            beside(
                folders.schedules,
                folders.state,
                chosen=chosen,
                gate=gate,
                journal=journal,
                granted=granted,
                addresses=addresses,
                say=output.note,
            ),
        ):
            run_gate(Hooks(gate), Listening(specifications, folders.state / "certificate"), ready)
    except CannotListen as error:
        output.fail(str(error), "choose another address with --listen ADDR:PORT")
    finally:
        addresses.close()
        gate.recording.stopped()
        lost = journal.close()
    if lost:
        output.fail(f"{lost} records could not be written")
    output.note("The gate has stopped.")


def _chosen(folders: Folders) -> choosing.Chosen:
    """The policy to run by; what is wrong with the folder is said either way."""
    try:
        chosen = choosing.choose_policy(folders.schedules, folders.state)
    except choosing.NoPolicy as error:
        output.problems(error.loaded.problems)
        output.fail(
            f"the gate cannot start: {folders.schedules} has problems,"
            " and no last good copy is kept",
            "correct the lines above, then run `bellgate check`",
        )
    if chosen.last_good:
        output.problems(chosen.loaded.problems)
        output.note(f"{folders.schedules} has problems: the last good copy is in force.")
    elif chosen.loaded.calendar_is_set_aside:
        output.problems(chosen.loaded.problems)
        output.note("The calendar has errors: the dates of its last good copy are in force.")
    return chosen


def _specifications(modes: tuple[str, ...], listen: str | None) -> list[str]:
    """mitmproxy's words for where and how to listen. `regular` alone goes to `--listen`."""
    specifications = []
    for mode in modes or ("regular",):
        name, _, address = mode.partition("@")
        if name not in DEFAULT_LISTEN:
            raise click.BadParameter(
                f'"{name}" is not a mode: the modes are regular and transparent',
                param_hint="--mode",
            )
        address = address or listen or DEFAULT_LISTEN[name]
        host, separator, port = address.rpartition(":")
        if not separator or not port.isdigit() or not 0 < int(port) < 65536:
            raise click.BadParameter(
                f'"{address}" is not an ADDR:PORT such as 127.0.0.1:8080', param_hint="--listen"
            )
        specifications.append(f"{name}@{host.strip('[]')}:{port}")
    return specifications


def _certificate(state: Path, policy: Policy) -> certificates.Certificate:
    """The school's certificate, made at the first start."""
    folder = state / "certificate"
    try:
        existing = certificates.load(folder)
        if existing is not None:
            return existing
        root_file, passphrase = _root_to_keep()
        made = certificates.create(
            folder,
            policy.edition.school,
            assembly.names_of(policy),
            machine_now(),
            left_open=assembly.open_names_of(policy),
            keep_root=root_file,
            passphrase=passphrase,
        )
    except certificates.CertificateError as error:
        output.fail(str(error))
    output.note(f"Made the school's certificate: {made.root_file}")
    if root_file is not None:
        output.note(f"  The root's key: {root_file} (encrypted). Take it away from this machine.")
    else:
        output.note(
            "  Its key has been destroyed; what the gate holds can open only the named services."
        )
    return made


def _root_to_keep() -> tuple[Path | None, str | None]:
    """Whoever starts the gate for the first time says what becomes of the root's key; where nobody
    sits at a terminal, it is destroyed."""
    if not prompt.somebody_answers():
        return None, None
    output.note("The school's certificate is made now. What shall become of its root's key?")
    output.note("  Kept: it goes, encrypted, to a file that you take away, such as on a USB stick.")
    output.note("    With it, sites that the school adds later are covered without touching the")
    output.note("    devices (bellgate certificate renew); once a year that is needed anyway.")
    output.note("  Destroyed: nothing to keep safe and nothing to renew for ten years. Sites that")
    output.note("    are added later are refused without a page, or the devices need a new root.")
    said = prompt.asked('File to keep it in, or "destroy"', "", default="destroy").strip()
    if said.lower() == "destroy":
        return None, None
    return Path(said).expanduser(), prompt.asked(
        f"Passphrase for it ({certificates.SHORTEST_PASSPHRASE} characters or more)",
        "",
        secret=True,
        twice=True,
    )


def _greet(  # noqa: PLR0917 - each is one line of it
    folders: Folders,
    policy: Policy,
    gate: Gate,
    clock: Clock,
    specifications: Sequence[str],
    addresses: Sequence[str],
    more: Sequence[str],
) -> None:
    """What a technician wants to know at a start, ending with the line programs wait for."""
    authority = folders.state / "certificate" / "bellgate-ca.pem"
    simulated = clock.state == "simulated"
    base = log_base(folders.state, simulated=simulated)
    lines = list(in_force(policy, gate.clock.now()))
    if simulated:
        lines.insert(0, "The clock is simulated: every record says so.")
    # Only a proxy can be asked by name; to the transparent gate the kernel brings connections.
    proxies = [s.removeprefix("regular@") for s in specifications if s.startswith("regular@")]
    if proxies:
        host, _, port = proxies[0].rpartition(":")
        host = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host
        curl = f"curl --cacert {_quoted(authority)} -x http://{_written((host, int(port)))}"
        lines += [
            "To try it from this machine, as a member of staff and as a pupil:",
            f"  {curl} https://www.facebook.com/",
            f"  {curl} --interface 127.0.0.2 https://www.facebook.com/",
        ]
    lines += [
        f"Certificate for the devices: {authority}",
        f"Log: {base / 'log'}",
        *more,
        "Ctrl-C stops the gate.",
    ]
    width = shutil.get_terminal_size().columns
    output.say(*lines, "─" * min(width, 72), *(f"Ready on {a}" for a in addresses))


def _for_pages(folders: Folders, listen: str, clock: Clock) -> list[str]:
    simulated = ["--simulated"] if clock.state == "simulated" else []
    places = ["--state", str(folders.state), "--schedules", str(folders.schedules)]
    return ["console", "--listen", listen, *places, *simulated]


def _pages_said(folders: Folders, listen: str) -> list[str]:
    """Where the pages are and how to get in. The first account is made here, and its password is
    shown this once."""
    accounts = Accounts(folders.state)
    lines = [f"Pages: http://{listen}/"]
    try:
        if not accounts.all():
            password = accounts.add(FIRST, "head", machine_now())
            lines.append(f"  Sign in as {FIRST} with the password {password} (shown only now),")
            lines.append(
                "  and open “This week” first. It asks you to choose a password of your own."
            )
    except AccountsDamaged as error:
        output.error(str(error))
    return lines


def _written(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _quoted(path: Path) -> str:
    text = str(path)
    return f"'{text}'" if " " in text else text
