"""The card on trial: the real document of a draft or a version, in a state to look at, which sends nothing anywhere.

It runs in a sandbox without an origin and may connect to nothing, so it reaches neither our doors nor what a real card
keeps in this browser.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import flask
from sqlalchemy.orm import Session

from feedback.core.ids import new_id
from feedback.core.preferences import in_force
from feedback.http.context import services
from feedback.partners.commands import PolicyTerms
from feedback.partners.models import Partner, Policy
from feedback.partners.queries import policy_of
from feedback.responses.frame import MESSAGES, names_at
from feedback.surveys import assets, card, theme
from feedback.surveys.definition import Definition, Theme
from feedback.surveys.models import SCALES, Survey

STATES = {
    "asking": "as it is asked",
    "low": "after a low score",
    "middle": "after a middle score",
    "high": "after a high score",
    "contact": "when they give an address",
    "low-thanks": "thanks after a low score",
    "middle-thanks": "thanks after a middle score",
    "high-thanks": "thanks after a high score",
    "about": "details",
    "offline": "when it is not saved yet",
    "refused": "when it could not be saved",
    "deleted": "after deleting",
    "never": "after objecting",
}
"""What a card can be shown as; those that fit a survey: `states_of`."""
_BAND_NAMES = ("low", "middle", "high")
_MARK_STYLE = (
    ".mark{margin-bottom:12px;padding:9px 17px;border:2px dashed #8a877f;background:#fff3c4;color:#1b1b1a;"
    "font-weight:600}"
)
_ELSEWHERE = "A partner"


@dataclass(frozen=True, slots=True)
class View:
    """How a card is looked at. `mode`: `light` or `dark` for a theme that has both; None: as the device has it."""

    locale: str
    state: str = "asking"
    mode: str | None = None


def states_of(metric: str, definition: Definition, audience: str) -> dict[str, str]:
    """The states that a survey's card can be in, with what each is called."""
    bands = {_BAND_NAMES[card.band(metric, score)] for score in _scores(metric)}
    asks = definition.contact and audience == "end_user"
    fits = {
        name: text
        for name, text in STATES.items()
        if (name != "contact" or asks) and (name.split("-")[0] not in _BAND_NAMES or name.split("-")[0] in bands)
    }
    if bands == {"middle"}:
        fits |= {"middle": "after an answer", "middle-thanks": "thanks after an answer"}
    return fits


def framed(
    session: Session, survey: Survey, definition: Definition, partner: Partner | None, view: View
) -> flask.Response:
    """The card as a page of our own may frame it, and nobody else's. `partner` None: one with the default policy."""
    page = _page(session, survey, definition, partner, view, hosted=False)
    return _respond(page, "'self'")


def framed_message(title: str, text: str) -> flask.Response:
    """In the place of a card that cannot be drawn: what is wrong."""
    values = {"locale": "en", "dir": "ltr", "title": title, "text": text}
    return _respond(assets.frame_document().message(values, theme.style(Theme(), 1, 1, None, hosted=False)), "'self'")


def hosted(
    session: Session, survey: Survey, definition: Definition, partner: Partner | None, view: View
) -> flask.Response:
    """The card alone on its page, as behind a personal link, and marked as a test."""
    page = _page(session, survey, definition, partner, view, hosted=True)
    response = _respond(page, "'none'")
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _scores(metric: str) -> range:
    lowest, highest = SCALES[metric]
    return range(lowest, highest + 1)


def _page(
    session: Session, survey: Survey, definition: Definition, partner: Partner | None, view: View, *, hosted: bool
) -> assets.Page:
    settings = in_force(session, services().settings)
    policy: Policy | PolicyTerms = PolicyTerms() if partner is None else policy_of(session, partner.id)
    if view.mode is not None and definition.theme.mode == "auto":
        definition = replace(definition, theme=replace(definition.theme, mode=view.mode))
    asking = card.Asking(
        metric=survey.metric,
        audience=survey.audience,
        definition=definition,
        locale=view.locale,
        names=names_at(settings, _ELSEWHERE if partner is None else partner.name),
        branding=policy.branding,
        # Without a partner everything is shown that a survey asks for.
        may_contact=partner is None or policy.may_contact,
        hosted=hosted,
    )
    texts = asking.texts()
    values = card.values(asking, texts)
    data = {
        "impression": str(new_id()),
        "response": str(new_id()),
        "survey": survey.name,
        "version": 0,
        "metric": survey.metric,
        "locale": view.locale,
        "dir": values["dir"],
        "api": "",
        "messages": {**{key: texts[key] for key in MESSAGES}, "question": values["question"]},
    }
    mark = "Test: nothing that is answered here is kept or counted." if hosted else ""
    look = asking.style() + (_MARK_STYLE if hosted else "")
    return assets.frame_document().on_trial(values, look, data, _plan(survey.metric, view.state), mark)


def _plan(metric: str, state: str) -> Mapping[str, object]:
    band, _, then = state.partition("-")
    wanted = _BAND_NAMES.index(band) if band in _BAND_NAMES else card.band(metric, _scores(metric)[-1])
    score = next((one for one in _scores(metric) if card.band(metric, one) == wanted), _scores(metric)[0])
    chosen = f'[name=score][value="{score}"]'
    after = {
        "asking": [],
        "contact": [chosen, "#contact"],
        "about": ["#details"],
        "deleted": [chosen, "#delete"],
        "never": ["#never"],
    }
    press = after.get(state, [chosen, "#send"] if then else [chosen])
    return {"press": press, "reply": state if state in ("offline", "refused") else "kept"}


def _respond(page: assets.Page, ancestors: str) -> flask.Response:
    response = flask.Response(page.text, mimetype="text/html")
    policy = [
        "sandbox allow-scripts",
        "default-src 'none'",
        f"script-src {page.script_source}",
        f"style-src {page.style_sources}",
        "base-uri 'none'",
        "form-action 'none'",
        f"frame-ancestors {ancestors}",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    response.headers["Content-Security-Policy"] = "; ".join(policy)
    response.headers["Cache-Control"] = "no-store"
    return response
