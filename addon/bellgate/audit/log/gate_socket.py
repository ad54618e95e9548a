"""How another process hands a record to the one writer, and asks the gate how it is.

One line of JSON each way over a Unix socket: {"kind":"record","record":{…}} is answered by
{"ok":true,"sequence":N} once the record is safe, {"kind":"status"} by {"ok":true,"status":{…}},
{"kind":"here"}, where the sentry says beside it how it is, by {"ok":true}, any further question
that the gate knows, as {"kind":"address","ip":"…"}, by {"ok":true,"address":…}, and where a record
must come with it, also by the record's "sequence"; what is refused by
{"ok":false,"error":"…"}, with "never" where it would be refused again. A record with "refused"
beside it, the moment of a refusal by the clock that nobody sets, is answered by
{"ok":true,"merged":true} where its retry stands on record already. Nothing here trusts the other
side: its user is checked, who may say what stands in `peers.py`, its line is bounded, and it has a
few seconds.
"""

import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore, Thread
from time import monotonic, sleep
from typing import Any, Final

import orjson

from bellgate.audit.log.day_files import days_of, parsed, sequence_of, whole_lines
from bellgate.audit.log.journal import Journal
from bellgate.audit.log.paths import LogInUse, LogPaths
from bellgate.audit.log.peers import RIGHTS, Rights, Roles, only_the_gate
from bellgate.audit.log.promise import Promise
from bellgate.audit.record.record import LAST_YEAR, Record, timestamp
from bellgate.disk import make_folder
from bellgate.policy.decide import Edition

LONGEST: Final = 64 * 1024
"""Bytes of one question or record at most."""
PATIENCE: Final = 5.0
"""Seconds that a client may take to say what it wants."""
CLIENTS: Final = 16
"""Clients answered at the same time; further ones wait their turn, each at most for the seconds
that those before it may take."""
WAITING: Final = 128
"""Clients that wait at most."""

RECORDED: Final[Mapping[str, str]] = {
    "name": "revealed",
    "whose": "searched",
    "object": "objected",
    "look": "viewed",
}
"""Questions that are answered only after a record that comes with them, and its action."""

SENTRY_SILENT: Final = 5.0
"""Seconds after which the sentry's last word says nothing any more."""

Promised = Callable[[Record], Promise]
Status = Callable[[], dict[str, Any]]
Question = Callable[[Mapping[str, Any]], object]
"""From what was asked to the answer. Raises Refused, and KeyError where something is left out."""
Followed = Callable[[str | None, str | None, float], bool]
"""Whether a refusal's device came to the gate afterwards, for the same host."""


class Refused(RuntimeError):
    """The record was not taken; the text says why."""


class Unanswered(Refused):
    """The gate took the question and gave no answer: it may have ended, or has too many clients."""


class GateSocket:
    """The gate's side of the socket. Threads of its own, so that no client holds up the traffic."""

    def __init__(
        self,
        path: Path,
        promise: Promised,
        status: Status,
        questions: Mapping[str, Question] | None = None,
        *,
        roles: Roles | None = None,
        followed: Followed = lambda *_: False,
    ) -> None:
        """Listen. The caller holds the log's lock: a socket file there is a dead gate's.

        `questions` are further ones that the gate answers, by their kind.
        """
        self._path, self._promise, self._status = path, promise, status
        self._questions = questions or {}
        self._roles, self._followed = roles or only_the_gate(), followed
        self._sentry: tuple[float, dict[str, Any]] | None = None
        self._free = BoundedSemaphore(CLIENTS)
        make_folder(path.parent)
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        # Where others have a role, its group may knock: the gateway's other services are in it.
        # Who each is, is asked of the kernel, below.
        path.chmod(0o660 if len(set(self._roles.values())) > 1 else 0o600)
        self._socket.listen(WAITING)
        self._thread = Thread(target=self._serve, name="bellgate-socket", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; who is being served is served to the end."""
        self._path.unlink(missing_ok=True)
        # Wakes the thread that waits in `accept`; closing alone would not.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    @property
    def sentry(self) -> dict[str, Any] | None:
        """How the sentry is by its own last word; None where it has said nothing for a while."""
        if self._sentry is None or monotonic() - self._sentry[0] > SENTRY_SILENT:
            return None
        return self._sentry[1]

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                if self._socket.fileno() < 0 or not self._path.exists():
                    return
                sleep(0.1)  # out of descriptors: let some clients end first
                continue
            self._free.acquire()
            Thread(target=self._attend, args=(client,), daemon=True).start()

    def _attend(self, client: socket.socket) -> None:
        try:
            # A client that is gone or stuck is its own loss.
            with client, suppress(OSError):
                client.settimeout(PATIENCE)
                client.sendall(orjson.dumps(self._answer(client)) + b"\n")
        finally:
            self._free.release()

    def _answer(self, client: socket.socket) -> dict[str, Any]:
        try:
            line = _read_line(client, PATIENCE)
            # Only after what was sent is read: closed before that, it would lose its answer.
            role = self._roles.get(_user_of(client))
            if role is None:
                return _no("only the gate's own user may use this socket")
            asked = orjson.loads(line)
        except ValueError as e:
            return _no(f"not one line of JSON: {e}")
        rights = RIGHTS[role]
        if isinstance(asked, dict) and asked.get("kind") in rights.questions:
            match asked:
                case {"kind": "here"}:
                    if isinstance(said := asked.get("sentry"), dict):
                        self._sentry = (monotonic(), said)
                    return {"ok": True}
                case {"kind": "status"}:
                    return {"ok": True, "status": self._status()}
                case {"kind": str(kind)} if kind in self._questions and kind not in RECORDED:
                    return self._further(kind, asked)
                case {"kind": str(kind), "record": dict(record)}:
                    if problem := _problem_with(record, rights):
                        return _no(problem) | {"never": True}
                    if kind in self._questions:
                        return self._after_its_record(kind, asked, record)
                    refused = asked.get("refused")
                    if isinstance(refused, float) and self._is_merged(record, refused):
                        return {"ok": True, "merged": True}
                    return self._take(record)
        return _no("neither a record nor a question that this gate answers")

    def _further(self, kind: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {"ok": True, kind: self._questions[kind](asked)}
        except Refused as e:
            return _no(str(e))
        except (KeyError, TypeError) as e:
            return _no(f"the question leaves something out: {e}")

    def _after_its_record(
        self, kind: str, asked: Mapping[str, Any], record: Record
    ) -> dict[str, Any]:
        if record["event"]["action"] != RECORDED.get(kind):
            return _no(f"{kind} is answered after another record than this one")
        taken = self._take(record)
        return taken | self._further(kind, asked) if taken["ok"] else taken

    def _is_merged(self, record: Record, refused: float) -> bool:
        source, url = record.get("source"), record.get("url")
        return self._followed(
            source.get("ip") if isinstance(source, dict) else None,
            url.get("domain") if isinstance(url, dict) else None,
            refused,
        )

    def _take(self, record: Record) -> dict[str, Any]:
        promise = self._promise(record)
        try:
            sequence = promise.result(PATIENCE)
        except TimeoutError:
            if promise.give_up():
                return _no("the log cannot be written at present")
            # Just then it was.
            sequence = promise.result(PATIENCE)
        return (
            _no("the record was lost") if sequence is None else {"ok": True, "sequence": sequence}
        )


def hand_over(
    paths: LogPaths, record: Record, edition: Edition, now: Callable[[], datetime]
) -> int:
    """Get a record into the log and return its number, once it is safe.

    Through the gate where one runs; else this process is the writer for a moment. `edition` and
    `now` serve only then. Raises Refused, and LogInUse. What is refused will not stand as done: a
    gate that ends without an answer may have written it, so then the log itself is asked.
    """
    problem = _problem_with(record, RIGHTS["gate"])
    if problem:
        raise Refused(problem)
    give_up, unanswered = monotonic() + PATIENCE, False
    while True:
        try:
            answer = ask(paths, {"kind": "record", "record": record})
            if answer is not None:
                if not answer.get("ok"):
                    raise Refused(str(answer.get("error")))
                return int(answer["sequence"])
            return _write_alone(paths, record, edition, now, unanswered=unanswered)
        except Unanswered:
            # Its line may be in the log by now, and must not be put there twice.
            unanswered = True
            if (number := number_of(paths.log, record)) is not None:
                return number
            if monotonic() > give_up:
                raise
        except LogInUse:
            # A gate that just starts or stops, or another command: soon one of both will do.
            if monotonic() > give_up:
                raise
        sleep(0.05)


def ask(
    paths: LogPaths, question: dict[str, Any], *, seconds: float = 2 * PATIENCE
) -> dict[str, Any] | None:
    """Ask the running gate, which may take so long; None where none runs.

    Raises Refused; Unanswered where it took the question and said nothing.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.settimeout(seconds)
        try:
            server.connect(str(paths.socket))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        try:
            server.sendall(orjson.dumps(question) + b"\n")
            answer = orjson.loads(_read_line(server, seconds, longest=1 << 24))
        except (OSError, ValueError) as e:
            raise Unanswered(f"the gate did not answer: {e}") from e
    if not isinstance(answer, dict):
        raise Refused("the gate's answer makes no sense")
    return answer


def _write_alone(
    paths: LogPaths,
    record: Record,
    edition: Edition,
    now: Callable[[], datetime],
    *,
    unanswered: bool,
) -> int:
    # Setting a broken log aside is for the gate, whose start people see: whoever only asks for
    # something must not be the one by whom a log that was tampered with goes out of sight.
    journal = Journal(paths, edition, now, sets_aside=False)
    # Opened, it holds whatever a gate that ended without an answer had written of it.
    there = number_of(paths.log, record) if unanswered else None
    promise = journal.promise(record) if journal.healthy and there is None else None
    journal.flush(PATIENCE)
    problem = journal.state.problem
    if promise is not None and not promise.give_up():
        there = promise.result(0)
    journal.close()
    if there is None:
        raise Refused(f"the log cannot be written: {problem}")
    return there


def number_of(log: Path, record: Record) -> int | None:
    """The number under which a record is in the newest days' files; None where it is not."""
    asked = {name: record.get(name) for name in ("@timestamp", "message", "user")}
    for files in days_of(log)[-2:]:
        for line in whole_lines(files.lines):
            found = parsed(line) if str(asked["@timestamp"]).encode() in line else None
            if found is not None and {name: found.get(name) for name in asked} == asked:
                return sequence_of(found)
    return None


def _user_of(client: socket.socket) -> int:
    credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    user: int = struct.unpack("3i", credentials)[1]
    return user


def _read_line(peer: socket.socket, seconds: float, longest: int = LONGEST) -> bytes:
    """One line, in bounded room and time, however slowly it comes."""
    end = monotonic() + seconds
    line = bytearray()
    while not line.endswith(b"\n"):
        peer.settimeout(max(0.001, end - monotonic()))
        received = peer.recv(65536)
        if not received:
            raise ValueError("it ended before its line did")
        line += received
        if len(line) > longest:
            raise ValueError(f"longer than {longest} bytes")
    return bytes(line)


def _problem_with(record: Record, rights: Rights) -> str | None:
    """Why a record from outside cannot go into the log; None if it can."""
    event, when = record.get("event"), record.get("@timestamp")
    if not isinstance(event, dict) or not isinstance(record.get("bellgate"), dict):
        return "a record has the objects `event` and `bellgate`"
    if record.keys() - rights.fields or not isinstance(record.get("message"), str):
        allowed = ", ".join(sorted(rights.fields))
        return f"a record has a message and, of others, only the fields {allowed}"
    if (str(event.get("dataset")), str(event.get("action"))) not in rights.records:
        return "the record's dataset and action are none that may be handed over"
    # The day's file follows from the time, so its form is fixed.
    with suppress(ValueError, OverflowError):
        if isinstance(when, str) and timestamp(at := datetime.fromisoformat(when)) == when:
            return None if at.year <= LAST_YEAR else "the record's @timestamp lies too far ahead"
    return "the record's @timestamp is not like 2026-11-23T10:15:03.123456Z"


def _no(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}
