"""Surveys that are ready to publish."""

from dataclasses import dataclass

from feedback.core.errors import Code, Problem
from feedback.surveys.definition import Definition, Quiet


@dataclass(frozen=True, slots=True)
class Template:
    """A survey ready to publish: what it is for, in a sentence, and everything that it says and does."""

    name: str
    purpose: str
    audience: str
    metric: str
    definition: Definition


_DELAY_S = 20

TEMPLATES = (
    Template(
        "end-user-nps",
        "Would the people who use it recommend it? From 30 days after first use on, every 90 days.",
        "end_user",
        "nps",
        Definition(delay_s=_DELAY_S, contact=True),
    ),
    Template(
        "first-week-effort",
        "How easy was it to get started? In the first seven days.",
        "end_user",
        "ces",
        Definition(delay_s=_DELAY_S, wording="first_week", quiet=Quiet(first_use_days=0, first_use_until_days=7)),
    ),
    Template(
        "buyer-nps",
        "Would those who decide recommend it, and what makes them doubt: price, proof, effort or something else?",
        "buyer",
        "nps",
        Definition(delay_s=_DELAY_S, choices=("price", "value", "effort", "other"), quiet=Quiet(first_use_days=0)),
    ),
    Template(
        "whose-product",
        "Do people know whose product they use? Their answers are counted apart from every score.",
        "end_user",
        "recognition",
        Definition(delay_s=_DELAY_S),
    ),
    Template(
        "why-not-started",
        "What kept people from trying it? By link, for those who never came; counted apart from every score.",
        "end_user",
        "obstacle",
        Definition(wording="not_started", quiet=Quiet(first_use_days=0)),
    ),
    Template(
        "why-stopped",
        "Why did people stop? By link, for those who no longer come; counted apart from every score.",
        "end_user",
        "obstacle",
        Definition(wording="stopped", quiet=Quiet(first_use_days=0)),
    ),
)


def template(name: str) -> Template:
    """The template. Raises NOT_FOUND with those there are."""
    found = next((one for one in TEMPLATES if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in TEMPLATES)
        raise Problem(Code.NOT_FOUND, f"There is no template {name!r}; there are: {names}.")
    return found
