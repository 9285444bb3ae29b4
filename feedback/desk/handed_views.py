"""A partner's own page, behind a signed link instead of a login: what it gets back, and what it never sees.

Every link that does not work, whatever is why, is answered by the same bytes.
"""

import logging

import flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.preferences import in_force
from feedback.desk import assets, handed_promises
from feedback.desk.handed import handed
from feedback.http.context import services
from feedback.http.errors import as_problem
from feedback.partners.models import Partner
from feedback.partners.queries import KnownPartner
from feedback.privacy import links, words
from feedback.privacy.models import PartnerLink
from feedback.privacy.rule import FEWEST

blueprint = flask.Blueprint("handed", __name__, template_folder="templates")

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_LOG = logging.getLogger(__name__)


@blueprint.get("/p/<token>")
def page(token: str) -> flask.typing.ResponseReturnValue:
    """What the partner gets back. Opening it for the first time is written down."""
    here = services()
    now = here.clock()
    with here.database.reading() as session:
        link, partner = _known(session, token)
        settings = in_force(session, here.settings)
        shown = handed(session, settings, partner, now=now)
        body = flask.render_template(
            "desk/handed.html",
            token=token,
            partner=partner,
            vendor=settings.vendor_name,
            handed=shown,
            shared=shown.shared,
            minimum=max(FEWEST, settings.minimum_group),
            say=words,
        )
    if link.opened_at is None and flask.request.method == "GET":
        _note(link, partner)
    return body


@blueprint.get("/p/<token>/what-is-seen")
def what_is_seen(token: str) -> flask.typing.ResponseReturnValue:
    """What the employer sees, what it never sees, and how that is tested; to be handed to a works council."""
    here = services()
    with here.database.reading() as session:
        _, partner = _known(session, token)
        settings = in_force(session, here.settings)
        return flask.render_template(
            "desk/handed_seen.html",
            token=token,
            partner=partner,
            vendor=settings.vendor_name,
            seen=handed_promises.SEEN,
            promises=handed_promises.PROMISES,
            rule=handed_promises.RULE,
            minimum=max(FEWEST, settings.minimum_group),
        )


@blueprint.context_processor
def _tools() -> dict[str, object]:
    return {"asset": assets.public_name}


@blueprint.after_request
def _finish(response: flask.Response) -> flask.Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@blueprint.errorhandler(Exception)
def _refused(error: Exception) -> flask.typing.ResponseReturnValue:
    problem = as_problem(error)
    shown = flask.render_template("desk/handed_problem.html", unknown=problem.code is Code.NOT_FOUND)
    response = flask.make_response(shown, problem.code.status)
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    return response


def _known(session: Session, token: str) -> tuple[PartnerLink, KnownPartner]:
    here = services()
    link = links.link_of(session, token, secret=here.secrets.cookie, now=here.clock())
    partner = session.get(Partner, link.partner_id) if link else None
    if link is None or partner is None:
        raise Problem(Code.NOT_FOUND)
    return link, KnownPartner(partner.id, partner.slug, partner.name, partner.left_at)


def _note(link: PartnerLink, partner: KnownPartner) -> None:
    here = services()
    try:
        with here.database.transaction() as session:
            links.note_opening(session, link.id, partner.slug, now=here.clock())
    except OperationalError:
        # A full disk must not keep anybody from reading.
        _LOG.warning("could not write down that the link %s was opened", link.id, exc_info=True)
