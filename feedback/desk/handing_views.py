"""What staff hand to a partner: links to its own page, and paraphrases of what its people wrote."""

from uuid import UUID

import flask

from feedback.comments.groups import labels_of
from feedback.core.errors import Code, Problem
from feedback.core.months import first_day
from feedback.core.preferences import in_force
from feedback.desk import door, settings_form
from feedback.desk.form import text
from feedback.desk.settings_form import NOTHING, Tried
from feedback.gap import words
from feedback.http.context import services
from feedback.partners.queries import known_partner, partner_by_slug
from feedback.privacy import links, paraphrases, queries
from feedback.privacy import words as released_words
from feedback.privacy.paraphrases import NewParaphrase

blueprint = door.behind_login("desk_handing")
blueprint.before_request(door.numbers_only)


@blueprint.get("/desk/partners/<slug>/handed")
def page(slug: str) -> flask.typing.ResponseReturnValue:
    """The links that work, and the paraphrases. Raises PARTNER_UNKNOWN."""
    return _page(slug, NOTHING)


@blueprint.post("/desk/partners/<slug>/handed/links")
def make_link(slug: str) -> flask.typing.ResponseReturnValue:
    """A new link, shown in this answer and nowhere else. Raises PARTNER_UNKNOWN, CONFLICT."""
    here = services()
    days = text("days")
    with here.database.transaction() as session:
        partner = partner_by_slug(session, slug)
        _, token = links.make_link(
            session,
            partner,
            days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,
            secret=here.secrets.cookie,
            actor=flask.g.viewer.actor,
            now=here.clock(),
        )
    return _page(slug, NOTHING, made=f"{here.settings.public_url}/p/{token}")


@blueprint.post("/desk/partners/<slug>/handed/links/revoke")
def revoke_links(slug: str) -> flask.typing.ResponseReturnValue:
    """All links that were made until now end. Raises PARTNER_UNKNOWN."""
    here = services()
    with here.database.transaction() as session:
        links.revoke_links(session, partner_by_slug(session, slug), actor=flask.g.viewer.actor, now=here.clock())
    return _back(slug, "links")


@blueprint.post("/desk/partners/<slug>/handed/paraphrases")
def write(slug: str) -> flask.typing.ResponseReturnValue:
    """Put a paraphrase down, not yet seen by the partner. Raises PARTNER_UNKNOWN, ROLE_NOT_ALLOWED."""
    _researchers_only()
    here = services()
    months = flask.request.form.get("months", "")
    new = NewParaphrase(
        int(months) if months.isascii() and months.isdigit() and len(months) < 7 else 0, text("label"), text("text")
    )
    try:
        with here.database.transaction() as session:
            partner = partner_by_slug(session, slug)
            actor = flask.g.viewer.actor
            paraphrases.write(session, here.settings, partner, new, actor=actor, now=here.clock())
    except settings_form.REFUSALS as error:
        return _page(slug, settings_form.refused("new", error))
    return _back(slug, "paraphrases")


@blueprint.post("/desk/partners/<slug>/handed/paraphrases/<uuid:paraphrase_id>/approve")
def approve(slug: str, paraphrase_id: UUID) -> flask.typing.ResponseReturnValue:
    """From now on the partner reads it. Raises PARTNER_UNKNOWN, NOT_FOUND, CONFLICT, INVALID, ROLE_NOT_ALLOWED."""
    _researchers_only()
    here = services()
    with here.database.transaction() as session:
        partner = partner_by_slug(session, slug)
        actor = flask.g.viewer.actor
        paraphrases.approve(session, here.settings, partner, paraphrase_id, actor=actor, now=here.clock())
    return _back(slug, "paraphrases")


@blueprint.post("/desk/partners/<slug>/handed/paraphrases/<uuid:paraphrase_id>/take-back")
def take_back(slug: str, paraphrase_id: UUID) -> flask.typing.ResponseReturnValue:
    """It is gone. Raises PARTNER_UNKNOWN, NOT_FOUND, ROLE_NOT_ALLOWED."""
    _researchers_only()
    here = services()
    with here.database.transaction() as session:
        partner = partner_by_slug(session, slug)
        paraphrases.take_back(session, partner, paraphrase_id, actor=flask.g.viewer.actor, now=here.clock())
    return _back(slug, "paraphrases")


def _page(slug: str, tried: Tried, made: str | None = None) -> flask.typing.ResponseReturnValue:
    here = services()
    with here.database.reading() as session:
        partner = partner_by_slug(session, slug)
        reads = flask.g.viewer.reads_comments
        shown = {
            "partner": partner,
            "links": links.links_of(session, partner.id, now=here.clock()),
            "allowed": queries.is_shown(session, known_partner(session, slug), here.clock().date()),
            "months": {
                str(one.first_month): released_words.months(one.first_month, one.last_month)
                for one in queries.releases(session, partner.id)
            },
            "labels": [(one, one) for one in labels_of(session, partner.id)] if reads else [],
            "paraphrases": paraphrases.paraphrases(session, partner.id) if reads else [],
            "minimum": in_force(session, here.settings).minimum_group,
        }
    response = flask.make_response(
        flask.render_template(
            "desk/handing.html",
            **shown,
            made=made,
            tried=tried,
            usual_days=links.USUAL_DAYS,
            most_days=links.MOST_DAYS,
            longest=paraphrases.LONGEST,
            words=words,
            month_name=lambda month: f"{first_day(month):%B %Y}",
        ),
        tried.status,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _researchers_only() -> None:
    if not flask.g.viewer.reads_comments:
        raise Problem(Code.ROLE_NOT_ALLOWED, "Paraphrases are written by those who read comments.")


def _back(slug: str, part: str) -> flask.typing.ResponseReturnValue:
    return flask.redirect(flask.url_for("desk_handing.page", slug=slug, _anchor=part), 303)
