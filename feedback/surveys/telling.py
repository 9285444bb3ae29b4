"""A survey's definition in words: whom it asks, where, when and how often, field by field and in one sentence."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.core.errors import Problem
from feedback.surveys import pages
from feedback.surveys.definition import Definition
from feedback.surveys.words import defaults, wording_for

WORDING_NAMES = {
    "nps": "would they recommend it",
    "csat": "how satisfied they are",
    "ces": "how easy it is",
    "first_week": "how easy it was to get started",
    "buyer_nps": "would those who decide recommend it",
    "recognition": "whose product it is",
    "not_started": "what kept them from starting",
    "stopped": "why they stopped",
}
POSITION_NAMES = {
    "bottom-end": "at the bottom, where lines end",
    "bottom-start": "at the bottom, where lines begin",
    "top-end": "at the top, where lines end",
    "top-start": "at the top, where lines begin",
}
MODE_NAMES = {"auto": "light or dark as the device has it", "light": "always light", "dark": "always dark"}
_DEVICES = {"desktop": "desktops", "tablet": "tablets", "mobile": "phones"}


@dataclass(frozen=True, slots=True)
class Told:
    """One field in words: what it is about, and what it says."""

    label: str
    words: str


def told(definition: Definition, audience: str, metric: str, names: Mapping[str, str]) -> dict[str, Told]:
    """Every field but the texts in words, by its name (`quiet.answered_days`), in the order of a form.

    `names`: of partners by slug; one that is not there is called by its slug.
    """
    quiet, theme = definition.quiet, definition.theme
    wording = wording_for(audience, metric, definition.wording)
    choices = [own_or_key(definition, audience, metric, choice) for choice in definition.choices]
    return {
        "wording": Told("Built-in words", WORDING_NAMES[wording]),
        "choices": Told("Second, closed question", _listed(choices, "; ") if choices else "none"),
        "contact": Told("Address", "asked for, where the partner allows it" if definition.contact else "not asked for"),
        "delay_s": Told("Delay", _delay(definition)),
        "on": Told("Trigger", _trigger(definition)),
        "pages": Told("Pages", _pages(definition)),
        "devices": Told("Devices", _listed([_DEVICES[one] for one in definition.devices]) or "all"),
        "partners": Told("Partners", _listed([names.get(one, one) for one in definition.partners]) or "all"),
        "seats": Told("Attributes", _attributes(definition) or "any"),
        "sample": Told("Sample", "everybody" if definition.sample == 1 else f"{_share(definition)} of them"),
        "wave": Told("Wave", definition.wave or "the first"),
        "daily_cap": Told("Cap", _cap(definition) or "none"),
        "quiet.first_use_days": Told("After first use", _days(quiet.first_use_days)),
        "quiet.first_use_until_days": Told(
            "No longer than",
            "without an end" if quiet.first_use_until_days is None else f"{_days(quiet.first_use_until_days)} after it",
        ),
        "quiet.answered_days": Told("Quiet after an answer", _days(quiet.answered_days)),
        "quiet.dismissed_days": Told("Quiet after a dismissal", _days(quiet.dismissed_days)),
        "quiet.later_days": Told("Quiet after “later”", _days(quiet.later_days)),
        "theme.accent": Told("Accent", theme.accent),
        "theme.radius_px": Told("Corners", f"{theme.radius_px} px"),
        "theme.font": Told("Font", theme.font),
        "theme.position": Told("Place", POSITION_NAMES[theme.position]),
        "theme.mode": Told("Light and dark", MODE_NAMES[theme.mode]),
    }


def sentence(definition: Definition, audience: str, names: Mapping[str, str]) -> str:
    """Whom it asks, where, when, how often: what differs from everybody, everywhere, is said. `names` as in `told`."""
    who = "people" if audience == "end_user" else "buyers"
    partners = [names.get(one, one) for one in definition.partners]
    said = [
        f"Asks {who} at {'partners ' if len(partners) > 1 else ''}{_listed(partners)}" if partners else f"Asks {who}"
    ]
    if attributes := _attributes(definition):
        said.append(f"whose {attributes}")
    if definition.delay_s is None:
        said.append("by hand or by link only")
    elif definition.on is None and definition.pages is None:
        said.append(f"on every page, {_delay(definition)}")
    else:
        said += [_trigger(definition)] if definition.on is not None else []
        said += [f"on pages {_pages(definition)}"] if definition.pages is not None else []
        said.append(_delay(definition))
    if definition.devices:
        said.append(f"on {_listed([_DEVICES[one] for one in definition.devices])}")
    said.append(_first_use(definition))
    said.append(f"at most once in {_days(definition.quiet.answered_days)} after an answer")
    if definition.sample != 1:
        said.append(f"{_share(definition)} of them")
    if cap := _cap(definition):
        said.append(cap)
    return ", ".join(part for part in said if part) + "."


def own_or_key(definition: Definition, audience: str, metric: str, choice: str) -> str:
    """How a choice is called in English, else in any language that has words for it, else by its key."""
    key = f"choices.{choice}"
    own = [definition.texts.get("en", {}), *definition.texts.values()]
    built = defaults("en", wording_for(audience, metric, definition.wording), audience)
    return next((texts[key] for texts in (own[0], built, *own[1:]) if key in texts), choice)


def _listed(words: Sequence[str], between: str = ", ") -> str:
    if between != ", " or len(words) < 2:
        return between.join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _share(definition: Definition) -> str:
    return f"{100 * definition.sample:.4g} %"


def _cap(definition: Definition) -> str:
    if definition.daily_cap is None:
        return ""
    who = "1 person" if definition.daily_cap == 1 else f"{definition.daily_cap} people"
    return f"at most {who} a partner and day"


def _delay(definition: Definition) -> str:
    if definition.delay_s is None:
        return "by hand or by link only"
    if definition.delay_s == 0:
        return "at once"
    after = "after that" if definition.on is not None else "after the page has opened"
    return f"{'1 second' if definition.delay_s == 1 else f'{definition.delay_s} seconds'} {after}"


_TRIGGERS: Mapping[str, Callable[[object], str]] = {
    "event": lambda value: f"after the event {value}",
    "scroll_percent": lambda value: f"when {value} % of the page was scrolled through",
    "exit_intent": lambda _: "when the pointer leaves the page upwards",
    "click": lambda value: f"after a click on {value}",
}


_FITS = {"exact": "is", "prefix": "begins with", "contains": "has", "glob": "is like", "regex": "fits"}


def _trigger(definition: Definition) -> str:
    if definition.on is None:
        return "the page itself"
    [(kind, value)] = definition.on.items()
    return _TRIGGERS[kind](value)


def _pages(definition: Definition) -> str:
    if definition.pages is None:
        return "every page"
    try:
        pages.check(definition.pages)
    except Problem:
        # A draft may have been kept by an older version that took other rules.
        return json.dumps(definition.pages, ensure_ascii=False)
    return f"where {_rule(definition.pages)}"


def _rule(rule: Mapping[str, Any], *, inner: bool = False) -> str:
    [(key, value)] = rule.items()
    if key == "not":
        return f"not {_rule(value, inner=True)}"
    if key in ("all", "any"):
        joined = (" and " if key == "all" else " or ").join(_rule(one, inner=True) for one in value)
        return f"({joined})" if inner and len(value) > 1 else joined
    [(kind, text)] = value.items()
    return f"the {'address' if key == 'url' else key} {_FITS[kind]} {text}"


def _attributes(definition: Definition) -> str:
    parts = (f"{name} is {' or '.join(values)}" for name, values in sorted(definition.seats.items()))
    return " and ".join(parts)


def _first_use(definition: Definition) -> str:
    quiet = definition.quiet
    if quiet.first_use_until_days is not None:
        start = "first use" if quiet.first_use_days == 0 else f"{_days(quiet.first_use_days)} after first use"
        return f"from {start} until {_days(quiet.first_use_until_days)} after it"
    return f"from {_days(quiet.first_use_days)} after first use on" if quiet.first_use_days else ""
