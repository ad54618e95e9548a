"""Signing in with the school's own accounts: OpenID Connect by Authlib (code flow, PKCE, nonce).

Somebody is known by issuer and subject together, never by a mail address: those are given anew to
others. Nobody gets an account by signing in: it is there before, or `console.yaml` names them.
"""

from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, abort, redirect, render_template, request, session, url_for
from requests import RequestException
from werkzeug.wrappers import Response

from bellgate.console import settings
from bellgate.console.accounts import Account
from bellgate.console.desk import Desk, browser
from bellgate.console.roles import FIRST
from bellgate.console.settings import SingleSignOn

SECRET = "console-keys/sso"
"""The file of the state folder with the client's secret."""


def register(app: Flask, desk: Desk) -> None:
    @app.get("/sign-in/sso")
    def sign_in_elsewhere() -> Response:
        known = _known(desk)
        session["following"] = request.args.get("next")
        back = url_for("come_back", _external=True)
        answer: Response = _client(app, desk, known).authorize_redirect(back)
        return answer

    @app.get("/sign-in/back")
    def come_back() -> Response | str | tuple[str, int]:
        known = _known(desk)
        # Our cookie is not sent with what another site leads to: we ask the browser to come again
        # by itself, and then it is.
        if not _is_under_way() and "again" not in request.args:
            return render_template("come-again.html", to=f"{request.full_path}&again=1")
        try:
            token = _client(app, desk, known).authorize_access_token()
        except (AuthlibBaseError, RequestException) as error:
            return _refused(desk, f"The school’s accounts did not confirm it: {error}")
        return _judged(desk, known, token.get("userinfo") or {})


def _is_under_way() -> bool:
    """Whether this browser is the one that set out to sign in: Authlib keeps its state there."""
    return any(key.startswith("_state_") for key in browser())


def _known(desk: Desk) -> SingleSignOn:
    found = settings.read(desk.school.state).settings.sso
    if found is None:
        abort(404)
    return found


def _client(app: Flask, desk: Desk, known: SingleSignOn) -> Any:
    file = desk.school.state / SECRET
    # Made anew each time: the settings may have changed.
    return OAuth(app).register(
        "school",
        overwrite=True,
        client_id=known.client_id,
        client_secret=file.read_text().strip() if file.exists() else None,
        server_metadata_url=f"{known.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid", "code_challenge_method": "S256", "timeout": 10},
    )


def _judged(desk: Desk, known: SingleSignOn, claims: dict[str, Any]) -> Response | tuple[str, int]:
    # Whose word it is, and for whom and when it was given, Authlib has judged.
    subject = str(claims.get("sub", ""))
    if known.hosted_domain and claims.get("hd") != known.hosted_domain:
        return _refused(desk, "That account is not the school’s")
    if known.tenant and claims.get("tid") != known.tenant:
        return _refused(desk, "That account is not the school’s")
    account = _account(desk, known, subject)
    if account is None:
        return _refused(
            desk,
            "You do not have an account here. Your IT technician needs this to make one: "
            f"{subject}",
        )
    following = session.pop("following", None)
    desk.sessions.renew(browser())
    session["name"], session["made"] = account.name, account.made
    desk.looks.leave_when_possible(
        account.name, "signed-in", f"{account.name} signed in", role=account.role, way="sso"
    )
    return redirect(desk.safe(following) or FIRST[account.role], 303)


def _account(desk: Desk, known: SingleSignOn, subject: str) -> Account | None:
    """The account of that subject; one that `console.yaml` names is made when it first comes."""
    sso = f"{known.issuer} {subject}"
    found = desk.accounts.signed_on(sso)
    named = next((p for p in known.people if p.subject == subject), None)
    if found is not None or named is None:
        return found
    try:
        desk.accounts.add(named.name, named.role, desk.school.machine_now(), sso)
    except ValueError:
        return None  # the name is somebody else's: nobody is let in under it
    return desk.accounts.signed_on(sso)


def _refused(desk: Desk, why: str) -> tuple[str, int]:
    desk.looks.leave_when_possible(
        "an unknown name", "refused", "Signing in with a school account failed",
        address=request.remote_addr or "", way="sso",
    )  # fmt: skip
    return render_template("said.html", title="That did not work", said=[f"{why}."]), 403
