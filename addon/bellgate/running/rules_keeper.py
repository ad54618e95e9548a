"""What the folder says of the machine, kept in place: the kernel's rules, and our DNS's settings.

The one loop of `bellgate-rules`. It looks at the folder each second, and at the kernel whenever
somebody changes its rules. What it has put in place it also keeps on the disk: if we crash, or
start while the folder has a mistake, the last good texts are loaded before the first card is up.
The rules stay in the kernel when it stops.
"""

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Protocol

from bellgate.audit import LogPaths, Refused, ask, event_record
from bellgate.audit.record.event_kinds import GATE
from bellgate.audit.record.record import Record
from bellgate.disk import write_whole
from bellgate.gate.clock import MachineClock
from bellgate.gateway.places import DNSMASQ, KERNEL_PATH, NFTABLES, QUEUE, SYSCTL
from bellgate.gateway.texts import Machine, texts
from bellgate.policy.decide import Policy
from bellgate.running.folders import calendars_folder, lists_folder
from bellgate.schedules.load import load
from bellgate.schedules.opened import NAMES
from bellgate.schedules.settings import GateSettings, GatewaySettings

EVERY = 1.0
"""Seconds between two looks at the folder and the gate."""
CHECKED = 10.0
"""Seconds after which the kernel's rules are compared although nobody was heard to change them."""
PATIENCE = 30.0
"""Seconds that the gate may be away before `when_down` holds."""
_AHEAD_DAYS = 2
"""Days for which the timetable is compiled at a time."""
_WAITING = 100
"""Records that wait for the gate; the oldest goes."""


_RULES = (NFTABLES, KERNEL_PATH, QUEUE)
"""The texts that are loaded into the kernel, in this order: in between, nothing goes by."""


class NothingToKeep(Exception):
    """Neither the folder nor what was kept says what the rules are; the text says why."""


class Tools(Protocol):
    """The machine, as `gateway.machine` has it."""

    def load_rules(self, name: str, text: str) -> None: ...
    def remove_rules(self, *names: str) -> None: ...
    def loaded_rules(self, name: str) -> str | None: ...
    def start_sentry(self) -> None: ...
    def sentry_runs(self) -> bool: ...
    def stop_sentry(self) -> None: ...
    def facts(self, wan: str) -> Machine: ...
    def restart_dns(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Places:
    """The folders that the keeper reads and writes."""

    schedules: Path
    state: Path
    """The gate's: its socket, and the calendars that it fetched."""
    applied: Path
    kept: Path


@dataclass(frozen=True, slots=True)
class _Known:
    """What the folder said when it was last good."""

    policy: Policy
    settings: GatewaySettings
    shares: GateSettings
    until: datetime
    """The first moment at which the texts may differ."""


class RulesKeeper:
    """Each `step` may come at any time and any number of times."""

    def __init__(
        self,
        places: Places,
        tools: Tools,
        *,
        now: Callable[[], datetime],
        say: Callable[[str], None],
    ) -> None:
        self._places, self._tools, self._now, self._say = places, tools, now, say
        self._policy: Policy | None = None
        self._known: _Known | None = None
        self._signature: tuple[object, ...] = ()
        self._texts: Mapping[str, str] = {}
        self._expected: dict[str, str | None] = {}
        """Each of our texts as the kernel wrote it when it had just been loaded."""
        self._checked = float("-inf")
        self._gate_seen = monotonic()
        self._gate_is_away = False
        self._sentry_was_away = False
        """At some moment of those that the gate has been away for."""
        self._waiting: list[Record] = []
        self._clock = MachineClock()

    def start(self) -> None:
        """The first rules. Raises NothingToKeep, and ToolFailed where the kernel refuses them."""
        self._look_at_folder()
        if self._known is not None:
            self._put_in_place(self._made(self._known))
            return
        kept = _read(self._places.kept)
        if NFTABLES not in kept:
            raise NothingToKeep(
                f"{self._places.schedules} says nothing about this gateway that can be used, "
                "and nothing is kept from before"
            )
        self._say("The folder has mistakes: the rules are those that were last in force.")
        self._put_in_place(kept)

    def step(self, *, changed: bool) -> None:
        """Look at everything once. `changed`: somebody changed the kernel's rules."""
        self._look_at_folder()
        self._look_for_gate()
        if self._known is not None:
            made = self._made(self._known)
            if made != self._texts:
                self._put_in_place(made)
        if changed or monotonic() - self._checked > CHECKED:
            self._look_at_kernel()
        self._hand_over()

    def _look_at_folder(self) -> None:
        """Take the folder up where it changed; a mistake in it leaves what is in force."""
        signature = _signature(self._places.schedules, self._places.state)
        now = self._now()
        if signature != self._signature:
            self._signature = signature
            found = load(
                self._places.schedules,
                cache=calendars_folder(self._places.state),
                shelf=lists_folder(self._places.state),
                judge_lists=False,
                advise=False,
            )
            if found.policy is None or found.gateway is None:
                first = next(iter(found.errors), "there is no gateway.yaml")
                self._say(f"The folder is not taken up: {first}")
                return
            self._policy = found.policy
            self._known = _near(found.policy, found.gateway, found.settings.gate, now)
        elif self._known is not None and self._policy is not None and now >= self._known.until:
            self._known = _near(self._policy, self._known.settings, self._known.shares, now)

    def _look_for_gate(self) -> None:
        if self._known is None:
            return
        now = monotonic()
        if _listens(LogPaths.of(self._places.state).socket):
            if self._gate_is_away:
                away = round(now - self._gate_seen)
                self._record(
                    f"The gate was away for {away} seconds. After the first {PATIENCE:.0f}, "
                    f"{self._undecided()} went by undecided; those still open are cut now",
                    seconds=away,
                )
            self._gate_seen, self._gate_is_away, self._sentry_was_away = now, False, False
        elif now - self._gate_seen > PATIENCE and self._known.settings.when_down == "open":
            if self._known.settings.kernel_path and not self._sentry_was_away:
                self._sentry_was_away = not self._tools.sentry_runs()
            if not self._gate_is_away:
                self._say(
                    f"The gate has been away for {PATIENCE:.0f} seconds: {self._undecided()} go by "
                    "undecided until it is back (when_down: open). See: systemctl status "
                    "bellgate-gate"
                )
            self._gate_is_away = True

    def _undecided(self) -> str:
        """What nobody decides while the gate is away. The sentry needs no gate for its own, where
        it is there."""
        alone = self._known is None or not self._known.settings.kernel_path
        if alone or self._sentry_was_away:
            return "web connections"
        return "connections to port 80"

    def _made(self, known: _Known) -> Mapping[str, str]:
        machine = replace(self._tools.facts(known.settings.wan), gate_is_away=self._gate_is_away)
        return texts(known.policy, known.settings, self._now(), machine, known.shares)

    def _put_in_place(self, made: Mapping[str, str]) -> None:
        """Rules first: if we crash after them, the next start puts the rest in place, too.

        Raises ToolFailed where the kernel refuses the rules; then the old ones are in force.
        """
        for name in _RULES:
            if name in made and made[name] != self._texts.get(name):
                self._load(name, made[name])
        gone = [name for name in (KERNEL_PATH, QUEUE) if name not in made]
        self._take_away(gone)
        before = _read(self._places.applied).get(DNSMASQ)
        for name, text in made.items():
            write_whole(self._places.applied / name, text, 0o644)
            write_whole(self._places.kept / name, text, 0o644)
        # Where nothing was there, the machine starts, and our DNS after us.
        if before is not None and before != made.get(DNSMASQ):
            self._tools.restart_dns()
        if self._texts and KERNEL_PATH in made and KERNEL_PATH not in self._texts:
            self._tools.start_sentry()
        self._texts = made

    def _load(self, name: str, text: str) -> None:
        self._tools.load_rules(name, text)
        self._expected[name] = self._tools.loaded_rules(name)
        self._checked = monotonic()

    def _take_away(self, names: Sequence[str]) -> None:
        """What the folder no longer asks for: the sentry first, which would miss its rules."""
        if KERNEL_PATH in names and KERNEL_PATH in self._texts:
            self._tools.stop_sentry()
        for name in names:
            if self._tools.loaded_rules(name) is not None:
                self._tools.remove_rules(name)
            self._expected.pop(name, None)
            for folder in (self._places.applied, self._places.kept):
                (folder / name).unlink(missing_ok=True)

    def _look_at_kernel(self) -> None:
        self._checked = monotonic()
        there = {name: self._tools.loaded_rules(name) for name in self._expected}
        other = [name for name in there if there[name] != self._expected[name]]
        if not other:
            return
        what = "changed" if all(there[name] is not None for name in other) else "removed"
        for name in other:
            self._load(name, self._texts[name])
        said = f"Somebody {what} Bellgate's rules in the kernel; they were put back"
        self._say(f"{said}. What does so at each of its reloads: `flush ruleset` in nftables.conf.")
        self._record(said, how=what)

    def _record(self, message: str, **facts: object) -> None:
        if self._policy is None:
            return
        self._waiting.append(
            event_record(
                GATE, "rules-restored", message, edition=self._policy.edition, at=self._now(),
                clock=self._clock.state, facts=facts,
            )
        )  # fmt: skip
        del self._waiting[:-_WAITING]

    def _hand_over(self) -> None:
        """By the gate alone, which writes the log; while it is away, records wait here."""
        paths = LogPaths.of(self._places.state)
        while self._waiting:
            try:
                answer = ask(paths, {"kind": "record", "record": self._waiting[0]})
            except (Refused, OSError):
                return
            if answer is None or not answer.get("ok"):
                return
            del self._waiting[0]


def _near(policy: Policy, settings: GatewaySettings, shares: GateSettings, now: datetime) -> _Known:
    near = policy.near(now, _AHEAD_DAYS)
    day = (now + timedelta(days=1)).astimezone(UTC)
    return _Known(near, settings, shares, min(near.next_bell(now) or day, day))


def _signature(schedules: Path, state: Path) -> tuple[object, ...]:
    """Differs wherever a file that counts was written."""
    return tuple(
        _stamp(path)
        for path in (*(schedules / name for name in NAMES), calendars_folder(state) / "days.yaml")
    )


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _read(folder: Path) -> dict[str, str]:
    found = {}
    for name in (*_RULES, DNSMASQ, SYSCTL):
        try:
            found[name] = (folder / name).read_text()
        except OSError:
            continue
    return found


def _listens(place: Path) -> bool:
    """Whether somebody listens at a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(place))
        except OSError:
            return False
    return True
