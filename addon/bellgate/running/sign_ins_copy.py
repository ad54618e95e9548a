"""What another process has of who is signed in: a copy of the gate's.

The sentry's is asked for a few times a second, and waited for by nobody. While the gate does not
answer, nobody is named by it: somebody may have signed out meanwhile.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bellgate.audit.log.gate_socket import Refused, ask
from bellgate.audit.log.paths import LogPaths
from bellgate.gateway.addresses import AddressTable
from bellgate.gateway.sign_ins.sessions import Sessions
from bellgate.machine_time import elapsed
from bellgate.policy.facts import SignIn
from bellgate.running.jobs import Job
from bellgate.running.sign_ins import QUESTION

EVERY: Final = 0.25
"""Seconds between two questions: what an access point reports is known here within a second."""
PATIENCE: Final = 0.5
"""Seconds that the gate may take to answer."""


class SignInsCopy:
    """Between entry and exit, `addresses` knows who is signed in, as the gate knows it."""

    def __init__(
        self,
        paths: LogPaths,
        addresses: AddressTable,
        *,
        is_wanted: Callable[[], bool],
        failed: Callable[[Exception], None],
    ) -> None:
        self._paths, self._addresses, self._is_wanted = paths, addresses, is_wanted
        self._as_of = ""
        self._job = Job(self.look, EVERY, "sign-ins", failed=failed, at_once=True)

    def __enter__(self) -> "SignInsCopy":
        self._job.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._job.stop()

    def look(self) -> None:
        """Ask once."""
        if not self._is_wanted():
            self._take(Sessions(), "")
            return
        question = {"kind": QUESTION, "as_of": self._as_of}
        try:
            answer = ask(self._paths, question, seconds=PATIENCE)
        except (Refused, OSError):
            answer = None
        if answer is None or not answer.get("ok"):
            self._addresses.sessions.doubt_all()
            self._as_of = ""
            return
        said = answer[QUESTION]
        if said["copy"] is not None:
            self._take(Sessions.copied(said["copy"], elapsed()), said["as_of"])

    def _take(self, sessions: Sessions, as_of: str) -> None:
        if as_of or len(self._addresses.sessions):
            self._addresses.sessions = sessions
        self._as_of = as_of


def signed_in_now(state: Path, *, simulated: bool) -> Mapping[str, SignIn]:
    """Who is signed in by each card, asked of the running gate once; nobody where none answers."""
    try:
        paths = LogPaths.of(state, simulated=simulated)
        answer = ask(paths, {"kind": QUESTION, "as_of": ""}, seconds=PATIENCE)
    except (Refused, OSError):
        answer = None
    if answer is None or not answer.get("ok"):
        return {}
    now, said = elapsed(), answer[QUESTION]
    sessions = Sessions.copied(said["copy"], now)
    cards = {session.mac for session in sessions.on(now) if session.mac is not None}
    found = {mac: sessions.at("", mac, lambda _: True, now) for mac in cards}
    return {mac: sign_in for mac, sign_in in found.items() if sign_in is not None}
