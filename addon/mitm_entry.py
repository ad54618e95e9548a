"""For people who know mitmproxy: `mitmdump -s addon/mitm_entry.py --set bellgate_schedules=DIR`.

This way in FAILS OPEN: mitmproxy lets traffic pass when a script cannot be loaded, unloads it when
its file is saved with a mistake in it, and swallows what a hook raises. `bellgate run` has none of
that: use it at a school, and this to try things out.
"""

import logging
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from mitmproxy import addonmanager, ctx, exceptions

# mitmdump runs this file by its path; the package lies beside it.
sys.path.insert(0, str(Path(__file__).parent))

from bellgate.audit import Journal, LogInUse
from bellgate.cli import moments
from bellgate.gate.hooks import Hooks
from bellgate.gate.serve import Keeper
from bellgate.gateway import certificate as certificates
from bellgate.gateway.addresses import AddressTable
from bellgate.machine_time import machine_now
from bellgate.policy.decide import Policy
from bellgate.running import assembly, choosing, folders
from bellgate.running.beside import beside


class Entry:
    """Puts the gate together when mitmproxy's options are known, and takes it in as an addon."""

    def __init__(self) -> None:
        self._journal: Journal | None = None
        self._hooks: Hooks | None = None
        self._beside = ExitStack()

    def load(self, loader: addonmanager.Loader) -> None:
        for name, meaning in (
            ("bellgate_schedules", "The folder with the timetable and the rules."),
            ("bellgate_state", "Where records, keys and the certificate are kept."),
            ("bellgate_at", "Start the gate's clock at this moment, to try it out."),
        ):
            loader.add_option(name, str, "", meaning)
        # What the gate's promises rest on; see gate/serve.py.
        ctx.options.update(connection_strategy="lazy", http2=False, websocket=False)

    def running(self) -> None:
        schedules = folders.schedules_folder(_folder(ctx.options.bellgate_schedules))
        state = folders.state_folder(_folder(ctx.options.bellgate_state))
        try:
            chosen = choosing.choose_policy(schedules, state)
            clock = assembly.clock_for(_moment(ctx.options.bellgate_at, chosen.policy))
            self._journal = assembly.open_journal(chosen, state, clock)
            certificate = certificates.ensure(
                state / "certificate",
                chosen.policy.edition.school,
                assembly.names_of(chosen.policy),
                machine_now(),
                left_open=assembly.open_names_of(chosen.policy),
            )
        except (choosing.NoPolicy, LogInUse, certificates.CertificateError) as error:
            ctx.master.shutdown()
            raise exceptions.AddonManagerError(str(error)) from error
        ctx.options.update(confdir=str(state / "certificate"))
        granted = assembly.granted_in(state, clock)
        addresses = AddressTable(chosen.leases)
        addresses.start()
        self._beside.callback(addresses.close)
        gate = assembly.make_gate(
            chosen,
            clock=clock,
            journal=self._journal,
            certificate=certificate,
            granted=granted,
            surroundings=addresses,
        )
        # mitmproxy's own chooser would come before a script's: it goes.
        ctx.master.addons.remove(ctx.master.addons.get("nextlayer"))
        self._hooks = Hooks(gate)
        keeper = Keeper(gate, lambda _: None)
        ctx.master.addons.add(self._hooks, keeper)
        keeper.running()  # mitmproxy does not call it again for who comes late
        gate.recording.started(chosen.policy, "mitmdump")
        self._beside.enter_context(
            beside(
                schedules,
                state,
                chosen=chosen,
                gate=gate,
                journal=self._journal,
                granted=granted,
                addresses=addresses,
                say=logging.getLogger(__name__).warning,
            )
        )

    def done(self) -> None:
        self._beside.close()
        if self._hooks is not None and self._journal is not None:
            self._hooks.gate.recording.stopped()
            self._journal.close()


def _moment(text: str, policy: Policy) -> datetime | None:
    return moments.moment(text, policy.year.zone) if text else None


def _folder(text: str) -> Path | None:
    return Path(text) if text else None


addons = [Entry()]
