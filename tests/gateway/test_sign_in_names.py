"""Whom a name stands for that somebody signed in with."""

import pytest

from bellgate.gateway.sign_ins.names import MACHINE, NOBODY, Named, known_names, named, shown

REALMS = ("School.Example", "SCHOOL")
KNOWN = known_names(
    [("jsmith", "stf-1"), ("Jane Smith", "stf-1"), ("SCHOOL\\pjones", "stf-2"),
     ("visitor@other.example", "gst-1"), ("twin", "stf-3"), ("TWIN", "stf-4")],
    REALMS,
)  # fmt: skip


@pytest.mark.parametrize(("user", "found"), [
    ("jsmith", Named("stf-1")),
    ("JSmith", Named("stf-1")),
    ("  jsmith ", Named("stf-1")),
    ("jsmith@school.example", Named("stf-1")),
    ("School\\JSMITH", Named("stf-1")),
    ("ｊｓｍｉｔｈ", Named("stf-1")),  # as full-width letters
    ("jane smith", Named("stf-1")),
    ("pjones", Named("stf-2")),
    ("visitor@other.example", Named("gst-1")),
    # another school's jsmith is a visitor here
    ("jsmith@other.example", NOBODY),
    ("OTHER\\jsmith", NOBODY),
    ("visitor", NOBODY),
    # two persons have it
    ("twin", NOBODY),
    # what is said outside the tunnel
    ("anonymous", NOBODY),
    ("Anonymous@school.example", NOBODY),
    ("@school.example", NOBODY),
    ("", NOBODY),
    ("jsmith@", Named("stf-1")),
    # machines are nobody, and contradict nobody
    ("host/pc-7.school.example", MACHINE),
    ("SCHOOL\\PC-7$", MACHINE),
    ("3c22fb000031", MACHINE),
    ("3C-22-FB-00-00-31", MACHINE),
])  # fmt: skip
def test_whom_a_name_stands_for(user: str, found: Named) -> None:
    assert named(user, KNOWN, REALMS) == found


def test_without_realms_of_its_own_the_school_has_whole_names_alone() -> None:
    known = known_names([("jsmith", "stf-1"), ("pj@school.example", "stf-2")])
    assert named("jsmith@school.example", known) == NOBODY
    assert named("PJ@School.Example", known) == Named("stf-2")


@pytest.mark.parametrize(("session", "user", "is_shown"), [
    ("5F3A-0001", "jsmith@school.example", True),
    ("jsmith3C22FB000031-5F3A", "JSmith@school.example", False),
    ("SCHOOL.jsmith.1", "SCHOOL\\jsmith", False),
    ("5F3A 0001", "jsmith", False),
    ("ü", "jsmith", False),
    ("x" * 65, "jsmith", False),
])  # fmt: skip
def test_a_session_is_shown_by_its_own_name_only_where_that_holds_no_persons(
    session: str, user: str, is_shown: bool
) -> None:
    assert shown(session, user) is is_shown
