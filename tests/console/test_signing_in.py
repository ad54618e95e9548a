"""Signing in: passwords, second factors, guessing, and what a stolen or planted cookie is worth."""

from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from bellgate.console.accounts import Accounts, AccountsDamaged
from bellgate.console.lockout import OF_ACCOUNT, OF_ACCOUNT_FROM_ADDRESS
from bellgate.console.sessions import AT_MOST, COOKIE, IDLE
from tests.console.desk import HERE, PASSWORD, Desk, made, text_of, token_of


def test_the_right_password_and_only_that(desk: Desk) -> None:
    desk.known("head", "head")
    assert desk.browser().sign_in("head", "something else").status_code == 403
    assert desk.browser().sign_in("nobody-at-all").status_code == 403
    answer = desk.browser().sign_in("Head ")
    assert (answer.status_code, answer.location) == (303, "/")


def test_both_failures_sound_the_same(desk: Desk) -> None:
    desk.known("head", "head")
    wrong = text_of(desk.browser().sign_in("head", "something else").text)
    assert wrong == text_of(desk.browser().sign_in("nobody", "something else").text).replace(
        "nobody", "head"
    )


def test_signing_in_and_failing_to_are_records(desk: Desk) -> None:
    desk.known("head", "head")
    desk.browser().sign_in("head", "wrong")
    desk.browser().sign_in("Tr0ub4dor&3", "wrong")
    desk.browser().sign_in("head")
    said = [(r["event"]["action"], r["user"]["id"], r["message"]) for r in desk.records()]
    assert said == [
        ("refused", "head", "Signing in as head failed"),
        # What nobody is called is often a password in the wrong field.
        ("refused", "an unknown name", "Signing in as an unknown name failed"),
        ("signed-in", "head", "head signed in"),
    ]


def test_the_first_password_is_good_for_choosing_another_and_nothing_else(desk: Desk) -> None:
    given = desk.accounts.add("head", "head", desk.clock())
    browser = desk.browser()
    assert browser.sign_in("head", given).status_code == 303
    assert browser.get("/visits").location == "/account"
    assert "at least 12 characters" in text_of(
        browser.send("/account", {"old": given, "new": "short"}).text
    )
    assert browser.send("/account", {"old": given, "new": PASSWORD}).status_code == 303
    assert browser.get("/visits").status_code == 200


def test_a_second_factor_is_asked_for_and_no_code_is_good_twice(desk: Desk) -> None:
    desk.known("head", "head")
    secret = pyotp.random_base32()
    recovery = desk.accounts.set_second_factor("head", secret)
    code = pyotp.TOTP(secret).at(desk.clock())
    assert desk.browser().sign_in("head").status_code == 403
    assert desk.browser().sign_in("head", code=code).status_code == 303
    assert desk.browser().sign_in("head", code=code).status_code == 403
    assert desk.browser().sign_in("head", code=recovery[0]).status_code == 303
    assert desk.browser().sign_in("head", code=recovery[0]).status_code == 403


def test_where_others_can_reach_the_pages_a_second_factor_is_needed(
    week: tuple[Path, Path], tmp_path: Path
) -> None:
    desk = made(*week, tmp_path, second_factor_needed=True)
    browser = desk.browser(role="head")
    assert browser.get("/visits").location == "/account"
    page = browser.get("/account/second-factor").text
    secret = page.split('<strong class="b-wrap">')[1].split("<")[0]
    assert browser.send("/account/second-factor", {"code": "000000"}).status_code == 400
    codes = browser.send("/account/second-factor", {"code": pyotp.TOTP(secret).at(desk.clock())})
    assert "recovery codes" in codes.text
    assert browser.get("/visits").status_code == 200


def test_guessing_is_slowed_and_the_head_is_never_shut_out(desk: Desk) -> None:
    """Whoever guesses needs more than a password; the head has it."""
    desk.known("head", "head")
    secret = pyotp.random_base32()
    for _ in range(OF_ACCOUNT_FROM_ADDRESS):
        desk.browser().sign_in("head", "a guess")
    refused = desk.browser().sign_in("head")
    assert refused.status_code == 403
    assert "the password alone is not enough" in text_of(refused.text)
    desk.accounts.set_second_factor("head", secret)
    code = pyotp.TOTP(secret).at(desk.clock())
    assert desk.browser().sign_in("head", code=code).status_code == 303


def test_after_a_while_a_lock_is_over(desk: Desk) -> None:
    desk.known("head", "head")
    for _ in range(OF_ACCOUNT_FROM_ADDRESS):
        desk.browser().sign_in("head", "a guess")
    assert desk.browser().sign_in("head").status_code == 403
    desk.clock.at += timedelta(minutes=15)
    assert desk.browser().sign_in("head").status_code == 303


def test_guessing_from_many_addresses_is_noticed(desk: Desk) -> None:
    desk.known("head", "head")
    for n in range(OF_ACCOUNT):
        browser = desk.browser()
        browser.client.environ_base["REMOTE_ADDR"] = f"10.0.0.{n}"
        browser.sign_in("head", "a guess")
    assert desk.browser().sign_in("head").status_code == 403


def test_guessing_leaves_few_records(desk: Desk) -> None:
    desk.known("head", "head")
    for _ in range(20):
        desk.browser().sign_in("head", "a guess")
    assert len(desk.records("refused")) == OF_ACCOUNT_FROM_ADDRESS - 1


def test_the_machine_opens_every_lock(desk: Desk) -> None:
    desk.known("head", "head")
    browser = desk.browser(role="head", name="head")
    given = desk.accounts.reset("head", desk.clock() + timedelta(seconds=1))
    assert browser.get("/visits").status_code == 303, "sessions that were open are over"
    assert desk.browser().sign_in("head", given).status_code == 303


def cookie(answer: object) -> str:
    return next(h for h in answer.headers.getlist("Set-Cookie") if h.startswith(COOKIE))  # type: ignore[attr-defined]


def test_the_cookie_can_be_read_and_set_by_nobody_else(desk: Desk) -> None:
    said = cookie(desk.browser().get("/sign-in"))
    assert said.startswith("__Host-") and "Domain" not in said
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(said.split("; "))


def test_a_planted_session_is_worth_nothing(desk: Desk) -> None:
    desk.known("head", "head")
    browser = desk.browser()
    planted = cookie(browser.get("/sign-in")).split(";")[0].split("=")[1]
    browser.sign_in("head")
    thief = desk.browser()
    thief.client.set_cookie(COOKIE, planted, domain="localhost", secure=True)
    assert thief.get("/visits").status_code == 303


def test_signing_out_ends_the_session_on_the_server(desk: Desk) -> None:
    browser = desk.browser(role="head")
    stolen = browser.client.get_cookie(COOKIE)
    assert stolen is not None
    browser.send("/sign-out", page="/account")
    thief = desk.browser()
    thief.client.set_cookie(COOKIE, stolen.value, domain="localhost", secure=True)
    assert thief.get("/visits").status_code == 303


@pytest.mark.parametrize(("busy", "still"), [(True, True), (False, False)])
def test_whoever_does_nothing_is_signed_out(desk: Desk, busy: bool, still: bool) -> None:
    browser = desk.browser(role="head")
    for _ in range(3):
        desk.clock.at += IDLE / 2
        if busy:
            browser.get("/account")
    assert (browser.get("/account").status_code == 200) is still


def test_no_session_outlasts_a_day(desk: Desk) -> None:
    browser = desk.browser(role="head")
    end = desk.clock.at + AT_MOST
    while desk.clock.at < end:
        assert browser.get("/account").status_code == 200
        desk.clock.at += IDLE / 2
    assert browser.get("/account").status_code == 303


def test_a_role_taken_away_is_gone_at_once(desk: Desk) -> None:
    browser = desk.browser(role="head", name="head")
    file = desk.school.state / "console" / "accounts.json"
    file.write_text(file.read_text().replace('"head",\n  "password"', '"teacher",\n  "password"'))
    assert browser.get("/visits").status_code == 403


def test_a_forged_form_changes_nothing(desk: Desk) -> None:
    browser = desk.browser(role="head")
    form = {
        "who": "everyone",
        "what": "social-media",
        "until": "1 hour",
        "reason": "x",
        "sure": "yes",
    }
    for headers in ({}, {"Referer": "https://evil.example/"}):
        answer = browser.client.post("/exemptions", data=form, base_url=HERE, headers=headers)
        assert answer.status_code == 400
    assert desk.school.granted.read() == ()


def test_somebody_elses_token_is_no_good(desk: Desk) -> None:
    mine, theirs = desk.browser(role="head"), desk.browser()
    token = token_of(theirs.get("/sign-in").text)
    answer = mine.client.post(
        "/sign-out", data={"csrf_token": token}, base_url=HERE, headers={"Referer": f"{HERE}/"}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "\t//evil",
    ],
)
def test_signing_in_leads_nowhere_else(desk: Desk, following: str) -> None:
    desk.known("head", "head")
    browser = desk.browser()
    answer = browser.client.post(
        "/sign-in",
        query_string={"next": following},
        data={
            "csrf_token": token_of(browser.get("/sign-in").text),
            "name": "head", "password": PASSWORD,
        },
        base_url=HERE, headers={"Referer": f"{HERE}/sign-in"},
    )  # fmt: skip
    assert answer.location == "/"


def test_a_broken_file_of_accounts_lets_nobody_in_and_says_so(desk: Desk) -> None:
    desk.known("head", "head")
    (desk.school.state / "console" / "accounts.json").write_text("{")
    answer = desk.browser().get("/sign-in")
    assert answer.status_code == 200
    with pytest.raises(AccountsDamaged, match="put the last good copy back"):
        Accounts(desk.school.state).all()
    refused = desk.browser().sign_in("head")
    assert (refused.status_code, "Nobody can sign in" in refused.text) == (503, True)


def test_nobody_else_can_read_the_file_of_accounts(desk: Desk) -> None:
    desk.known("head", "head")
    file = desk.school.state / "console" / "accounts.json"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "$argon2id$" in file.read_text() and PASSWORD not in file.read_text()
