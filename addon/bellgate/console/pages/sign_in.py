"""Signing in and out: a password, and the code of a second factor where it is needed."""

from flask import Flask, redirect, render_template, request, session, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from bellgate.console import settings
from bellgate.console.accounts import Account, is_nobodys
from bellgate.console.desk import Desk, browser
from bellgate.console.roles import FIRST

WRONG = "That name, password or code is not right."
MORE = (
    "Too many attempts have failed recently, so the password alone is not enough for the next "
    "fifteen minutes: give the code of your second factor as well. If you do not have one, ask "
    "your IT technician to run `bellgate console reset` with your name at the gateway."
)


class SignIn(FlaskForm):  # type: ignore[misc]
    name = StringField("Name", [InputRequired("Give your name")])
    password = PasswordField("Password", [InputRequired("Give your password")])
    code = StringField("Code")


def register(app: Flask, desk: Desk) -> None:
    @app.get("/sign-in")
    def sign_in() -> str:
        return _page(desk, SignIn())

    @app.post("/sign-in")
    def try_to_sign_in() -> Response | tuple[str, int]:
        form = SignIn()
        if not form.validate_on_submit():
            said = [e for errors in form.errors.values() for e in errors]
            return _page(desk, form, *map(str, said)), 400
        account, problem = _judged(desk, form)
        if account is None:
            return _page(desk, form, problem), 403
        desk.sessions.renew(browser())
        session["name"], session["made"] = account.name, account.made
        desk.looks.leave_when_possible(
            account.name, "signed-in", f"{account.name} signed in", role=account.role
        )
        return redirect(desk.safe(request.args.get("next")) or FIRST[account.role], 303)

    @app.post("/sign-out")
    def sign_out() -> Response:
        desk.sessions.end(browser())
        return redirect(url_for("sign_in"), 303)


def _page(desk: Desk, form: SignIn, *problems: str) -> str:
    sso = settings.read(desk.school.state).settings.sso is not None
    return render_template("sign-in.html", form=form, problems=problems, sso=sso)


def _judged(desk: Desk, form: SignIn) -> tuple[Account | None, str]:
    """The account, or None and what to say. What is said never tells which part was wrong."""
    name, password = str(form.name.data).strip().lower(), str(form.password.data)
    now, address = desk.school.machine_now(), request.remote_addr or ""
    account = desk.accounts.named(name)
    knows = account.knows(password) if account else is_nobodys(password)
    if account is None or not knows:
        desk.lockout.failed(name, address, now)
        return None, _refused(desk, name, address)
    guarded = desk.lockout.asks_for_more(name, address, now)
    if account.secret:
        if desk.lockout.codes_are_guessed(name, now):
            return None, MORE
        code = str(form.code.data or "")
        if not desk.accounts.use_code(name, code, now):
            if code:
                desk.lockout.wrong_code(name, now)
            return None, _refused(desk, name, address)
    elif guarded:
        return None, MORE
    desk.lockout.succeeded(name, address)
    # Read again: taking the code wrote it.
    return desk.accounts.named(name), ""


def _refused(desk: Desk, name: str, address: str) -> str:
    """A failure is recorded, but for names that nobody has: those are often passwords."""
    known = desk.accounts.named(name) is not None
    guarded = desk.lockout.asks_for_more(name, address, desk.school.machine_now())
    if not guarded:
        whose = name if known else "an unknown name"
        desk.looks.leave_when_possible(
            whose, "refused", f"Signing in as {whose} failed", address=address
        )
    return MORE if guarded else WRONG
