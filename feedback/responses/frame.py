"""The frame's document: the question in the person's language, from our origin, so that the page cannot read it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import flask
from sqlalchemy.orm import Session

from feedback.core.errors import Problem
from feedback.core.ids import new_id
from feedback.core.preferences import in_force
from feedback.http.api import Blueprint
from feedback.http.context import services
from feedback.partners.embed_gate import Gate, guard, visit
from feedback.partners.models import Partner
from feedback.partners.queries import partner_by_slug, policy_of
from feedback.responses.card_texts import Shown, keep_shown, shown
from feedback.responses.grants import SHOWABLE
from feedback.responses.models import Impression
from feedback.settings import Settings
from feedback.surveys import assets, card, theme, words
from feedback.surveys.definition import Theme, load
from feedback.surveys.models import Survey, SurveyVersion

blueprint = Blueprint("embed-frame", __name__, description="The document that asks, from the vendor's own origin.")
guard(blueprint)

MESSAGES = ("sent", "failed", "refused", "deleted", "never_done")


class Document(NamedTuple):
    """A document that asks, and the words on it that have to be on record before anybody reads them."""

    response: flask.Response
    shown: Shown


@blueprint.get("/v1/embed/<key>/frame")
@blueprint.response(200, content_type="text/html")
def frame(key: str) -> flask.Response:
    """The document that asks; without an impression that waits to be shown it asks nothing."""
    arguments = flask.request.args
    with services().database.reading() as session:
        found = _waiting(session, visit().gate, arguments.get("partner", ""), arguments.get("impression", ""))
        if found is None:
            return _respond(assets.frame_document().silent(), visit().gate.origins)
        locale = words.choose_locale([arguments.get("locale", "")])
        made = document(session, *found, locale=locale, api=f"/v1/embed/{key}", origins=visit().gate.origins)
    return on_record(made)


def on_record(made: Document) -> flask.Response:
    """The response, once what it says is kept. Not while a session is open: it writes. Raises BUSY."""
    if flask.request.method != "HEAD":
        keep_shown(services(), made.shown)
    return made.response


def document(
    session: Session, partner: Partner, impression: Impression, *, locale: str, api: str, origins: Sequence[str] | None
) -> Document:
    """The document that asks under an impression, with its headers; to be sent by `on_record`.

    `locale`: one that is built in. `api`: path on our own origin under which the doors are. `origins`: of the pages
    that may frame it, `null` among them for pages in a sandbox; None: a page of our own, which nobody may frame.
    """
    survey = session.get_one(Survey, impression.survey_id)
    version = session.get_one(SurveyVersion, impression.survey_version_id)
    policy = policy_of(session, partner.id)
    asking = card.Asking(
        metric=survey.metric,
        audience=survey.audience,
        definition=load(version.definition),
        locale=locale,
        names=names_at(in_force(session, services().settings), partner.name),
        branding=policy.branding,
        may_contact=policy.may_contact,
        hosted=origins is None,
    )
    texts = asking.texts()
    values = card.values(asking, texts)
    data = {
        "impression": str(impression.id),
        # A new document is a new answer; the server lets the first one stand.
        "response": str(new_id()),
        "survey": survey.name,
        "version": version.version,
        "metric": survey.metric,
        "locale": locale,
        "dir": values["dir"],
        "api": api,
        "messages": {**{key: texts[key] for key in MESSAGES}, "question": values["question"]},
    }
    response = _respond(assets.frame_document().asking(values, asking.style(), data), origins)
    return Document(response, shown(impression, locale, card.printed(texts, values), now=services().clock()))


def link_page(reason: str, locale: str) -> flask.Response:
    """The page of a link that does not work, with its headers. `reason`: answered, expired, unknown or closed."""
    texts = words.texts(locale, "nps", "end_user", words.Names("", "", 0, 0), {})
    values = {
        "locale": locale,
        "dir": words.direction(locale),
        "title": texts["thanks" if reason == "answered" else "link.title"],
        "text": texts[f"link.{reason}"],
    }
    look = theme.style(Theme(), 1, 1, None, hosted=True)
    return _respond(assets.frame_document().message(values, look), None)


def names_at(settings: Settings, partner: str) -> words.Names:
    """What stands for the placeholders on a card at this partner."""
    return words.Names(settings.vendor_name, partner, settings.minimum_group, settings.contact_days)


def _waiting(session: Session, gate: Gate, slug: str, impression_id: str) -> tuple[Partner, Impression] | None:
    """The impression that waits to be shown to a page with this key."""
    try:
        partner = partner_by_slug(session, slug)
        impression = session.get(Impression, (partner.id, UUID(impression_id)))
    except (Problem, ValueError):
        return None
    if impression is None or gate.partner_id not in (None, partner.id) or impression.live != gate.live:
        return None
    if impression.response_id is not None or services().clock() - impression.granted_at > SHOWABLE:
        return None
    return partner, impression


def _respond(page: assets.Page, origins: Sequence[str] | None) -> flask.Response:
    response = flask.Response(page.text, mimetype="text/html")
    # A page in a sandbox has no origin that could be named: for it the directive must be absent.
    framed = [] if "null" in (origins or ()) else ["frame-ancestors " + (" ".join(origins or ()) or "'none'")]
    policy = [
        "default-src 'none'",
        f"script-src {page.script_source}",
        f"style-src {page.style_sources}",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        *framed,
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    response.headers["Content-Security-Policy"] = "; ".join(policy)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    if origins is not None:
        # For a host page that isolates itself (COEP require-corp): without it the frame stays empty, silently.
        response.headers["Cross-Origin-Embedder-Policy"] = "credentialless"
    return response
