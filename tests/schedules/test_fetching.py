"""Fetching a calendar from a real server on loopback: what is kept, refused and told."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from urllib.request import Request

import pytest

from bellgate.outside.web import NotSafe, OnlyTheWeb
from bellgate.schedules.fetch import refresh
from bellgate.schedules.fetched_copies import kept, web_address
from bellgate.schedules.load import load
from bellgate.schedules.origin import FETCHED
from tests.schedules.small_catalogue import small_catalogue

CORPUS = Path(__file__).parent.parent / "corpus"
COUNCIL = (CORPUS / "good" / "calendar-only" / "term-dates.ics").read_bytes()
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=6)


@dataclass
class Council:
    """What the server is to answer, and what it was asked."""

    content: bytes = COUNCIL
    status: int = 200
    etag: str | None = '"one"'
    leads_to: str | None = None
    drip: float = 0.0
    cut_off: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    address: str = ""


@contextmanager
def serving() -> Iterator[Council]:
    council = Council()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            council.asked.append({k.lower(): v for k, v in self.headers.items()})
            if council.leads_to:
                self.send_response(302)
                self.send_header("Location", council.leads_to)
                self.end_headers()
                return
            same = council.etag and self.headers.get("If-None-Match") == council.etag
            self.send_response(304 if same else council.status)
            if council.etag:
                self.send_header("ETag", council.etag)
            body = b"" if same else council.content
            self.send_header("Content-Length", str(len(body) + (10 if council.cut_off else 0)))
            self.end_headers()
            pieces = [bytes([byte]) for byte in body] if council.drip else [body]
            # The fetch that has seen enough hangs up.
            with suppress(OSError):
                for piece in pieces:
                    self.wfile.write(piece)
                    time.sleep(council.drip)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    council.address = f"http://127.0.0.1:{server.server_port}/term-dates.ics"
    try:
        yield council
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def council() -> Iterator[Council]:
    with serving() as found:
        yield found


def test_a_first_copy_and_what_is_known_of_it(council: Council, tmp_path: Path) -> None:
    assert kept(tmp_path, council.address) is None
    found = refresh(tmp_path, council.address, NOW)
    assert (found.outcome, found.why) == ("new", None)
    copy = kept(tmp_path, council.address)
    assert copy is not None and copy == found.copy
    assert (copy.content, copy.fetched, copy.checked, copy.etag) == (COUNCIL, NOW, NOW, '"one"')
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_an_unchanged_calendar_is_not_sent_again(council: Council, tmp_path: Path) -> None:
    refresh(tmp_path, council.address, NOW)
    found = refresh(tmp_path, council.address, LATER)
    assert council.asked[1]["if-none-match"] == '"one"'
    assert found.outcome == "same"
    copy = kept(tmp_path, council.address)
    assert copy is not None
    assert (copy.content, copy.fetched, copy.checked) == (COUNCIL, NOW, LATER)


def test_a_server_without_etags_is_compared_by_its_bytes(council: Council, tmp_path: Path) -> None:
    council.etag = None
    refresh(tmp_path, council.address, NOW)
    assert refresh(tmp_path, council.address, LATER).outcome == "same"
    council.content = COUNCIL.replace(b"20261219", b"20261217")
    assert refresh(tmp_path, council.address, LATER).outcome == "new"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": 404}, "the server answers 404"),
        ({"status": 500}, "the server answers 500"),
        ({"content": b"BEGIN:VCALENDAR\n" * 300_000}, "larger than"),
        ({"drip": 0.02}, "takes too long"),
        ({"cut_off": True}, ""),
        ({"leads_to": "file:///etc/passwd"}, "not allowed"),
        ({"leads_to": "ftp://127.0.0.1/x"}, "not safe to follow"),
        ({"leads_to": "/term-dates.ics"}, "redirect"),
    ],
    ids=str,
)
def test_what_fails_leaves_the_last_good_copy(
    council: Council, tmp_path: Path, changes: dict[str, object], why: str
) -> None:
    refresh(tmp_path, council.address, NOW)
    council.etag = None
    for name, value in changes.items():
        setattr(council, name, value)
    begun = time.monotonic()
    found = refresh(tmp_path, council.address, LATER, seconds=0.5)
    assert time.monotonic() - begun < 3
    assert found.outcome == "failed"
    assert found.why is not None and why in found.why
    copy = kept(tmp_path, council.address)
    assert copy is not None and copy == found.copy
    assert (copy.content, copy.checked) == (COUNCIL, NOW)


def test_what_is_fetched_over_https_is_not_followed_to_http() -> None:
    handler, request = OnlyTheWeb(), Request("https://council.example/a.ics")
    for to, followed in (
        ("https://other.example/a.ics", True),
        ("http://council.example/a", False),
    ):
        try:
            handler.redirect_request(request, BytesIO(), 302, "Found", HTTPMessage(), to)
        except NotSafe as refused:
            assert not followed, refused
        else:
            assert followed


def test_nobody_there(tmp_path: Path) -> None:
    with serving() as gone:
        address = gone.address
    found = refresh(tmp_path, address, NOW)
    assert (found.outcome, found.copy) == ("failed", None)
    assert "cannot be reached" in (found.why or "")


def test_a_cache_that_cannot_be_written(council: Council, tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("in the way")
    found = refresh(place, council.address, NOW)
    assert found.outcome == "failed" and found.why


def test_a_damaged_copy_is_none(council: Council, tmp_path: Path) -> None:
    refresh(tmp_path, council.address, NOW)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole + b"x", b"", b"{}\n", b"[]\nx", b"\xff\n"):
        file.write_bytes(damaged)
        assert kept(tmp_path, council.address) is None
        assert refresh(tmp_path, council.address, LATER).outcome == "new"


def test_what_calendar_programs_write() -> None:
    assert web_address("webcal://x.example/a.ics") == "https://x.example/a.ics"
    assert web_address("https://x.example/a.ics") == "https://x.example/a.ics"


# The same through the folder: which bytes the policy is made of.


def folder_with(place: Path, address: str) -> Path:
    place.mkdir()
    for file in (CORPUS / "good" / "calendar-only").glob("*.yaml"):
        text = file.read_text().replace("term_dates: term-dates.ics", f"term_dates: {address}")
        (place / file.name).write_text(text)
    return place


def test_the_policy_of_a_fetched_calendar(council: Council, tmp_path: Path) -> None:
    folder, cache = folder_with(tmp_path / "schedules", council.address), tmp_path / "cache"
    before = load(folder, cache=cache, catalogue=small_catalogue())
    assert [p.message for p in before.errors] == [
        "term_dates: the calendar has not been fetched yet: run bellgate calendar --refresh"
    ]
    assert not council.asked  # loading never uses the network
    fetched = before.refresh(cache, NOW)
    assert fetched is not None and fetched.outcome == "new"

    after = load(folder, cache=cache, catalogue=small_catalogue())
    assert after.policy is not None
    assert after.copy is not None and after.copy.checked == NOW
    assert [t.name for t in after.policy.year.terms] == ["Autumn term", "Spring term"]
    shown = council.address.removeprefix("http://")
    assert str(after.policy.year.terms[0].source) == f"{shown}:8"
    assert [p.message for p in after.problems] == [
        "term_dates is fetched over http: anybody along the way could change the dates"
    ]
    assert len(council.asked) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<!doctype html>", "not a calendar"),
        (COUNCIL.replace(b"END:VEVENT", b"END:EVENT", 1), "line 9: END:EVENT comes while VEVENT"),
        (COUNCIL.replace(b"20261219", b"20260230"), "DTEND"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nEND:VCALENDAR\r\n", "no term"),
    ],
)
def test_a_wrong_calendar_never_replaces_a_good_one(
    council: Council, tmp_path: Path, content: bytes, why: str
) -> None:
    folder, cache = folder_with(tmp_path / "schedules", council.address), tmp_path / "cache"
    loaded = load(folder, cache=cache, catalogue=small_catalogue())
    loaded.refresh(cache, NOW)
    council.content, council.etag = content, '"two"'
    found = loaded.refresh(cache, LATER)
    assert found is not None and found.outcome == "failed"
    assert why in (found.why or "")
    copy = kept(cache, council.address)
    assert copy is not None and copy.content == COUNCIL


def test_the_last_good_copy_of_a_folder_needs_no_cache(council: Council, tmp_path: Path) -> None:
    folder, cache = folder_with(tmp_path / "schedules", council.address), tmp_path / "cache"
    load(folder, cache=cache, catalogue=small_catalogue()).refresh(cache, NOW)
    loaded = load(folder, cache=cache, catalogue=small_catalogue())
    assert loaded.files[FETCHED] == COUNCIL
    copy = tmp_path / "last-good"
    copy.mkdir()
    for name, content in loaded.files.items():
        (copy / name).write_bytes(content)
    again = load(copy, catalogue=small_catalogue())
    assert loaded.policy is not None and again.policy is not None
    assert again.policy.edition == loaded.policy.edition
    assert again.policy.year == loaded.policy.year


def test_an_old_copy_is_told(council: Council, tmp_path: Path) -> None:
    folder, cache = folder_with(tmp_path / "schedules", council.address), tmp_path / "cache"
    load(folder, cache=cache, catalogue=small_catalogue()).refresh(cache, NOW)
    loaded = load(folder, cache=cache, catalogue=small_catalogue())
    assert loaded.dates_ahead(date(2026, 12, 6)) == ()
    (told,) = loaded.dates_ahead(date(2026, 12, 7))
    assert told.message == "term_dates: the copy in use was last confirmed on 2026-11-22"


def test_the_network_is_not_even_loaded_until_somebody_asks() -> None:
    code = (
        "import sys; from pathlib import Path; from bellgate.schedules.load import load;"
        f"load(Path({str(CORPUS / 'good' / 'small')!r}));"
        "sys.exit(' '.join({'urllib.request', 'icalendar', 'dateutil', 'holidays', 'jinja2',"
        " 'bellgate.schedules.year.icalendar_file'} & set(sys.modules)) or None)"
    )
    root = Path(__file__).parent.parent.parent / "addon"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
