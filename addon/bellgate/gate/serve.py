"""Running the gate: mitmproxy embedded, with only the addons it needs, until it is told to stop.

Nothing is decided or printed here. What the gate needs is made by the caller and handed in.
"""

import asyncio
import ctypes
import gc
import logging
import os
import resource
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from mitmproxy import addonmanager, ctx, exceptions, options
from mitmproxy.hooks import Hook

from bellgate.gate.bell import Bell
from bellgate.gate.dial import GateLoop
from bellgate.gate.embedded import Core, Master, Proxyserver, TlsConfig
from bellgate.gate.gate import Gate
from bellgate.gate.hooks import Hooks
from bellgate.gate.self_check import NoPages, check_pages
from bellgate.gate.sockets import cut

Address = tuple[str, int]

# mitmproxy's default cuts a quiet connection after ten minutes; phones' push services say something
# every half hour.
QUIET_SECONDS = 3600

_GIVE_BACK_SECONDS, _FEW = 20, 100
"""How often memory is given back, where no more connections are open: each costs a tenth of a
millisecond of it."""


class CannotListen(Exception):
    """A listening address that could not be had, in one line."""


@dataclass(frozen=True, slots=True)
class Listening:
    """How the gate is reached: mitmproxy's mode specifications, `regular@127.0.0.1:8080`."""

    modes: Sequence[str]
    confdir: Path
    as_proxy: str = ""
    """The one more that is there for as long as the gate is to be a proxy, too."""


def run(
    hooks: Hooks,
    listening: Listening,
    on_ready: Callable[[Sequence[Address]], None],
    alive: Callable[[], None] = lambda: None,
) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP. `on_ready` is called once, when every address listens;
    `alive` each second from then on, by the loop that serves the connections.

    Raises CannotListen where one cannot be had, and NoPages where no page could be shown.
    """
    _leave_what_stays_uncounted()
    gate = hooks.gate
    # Two for each connection: one device alone never takes more than a quarter of what there is.
    gate.shares.most_for_one = max(_as_many_descriptors_as_allowed() // 8, 1)
    with asyncio.Runner(
        loop_factory=lambda: GateLoop(gate.may_reach, gate.admission.admits)
    ) as runner:
        runner.run(_serve(hooks, listening, Keeper(gate, on_ready, alive, listening)))


async def _serve(hooks: Hooks, listening: Listening, started: "Keeper") -> None:
    # At its usual level, mitmproxy's log takes a seventh of the time of a connection.
    logging.getLogger("mitmproxy").setLevel(logging.CRITICAL)
    opts = options.Options()
    master = Master(opts)
    master.addons = _Addons(master)
    master._legacy_log_events.uninstall()  # else each log line is an event for every addon
    # No default layer chooser: what our hooks do not choose, nobody does.
    master.addons.add(
        Core(),
        Proxyserver(),
        hooks,
        TlsConfig(),
        started,
    )
    try:
        opts.update(
            confdir=str(listening.confdir),
            mode=list(listening.modes),
            connection_strategy="lazy",  # a closed site is never contacted
            http2=False,  # one request a connection: the next one is passed once it may be
            upstream_cert=False,
            tcp_timeout=QUIET_SECONDS,
        )
    except exceptions.OptionsError as error:
        raise CannotListen(str(error)) from error
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, master.shutdown)
    # The end of its terminal, unless it was to outlive that (nohup).
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, master.shutdown)
    await master.run()
    if started.failure is not None:
        raise started.failure


class _Addons(addonmanager.AddonManager):
    """Asks those addons that have something to say to an event, found once.

    mitmproxy's own asks every addon at each event anew: a sixth of the time of a connection.
    """

    def __init__(self, master: Master) -> None:
        super().__init__(master)
        self._listeners: dict[str, list[object]] = {}

    def add(self, *addons: object) -> None:
        super().add(*addons)
        self._listeners.clear()

    def remove(self, addon: object) -> None:
        super().remove(addon)
        self._listeners.clear()

    async def trigger_event(self, event: Hook) -> None:
        listeners = self._listeners.get(event.name)
        if listeners is None:
            listeners = [a for a in self.chain if any(True for _ in self._iter_hooks(a, event))]
            self._listeners[event.name] = listeners
        for addon in listeners:
            try:
                with addonmanager.safecall():
                    await self.invoke_addon(addon, event)
            except exceptions.AddonHalt:
                return


class Keeper:
    """The last addon: says when every address listens, and keeps the bell going until the end."""

    def __init__(
        self,
        gate: Gate,
        on_ready: Callable[[Sequence[Address]], None],
        alive: Callable[[], None] = lambda: None,
        listening: Listening | None = None,
    ) -> None:
        """Without `listening`, how the gate is reached is somebody else's business."""
        self._gate = gate
        self._listening = listening
        self._on_ready = on_ready
        self._alive = alive
        self._scheduler: AsyncIOScheduler | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._seconds = 0
        self.failure: CannotListen | NoPages | None = None

    def running(self) -> None:
        servers = ctx.master.addons.get("proxyserver").servers
        for server in servers:
            if not server.is_running:
                said = _in_words(server.mode.full_spec, server.last_exception)
                self._give_up(CannotListen(said))
                return
        try:
            tls_config = ctx.master.addons.get("tlsconfig")
            check_pages(tls_config, ctx.options, self._gate.closed_sites.certificate)
        except NoPages as error:
            self._give_up(error)
            return
        self._keep_the_bell()
        self._on_ready([address[:2] for server in servers for address in server.listen_addrs])

    def _give_up(self, why: CannotListen | NoPages) -> None:
        self.failure = why
        ctx.master.shutdown()

    def done(self) -> None:
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        if self._timer is not None:
            self._timer.cancel()
        # With a reset: what was on its way must not look whole.
        for handler in list(ctx.master.addons.get("proxyserver").connections.values()):
            cut(handler)
        for client_id, connection in self._gate.connections:
            self._gate.connections.pop(client_id)
            self._gate.accounts.farewell(connection)

    def _give_back(self) -> None:
        """Let go of what a burst of connections left, once it is over.

        Python looks for garbage when new things are made: after a burst, nothing is for long.
        """
        self._seconds += 1
        if self._seconds % _GIVE_BACK_SECONDS == 0 and len(self._gate.connections) <= _FEW:
            gc.collect()
            _give_back_free_memory()

    def _be_a_proxy_or_not(self) -> None:
        """As the files have it now. An address that cannot be had takes nothing else with it, and
        is tried again."""
        if self._listening is None:
            return
        gate, more = self._gate, self._listening.as_proxy
        servers = ctx.master.addons.get("proxyserver").servers
        found = next((s for s in servers if s.mode.full_spec == more), None)
        wanted = gate.as_gateway.serves_proxy and bool(more) and more not in self._listening.modes
        if wanted and found is not None and found.last_exception is not None:
            gate.proxy_trouble = _in_words(more, found.last_exception)
            wanted = False  # taken out, so that the next second puts it in again
        elif found is not None or not wanted:
            gate.proxy_trouble = None
        modes = [*self._listening.modes, *([more] if wanted else [])]
        if list(ctx.options.mode) != modes:
            ctx.options.update(mode=modes)

    def _keep_the_bell(self) -> None:
        handlers = ctx.master.addons.get("proxyserver").connections

        def cut_by_id(client_id: str) -> None:
            handler = handlers.get(client_id)
            if handler is not None:
                cut(handler)

        loop = asyncio.get_running_loop()
        bell = Bell(self._gate, cut_by_id, loop.call_soon)
        # A late step is as good as one on time, and two missed ones are worth one.
        defaults: dict[str, Any] = {"coalesce": True, "misfire_grace_time": None}
        scheduler = AsyncIOScheduler(event_loop=loop, timezone=UTC, job_defaults=defaults)

        async def at_the_boundary() -> None:
            # Only a coroutine is run in the loop's own thread, where the connections belong; a
            # plain function goes to the threads that resolve names, and waits for slow ones.
            bell.step()

        def every_second() -> None:
            self._give_back()
            self._be_a_proxy_or_not()
            self._alive()
            # By the loop's own timer, for the scheduler waits by the machine's clock: put back an
            # hour, it would stand still for that hour.
            self._timer = loop.call_later(1, every_second)
            bell.step()
            # The gate's clock may be a simulated one: so the next boundary is given as a distance.
            now = self._gate.clock.now()
            following = self._gate.policy.next_bell(now)
            if following is not None and (wait := following - now).total_seconds() < 2:
                when = DateTrigger(datetime.now(UTC) + wait)
                scheduler.add_job(at_the_boundary, when, id="bell", replace_existing=True)

        self._scheduler = scheduler
        scheduler.start()
        every_second()


def _give_back_free_memory() -> None:
    """To the kernel, what the C library holds ready for another burst. Where it is glibc."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _leave_what_stays_uncounted() -> None:
    """The policy and the catalogue stay: nothing is gained by walking through them for garbage.

    What connections leave behind is looked for often: larger heaps gain a twentieth of the rate of
    new connections, and cost as much memory again when many come and go at once.
    """
    gc.collect()
    gc.freeze()
    gc.collect()  # else the next full one waits until a quarter of what is frozen has come anew
    gc.set_threshold(2_000, 5, 2)


def _as_many_descriptors_as_allowed() -> int:
    """The usual soft limit of 1,024 is a class and a half."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _in_words(mode: str, error: Exception | None) -> str:
    """Why an address cannot be listened on, without the three times that it says so itself."""
    address = mode.partition("@")[2] or mode
    if isinstance(error, OSError) and error.errno:
        return f"cannot listen on {address}: {os.strerror(error.errno)}"
    return f"cannot listen on {address}: {error}"
