"""The timetable desk: what is wrong at its line, what saving changes, and two people at once."""

import hashlib
import re
from datetime import date, time

import pytest

from bellgate.running import editions
from bellgate.running.folders import calendars_folder
from bellgate.schedules.changed_days import ChangedDay, ChangedDays
from bellgate.schedules.load import fingerprint
from tests.cli.weeks import lines_of
from tests.console.desk import Browser, Desk, text_of


@pytest.fixture
def technician(desk: Desk) -> Browser:
    return desk.browser(role="technician")


def rules(desk: Desk) -> str:
    return (desk.school.schedules / "rules.yaml").read_text()


def form(desk: Desk, text: str, do: str, base: str | None = None) -> dict[str, str]:
    base = hashlib.sha256(rules(desk).encode()).hexdigest() if base is None else base
    # As a browser sends it.
    return {"file": "rules.yaml", "text": text.replace("\n", "\r\n"), "base": base, "do": do}


def opened(desk: Desk) -> str:
    """The rules with the staff's own one taken down to a log."""
    text = rules(desk)
    at = text.index("name: Staff\n")
    return text[:at] + text[at:].replace("do: block", "do: log", 1)


def test_the_four_files_can_be_read(desk: Desk, technician: Browser) -> None:
    for name in ("school.yaml", "rules.yaml", "devices.yaml", "services.yaml"):
        page = technician.get(f"/timetable/files?file={name}")
        assert (
            page.status_code == 200 and f'<label class="govuk-label" for="text">{name}' in page.text
        )
    for name in ("../keys/people.key", "console.yaml", "/etc/passwd"):
        assert technician.get("/timetable/files", query_string={"file": name}).status_code == 404


def test_what_saving_would_change_in_words_and_for_last_week(
    desk: Desk, technician: Browser
) -> None:
    answer = technician.send("/timetable/files", form(desk, opened(desk), "try"))
    said = text_of(answer.text)
    assert "What changes" in said and "rule Staff" in said
    tried = [
        r["bellgate"]["repeat"] for r in lines_of(desk.school.state) if "repeat" in r["bellgate"]
    ]
    assert f"staff facebook morning – {sum(tried)}" in said, "closed then, open under this"
    assert rules(desk) != opened(desk) and desk.records("edited") == []


def test_putting_in_force_is_a_record_first(desk: Desk, technician: Browser) -> None:
    changed = opened(desk)
    answer = technician.send("/timetable/files", form(desk, changed, "save"))
    # No gate runs here, so nothing is said to be in force.
    said = text_of(answer.text)
    assert "Saved. It comes into force once the gate is running" in said
    assert "within two seconds" not in said
    assert rules(desk) == changed
    [record] = desk.records("edited")
    assert record["message"].startswith("the-technician changed rules.yaml: ")


def test_a_mistake_is_shown_at_its_line_and_never_put_in_force(
    desk: Desk, technician: Browser
) -> None:
    before = rules(desk)
    broken = before.replace("do: block", "do: blok", 1)
    line = broken[: broken.index("blok")].count("\n") + 1
    for do in ("try", "save"):
        said = text_of(technician.send("/timetable/files", form(desk, broken, do)).text)
        assert "1 mistake: this cannot be brought into force" in said
        assert f"Mistake Line {line}:" in said and "did you mean block" in said.lower()
    assert rules(desk) == before and desk.records("edited") == []


def test_two_people_at_once_the_second_is_told_and_loses_nothing(
    desk: Desk, technician: Browser
) -> None:
    base = hashlib.sha256(rules(desk).encode()).hexdigest()
    mine = opened(desk)
    other = rules(desk) + "# somebody else was here\n"
    (desk.school.schedules / "rules.yaml").write_text(other)
    answer = technician.send("/timetable/files", form(desk, mine, "save", base))
    said = text_of(answer.text)
    assert answer.status_code == 409
    assert "Somebody else has changed this file since you opened it, so nothing was saved." in said
    assert "do: log" in answer.text and rules(desk) == other
    new_base = hashlib.sha256(other.encode()).hexdigest()
    assert f'name="base" value="{new_base}"' in answer.text


def test_what_somebody_types_is_text_and_nothing_else(desk: Desk, technician: Browser) -> None:
    nasty = "rules:\n  - name: </textarea><script>alert(1)</script>\n"
    answer = technician.send("/timetable/files", form(desk, nasty, "try"))
    assert "<script>" not in answer.text and "&lt;script&gt;" in answer.text


@pytest.fixture
def earlier(desk: Desk) -> str:
    """An edition with a milder rule for staff, and what the desk calls it."""
    files = {p.name: p.read_bytes() for p in desk.school.schedules.glob("*.yaml")}
    files["rules.yaml"] = opened(desk).encode()
    edition = fingerprint(files)
    editions.keep(desk.school.state, edition, files)
    return edition.removeprefix("sha256:")[:12]


def test_an_earlier_edition_says_what_going_back_would_change(
    desk: Desk, technician: Browser, earlier: str
) -> None:
    assert f"/timetable/files?edition={earlier}" in technician.get("/timetable/files").text
    page = technician.get(f"/timetable/files?edition={earlier}")
    said = text_of(page.text)
    assert "What going back would change" in said and "rule Staff" in said
    assert "do: log" in page.text
    assert technician.get("/timetable/files?edition=no-such").status_code == 404


def test_days_changed_from_a_page_are_not_said_to_go_with_the_edition(
    desk: Desk, technician: Browser, earlier: str
) -> None:
    """They are kept in the state folder, and going back leaves them there."""
    days = ChangedDays(calendars_folder(desk.school.state))
    days.put(ChangedDay(date(2026, 12, 1), time(13), "the-head", "Burst pipe"), date(2026, 11, 28))
    desk.school.look_again()
    said = text_of(technician.get(f"/timetable/files?edition={earlier}").text)
    assert "rule Staff" in said and "Burst pipe" not in said


def test_a_longer_answer_and_a_longer_retention_are_no_mere_layout(
    desk: Desk, technician: Browser
) -> None:
    for file, old, new, said in (
        ("rules.yaml", "for: 45 minutes", "for: 1 hour", "an answer now opens it for 1 hour"),
        ("school.yaml", "pupils: 30 days", "pupils: 9 months", "pupils is now 9 months"),
    ):
        text = (desk.school.schedules / file).read_text()
        assert old in text
        answer = technician.send(
            "/timetable/files",
            {"file": file, "text": text.replace(old, new, 1), "do": "try",
             "base": hashlib.sha256(text.encode()).hexdigest()},
        )  # fmt: skip
        assert said in text_of(answer.text)


def test_going_back_is_a_record_first_and_keeps_what_it_replaces(
    desk: Desk, technician: Browser, earlier: str
) -> None:
    before, wanted = rules(desk), opened(desk)
    page = f"/timetable/files?edition={earlier}"
    answer = technician.send("/timetable/files", back(technician, earlier), page=page)
    assert answer.status_code == 303 and rules(desk) == wanted
    assert "are back" in text_of(technician.get(answer.headers["Location"]).text)
    [record] = desk.records("edited")
    assert record["message"].startswith(f"the-technician went back to the edition {earlier}: ")
    kept = [editions.kept(desk.school.state, e.hash) for e in editions.listed(desk.school.state)]
    assert before.encode() in [files.get("rules.yaml") for files in kept]


def test_going_back_after_somebody_else_changed_a_file_is_refused(
    desk: Desk, technician: Browser, earlier: str
) -> None:
    form = back(technician, earlier)
    other = rules(desk) + "# somebody else was here\n"
    (desk.school.schedules / "rules.yaml").write_text(other)
    page = f"/timetable/files?edition={earlier}"
    answer = technician.send("/timetable/files", form, page=page)
    assert answer.status_code == 409 and "nothing was put back" in text_of(answer.text)
    assert rules(desk) == other and desk.records("edited") == []


def back(technician: Browser, earlier: str) -> dict[str, str]:
    """The form of the page that leads back, as it stands there."""
    page = technician.get(f"/timetable/files?edition={earlier}").text
    found = re.search(r'name="base" value="([^"]+)"', page)
    assert found is not None
    return {"edition": earlier, "base": found[1]}
