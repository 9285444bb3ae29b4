"""The list of surveys, one survey's page, and what changed between two of its versions: for all who read numbers."""

import flask
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.months import first_day, last_day
from feedback.desk import door, survey_edit, survey_list, survey_preview, survey_words, table_files
from feedback.desk.partner_list import spans
from feedback.gap import participation, sentences, words
from feedback.gap.results import results
from feedback.gap.values import Period
from feedback.gap.window import Window, window
from feedback.http.context import now, reading, services
from feedback.partners.queries import partner_rows
from feedback.responses import trial_links
from feedback.surveys import changes, queries, telling
from feedback.surveys.definition import Definition, load
from feedback.surveys.models import Survey
from feedback.surveys.templates import TEMPLATES

blueprint = door.behind_login("desk_surveys")
blueprint.before_request(door.numbers_only)


@blueprint.get("/desk/surveys")
def list_page() -> flask.typing.ResponseReturnValue:
    """Every survey, filtered and ordered as the address says; templates to start from."""
    asked = survey_list.Address.read(flask.request.args)
    rows, period = _rows(asked)
    return flask.render_template(
        "desk/surveys.html",
        rows=survey_list.found(rows, asked),
        all=len(rows),
        address=asked,
        period=period,
        spans=spans(period, now=now()),
        templates=TEMPLATES,
        taken={row.survey.name for row in rows},
        **_tools(),
    )


@blueprint.get("/desk/surveys.csv")
def list_csv() -> flask.Response:
    """The surveys that the address asks for, as comma-separated lines."""
    return table_files.csv_file("surveys.csv", survey_list.TITLES, _lines())


@blueprint.get("/desk/surveys.xlsx")
def list_xlsx() -> flask.Response:
    """The same as a workbook."""
    return table_files.xlsx_file("surveys.xlsx", survey_list.TITLES, _lines())


@blueprint.get("/desk/surveys/<slug:name>")
def page(name: str) -> flask.typing.ResponseReturnValue:
    """One survey: what it asks, whom, what came of it, its versions, the card itself. Raises SURVEY_UNKNOWN."""
    arguments = flask.request.args
    asked = window(arguments.get("from") or None, arguments.get("to") or None, now=now())
    settings = services().settings
    with reading() as session:
        survey = queries.survey_by_name(session, name)
        versions = queries.versions_of(session, survey)
        partners = partner_rows(session)
        draft = load(survey.draft)
        live = load(versions[-1].definition) if versions else None
        period = _period(asked)
        response = flask.make_response(
            flask.render_template(
                "desk/survey.html",
                survey=survey,
                versions=versions,
                shown=live or draft,
                unpublished=() if live is None else _changes(session, survey, live, draft),
                told=telling.told(live or draft, survey.audience, survey.metric, _names(session)),
                sentence=telling.sentence(live or draft, survey.audience, _names(session)),
                results=results(session, settings, survey, asked),
                wrote=participation.who_wrote(session, asked, survey.id).get(survey.id, 0),
                period=period,
                months={"from": arguments.get("from"), "to": arguments.get("to")},
                spans=spans(period, now=now()),
                preview=survey_preview.choices(survey, live or draft, partners, "" if live is None else "live"),
                question=survey_preview.question(session, survey, live or draft),
                test_links=_test_links(survey, versions[-1].version if versions else None),
                **_tools(),
            )
        )
    return survey_preview.with_frame(response)


@blueprint.get("/desk/surveys/<slug:name>/changes")
def changes_page(name: str) -> flask.typing.ResponseReturnValue:
    """What is different between two versions, or a version and the draft. Raises SURVEY_UNKNOWN, NOT_FOUND."""
    with reading() as session:
        survey = queries.survey_by_name(session, name)
        known = {str(one.version): one.definition for one in queries.versions_of(session, survey)}
        numbers = list(known)
        known["draft"] = survey.draft
        old = flask.request.args.get("from") or (numbers[-1] if numbers else "draft")
        new = flask.request.args.get("to") or "draft"
        for chosen in (old, new):
            if chosen not in known:
                raise Problem(Code.NOT_FOUND, f"{name!r} has no version {chosen[:20]!r}.")
        return flask.render_template(
            "desk/survey_changes.html",
            survey=survey,
            known=list(known),
            old=old,
            new=new,
            changes=_changes(session, survey, load(known[old]), load(known[new])),
            **_tools(),
        )


def _rows(asked: survey_list.Address) -> tuple[list[survey_list.Row], Period]:
    months = window(asked.start, asked.end, now=now())
    with reading() as session:
        surveys = queries.all_surveys(session)
        latest = queries.latest_published(session)
        came = participation.outcomes(session, services().settings, surveys, months)
        rows = []
        for survey in surveys:
            version = latest.get(survey.id)
            shown = load(survey.draft if version is None else version.definition)
            changed = version is not None and survey.state != "builtin" and load(survey.draft) != shown
            own = tuple(sorted(shown.texts))
            number = None if version is None else version.version
            rows.append(survey_list.Row(survey, number, changed, own, came[survey.id]))
    return rows, _period(months)


def _lines() -> list[tuple[str | int | float | None, ...]]:
    asked = survey_list.Address.read(flask.request.args)
    return [survey_list.line(row) for row in survey_list.found(_rows(asked)[0], asked)]


def _changes(session: Session, survey: Survey, old: Definition, new: Definition) -> tuple[changes.Change, ...]:
    return changes.changes(old, new, survey.audience, survey.metric, _names(session))


def _names(session: Session) -> dict[str, str]:
    return {one.slug: one.name for one in partner_rows(session)}


def _period(months: Window) -> Period:
    return Period(first_day(months.first_month), last_day(months.last_month), months.partial)


def _test_links(survey: Survey, version: int | None) -> list[tuple[str, str]]:
    """For those who may show a survey to others: of the draft, and of the version that is live."""
    if not survey_edit.may_edit() or survey.state == "builtin":
        return []
    until = now() + trial_links.LASTS
    shown = {"the draft": None} | ({f"version {version}": version} if version else {})
    return [
        (what, trial_links.address(trial_links.TestLink(survey.id, number, None, until)))
        for what, number in shown.items()
    ]


def _tools() -> dict[str, object]:
    return {"say": sentences, "words": words, "names": survey_words, "may_edit": survey_edit.may_edit()}
