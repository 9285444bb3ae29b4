"""The editor of a survey: its form, its texts in another language, the card as it would be."""

import flask
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from feedback.core.errors import Problem
from feedback.desk import door, noting, survey_edit, survey_form, survey_preview, survey_texts, survey_words
from feedback.http.context import reading, transaction
from feedback.partners.queries import partner_rows
from feedback.responses import trial
from feedback.surveys import commands, queries, telling
from feedback.surveys.definition import DEVICES, MODES, POSITIONS, load
from feedback.surveys.models import Survey
from feedback.surveys.words import WORDINGS, choose_locale, direction

blueprint = door.behind_login("desk_survey_edit")
blueprint.before_request(survey_edit.editors_only)


@blueprint.get("/desk/surveys/<slug:name>/edit")
def page(name: str) -> flask.Response:
    """The draft as a form, with its texts in the language of the address. Raises SURVEY_UNKNOWN, CONFLICT."""
    locale = choose_locale([flask.request.args.get("lang", "")])
    with reading() as session:
        survey = queries.survey_by_name(session, name)
        commands.refuse_builtin(survey)
        return _page(session, survey, survey_form.filled(load(survey.draft), locale), queries.draft_mark(survey))


@blueprint.post("/desk/surveys/<slug:name>/edit")
def save(name: str) -> Response:
    """Keep what was typed as the draft. What does not fit is said beside its field, and nothing typed is lost."""
    typed = flask.request.form
    with transaction() as session:
        survey = queries.survey_by_name(session, name, lock=True)
        try:
            written = survey_form.read(typed, load(survey.draft))
            clash = survey_edit.save(session, survey, survey_edit.checked(survey, written), typed.get("mark", ""))
        except Problem as problem:
            return _page(session, survey, typed, typed.get("mark", ""), errors=survey_edit.errors_of(problem))
        if clash is not None:
            return _page(session, survey, typed, queries.draft_mark(survey), clash=clash)
    return flask.redirect(flask.url_for("desk_survey_edit.page", name=name, lang=typed.get("locale"), saved=1), 303)


@blueprint.post("/desk/surveys/<slug:name>/preview")
@noting.notes_changes
def preview(name: str) -> flask.Response:
    """The card as it would be with what was typed; nothing is kept."""
    typed = flask.request.form
    with reading() as session:
        survey = queries.survey_by_name(session, name)
        try:
            definition = survey_edit.checked(survey, survey_form.read(typed, load(survey.draft)))
        except Problem as problem:
            said = [text for texts in survey_edit.errors_of(problem).values() for text in texts]
            return trial.framed_message("This cannot be shown yet", " ".join(said))
        return survey_preview.card(session, survey, definition, typed)


@blueprint.get("/desk/surveys/<slug:name>/texts")
def texts_page(name: str) -> str:
    """Every text in two languages side by side, with what is missing. Raises SURVEY_UNKNOWN, CONFLICT."""
    asked = flask.request.args
    with reading() as session:
        survey = queries.survey_by_name(session, name)
        commands.refuse_builtin(survey)
        definition = load(survey.draft)
        locale = choose_locale([asked.get("lang") or "de"])
        typed = survey_form.filled(definition, locale)
        return _texts(survey, typed, queries.draft_mark(survey), base=choose_locale([asked.get("base", "")]))


@blueprint.post("/desk/surveys/<slug:name>/texts")
def save_texts(name: str) -> flask.typing.ResponseReturnValue:
    """Keep the texts of one language in the draft."""
    typed = flask.request.form
    locale, base = choose_locale([typed.get("locale", "")]), choose_locale([typed.get("base", "")])
    with transaction() as session:
        survey = queries.survey_by_name(session, name, lock=True)
        before = load(survey.draft)
        own = survey_form.texts(typed, locale, before.texts.get(locale, {}))
        try:
            definition = survey_edit.checked(survey, survey_form.with_texts(before, locale, own))
            clash = survey_edit.save(session, survey, definition, typed.get("mark", ""))
        except Problem as problem:
            said = survey_edit.errors_of(problem)
            return _texts(survey, typed, typed.get("mark", ""), base=base, errors=said), 422
        if clash is not None:
            return _texts(survey, typed, queries.draft_mark(survey), base=base, clash=clash), 409
    there = flask.url_for("desk_survey_edit.texts_page", name=name, lang=locale, base=base, saved=1)
    return flask.redirect(there, 303)


def _page(
    session: Session,
    survey: Survey,
    typed: MultiDict[str, str],
    mark: str,
    *,
    errors: dict[str, list[str]] | None = None,
    clash: survey_edit.Clash | None = None,
) -> flask.Response:
    locale = choose_locale([typed.get("locale", "")])
    draft = load(survey.draft)
    partners = partner_rows(session)
    fitting = [one for one, metric in WORDINGS.items() if metric == survey.metric]
    page = flask.render_template(
        "desk/survey_edit.html",
        survey=survey,
        typed=typed,
        mark=mark,
        errors=errors or {},
        clash=clash,
        saved="saved" in flask.request.args,
        locale=locale,
        dir=direction(locale),
        languages=survey_preview.languages(),
        spoken={"en", *draft.texts},
        places=survey_texts.places(survey, draft, locale),
        wordings=[(one, telling.WORDING_NAMES[one]) for one in fitting],
        DEVICES=DEVICES,
        POSITIONS=[(one, telling.POSITION_NAMES[one]) for one in POSITIONS],
        MODES=[(one, telling.MODE_NAMES[one]) for one in MODES],
        partners=[one for one in partners if one.left_at is None],
        preview=survey_preview.choices(survey, draft, partners, "draft", locale),
        names=survey_words,
    )
    status = 409 if clash else 422 if errors else 200
    return survey_preview.with_frame(flask.make_response(page, status))


def _texts(
    survey: Survey,
    typed: MultiDict[str, str],
    mark: str,
    *,
    base: str,
    errors: dict[str, list[str]] | None = None,
    clash: survey_edit.Clash | None = None,
) -> str:
    locale = choose_locale([typed.get("locale", "")])
    draft = load(survey.draft)
    return flask.render_template(
        "desk/survey_texts.html",
        survey=survey,
        typed=typed,
        mark=mark,
        errors=errors or {},
        clash=clash,
        saved="saved" in flask.request.args,
        base=base,
        base_dir=direction(base),
        locale=locale,
        dir=direction(locale),
        rows=survey_texts.rows(survey, draft, base, locale),
        missing=survey_texts.missing(draft),
        reviewed=survey_texts.reviewed(locale),
        languages=survey_preview.languages(),
        names=survey_words,
    )
