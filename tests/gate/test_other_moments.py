"""The same people and sites at other moments, and under other files."""

from tests.lab.school import (
    AT_LUNCH,
    BANK,
    BBC,
    BLOGGER,
    FACEBOOK,
    IN_SESSION,
    INTERNET,
    ON_SATURDAY,
    PROXY,
    PUPIL,
    STAFF,
    School,
)


def test_at_lunch_staff_pass_and_pupils_do_not(school: School) -> None:
    gate = school.gate(AT_LUNCH)
    assert school.curl(f"https://{FACEBOOK}/").body == f"origin of {FACEBOOK}\n"
    assert school.curl(f"https://{FACEBOOK}/", who=PUPIL, trust=gate.authority).status == 403
    gate.stop()


def test_on_a_saturday_all_pass_and_nothing_is_recorded(school: School) -> None:
    gate = school.gate(ON_SATURDAY)
    for who in (STAFF, PUPIL):
        assert school.curl(f"https://{FACEBOOK}/", who=who).status == 200
    assert gate.records() == []
    gate.stop()


def test_a_device_that_does_not_trust_is_refused_without_a_warning(school: School) -> None:
    gate = school.gate(
        IN_SESSION, ("devices.yaml", "trusts_certificate: true", "trusts_certificate: false")
    )
    reply = school.curl(f"https://{FACEBOOK}/", trust=gate.authority)
    assert "unrecognized name" in reply.error
    gate.stop()


def test_an_address_without_a_name_is_refused_in_session(school: School) -> None:
    # Reached as an address of the outside, attached to no card: only then is a hidden name one.
    school.namespace.ip("route", "add", "local", "203.0.113.50/32", "dev", "lo")
    gate = school.gate(
        IN_SESSION, ("school.yaml", "[127.0.0.0/8]", "[127.0.0.0/8, 203.0.113.0/24]")
    )
    asked = school.namespace.run(
        "openssl", "s_client", "-connect", "203.0.113.50:443", "-proxy", PROXY, "-noservername"
    )
    assert "unrecognized name" in asked.stderr
    [record] = gate.records()
    assert record["rule"]["name"] == "Hidden names"
    assert record["network"]["application"] == "no-name"
    assert "url" not in record
    gate.stop()


def test_inside_addresses_are_refused_unless_reachable(school: School) -> None:
    gate = school.gate(IN_SESSION, ("school.yaml", "[127.0.0.0/8]", "[127.0.0.50/32]"))
    school.namespace.write_hosts({INTERNET: [BBC], "127.0.0.51": ["inside.example.org"]})
    assert school.curl(f"http://{BBC}/").status == 200
    assert school.curl("http://127.0.0.51/").status == 403
    assert school.curl("http://127.1/").status == 403
    assert school.curl("https://127.0.0.51/").refused
    assert school.curl("http://inside.example.org/").status == 403
    assert school.curl("https://inside.example.org/").refused
    gate.stop()
    school.namespace.write_hosts({INTERNET: [BBC, FACEBOOK, BANK, BLOGGER]})


def test_a_logged_site_passes_and_leaves_an_opening_and_a_closing(school: School) -> None:
    gate = school.gate(AT_LUNCH)
    assert school.curl(f"https://{BLOGGER}/bytes/5000").status == 200
    opened, closed = gate.records()
    assert (opened["event"]["action"], closed["event"]["action"]) == ("log", "closed")
    assert opened["event"]["type"] == ["connection", "allowed"]
    assert closed["network"]["bytes"] > 5000
    assert closed["event"]["duration"] > 0
    gate.stop()
