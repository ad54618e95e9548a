"""What was confided to the gate: the names behind pseudonyms, and what people object.

The pages' user can read neither. It asks the gate over its socket. {"kind":"name","record":{…}} has
the record of who is shown a name and why; it is answered by {"ok":true,"sequence":N,"name":"…"},
once that record is safe. {"kind":"whose","record":{…},"name":"…","groups":{"staff":["…"]},"within":
null} is the way back, from a name to its pseudonym: {"ok":true,"sequence":N,"whose":{"ids":["…"],
"others":0,"groups":{"staff":1}}}; its record names nobody, and its answer gives no name.
{"kind":"object","record":{…},"objection":{…}} is answered once the words are kept, too.
{"kind":"has-name","id":"…"} and {"kind":"objection","id":"…"} need no record of their own: the look
at the person is one. Where no gate runs, whoever may read the files opens them, after the same
record. Both sides stand here.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Unpack

from bellgate.audit import LogPaths, Refused, ask
from bellgate.audit.log.gate_socket import Question
from bellgate.review.objections import Objection, Objections
from bellgate.review.people import NO_GROUPS, Called, People
from bellgate.review.sealed import Unreadable
from bellgate.running.acting import Actor, Deed, Left, NotDone


class CannotOpen(Exception):
    """What was confided cannot be had now; the text says why, in one line."""


def answers(state: Path) -> dict[str, Question]:
    """The gate's side: what it answers, by the kind of the question."""
    people, objections = People(state), Objections(state)

    def has_name(asked: Mapping[str, Any]) -> bool:
        return str(asked["id"]) in _opened(people)

    def name(asked: Mapping[str, Any]) -> str:
        names, id = _opened(people), _target(asked["record"])
        if not asked["record"]["event"].get("reason"):
            raise Refused("a name is shown only for a reason")
        if id not in names:
            raise Refused(f"no name is kept for {id}")
        return names[id]

    def whose(asked: Mapping[str, Any]) -> dict[str, Any]:
        if not asked["record"]["event"].get("reason"):
            raise Refused("a name is looked up only for a reason")
        groups, within = asked["groups"], asked["within"]
        return asdict(Called.among(_opened(people), str(asked["name"]), groups, within))

    def objection(asked: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            found = objections.of(str(asked["id"]))
        except Unreadable as error:
            raise Refused(str(error)) from error
        return asdict(found) if found else None

    def object_(asked: Mapping[str, Any]) -> bool:
        words, record = Objection(**asked["objection"]), asked["record"]
        if words.sha256 != record["bellgate"].get("text_sha256"):
            raise Refused("the words are not those of the record")
        try:
            objections.put(_target(record), words)
        except (Unreadable, OSError) as error:
            raise Refused(str(error)) from error
        return True

    return {
        "has-name": has_name, "name": name, "whose": whose, "objection": objection,
        "object": object_,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A name that somebody typed, why, and whose pseudonyms are in which group; with `within`,
    those of one group alone are asked about."""

    name: str
    reason: str
    groups: Mapping[str, Collection[str]] = NO_GROUPS
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Confided:
    """The asker's side. `paths` lead to the gate that is asked, `state` to the files."""

    state: Path
    paths: LogPaths

    def has_name(self, id: str) -> bool:
        """Whether a name is kept for a pseudonym. Raises CannotOpen."""
        answer = self._asked({"kind": "has-name", "id": id})
        return id in self._names() if answer is None else bool(answer["has-name"])

    def name(self, actor: Actor, message: str, **deed: Unpack[Deed]) -> str:
        """The name behind the pseudonym that is the deed's target, after its record.

        Raises NotRecorded, and CannotOpen; then a further record says that nobody was shown it.
        """
        record = actor.record("revealed", message, **deed)
        answer = self._recorded(actor, record, {"kind": "name"})
        if answer is not None:
            return str(answer["name"])
        left = Left(actor, record, actor.submit(record))
        with left.taking_effect():
            return self._names()[_target(record)]

    def whose(self, actor: Actor, message: str, asked: Asked) -> Called:
        """Who has a name, after a record that names nobody. Raises NotRecorded, and CannotOpen."""
        record = actor.record("searched", message, reason=asked.reason, facts={"page": "/people"})
        groups = {group: sorted(ids) for group, ids in asked.groups.items()}
        question = {"kind": "whose", "name": asked.name, "groups": groups, "within": asked.within}
        answer = self._recorded(actor, record, question)
        if answer is not None:
            found = answer["whose"]
            return Called(tuple(found["ids"]), found["others"], found["groups"])
        left = Left(actor, record, actor.submit(record))
        with left.taking_effect():
            return Called.among(self._names(), asked.name, groups, asked.within)

    def objection(self, id: str) -> Objection | None:
        """What a person says against the record. Raises CannotOpen."""
        answer = self._asked({"kind": "objection", "id": id})
        if answer is not None:
            return Objection(**answer["objection"]) if answer["objection"] else None
        try:
            return Objections(self.state).of(id)
        except Unreadable as error:
            raise CannotOpen(str(error)) from error

    def object(self, actor: Actor, message: str, id: str, objection: Objection) -> None:
        """Keep it, after its record. Raises NotRecorded, and CannotOpen."""
        facts = {"text_sha256": objection.sha256}
        record = actor.record("objected", message, target=id, facts=facts)
        kind = {"kind": "object", "objection": asdict(objection)}
        if self._recorded(actor, record, kind) is not None:
            return
        left = Left(actor, record, actor.submit(record))
        with left.taking_effect():
            try:
                Objections(self.state).put(id, objection)
            except (Unreadable, OSError) as error:
                raise CannotOpen(str(error)) from error

    def _recorded(
        self, actor: Actor, record: dict[str, Any], question: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The gate's answer after the record; None where no gate runs."""
        try:
            return actor.asked_with(question, record)
        except NotDone as error:
            raise CannotOpen(str(error)) from error

    def _asked(self, question: dict[str, Any]) -> dict[str, Any] | None:
        try:
            answer = ask(self.paths, question)
        except (Refused, OSError) as error:
            raise CannotOpen(f"the gate does not answer ({error})") from error
        if answer is not None and not answer.get("ok"):
            raise CannotOpen(str(answer.get("error")))
        return answer

    def _names(self) -> dict[str, str]:
        try:
            return People(self.state).names()
        except Unreadable as error:
            raise CannotOpen(str(error)) from error


def _opened(people: People) -> dict[str, str]:
    try:
        return people.names()
    except Unreadable as error:
        raise Refused(str(error)) from error


def _target(record: Mapping[str, Any]) -> str:
    """Whom a reviewer's record is about."""
    return str(record["user"]["target"]["id"])
