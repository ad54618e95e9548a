"""Names and objections: read by the gate alone, which opens them to the pages one by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bellgate.audit import GateSocket, Journal, LogPaths, ask, entries
from bellgate.review.objections import Objection, Objections
from bellgate.review.people import Called, People
from bellgate.review.sealed import KEY
from bellgate.running.acting import Actor, NotRecorded
from bellgate.running.confided import Asked, CannotOpen, Confided, answers
from tests.audit.world import EDITION, QUARTER_PAST_TEN, journal

SAID = "head was shown the name behind stf-0042"
OBJECTION = Objection.made("It was my daughter’s game.", QUARTER_PAST_TEN)


class School:
    """A gate that keeps the names in a folder of its own, and somebody who asks it from another."""

    def __init__(self, folder: Path) -> None:
        self.kept, self.paths = folder / "gate", LogPaths.of(folder / "gate")
        People(self.kept).add("stf-0042", "Alex Mason")
        self.log: Journal = journal(self.kept)
        self.socket = GateSocket(self.paths.socket, self.log.promise, dict, answers(self.kept))
        self.pages = Confided(folder / "what the pages can read", self.paths)
        self.head = Actor(self.paths, EDITION, "head", QUARTER_PAST_TEN, "synchronised")

    def close(self) -> None:
        self.socket.close()
        self.log.close()

    @property
    def actions(self) -> list[str]:
        return [str(e.record["event"]["action"]) for e in entries(self.paths.log) if e.record]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    made = School(tmp_path)
    yield made
    made.close()


def test_a_name_comes_with_its_record(school: School) -> None:
    assert school.pages.has_name("stf-0042") and not school.pages.has_name("stf-0043")
    assert school.actions == []
    name = school.pages.name(school.head, SAID, target="stf-0042", reason="A hearing")
    assert name == "Alex Mason"
    assert school.actions == ["revealed"]


@pytest.mark.parametrize(
    ("id", "reason", "why"),
    [
        ("stf-0043", "A hearing", "no name is kept for stf-0043"),
        ("stf-0042", None, "a name is shown only for a reason"),
    ],
)
def test_a_name_that_is_not_shown_is_on_record_as_not_shown(
    school: School, id: str, reason: str | None, why: str
) -> None:
    with pytest.raises(CannotOpen, match=why):
        school.pages.name(school.head, SAID, target=id, reason=reason)
    assert school.actions == ["revealed", "refused"]


def test_no_name_comes_after_another_record_or_none(school: School) -> None:
    looked = school.head.record("viewed", "head looked at stf-0042", target="stf-0042", reason="R")
    for asked in ({"kind": "name", "record": looked}, {"kind": "name", "id": "stf-0042"}):
        answer = ask(school.paths, asked)
        assert answer is not None and not answer["ok"] and "Mason" not in str(answer)
    assert school.actions == []


def test_no_name_comes_while_nothing_can_be_recorded(school: School) -> None:
    school.log.close()
    with pytest.raises(NotRecorded):
        school.pages.name(school.head, SAID, target="stf-0042", reason="A hearing")


def test_what_somebody_objects_is_kept_by_the_gate_and_read_back(school: School) -> None:
    assert school.pages.objection("stf-0042") is None
    school.pages.object(school.head, "head recorded it", "stf-0042", OBJECTION)
    assert school.pages.objection("stf-0042") == OBJECTION == Objections(school.kept).of("stf-0042")
    assert school.actions == ["objected"]


def test_other_words_than_those_of_the_record_are_not_kept(school: School) -> None:
    record = school.head.record("objected", "…", target="stf-0042", facts={"text_sha256": "0" * 64})
    words = {"text": OBJECTION.text, "at": OBJECTION.at, "salt": OBJECTION.salt}
    answer = ask(school.paths, {"kind": "object", "record": record, "objection": words})
    assert answer is not None and answer["error"] == "the words are not those of the record"
    assert Objections(school.kept).of("stf-0042") is None


def test_words_that_cannot_be_kept_are_on_record_as_not_kept(school: School) -> None:
    (school.kept / KEY).write_text("not a key")
    with pytest.raises(CannotOpen, match="is not a key"):
        school.pages.object(school.head, "head recorded it", "stf-0042", OBJECTION)
    assert school.actions == ["objected", "refused"]


def test_without_a_gate_whoever_may_read_the_files_opens_them_after_the_same_record(
    school: School,
) -> None:
    school.close()
    here = Confided(school.kept, school.paths)
    assert here.has_name("stf-0042")
    name = here.name(school.head, SAID, target="stf-0042", reason="A hearing")
    here.object(school.head, "head recorded it", "stf-0042", OBJECTION)
    assert (name, here.objection("stf-0042")) == ("Alex Mason", OBJECTION)
    assert school.actions == ["revealed", "objected"]


def test_a_gate_that_cannot_read_the_names_says_so(school: School) -> None:
    (school.kept / KEY).unlink()
    with pytest.raises(CannotOpen, match="the key to the names is missing"):
        school.pages.has_name("stf-0042")
    answer = ask(school.paths, {"kind": "has-name"})
    assert answer == {"ok": False, "error": "the question leaves something out: 'id'"}


def test_a_name_leads_to_its_pseudonym_after_a_record_that_names_nobody(school: School) -> None:
    said = "head looked for the person behind a name"
    assert school.pages.whose(school.head, said, Asked("alex  MASON", "A parent asks")) == (
        Called(("stf-0042",))
    )
    [entry] = entries(school.paths.log)
    assert entry.record is not None and entry.record["event"]["reason"] == "A parent asks"
    assert b"Mason" not in entry.text and b"stf-0042" not in entry.text
    assert school.pages.whose(school.head, said, Asked("Nobody Known", "A parent asks")) == Called(
        ()
    )
    assert school.actions == ["searched", "searched"]


def test_nobodys_name_is_looked_up_without_a_reason_or_after_another_record(school: School) -> None:
    with pytest.raises(CannotOpen, match="a name is looked up only for a reason"):
        school.pages.whose(school.head, "…", Asked("Alex Mason", ""))
    looked = school.head.record("viewed", "head looked at stf-0042", target="stf-0042", reason="R")
    for asked in ({"kind": "whose", "record": looked, "name": "Alex Mason"},
                  {"kind": "whose", "name": "Alex Mason"}):  # fmt: skip
        answer = ask(school.paths, asked)
        assert answer is not None and not answer["ok"] and "stf-0042" not in str(answer)
    assert school.actions == ["searched", "refused"]


def test_without_a_gate_a_name_leads_to_its_pseudonym_after_the_same_record(school: School) -> None:
    school.close()
    here = Confided(school.kept, school.paths)
    assert here.whose(school.head, "…", Asked("Alex Mason", "A parent asks")).ids == ("stf-0042",)
    assert school.actions == ["searched"]
