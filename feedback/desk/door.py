"""Who is at the desk: the session's cookie, the token in every form, and the headers of every page."""

import hmac
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import TypeVar

import flask
from sqlalchemy.exc import OperationalError
from werkzeug import Response

from feedback.core.errors import Code, Problem
from feedback.core.ids import random_text
from feedback.desk import assets, noting, settings_menu
from feedback.http.context import services
from feedback.http.errors import as_problem
from feedback.staff import sessions, sign_in

View = TypeVar("View", bound=Callable[..., flask.typing.ResponseReturnValue])
_LOG = logging.getLogger(__name__)
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
POLICY_WITH_SCRIPTS = f"{_POLICY}; script-src 'self'"
"""For a page that is handier with a script of ours."""
_FORM_LASTS_S = 12 * 3600
_LONGEST_TARGET = 2000  # sealed in a cookie on the way to an identity provider, and browsers drop one over 4096 bytes
JOURNEY_LASTS = timedelta(minutes=10)
"""How long somebody may take at the identity provider."""


def behind_login(name: str, *, forms_checked: bool = True) -> flask.Blueprint:
    """A blueprint of pages that nobody sees without a session, and whose forms come from our own pages.

    Without `forms_checked` its views call `refuse_forged` themselves: before they read the rest of a large form.
    """
    blueprint = flask.Blueprint(name, __name__, template_folder="templates")
    blueprint.context_processor(page_tools)
    blueprint.before_request(noting.begin)
    blueprint.before_request(require_viewer)
    if forms_checked:
        blueprint.before_request(refuse_forged_forms)
    blueprint.after_request(finish)
    blueprint.after_request(_note)
    blueprint.register_error_handler(Exception, refusal)
    return blueprint


def open_to_all(name: str) -> flask.Blueprint:
    """A blueprint of pages on the way in: without a session, but with the same care for forms and headers."""
    blueprint = flask.Blueprint(name, __name__, template_folder="templates")
    blueprint.context_processor(page_tools)
    blueprint.before_request(refuse_forged_forms)
    blueprint.after_request(finish)
    blueprint.register_error_handler(Exception, refusal)
    return blueprint


def viewer() -> sessions.Viewer | None:
    """Whose session the request belongs to. Marks, once a minute at most, that the person is still there.

    None also for a session from before a second factor was required, of somebody who has none.
    """
    token = _cookie("session")
    if not token:
        return None
    here = services()
    now = here.clock()
    with here.database.reading() as session:
        found = sessions.viewer(session, token, now=now)
    if found is not None and here.settings.sign_in.second_factor_required and not found.vouched:
        return None
    if found is not None and found.needs_mark and not _asks_by_itself():
        try:
            with here.database.transaction() as session:
                sessions.mark_seen(session, token, now=now)
        except OperationalError:
            # A full disk must not keep anybody from reading.
            _LOG.warning("could not mark that %s is still there", found.actor, exc_info=True)
    return found


def by_itself(view: View) -> View:
    """A view that an open page asks for every few seconds: it does not say that the person is still there."""
    view.asks_by_itself = True  # type: ignore[attr-defined]
    return view


def require_viewer() -> flask.typing.ResponseReturnValue | None:
    """Before each request of a blueprint behind the login: nobody passes without a session."""
    flask.g.viewer = viewer()
    if flask.g.viewer is None:
        wanted = flask.request.full_path.rstrip("?")
        return flask.redirect(flask.url_for("login.page", next=wanted), 303)
    return None


def numbers_only() -> flask.typing.ResponseReturnValue | None:
    """Before each request of pages about numbers: account managers see what was released to partners, nothing else."""
    if flask.g.viewer.reads_numbers:
        return None
    if flask.request.method != "GET":
        raise Problem(Code.ROLE_NOT_ALLOWED, "Account managers read what was released; they change nothing here.")
    return flask.redirect(flask.url_for("desk_released.list_page"), 303)


def admins_only() -> None:
    """Before each request of pages that only admins may open. Raises ROLE_NOT_ALLOWED."""
    if flask.g.viewer.role != "admin":
        raise Problem(Code.ROLE_NOT_ALLOWED, "Only admins may open this page; ask one of yours.")


def page_tools() -> dict[str, object]:
    """What every template of the desk may use."""
    return {
        "form_token": form_token,
        "asset": assets.public_name,
        "viewer": flask.g.get("viewer"),
        "settings_menu": settings_menu.menu,
    }


def inside(wanted: str) -> str:
    """Where to go next: only to a page of the desk, whatever a link or a form may say."""
    there = wanted == "/desk" or wanted.startswith(("/desk?", "/desk/"))
    if there and len(wanted) < _LONGEST_TARGET and "\\" not in wanted and wanted.isprintable():
        return wanted
    return flask.url_for("desk.overview_page")


def let_in(response: Response, token: str) -> Response:
    """Hand the session's cookie to the browser, which forgets it when it closes."""
    _set_cookie(response, "session", token)
    _delete_cookie(response, "form")
    if step():
        _delete_cookie(response, "step")
    return response


def let_out(response: Response) -> str | None:
    """Take the session's cookie back; its value, so that the session can be ended."""
    token = own_token()
    _delete_cookie(response, "session")
    return token


def own_token() -> str | None:
    """The value of this browser's session cookie."""
    return _cookie("session")


def half_in(response: Response, token: str) -> Response:
    """Hand over the cookie of a browser that owes a code; it opens nothing but the page that asks for it."""
    _set_cookie(response, "step", token, max_age_s=int(sign_in.STEP_LASTS.total_seconds()))
    return response


def step() -> str:
    """The value of that cookie; empty when there is none."""
    return _cookie("step") or ""


def place() -> sign_in.Place:
    """Where this request comes from, for counting attempts."""
    return sign_in.place_of(flask.request.remote_addr, services().secrets.cookie)


def send_away(response: Response, baggage: str) -> Response:
    """Give the browser something sealed that it brings back from the identity provider."""
    _set_cookie(response, "journey", baggage, max_age_s=int(JOURNEY_LASTS.total_seconds()))
    return response


def baggage() -> str:
    """What `send_away` gave this browser; empty when there is none."""
    return _cookie("journey") or ""


def unpack(response: Response) -> Response:
    """The journey is over: what the browser took along is good for nothing more."""
    _delete_cookie(response, "journey")
    return response


def form_token() -> str:
    """What a form must send back as `token`: derived from a cookie that only this browser has."""
    seed = _cookie("session") or _cookie("form")
    if not seed:
        seed = flask.g.setdefault("new_form_cookie", random_text(52))
    return _token_for(seed)


def refuse_forged_forms() -> None:
    """Before each request: FORM_REFUSED unless a form came from a page that this browser got from us.

    BAD_REQUEST for one with NUL in it, which no browser sends and no database takes.
    """
    if flask.request.method in ("GET", "HEAD", "OPTIONS"):
        return
    form = flask.request.form
    refuse_forged(form.get("token", ""))
    if any("\0" in text for pair in form.items(multi=True) for text in pair):
        raise Problem(Code.BAD_REQUEST, "A field holds the character NUL.")


def refuse_forged(supplied: str) -> None:
    """FORM_REFUSED unless `supplied` is the token of a form that this browser got from us."""
    seed = _cookie("session") or _cookie("form")
    if not seed or not hmac.compare_digest(_token_for(seed).encode(), supplied.encode()):
        raise Problem(Code.FORM_REFUSED, "The page was open for too long, or you signed in or out in another tab.")


def finish(response: flask.Response) -> flask.Response:
    """Headers of every page of the desk; to be used after each request."""
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if "new_form_cookie" in flask.g:
        _set_cookie(response, "form", flask.g.new_form_cookie, max_age_s=_FORM_LASTS_S)
    return response


def refusal(error: Exception) -> flask.typing.ResponseReturnValue:
    """An error as a page for people."""
    problem = as_problem(error)
    page = flask.render_template("desk/problem.html", problem=problem)
    response = flask.make_response(page, problem.code.status)
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    return response


def _asks_by_itself() -> bool:
    view = flask.current_app.view_functions.get(flask.request.endpoint or "")
    return getattr(view, "asks_by_itself", False)


def _note(response: flask.Response) -> flask.Response:
    try:
        noting.note(response)
    except (OperationalError, OSError) as error:
        response.close()
        return finish(flask.make_response(refusal(error)))
    return response


def _token_for(seed: str) -> str:
    return hmac.new(services().secrets.cookie, b"form\0" + seed.encode(), "sha256").hexdigest()


def _cookie(name: str) -> str | None:
    return flask.request.cookies.get(_cookie_name(name, secure=_secure()))


def _set_cookie(response: Response, name: str, value: str, *, max_age_s: int | None = None) -> None:
    secure = _secure()
    response.set_cookie(
        _cookie_name(name, secure=secure),
        value,
        max_age=max_age_s,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def _delete_cookie(response: Response, name: str) -> None:
    secure = _secure()
    response.delete_cookie(_cookie_name(name, secure=secure), path="/", secure=secure, httponly=True, samesite="Lax")


@cache
def _cookie_name(name: str, *, secure: bool) -> str:
    # With the prefix a browser takes the cookie only from this very host, and only over HTTPS.
    return f"__Host-feedback-{name}" if secure else f"feedback-{name}"


def _secure() -> bool:
    return services().settings.public_url.startswith("https://")
