"""Test links: a survey as a person would see it behind a personal link, for a day, kept and counted nowhere."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import flask
from sqlalchemy.orm import Session

from feedback.http.context import now, reading, services
from feedback.partners.models import Partner
from feedback.responses import trial
from feedback.responses.frame import link_page
from feedback.surveys.definition import load
from feedback.surveys.models import Survey
from feedback.surveys.queries import versions_of
from feedback.surveys.words import choose_locale

page = flask.Blueprint("test-link", __name__)

LASTS = timedelta(days=1)
"""How long a test link works."""


@dataclass(frozen=True, slots=True)
class TestLink:
    """What a link shows. `version` None: the draft as it stands when it is opened; `partner_id` None: any partner's."""

    survey_id: UUID
    version: int | None
    partner_id: UUID | None
    until: datetime


def address(link: TestLink) -> str:
    """The link, to be handed to anybody. Needs the running app."""
    here = services()
    partner = link.partner_id.hex if link.partner_id else ""
    said = f"{link.survey_id.hex}-{link.version or 0}-{partner}-{int(link.until.timestamp())}"
    return f"{here.settings.public_url}/s/test/{said}-{_signature(said, here.secrets.cookie)}"


def read(token: str, *, secret: bytes) -> TestLink | None:
    """What a link's last part says; None for one that was not made here."""
    said, _, signature = token.rpartition("-")
    if not hmac.compare_digest(_signature(said, secret).encode(), signature.encode()):
        return None
    survey, version, partner, until = said.split("-")
    until_at = datetime.fromtimestamp(int(until), UTC)
    return TestLink(UUID(survey), int(version) or None, UUID(partner) if partner else None, until_at)


@page.get("/s/test/<token>")
def get_page(token: str) -> flask.Response:
    """The survey that the link is to, marked as a test, in the reader's language. Nothing comes of answering it."""
    locale = choose_locale([flask.request.args.get("lang", ""), *flask.request.accept_languages.values()])
    link = read(token, secret=services().secrets.cookie)
    with reading() as session:
        if link is not None and now() < link.until:
            found = _shown(session, link, locale)
            if found is not None:
                return found
    response = link_page("unknown" if link is None else "expired", locale)
    response.status_code = 404 if link is None else 410
    return response


def _shown(session: Session, link: TestLink, locale: str) -> flask.Response | None:
    """None when the survey, the version or the partner is no longer there."""
    survey = session.get(Survey, link.survey_id)
    partner = session.get(Partner, link.partner_id) if link.partner_id else None
    if survey is None or (link.partner_id is not None and partner is None):
        return None
    versions = {one.version: one.definition for one in versions_of(session, survey)}
    definition = survey.draft if link.version is None else versions.get(link.version)
    if definition is None:
        return None
    return trial.hosted(session, survey, load(definition), partner, trial.View(locale))


def _signature(said: str, secret: bytes) -> str:
    return hmac.digest(secret, b"test link\0" + said.encode(), "sha256").hex()[:40]
