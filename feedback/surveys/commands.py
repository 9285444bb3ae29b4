"""Write surveys: create, publish, pause, resume; and the built-in ones that imports belong to."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.surveys import pages
from feedback.surveys.definition import Definition, load
from feedback.surveys.models import AUDIENCES, SCALES, Survey, SurveyVersion
from feedback.surveys.words import check_texts, wording_for

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")


def create_survey(
    session: Session, name: str, audience: str, metric: str, definition: Definition, *, now: datetime
) -> Survey:
    """A draft. Audience and metric stay for good. Raises SURVEY_EXISTS, INVALID."""
    if not _NAME.fullmatch(name) or name.startswith("imported-"):
        raise Problem(
            Code.INVALID, "A survey's name has 1 to 80 of a-z, 0-9 and inner hyphens, not beginning `imported-`."
        )
    if audience not in AUDIENCES or metric not in SCALES:
        raise Problem(Code.INVALID, f"audience is one of {AUDIENCES}, metric one of {tuple(SCALES)}.")
    if session.scalar(select(Survey.id).where(Survey.name == name)) is not None:
        raise Problem(Code.SURVEY_EXISTS, f"There is a survey {name!r} already.")
    check(definition, audience, metric)
    survey = Survey(
        id=new_id(),
        name=name,
        audience=audience,
        metric=metric,
        state="draft",
        draft=definition.as_json(),
        created_at=now,
    )
    session.add(survey)
    session.flush()
    return survey


def change_draft(survey: Survey, definition: Definition) -> None:
    """What the next publish will freeze. Raises CONFLICT for a built-in survey."""
    refuse_builtin(survey)
    check(definition, survey.audience, survey.metric)
    survey.draft = definition.as_json()


def publish(session: Session, survey: Survey, *, now: datetime) -> SurveyVersion:
    """Freeze the draft as the next version and take answers to it. A draft equal to the latest version is not new."""
    refuse_builtin(survey)
    latest = session.scalar(
        select(SurveyVersion)
        .where(SurveyVersion.survey_id == survey.id)
        .order_by(SurveyVersion.version.desc())
        .limit(1)
    )
    survey.state = "live"
    # What was published before a field was there is the same as with the field's default.
    if latest is not None and load(latest.definition) == load(survey.draft):
        return latest
    version = SurveyVersion(
        id=new_id(),
        survey_id=survey.id,
        version=1 if latest is None else latest.version + 1,
        definition=survey.draft,
        published_at=now,
    )
    session.add(version)
    session.flush()
    return version


def pause(survey: Survey) -> None:
    """Ask nobody for now. Answers to impressions that were granted still come in."""
    if survey.state != "live":
        raise Problem(Code.CONFLICT, f"{survey.name!r} is not live; there is nothing to pause.")
    survey.state = "paused"


def resume(survey: Survey) -> None:
    """Ask again, with the latest published version."""
    if survey.state != "paused":
        raise Problem(Code.CONFLICT, f"{survey.name!r} is not paused; there is nothing to resume.")
    survey.state = "live"


def check(definition: Definition, audience: str, metric: str) -> None:
    """Whether a survey of this audience and metric can be this. Raises INVALID."""
    check_texts(definition.texts, wording_for(audience, metric, definition.wording), definition.choices)
    if definition.pages is not None:
        pages.check(definition.pages)
    if audience == "buyer" and (definition.contact or definition.seats):
        what = "contact" if definition.contact else "seats"
        raise Problem(
            Code.INVALID,
            f"`{what}` is for end users: buyers are known by name, and have no attributes of a seat.",
            errors={what: ["Leave it out of a survey for buyers."]},
        )


def refuse_builtin(survey: Survey) -> None:
    """Raises CONFLICT for a survey that imports belong to."""
    if survey.state == "builtin":
        raise Problem(
            Code.CONFLICT, f"{survey.name!r} is built in for what is imported; it is not changed or published."
        )


def builtin_version(session: Session, audience: str, metric: str, *, now: datetime) -> SurveyVersion:
    """The one version of the built-in survey that imports of this audience and metric belong to; made on first use."""
    name = f"imported-{audience.replace('_', '-')}-{metric}"
    found = session.scalar(
        select(SurveyVersion).join(Survey, Survey.id == SurveyVersion.survey_id).where(Survey.name == name)
    )
    if found is not None:
        return found
    survey = Survey(id=new_id(), name=name, audience=audience, metric=metric, state="builtin", draft={}, created_at=now)
    session.add(survey)
    session.flush()
    version = SurveyVersion(id=new_id(), survey_id=survey.id, version=1, definition={}, published_at=now)
    session.add(version)
    session.flush()
    return version
