"""One's own account: password, second factor, and where else one is signed in."""

import base64
import io

import pyotp
from flask import Flask, redirect, render_template, request, session, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from bellgate.console.accounts import LONGEST, SHORTEST
from bellgate.console.desk import Desk, browser, signed_in

_PENDING = "second_factor"


class Password(FlaskForm):  # type: ignore[misc]
    old = PasswordField("Current password", [InputRequired("Give your current password")])
    new = PasswordField(
        "New password",
        [
            InputRequired("Give a new password"),
            Length(SHORTEST, LONGEST, f"The new password needs at least {SHORTEST} characters"),
        ],
    )


def register(app: Flask, desk: Desk) -> None:
    @app.get("/account")
    def account() -> str:
        return _page(desk, Password())

    @app.post("/account")
    def change_password() -> Response | tuple[str, int]:
        form, who = Password(), signed_in()
        if not form.validate_on_submit():
            said = [(f"#{name}", str(e)) for name, errors in form.errors.items() for e in errors]
            return _page(desk, form, said), 400
        if not who.knows(str(form.old.data)):
            now, address = desk.school.machine_now(), request.remote_addr or ""
            desk.lockout.failed(who.name, address, now)
            return _page(desk, form, [("#old", "That is not your current password")]), 400
        if form.new.data == form.old.data:
            return _page(desk, form, [("#new", "That is the password you have now")]), 400
        now = desk.school.machine_now()
        desk.accounts.set_password(who.name, str(form.new.data), now)
        desk.sessions.end_others(browser())
        session["made"] = now.isoformat()
        return redirect(url_for("account", done="password"), 303)

    @app.get("/account/second-factor")
    def second_factor() -> str:
        secret = session.setdefault(_PENDING, pyotp.random_base32())
        return _second_factor(desk, secret)

    @app.post("/account/second-factor")
    def set_second_factor() -> str | Response | tuple[str, int]:
        secret = session.get(_PENDING)
        if secret is None:
            return redirect(url_for("second_factor"), 303)
        code = "".join(request.form.get("code", "").split())
        if not pyotp.TOTP(secret).verify(code, for_time=desk.school.machine_now(), valid_window=1):
            return _second_factor(desk, secret, "That is not the code it shows now"), 400
        del session[_PENDING]
        codes = desk.accounts.set_second_factor(signed_in().name, secret)
        return render_template("recovery-codes.html", codes=codes)


def _page(desk: Desk, form: Password, problems: list[tuple[str, str]] | None = None) -> str:
    who = signed_in()
    return render_template(
        "account.html",
        form=form,
        problems=[{"href": href, "text": said} for href, said in problems or []],
        first=who.first,
        needs_second_factor=desk.second_factor_needed and not who.secret,
        has_second_factor=bool(who.secret),
        recovery_left=len(who.recovery),
        shortest=SHORTEST,
        sso=bool(who.sso),
        open_sessions=desk.sessions.of(who.name),
        done=request.args.get("done"),
    )


def _second_factor(desk: Desk, secret: str, problem: str = "") -> str:
    uri = pyotp.TOTP(secret).provisioning_uri(name=signed_in().name, issuer_name="Bellgate")
    return render_template(
        "second-factor.html", secret=secret, problem=problem, picture=_picture(uri), uri=uri
    )


def _picture(uri: str) -> str:
    """The address as a QR code, as a data address of an SVG picture."""
    import segno

    drawn = io.BytesIO()
    segno.make(uri, error="m").save(drawn, kind="svg", scale=4, border=4, light="#ffffff")
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()
