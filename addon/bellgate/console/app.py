"""The pages put together: who is signed in, who may come here, what every answer carries.

Order is policy, and it stands in `make_app`: first whether the browser may send this at all, then
who it is, then whether they may, and only then the page.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta

from flask import Flask, Response, abort, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from bellgate.console import words
from bellgate.console.accounts import Account, AccountsDamaged
from bellgate.console.dates import DaysNotUnderstood
from bellgate.console.desk import Desk, browser
from bellgate.console.roles import OPEN, PAGES
from bellgate.console.school import NoPolicy
from bellgate.running.acting import NotRecorded

LARGEST = 64 * 1024 * 1024
"""Bytes of a request at most: a pack that somebody wants checked."""
LARGEST_FORM = 1024 * 1024
"""Bytes of a form without a file at most."""

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


Register = Callable[[Flask, Desk], None]


def make_app(desk: Desk, registers: tuple[Register, ...]) -> Flask:
    """The application. `registers` add the pages, each its own."""
    app = Flask("bellgate.console", static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=secrets.token_hex(32),  # for the tokens against forged forms; ends with us
        MAX_CONTENT_LENGTH=LARGEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,  # it ends with the session
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
        TRAP_HTTP_EXCEPTIONS=False,
    )
    app.session_interface = desk.sessions
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    own = app.jinja_loader
    assert own is not None
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    app.jinja_loader = ChoiceLoader([own, govuk])
    words.teach(app, desk)
    _guard(app, desk)
    for register in registers:
        register(app, desk)
    _answer_errors(app, desk)
    return app


def _guard(app: Flask, desk: Desk) -> None:
    # First: a form that another site made our browser send changes nothing, whoever is signed in.
    CSRFProtect(app)

    # Then: who it is, and whether they may. What is in no table is open to nobody.
    @app.before_request
    def _may_they() -> AnyResponse | None:
        rule = request.url_rule.rule if request.url_rule else None
        if rule in OPEN:
            return None
        g.account = _account(desk)
        if g.account is None:
            return _sign_in_first()
        page = PAGES.get(rule or "")
        if page is None:
            abort(404)
        if not page.may(g.account.role, request.method):
            _refuse(desk, g.account, rule or "")
            abort(403)
        if _must_set_up(desk, g.account) and not (rule or "").startswith(("/account", "/sign-out")):
            return redirect(url_for("account"), 303)
        return None

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = _POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        # The token against forged forms also looks at where a form came from.
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if request.endpoint != "static":
            headers["Cache-Control"] = "no-store"
        return response


def _account(desk: Desk) -> Account | None:
    """The account of this browser, as it is now: a role taken away is gone at once."""
    ours = browser()
    name = ours.get("name")
    if name is None:
        return None
    account = desk.accounts.named(str(name))
    if account is None or account.made != ours.get("made"):
        desk.sessions.end(ours)
        return None
    return account


def _must_set_up(desk: Desk, account: Account) -> bool:
    """Whether there is something to do before anything else: a password of one's own, and a second
    factor where more than this machine can reach the pages."""
    if account.sso:
        return False
    return account.first or (desk.second_factor_needed and not account.secret)


def _sign_in_first() -> AnyResponse:
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in", next=back if back != "/" else None), 303)


def _refuse(desk: Desk, account: Account, rule: str) -> None:
    desk.looks.leave_when_possible(
        account.name, "refused",
        f"{account.name} was refused {PAGES[rule].called}, which is not for their role",
        role=account.role, page=rule,
    )  # fmt: skip


def _answer_errors(app: Flask, desk: Desk) -> None:
    def page(status: int, title: str, *said: str) -> tuple[str, int]:
        return render_template("said.html", title=title, said=said), status

    @app.errorhandler(CSRFError)
    def _forged(_: CSRFError) -> tuple[str, int]:
        return page(
            400,
            "Please send that again",
            "The form was too old, or did not come from this page. Nothing was changed. Go back, "
            "reload the page and try again.",
        )

    @app.errorhandler(DaysNotUnderstood)
    def _days(error: DaysNotUnderstood) -> tuple[str, int]:
        return render_template(
            "days.html", said=str(error), wrong=error.wrong, fields=error.fields
        ), 400

    @app.errorhandler(NotRecorded)
    def _not_recorded(error: NotRecorded) -> tuple[str, int]:
        return page(
            503,
            "This page cannot be shown at the moment",
            "Anybody who looks at records is recorded first, and that is not possible just now: "
            f"{error}. Nothing was shown or changed.",
            "The page “Health” says what is wrong. Your IT technician can put it right.",
        )

    @app.errorhandler(NoPolicy)
    def _no_policy(_: NoPolicy) -> tuple[str, int]:
        return page(
            503,
            "The school’s files cannot be read",
            "The timetable and rules have a mistake in them, and there is no earlier copy. Ask "
            "your IT technician to put it right: “bellgate check” says what is wrong.",
        )

    @app.errorhandler(AccountsDamaged)
    def _accounts(error: AccountsDamaged) -> tuple[str, int]:
        return page(503, "Nobody can sign in at the moment", f"{error}.")

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> AnyResponse | tuple[str, int]:
        title, said = _SAID.get(error.code or 500, ("That did not work", error.description or ""))
        if error.code in (301, 302, 303, 307, 308):
            return error.get_response()
        return page(error.code or 500, title, said)

    @app.errorhandler(Exception)
    def _failed(error: Exception) -> tuple[str, int]:
        app.logger.exception("a page failed")
        return page(
            500,
            "Something went wrong on this page",
            "The fault is Bellgate’s, not yours. Nothing was changed. If it happens again, tell "
            "your IT technician the time and what you were looking at.",
        )


_SAID = {
    400: ("That request made no sense", "Go back and try again."),
    403: (
        "This page is not for your role",
        "Every attempt to open a page like this is recorded, and so is yours. If you need it, ask "
        "the head teacher, or the chair of governors if it is about the head.",
    ),
    404: ("There is no such page", "Check the address, or choose a page from the menu."),
    405: ("There is no such page", "Choose a page from the menu."),
    413: ("That file is too large", "A pack or a report has at most 64 MB."),
}
