"""Every renewal within 120 days, and who takes care of it."""

import flask

from feedback.decisions.renewal_steps import put_renewal_step, renewal_steps
from feedback.decisions.values import LONGEST_LINE, LONGEST_NAME
from feedback.desk import address, door, drawing, renewals
from feedback.gap import queries, sentences, words
from feedback.http.context import services
from feedback.partners.queries import known_partner

blueprint = door.behind_login("renewals")
blueprint.before_request(door.numbers_only)


@blueprint.get("/desk/renewals")
def page() -> flask.typing.ResponseReturnValue:
    """All that are past due or come due, by date, page by page."""
    here, wanted = services(), address.read(flask.request.args).page
    with here.database.reading() as session:
        report = queries.report(session, here.settings, now=here.clock())
        steps = renewal_steps(session)
    shown = renewals.every(report, steps, wanted)
    return flask.render_template(
        "desk/renewals.html",
        report=report,
        renewals=shown,
        back=address.Address(page=shown.page).to("/desk/renewals"),
        address=address.Address(page=shown.page),
        say=sentences,
        words=words,
        partner_link=drawing.partner_link,
        most=(LONGEST_NAME, LONGEST_LINE),
    )


@blueprint.post("/desk/renewals")
def put() -> flask.typing.ResponseReturnValue:
    """Write down who takes care of one renewal; back to where the form stood."""
    here, form = services(), flask.request.form
    with here.database.transaction() as session:
        partner = known_partner(session, form.get("partner", ""))
        put_renewal_step(
            session,
            partner.id,
            form.get("contract", ""),
            owner=form.get("owner", ""),
            next_step=form.get("next_step", ""),
            actor=flask.g.viewer.actor,
            now=here.clock(),
        )
    return flask.redirect(f"{door.inside(form.get('back', ''))}#renewals", 303)
