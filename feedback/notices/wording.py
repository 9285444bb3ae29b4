"""What happened, in words: for mails, channels and the desk. Names of partners never turn the words around them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from unicodedata import bidirectional
from uuid import UUID

from feedback.core.months import first_day
from feedback.flags import words as flag_words
from feedback.gap.events import sentence
from feedback.gap.judgement import BAD_STATES
from feedback.gap.models import PORTFOLIO
from feedback.gap.words import STATES, printable
from feedback.notices.routing import Fact
from feedback.partners.queries import KnownPartner

_MEANS = {
    "compounding": "both sides are fine",
    "pre_churn": "the buyer is fine, but people don't use it",
    "buyer_friction": "people use it, but the buyer is not fine",
    "broken_value": "neither side is fine",
}
_LONGEST_NAME = 60


class Named(NamedTuple):
    """What happened, whose partner's it is (empty slug: all together), and the words; `short` for a subject."""

    slug: str
    short: str
    words: str
    weight: int
    """What is told first has the smallest."""


def named(facts: Iterable[Fact], partners: Mapping[UUID, KnownPartner]) -> list[Named]:
    """What a reader is told of `facts`, what weighs most first; partners that are gone are left out."""
    found = []
    for one in facts:
        partner = partners.get(one.partner_id)
        if partner is None and one.partner_id != PORTFOLIO:
            continue
        told_of = partner.name if partner else one.subject.get("name")
        name = isolated(told_of) if told_of else "All partners together"
        short, words, weight = _told(one)
        slug = "" if partner is None else partner.slug
        found.append(Named(slug, f"{name}: {short}", f"{name}: {words}", weight - (partner is None)))
    return sorted(found, key=lambda one: one.weight)


def isolated(name: str) -> str:
    """A name that can stand in a line, whatever it is written in."""
    shown = printable(name)
    return f"\u2068{shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + '…'}\u2069"


def with_names_isolated(text: str, names: Iterable[str]) -> str:
    """A sentence of the report in which names from right to left turn nothing but themselves, and none fills a page."""
    shown = printable(text)
    for name in sorted({name for name in names if name in shown}, key=len, reverse=True):
        if len(name) > _LONGEST_NAME or any(bidirectional(letter) in ("R", "AL") for letter in name):
            shown = shown.replace(name, isolated(name))
    return shown


def _told(one: Fact) -> tuple[str, str, int]:
    subject = one.subject
    if one.kind == "state":
        state, month = STATES[subject["state"]], f"{first_day(subject['month']):%B %Y}"
        words = f"{state} since {month}: {_MEANS[subject['state']]}. Before that {STATES[subject['came_from']]}."
        return state, words, 10 if subject["state"] in BAD_STATES else 40
    if one.kind == "flag":
        title = flag_words.KINDS[subject["kind"]]
        evidence = flag_words.sentence(subject["kind"], subject["evidence"], subject["p_value"])
        return title, f"{title}. {evidence} It is no verdict.", 15
    if one.kind == "paused":
        return "webhook paused", "this webhook failed for days and is paused; the settings say why.", 0
    words = sentence(one.kind, subject["audience"], subject["metric"], subject["values"])
    words = words[0].lower() + words[1:] if one.kind == "renewal_near" else words
    short, weight = {
        "changed": ("scores changed", 30),
        "activation_falling": ("use is falling", 30),
        "renewal_near": ("a renewal comes near", 20),
    }[one.kind]
    return short, words, weight
