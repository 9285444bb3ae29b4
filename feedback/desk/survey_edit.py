"""Who may change a survey, and how what they typed becomes its draft."""

from dataclasses import dataclass

import flask
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.desk import survey_form
from feedback.http.context import now
from feedback.partners.queries import partner_rows
from feedback.staff import audit, audit_log
from feedback.surveys import changes, commands, queries
from feedback.surveys.definition import Definition, load
from feedback.surveys.models import Survey

_EDITORS = frozenset({"admin", "researcher"})


def may_edit() -> bool:
    """Whether whoever looks may change surveys."""
    return flask.g.viewer is not None and flask.g.viewer.role in _EDITORS


def editors_only() -> None:
    """Before each request of pages that change a survey. Raises ROLE_NOT_ALLOWED."""
    if not may_edit():
        raise Problem(Code.ROLE_NOT_ALLOWED, "Surveys are changed by researchers and admins.")


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody else saved meanwhile: who and when, and what would be different if this were saved over it."""

    who: str
    when: object
    differs: tuple[changes.Change, ...]


def checked(survey: Survey, written: dict[str, object]) -> Definition:
    """What was typed as a definition that this survey can have. Raises INVALID."""
    definition = load(written)
    commands.check(definition, survey.audience, survey.metric)
    return definition


def save(session: Session, survey: Survey, definition: Definition, mark: str) -> Clash | None:
    """Make it the draft, unless the draft is no longer the one with this mark: then nothing is changed."""
    if mark != queries.draft_mark(survey):
        return _clash(session, survey, definition)
    commands.change_draft(survey, definition)
    note(session, survey, "survey.changed")
    return None


def note(session: Session, survey: Survey, action: str) -> None:
    """Into the audit log, with the version that is published then."""
    version = queries.latest_versions(session).get(survey.id)
    audit.record(session, flask.g.viewer.actor, action, survey.name, {"version": version}, now())


def errors_of(problem: Problem) -> dict[str, list[str]]:
    """What to say beside which field. What is no fault of a field is raised again."""
    if problem.code is not Code.INVALID:
        raise problem
    return survey_form.errors(problem)


def _clash(session: Session, survey: Survey, mine: Definition) -> Clash:
    names = {one.slug: one.name for one in partner_rows(session)}
    differs = changes.changes(load(survey.draft), mine, survey.audience, survey.metric, names)
    found = audit_log.entries(session, audit_log.Wanted(action="survey.changed", target=survey.name), limit=20)
    last = next((one for one in found if one.target == survey.name), None)
    who = last.actor.removeprefix("staff:") if last else "somebody"
    return Clash(who, last.at if last else None, differs)
