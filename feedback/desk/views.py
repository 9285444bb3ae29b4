"""The desk's pages, behind the login. A page asks for the report and arranges it; it computes no number."""

import flask

from feedback.decisions.renewal_steps import renewal_steps
from feedback.decisions.values import LONGEST_LINE, LONGEST_NAME
from feedback.desk import address, door, drawing, first_run, first_run_views, overview
from feedback.gap import queries, sentences, words
from feedback.gap.tails import tails
from feedback.gap.templates import draw
from feedback.http.context import services

blueprint = door.behind_login("desk")


@blueprint.get("/desk")
def overview_page() -> flask.typing.ResponseReturnValue:
    """Both sides, the gap between them, and every partner; for account managers, what was released."""
    if not flask.g.viewer.reads_numbers:
        return flask.redirect(flask.url_for("desk_released.list_page"), 303)
    here = services()
    now = here.clock()
    asked = address.read(flask.request.args)
    with here.database.reading() as session:
        report = queries.report(session, here.settings, now=now, start=asked.start, end=asked.end)
        steps = renewal_steps(session)
        past = tails(session, report)
        # Where a headline stands the first steps are done; to look costs what it saves.
        rests = report.quality.headline_partners
        first = None if rests else first_run.look(session, here.settings, now=now)
    if first is not None and not first.partners:
        return first_run_views.shown(first)
    page = overview.arrange(report, asked, steps, past, now=now)
    return drawing.page(
        "desk/overview.html",
        report=report,
        first=first,
        page=page,
        say=sentences,
        words=words,
        draw=draw,
        renewals=page.renewals,
        back=page.address.to(),
        partner_link=drawing.partner_link,
        question=drawing.months_of(report),
        most=(LONGEST_NAME, LONGEST_LINE),
    )
