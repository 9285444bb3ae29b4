"""The real card on a page of the desk: what it can be looked at as, and who may frame it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import flask
from sqlalchemy.orm import Session

from feedback.core.preferences import in_force
from feedback.desk import door, survey_words
from feedback.http.context import services
from feedback.partners.models import Partner
from feedback.partners.queries import KnownPartner, partner_by_slug
from feedback.responses import trial
from feedback.responses.frame import names_at
from feedback.surveys import words
from feedback.surveys.definition import Definition, Theme
from feedback.surveys.models import Survey

_POLICY = f"{door.POLICY_WITH_SCRIPTS}; frame-src 'self'"
MODES = {"": "as the device has it", "light": "light", "dark": "dark"}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a card can be looked at as: value and words of each. `of`: which definition, for the address."""

    languages: Sequence[tuple[str, str]]
    states: Mapping[str, str]
    partners: Sequence[KnownPartner]
    of: str
    theme: Theme
    locale: str
    modes: Mapping[str, str]


def choices(
    survey: Survey, definition: Definition, partners: Sequence[KnownPartner], of: str, locale: str = "en"
) -> Choices:
    """The choices beside the card of one definition. A theme with one mode has none to choose."""
    modes = MODES if definition.theme.mode == "auto" else {"": survey_words.MODES[definition.theme.mode]}
    states = trial.states_of(survey.metric, definition, survey.audience)
    here = tuple(one for one in partners if one.left_at is None)
    return Choices(languages(), states, here, of, definition.theme, locale, modes)


def languages() -> list[tuple[str, str]]:
    """The locales that are built in, by their English names."""
    return sorted(((locale, survey_words.language(locale)) for locale in words.locales()), key=lambda one: one[1])


def card(session: Session, survey: Survey, definition: Definition, asked: Mapping[str, str]) -> flask.Response:
    """The card as `asked` for: `view.locale`, `view.state`, `view.partner`, `view.mode`. Raises PARTNER_UNKNOWN."""
    slug, mode, state = asked.get("view.partner"), asked.get("view.mode"), asked.get("view.state", "")
    partner: Partner | None = partner_by_slug(session, slug) if slug else None
    view = trial.View(
        words.choose_locale([asked.get("view.locale", "")]),
        state if state in trial.STATES else "asking",
        mode if mode in ("light", "dark") else None,
    )
    return trial.framed(session, survey, definition, partner, view)


def question(session: Session, survey: Survey, definition: Definition) -> str:
    """What it asks in English, of the people of any partner."""
    names = names_at(in_force(session, services().settings), "the partner")
    wording = words.wording_for(survey.audience, survey.metric, definition.wording)
    return words.texts("en", wording, survey.audience, names, definition.texts, definition.choices)["question"]


def with_frame(response: flask.Response) -> flask.Response:
    """A page that frames cards of ours and leads them by a script of ours."""
    response.headers["Content-Security-Policy"] = _POLICY
    return response
