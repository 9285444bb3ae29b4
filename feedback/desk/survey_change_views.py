"""Begin a survey, publish it, pause and resume it; and the card of what is saved."""

import flask
from werkzeug import Response

from feedback.core.errors import Code, Problem
from feedback.desk import door, form, survey_edit, survey_preview, survey_words
from feedback.http.context import now, reading, transaction
from feedback.partners.queries import partner_rows
from feedback.surveys import changes, commands, queries, telling
from feedback.surveys.definition import Definition, load
from feedback.surveys.templates import template

blueprint = door.behind_login("desk_survey_changes")
blueprint.before_request(door.numbers_only)

_DONE = {"publish": "survey.published", "pause": "survey.paused", "resume": "survey.resumed"}


@blueprint.get("/desk/surveys/<slug:name>/preview")
def preview(name: str) -> flask.Response:
    """The card of the draft (`of=draft`), of a version (`of=2`) or of what is published. Raises SURVEY_UNKNOWN."""
    asked = flask.request.args
    of = asked.get("of", "")
    with reading() as session:
        survey = queries.survey_by_name(session, name)
        versions = {str(one.version): one.definition for one in queries.versions_of(session, survey)}
        latest = list(versions.values())[-1] if versions else survey.draft
        definition = survey.draft if of == "draft" else versions.get(of, latest)
        return survey_preview.card(session, survey, load(definition), asked)


@blueprint.post("/desk/surveys")
def create() -> Response:
    """A draft, from a template or empty. Raises SURVEY_EXISTS, INVALID, NOT_FOUND."""
    survey_edit.editors_only()
    chosen = form.text("template")
    begun = template(chosen) if chosen else None
    name = form.text("name") or (begun.name if begun else "")
    audience, metric = (begun.audience, begun.metric) if begun else (form.text("audience"), form.text("metric"))
    definition = begun.definition if begun else Definition()
    with transaction() as session:
        survey = commands.create_survey(session, name, audience, metric, definition, now=now())
        survey_edit.note(session, survey, "survey.created")
    return flask.redirect(flask.url_for("desk_survey_edit.page", name=name), 303)


@blueprint.get("/desk/surveys/<slug:name>/publish")
def publish_page(name: str) -> str:
    """What publishing changes, before it is done. Raises SURVEY_UNKNOWN."""
    survey_edit.editors_only()
    with reading() as session:
        survey = queries.survey_by_name(session, name)
        commands.refuse_builtin(survey)
        versions = queries.versions_of(session, survey)
        draft = load(survey.draft)
        names = {one.slug: one.name for one in partner_rows(session)}
        before = load(versions[-1].definition) if versions else None
        return flask.render_template(
            "desk/survey_publish.html",
            survey=survey,
            latest=versions[-1] if versions else None,
            sentence=telling.sentence(draft, survey.audience, names),
            question=survey_preview.question(session, survey, draft),
            changes=changes.changes(before, draft, survey.audience, survey.metric, names) if before else (),
            mark=queries.draft_mark(survey),
            names=survey_words,
        )


@blueprint.post("/desk/surveys/<slug:name>/<any(publish, pause, resume):action>")
def act(name: str, action: str) -> Response:
    """Publish the draft that was looked at, pause or resume. Raises SURVEY_UNKNOWN, CONFLICT."""
    survey_edit.editors_only()
    with transaction() as session:
        survey = queries.survey_by_name(session, name, lock=True)
        if action == "publish":
            if form.text("mark") != queries.draft_mark(survey):
                raise Problem(Code.CONFLICT, "Somebody changed the draft meanwhile: look again at what is published.")
            commands.publish(session, survey, now=now())
        else:
            (commands.pause if action == "pause" else commands.resume)(survey)
        survey_edit.note(session, survey, _DONE[action])
    return flask.redirect(flask.url_for("desk_surveys.page", name=name), 303)
