"""`bellgate run`: the gate, from the files to its end. What it says when ready: `greeting.py`."""

import gc
from collections.abc import Sequence
from contextlib import ExitStack

import click

from bellgate.audit.log.paths import LogInUse
from bellgate.cli import moments, output, root_key
from bellgate.cli.greeting import greet, pages_said, written
from bellgate.cli.options import Folders, with_folders
from bellgate.cli.policy_to_start import policy_to_start
from bellgate.gate.clock import Clock
from bellgate.gate.gate import Gate
from bellgate.gate.hooks import Hooks
from bellgate.gate.self_check import NoPages
from bellgate.gate.serve import Address, CannotListen, Listening
from bellgate.gate.serve import run as run_gate
from bellgate.gateway import certificate as certificates
from bellgate.gateway.addresses import AddressTable
from bellgate.gateway.service_manager import tell
from bellgate.gateway.texts import PROXY_PORT
from bellgate.machine_time import machine_now
from bellgate.policy.decide import Policy
from bellgate.running import assembly, choosing
from bellgate.running.beside import beside
from bellgate.running.pages_beside import pages_beside

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
@click.option("--at", metavar="WHEN", help="Start the gate's clock at WHEN, to try it out.")
@click.option(
    "--pages",
    metavar="ADDR:PORT",
    help="Serve the pages at the same time, as `bellgate console` does.",
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
    chosen = policy_to_start("gate", choosing.choose_policy, folders)
    clock = assembly.clock_for(moments.moment(at, chosen.policy.year.zone) if at else None)
    certificate = _certificate(folders, chosen.policy)
    try:
        journal = assembly.open_journal(chosen, folders.state, clock)
    except LogInUse as error:
        output.fail(str(error), "is a gate running already? See `bellgate status`")
    addresses = AddressTable(chosen.leases)
    addresses.start()
    granted = assembly.granted_in(folders.state, clock)
    gate = assembly.make_gate(
        chosen,
        clock=clock,
        journal=journal,
        certificate=certificate,
        granted=granted,
        surroundings=addresses,
    )
    jobs = beside(
        folders.schedules,
        folders.state,
        chosen=chosen,
        gate=gate,
        journal=journal,
        granted=granted,
        addresses=addresses,
        say=output.note,
    )
    try:
        with jobs:
            _until_stopped(gate, folders, specifications, pages)
    finally:
        addresses.close()
        gate.ended()
        lost = journal.close()
    if lost:
        output.fail(f"{lost} records could not be written")
    output.note("The gate has stopped.")


def _until_stopped(
    gate: Gate, folders: Folders, specifications: Sequence[str], pages: str | None
) -> None:
    """The gate itself, and the pages beside it once it listens."""
    with ExitStack() as beside_it:

        def ready(listening_on: Sequence[Address]) -> None:
            shown = [written(address) for address in listening_on]
            gate.recording.started(gate.policy, " and ".join(shown))
            more: Sequence[str] = ()
            if pages is not None:
                more = pages_said(folders, pages)
                arguments = _for_pages(folders, pages, gate.clock)
                beside_it.enter_context(pages_beside(arguments, output.note))
            greet(folders, gate, specifications, shown, more)
            tell("READY=1")

        where = Listening(
            specifications, folders.state / "certificate", as_proxy=f"regular@:{PROXY_PORT}"
        )
        try:
            run_gate(Hooks(gate), where, ready, alive=lambda: tell("WATCHDOG=1"))
        except CannotListen as error:
            output.fail(str(error), "choose another address with --listen ADDR:PORT")
        except NoPages as error:
            hint = "does a systemd unit of yours say MemoryDenyWriteExecute=yes?"
            output.fail(str(error), hint)


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


def _certificate(folders: Folders, policy: Policy) -> certificates.Certificate:
    """The school's certificate, made at the first start."""
    folder = folders.state / "certificate"
    try:
        existing = certificates.load(folder)
        if existing is not None:
            return existing
        kept = root_key.asked_for(folders)
        made = certificates.create(
            folder,
            policy.edition.school,
            assembly.names_of(policy),
            machine_now(),
            left_open=assembly.open_names_of(policy),
            keep_root=kept.file,
            passphrase=kept.passphrase,
        )
    except certificates.CertificateError as error:
        output.fail(str(error))
    output.note(f"Made the school's certificate: {made.root_file}")
    for line in root_key.said_of(kept, folders):
        output.note(line)
    return made


def _for_pages(folders: Folders, listen: str, clock: Clock) -> list[str]:
    simulated = ["--simulated"] if clock.state == "simulated" else []
    places = ["--state", str(folders.state), "--schedules", str(folders.schedules)]
    return ["console", "--listen", listen, *places, *simulated]
