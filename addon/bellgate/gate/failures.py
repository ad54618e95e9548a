"""Our own code failed on a connection: what is restricted is refused, the rest is passed.

Asks as little as can be, for nobody knows what else is broken. Source: addon/ARCHITECTURE.md, "The
gate".
"""

import logging

from bellgate.complaints import NowAndThen
from bellgate.gate.connections import ClientConnection
from bellgate.gate.judge import Judge
from bellgate.gate.records import Done, Recording
from bellgate.machine_time import elapsed

logger = logging.getLogger(__name__)


class Failures:
    """Judges by names alone, and puts each failure on record."""

    def __init__(self, judge: Judge, recording: Recording) -> None:
        self.recording = recording
        self._judge = judge
        self._said = NowAndThen()
        self.totals: dict[Done, int] = {"passed": 0, "refused": 0}
        """What became of connections that nothing but their names decided, since the start."""

    def failed(
        self,
        error: Exception,
        where: str,
        source_ip: str,
        names: tuple[str, ...],
        *,
        undecided: bool = False,
    ) -> bool:
        """Record the failure, and say whether the connection may pass.

        `undecided`: it has not yet said where it wants to go, and is decided when it does.
        """
        passes = not undecided and self._safe_to_pass(names)
        if self._said.is_due(f"{type(error).__name__} {where}", elapsed()):
            logger.error("Failed in %s", where, exc_info=error)
        try:
            service = None if passes else self._service_of(names)
            done: Done | None = None if undecided else "passed" if passes else "refused"
            if done is not None:
                self.totals[done] += 1
            self.recording.error(
                error, where, source_ip=source_ip, names=names, service=service, done=done
            )
        except Exception:
            # The record is lost, the answer stands: a failing log must not open a closed site.
            logger.exception("The failure could not be recorded")
        return passes

    def failed_at_the_bell(self, error: Exception, connection: ClientConnection) -> bool:
        """It failed on an open connection as the bell rang: whether that may stay open."""
        names = connection.current.connection.names if connection.current else ()
        if not names and connection.connect_name is not None:
            names = (connection.connect_name,)
        return self.failed(error, "the bell", connection.source_ip, names)

    def _safe_to_pass(self, names: tuple[str, ...]) -> bool:
        """A name in the catalogue or the rules is refused, and so is what could not be read. While
        the gate only observes, nothing is."""
        if self._judge.policy.observe:
            return True
        try:
            subjects = [self._judge.policy.index.look_up(name) for name in names]
        except Exception:
            logger.exception("The index failed; refusing")
            return False
        return bool(subjects) and not any(what.service or what.domains for what in subjects)

    def _service_of(self, names: tuple[str, ...]) -> str | None:
        services = (self._judge.policy.index.look_up(name).service for name in names)
        return next((service.id for service in services if service), None)
