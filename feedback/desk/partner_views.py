"""The list of partners, its files, and one partner's page. The report says everything; nothing is computed here."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import flask
from sqlalchemy.orm import Session

from feedback.comments.commands import note_reading
from feedback.comments.queries import Comment, latest
from feedback.decisions import queries as decisions
from feedback.decisions.product_releases import product_releases
from feedback.desk import comment_words, door, drawing, partner_list, partner_page
from feedback.desk.decision_words import NUMBERS, VERDICT, amount
from feedback.flags.queries import MOST, flags_within
from feedback.flags.words import WHOSE
from feedback.gap import queries, sentences, words
from feedback.gap.formats.csv_file import as_csv
from feedback.gap.formats.workbook import as_xlsx
from feedback.gap.templates import draw
from feedback.gap.values import GapReport
from feedback.http.context import services
from feedback.partners.keys import clean_origin
from feedback.partners.queries import contracts, partner_by_slug, policy_of, promotions
from feedback.privacy.links import USUAL_DAYS
from feedback.seats.embed_check import check
from feedback.seats.embed_findings import findings
from feedback.surveys.models import AUDIENCES
from feedback.tallies.queries import first_answered_on

_MOST_BESIDE = 3
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

blueprint = door.behind_login("desk_partners")
blueprint.before_request(door.numbers_only)


@blueprint.get("/desk/partners")
def list_page() -> flask.typing.ResponseReturnValue:
    """Every partner, filtered and ordered as the address says."""
    asked = partner_list.Address.read(flask.request.args)
    report = _report(asked)
    rows = partner_list.found(report.partners, asked)
    return flask.render_template(
        "desk/partners.html",
        report=report,
        period=words.period_words(report.period.first_day, report.period.last_day),
        address=asked,
        spans=partner_list.spans(report.period, now=services().clock()),
        page=partner_list.page(rows, asked, of=len(report.partners)),
        say=sentences,
        words=words,
    )


@blueprint.get("/desk/partners.csv")
def list_csv() -> flask.Response:
    """The partners that the address asks for, as comma-separated lines."""
    return _file(as_csv(_narrowed()).encode(), "text/csv", "partners.csv")


@blueprint.get("/desk/partners.xlsx")
def list_xlsx() -> flask.Response:
    """The report as a workbook, its sheet of partners with those that the address asks for."""
    return _file(as_xlsx(_narrowed()), _XLSX, "partners.xlsx")


@blueprint.get("/desk/partners/<slug>")
def page(slug: str) -> flask.typing.ResponseReturnValue:
    """One partner: state, numbers, people, claims, rights and rollout. Raises PARTNER_UNKNOWN."""
    here = services()
    now, settings = here.clock(), here.settings
    start, end = flask.request.args.get("from") or None, flask.request.args.get("to") or None
    with here.database.reading() as session:
        report = queries.report(session, settings, now=now, partner=slug, start=start, end=end)
        year = queries.report(
            session, settings, now=now, partner=slug, start=partner_page.timeline_start(report), end=end
        )
        partner = partner_by_slug(session, slug)
        signed, told = contracts(session, partner.id), promotions(session, partner.id)
        embed = check(session, slug, now=now)
        beside = _beside(session, partner.id)
        read = {
            "policy": policy_of(session, partner.id),
            "page": partner_page.arrange(report, year, told, signed, product_releases(session)),
            "first_answer": first_answered_on(session, partner.id, "end_user"),
            "claims": decisions.claims(session, partner.id),
            "flags": flags_within(session, now.date() - timedelta(days=365), now.date(), partner.id),
            "decided": decisions.decisions(session, partner.id),
        }
    if any(beside.values()):
        with here.database.transaction() as session:
            # Before anybody sees it: what cannot be written down is not shown.
            count = sum(map(len, beside.values()))
            note_reading(session, flask.g.viewer.actor, "comments", asked={"partner": slug}, count=count, now=now)
    return drawing.page(
        "desk/partner.html",
        report=report,
        partner=partner,
        months={"from": start, "to": end},
        question=drawing.months_of(report),
        spans=partner_list.spans(report.period, now=now),
        embed=embed,
        findings=findings(embed, clean_origin(settings.public_url)),
        beside=beside,
        comment_words=comment_words,
        today=now.date(),
        VERDICT=VERDICT,
        NUMBERS=NUMBERS,
        WHOSE=WHOSE,
        MOST_FLAGS=MOST,
        amount=amount,
        say=sentences,
        words=words,
        draw=draw,
        usual_days=USUAL_DAYS,
        **read,
    )


@blueprint.get("/desk/partners/<slug>/report.xlsx")
def partner_xlsx(slug: str) -> flask.Response:
    """One partner's report as a workbook. Raises PARTNER_UNKNOWN."""
    here = services()
    start, end = flask.request.args.get("from") or None, flask.request.args.get("to") or None
    with here.database.reading() as session:
        report = queries.report(session, here.settings, now=here.clock(), partner=slug, start=start, end=end)
    return _file(as_xlsx(report), _XLSX, f"{slug}.xlsx")


def _beside(session: Session, partner_id: UUID) -> dict[str, Sequence[Comment]]:
    """What each side wrote last, for those who may read it."""
    if not flask.g.viewer.reads_comments:
        return {}
    return {side: latest(session, partner_id, side, _MOST_BESIDE) for side in AUDIENCES}


def _report(asked: partner_list.Address) -> GapReport:
    here = services()
    with here.database.reading() as session:
        return queries.report(session, here.settings, now=here.clock(), start=asked.start, end=asked.end)


def _narrowed() -> GapReport:
    asked = partner_list.Address.read(flask.request.args)
    report = _report(asked)
    return replace(report, partners=partner_list.found(report.partners, asked))


def _file(content: bytes, mimetype: str, name: str) -> flask.Response:
    response = flask.Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
