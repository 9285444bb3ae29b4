"""The texts of a survey, language beside language: the vendor's own, what is built in, and what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass

from feedback.surveys.changes import place
from feedback.surveys.definition import Definition
from feedback.surveys.models import Survey
from feedback.surveys.words import built_in, defaults, locales, wording_for

_FIRST = (
    "question",
    "unbranded",
    "low",
    "high",
    "options",
    "follow_up",
    "choices_label",
    "choices",
    "thanks",
    "thanks_more",
)
_CONTACT = ("contact", "contact_address", "contact_note")


@dataclass(frozen=True, slots=True)
class Place:
    """One text in one language. `own`: the vendor's; `built_in`: what stands there without; both may be empty."""

    key: str
    what: str
    own: str
    built_in: str
    main: bool
    """What the survey asks, and not the small words around it."""

    @property
    def used(self) -> str:
        """What will be read; empty for a choice that has no words in this language."""
        return self.own or self.built_in


@dataclass(frozen=True, slots=True)
class Row:
    """One text in two languages. `missing`: the first language has words of its own that the other has not."""

    base: Place
    other: Place

    @property
    def missing(self) -> bool:
        """Whether people would read the built-in words, or those of another language, instead of the vendor's."""
        return bool(self.base.own) and not self.other.own


def places(survey: Survey, definition: Definition, locale: str) -> list[Place]:
    """Every text that this survey shows, what it asks first. Choices that have no words here stay empty."""
    built = defaults(locale, wording_for(survey.audience, survey.metric, definition.wording), survey.audience)
    said = definition.texts.get(locale, {})
    # One text for a group is the text of every band that has none of its own.
    own = {key: said.get(key, said.get(key.partition(".")[0], "")) for key in built} | dict(said)
    keys = [key for key in built if _shown(key, definition)]
    keys += [f"choices.{one}" for one in definition.choices if f"choices.{one}" not in built]
    keys.sort(key=_order)
    return [Place(key, place(key), own.get(key, ""), built.get(key, ""), _order(key) < len(_FIRST)) for key in keys]


def rows(survey: Survey, definition: Definition, base: str, locale: str) -> list[Row]:
    """Every text in both languages."""
    both = zip(places(survey, definition, base), places(survey, definition, locale), strict=True)
    return [Row(one, other) for one, other in both]


def missing(definition: Definition) -> Mapping[str, int]:
    """By locale, how many texts have words of the vendor's own in some language and not in this one."""
    own = {key for texts in definition.texts.values() for key in texts if _shown(key, definition)}
    return {locale: len(own - set(definition.texts.get(locale, {}))) for locale in locales()}


def reviewed(locale: str) -> bool:
    """Whether somebody who speaks it has read the built-in words."""
    return bool(built_in(locale)["reviewed"])


def _shown(key: str, definition: Definition) -> bool:
    group, _, own = key.partition(".")
    if group == "choices":
        return own in definition.choices
    if key == "choices_label":
        return bool(definition.choices)
    if key in _CONTACT:
        return definition.contact
    # What is said of a link that does not work is not the survey's: nobody knows which one it was.
    return group != "link"


def _order(key: str) -> int:
    group = key.partition(".")[0]
    return _FIRST.index(group) if group in _FIRST else len(_FIRST)
