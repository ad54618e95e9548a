"""`bellgate run`: the gate, from the files to `Ready on …`, and what it says on the way."""

import gc
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from bellgate.audit import Journal
from bellgate.audit.handover import Counter
from bellgate.audit.places import LogInUse
from bellgate.cli import assembly, moments, output, places
from bellgate.cli.anchoring import Anchors
from bellgate.cli.in_force import in_force
from bellgate.cli.options import Places, with_places
from bellgate.cli.refreshing import Refresher
from bellgate.cli.reloading import Reloader
from bellgate.cli.retaining import Retention
from bellgate.cli.status import status_of
from bellgate.gate.clock import Clock
from bellgate.gate.gate import Gate
from bellgate.gate.hooks import Hooks
from bellgate.gate.run import Address, CannotListen, Listening
from bellgate.gate.run import run as run_gate
from bellgate.gateway import certificate as certificates
from bellgate.gateway.addresses import AddressTable
from bellgate.policy.decide import Policy
from bellgate.schedules.granted import Granted

# A proxy that clients are told of is for this machine until said otherwise; what the kernel brings
# comes to an address of the interface that it came in by.
DEFAULT_LISTEN = {"regular": "127.0.0.1:8080", "transparent": ":8081"}


@click.command()
@with_places
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
    help=f"Where to listen if not {DEFAULT_LISTEN['regular']} (transparent: every address, 8081).",
)
@click.option("--at", metavar="WHEN", help="Start the gate's clock at this moment, to try it out.")
def run(found: Places, *, modes: tuple[str, ...], listen: str | None, at: str | None) -> None:
    """Run the gate until Ctrl-C."""
    gc.enable()
    specifications = _specifications(modes, listen)
    chosen = _chosen(found)
    policy = chosen.policy
    clock = assembly.clock_for(at, policy)
    certificate = _certificate(found.state, policy)
    try:
        journal = assembly.open_journal(chosen, found.state, clock)
    except LogInUse as error:
        output.fail(str(error), "is a gate running already? See `bellgate status`")
    granted = assembly.granted_in(found.state, clock)
    addresses = AddressTable(chosen.leases)
    gate = assembly.make_gate(
        chosen,
        clock=clock,
        journal=journal,
        certificate=certificate,
        granted=granted,
        mac_of=addresses.mac_of,
    )

    def ready(listening_on: Sequence[Address]) -> None:
        shown = [_written(address) for address in listening_on]
        gate.recording.started(policy, " and ".join(shown))
        _greet(found, policy, gate, clock, specifications, shown)

    addresses.start()
    try:
        with _beside_it(found, chosen, gate, journal, granted):
            run_gate(Hooks(gate), Listening(specifications, found.state / "certificate"), ready)
    except CannotListen as error:
        output.fail(str(error), "choose another address with --listen ADDR:PORT")
    finally:
        addresses.close()
        gate.recording.stopped()
        lost = journal.close()
    if lost:
        output.fail(f"{lost} records could not be written")
    output.note("The gate has stopped.")


def _chosen(found: Places) -> assembly.Chosen:
    """The policy to run by; what is wrong with the folder is said either way."""
    try:
        chosen = assembly.choose_policy(found.schedules, found.state)
    except assembly.NoPolicy as error:
        output.problems(error.loaded.problems)
        output.fail(
            f"the gate cannot start: {found.schedules} has problems and no last good copy is kept",
            "mend the lines above, then see `bellgate check`",
        )
    if chosen.last_good:
        output.problems(chosen.loaded.problems)
        output.note(f"{found.schedules} has problems: the last good copy is in force.")
    return chosen


@contextmanager
def _beside_it(
    found: Places, chosen: assembly.Chosen, gate: Gate, journal: Journal, granted: Granted
) -> Iterator[None]:
    """What runs beside the gate, in threads of its own, and never holds it up."""
    reloader = Reloader(
        found.schedules,
        found.state,
        gate=gate,
        journal=journal,
        loaded=chosen.loaded,
        granted=granted,
        today=lambda: moments.now().date(),
    )
    counter = Counter(
        journal.places.socket, journal.promise, lambda: status_of(gate, journal, reloader.loaded)
    )
    refresher = Refresher(found.schedules, found.state, journal=journal)
    anchors = Anchors(
        found.state,
        gate=gate,
        journal=journal,
        settings=chosen.anchors,
        loaded=lambda: reloader.loaded,
    )
    retention = Retention(
        found.state,
        gate=gate,
        journal=journal,
        settings=chosen.retention,
        loaded=lambda: reloader.loaded,
    )
    try:
        with reloader, refresher, anchors, retention:
            yield
    finally:
        counter.close()


def _specifications(modes: tuple[str, ...], listen: str | None) -> list[str]:
    """mitmproxy's words for where and how to listen. `regular` alone goes to `--listen`."""
    specifications = []
    for mode in modes or ("regular",):
        name, _, address = mode.partition("@")
        if name not in DEFAULT_LISTEN:
            raise click.BadParameter(
                f'"{name}" is no mode: known are regular and transparent', param_hint="--mode"
            )
        address = address or listen or DEFAULT_LISTEN[name]
        host, separator, port = address.rpartition(":")
        if not separator or not port.isdigit() or not 0 < int(port) < 65536:
            raise click.BadParameter(
                f'"{address}" is no ADDR:PORT such as 127.0.0.1:8080', param_hint="--listen"
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
        made = certificates.create(
            folder,
            policy.edition.school,
            assembly.names_of(policy),
            moments.now(),
            left_open=assembly.open_names_of(policy),
        )
    except certificates.CertificateError as error:
        output.fail(str(error))
    output.note(f"Made the school's certificate: {made.root_file}")
    output.note("  Its key is destroyed; what the gate holds can open the named services only.")
    return made


def _greet(  # noqa: PLR0917 - each is one line of it
    found: Places,
    policy: Policy,
    gate: Gate,
    clock: Clock,
    specifications: Sequence[str],
    addresses: Sequence[str],
) -> None:
    """What a technician wants to know at a start, ending with the line programs wait for."""
    authority = found.state / "certificate" / "bellgate-ca.pem"
    simulated = clock.state == "simulated"
    base = places.log_base(found.state, simulated=simulated)
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
        "Ctrl-C stops the gate.",
    ]
    width = shutil.get_terminal_size().columns
    output.say(*lines, "─" * min(width, 72), *(f"Ready on {a}" for a in addresses))


def _written(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _quoted(path: Path) -> str:
    text = str(path)
    return f"'{text}'" if " " in text else text
