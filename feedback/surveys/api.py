"""Doors for surveys."""

from typing import Any

from sqlalchemy.orm import Session

from feedback.http.api import Blueprint
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, reading, transaction
from feedback.staff.audit import record
from feedback.surveys import commands, queries
from feedback.surveys.definition import Definition
from feedback.surveys.models import Survey
from feedback.surveys.schemas import (
    NewSurvey,
    NewSurveySchema,
    SurveyChangeSchema,
    SurveyListSchema,
    SurveySchema,
    TemplateListSchema,
)
from feedback.surveys.templates import TEMPLATES

blueprint = Blueprint("surveys", __name__, description="What is asked; a published version never changes.")


@blueprint.get("/v1/surveys")
@secret_key_required("read")
@blueprint.response(200, SurveyListSchema())
def list_surveys() -> dict[str, Any]:
    """Surveys by name, built-in ones last."""
    with reading() as session:
        latest = queries.latest_versions(session)
        return {"surveys": [_listed(row, latest.get(row.id)) for row in queries.all_surveys(session)]}


@blueprint.get("/v1/survey-templates")
@secret_key_required("read")
@blueprint.response(200, TemplateListSchema())
def list_templates() -> dict[str, Any]:
    """Surveys that are ready to publish: send one of them to `POST /v1/surveys`, as it is or changed."""
    return {"templates": TEMPLATES}


@blueprint.post("/v1/surveys")
@secret_key_required("write")
@blueprint.arguments(NewSurveySchema())
@blueprint.response(201, SurveySchema())
def create_survey(new: NewSurvey) -> dict[str, Any]:
    """Create a survey as a draft; nobody is asked before it is published."""
    with transaction() as session:
        survey = commands.create_survey(session, new.name, new.audience, new.metric, new.definition, now=now())
        detail = {"audience": new.audience, "metric": new.metric}
        record(session, caller().actor, "survey.created", new.name, detail, now())
        return _survey(session, survey)


@blueprint.get("/v1/surveys/<slug:survey>")
@secret_key_required("read")
@blueprint.response(200, SurveySchema())
def get_survey(survey: str) -> dict[str, Any]:
    """A survey, its draft and its published versions."""
    with reading() as session:
        return _survey(session, queries.survey_by_name(session, survey))


@blueprint.patch("/v1/surveys/<slug:survey>")
@secret_key_required("write")
@blueprint.arguments(SurveyChangeSchema())
@blueprint.response(200, SurveySchema())
def change_survey(change: dict[str, Definition], survey: str) -> dict[str, Any]:
    """Replace the draft; what is published stays until the next publish."""
    with transaction() as session:
        found = queries.survey_by_name(session, survey)
        commands.change_draft(found, change["definition"])
        return _done(session, found, "survey.changed")


@blueprint.post("/v1/surveys/<slug:survey>/publish")
@secret_key_required("write")
@blueprint.response(200, SurveySchema())
def publish_survey(survey: str) -> dict[str, Any]:
    """Freeze the draft as the next version and ask. A draft equal to the latest version is not a new one."""
    with transaction() as session:
        found = queries.survey_by_name(session, survey)
        commands.publish(session, found, now=now())
        return _done(session, found, "survey.published")


@blueprint.post("/v1/surveys/<slug:survey>/pause")
@secret_key_required("write")
@blueprint.response(200, SurveySchema())
def pause_survey(survey: str) -> dict[str, Any]:
    """Ask nobody for now. Answers to what was shown still come in."""
    with transaction() as session:
        found = queries.survey_by_name(session, survey)
        commands.pause(found)
        return _done(session, found, "survey.paused")


@blueprint.post("/v1/surveys/<slug:survey>/resume")
@secret_key_required("write")
@blueprint.response(200, SurveySchema())
def resume_survey(survey: str) -> dict[str, Any]:
    """Ask again with the latest published version."""
    with transaction() as session:
        found = queries.survey_by_name(session, survey)
        commands.resume(found)
        return _done(session, found, "survey.resumed")


def _done(session: Session, survey: Survey, action: str) -> dict[str, Any]:
    shown = _survey(session, survey)
    record(session, caller().actor, action, survey.name, {"version": shown["version"]}, now())
    return shown


def _listed(survey: Survey, version: int | None) -> dict[str, Any]:
    names = ("name", "audience", "metric", "state", "created_at")
    return {**{name: getattr(survey, name) for name in names}, "version": version}


def _survey(session: Session, survey: Survey) -> dict[str, Any]:
    versions = queries.versions_of(session, survey)
    latest = versions[-1].version if versions else None
    return {**_listed(survey, latest), "definition": survey.draft, "versions": versions}
