"""What is different between two definitions of a survey, field by field, in words; texts as they read."""

from collections.abc import Mapping
from dataclasses import dataclass

from feedback.surveys.definition import Definition
from feedback.surveys.telling import told
from feedback.surveys.words import defaults, wording_for

PLACES = {
    "question": "question",
    "unbranded": "question where the vendor’s name is hidden",
    "low": "low end of the scale",
    "high": "high end of the scale",
    "follow_up": "question after any score",
    "follow_up.detractor": "question after a low score",
    "follow_up.passive": "question after a middle score",
    "follow_up.promoter": "question after a high score",
    "choices_label": "second question",
    "hint": "hint in the box",
    "send": "button",
    "thanks": "thanks",
    "thanks_more": "more thanks after any score",
    "thanks_more.detractor": "more thanks after a low score",
    "thanks_more.passive": "more thanks after a middle score",
    "thanks_more.promoter": "more thanks after a high score",
    "contact": "box for being contacted",
    "contact_address": "field of the address",
    "contact_note": "what becomes of the address",
    "where": "line that says where it goes",
    "details": "link to the details",
    "details_text": "details",
    "delete": "link that deletes",
    "deleted": "after deleting",
    "never": "link that objects",
    "never_done": "after objecting",
    "sent": "when it was saved",
    "failed": "when it was not saved yet",
    "refused": "when it could not be saved",
    "close": "button that closes",
    "done": "end of a page by link",
}
"""What each text of the card is called; `choices.KEY`, `options.KEY` and `link.REASON` are called by their key."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field, in words before and after. `locale`: of the text it is; empty for what is no text."""

    label: str
    before: str
    after: str
    locale: str = ""


def changes(
    before: Definition, after: Definition, audience: str, metric: str, names: Mapping[str, str]
) -> tuple[Change, ...]:
    """Every field that differs, in the order of a form; then every text, by language. `names` as in `telling.told`."""
    old, new = (told(one, audience, metric, names) for one in (before, after))
    plain = [
        Change(new[name].label, old[name].words, new[name].words)
        for name in new
        if _value(before, name) != _value(after, name)
    ]
    return (*plain, *_texts(before, after, audience, metric))


def place(key: str) -> str:
    """What a text is called."""
    if key in PLACES:
        return PLACES[key]
    group, _, own = key.partition(".")
    kind = {"choices": "choice", "options": "option", "link": "page of a link"}.get(group, group)
    return f"{kind} {own}".strip()


def _texts(before: Definition, after: Definition, audience: str, metric: str) -> list[Change]:
    found = []
    for locale in sorted({*before.texts, *after.texts}):
        old, new = before.texts.get(locale, {}), after.texts.get(locale, {})
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                built = [
                    defaults(locale, wording_for(audience, metric, one.wording), audience) for one in (before, after)
                ]
                said = [own.get(key, words.get(key, "")) for own, words in zip((old, new), built, strict=True)]
                found.append(Change(place(key), said[0], said[1], locale))
    return found


def _value(definition: Definition, name: str) -> object:
    value: object = definition
    for part in name.split("."):
        value = getattr(value, part)
    return value
