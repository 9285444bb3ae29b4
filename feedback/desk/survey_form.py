"""The editor's form: a definition as fields of text, and what was typed as a definition to be checked elsewhere."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from feedback.core.errors import Problem
from feedback.desk import page_rules
from feedback.surveys.definition import Definition

Typed = MultiDict[str, str]
"""Fields by name, as typed. Texts of the card are `text.LOCALE.KEY`."""

_DAYS = ("first_use_days", "first_use_until_days", "answered_days", "dismissed_days", "later_days")
_THEME = ("accent", "font", "position", "mode")


def filled(definition: Definition, locale: str) -> Typed:
    """The fields of a definition, its texts and the words of its choices in one language."""
    own, quiet, theme = definition.texts.get(locale, {}), definition.quiet, definition.theme
    kind, value = next(iter((definition.on or {"": ""}).items()))
    simple = page_rules.lines(definition.pages)
    on, never = simple or ("", "")
    typed: Typed = MultiDict(
        {
            "locale": locale,
            "wording": definition.wording or "",
            "choices": "\n".join(_choice(one, own) for one in definition.choices),
            "contact": "yes" if definition.contact else "",
            "delay_s": _text(definition.delay_s),
            "on": kind,
            "on_value": "" if kind == "exit_intent" else str(value),
            "pages": on,
            "pages_never": never,
            "pages_rule": "" if simple else json.dumps(definition.pages, ensure_ascii=False, indent=1),
            "partners": "\n".join(definition.partners),
            "seats": "\n".join(f"{name}: {', '.join(values)}" for name, values in definition.seats.items()),
            "sample": f"{100 * definition.sample:.10g}",
            "wave": definition.wave,
            "daily_cap": _text(definition.daily_cap),
            "theme.radius_px": str(theme.radius_px),
            **{f"quiet.{name}": _text(getattr(quiet, name)) for name in _DAYS},
            **{f"theme.{name}": getattr(theme, name) for name in _THEME},
            **{f"text.{locale}.{key}": text for key, text in own.items()},
        }
    )
    for device in definition.devices:
        typed.add("devices", device)
    return typed


def read(typed: Typed, before: Definition) -> dict[str, Any]:
    """The definition that was typed, as JSON that nobody has checked; texts in other languages are those of `before`.

    What should be a number and is none stays a text, so that whoever checks it says so.
    """
    locale = typed.get("locale", "")
    choices, said = _choices(typed.get("choices", ""))
    kept = {key: text for key, text in before.texts.get(locale, {}).items() if not key.startswith("choices.")}
    own = {**kept, **said}
    return {
        "delay_s": _whole(typed.get("delay_s", "")),
        "on": _trigger(typed.get("on", ""), _clean(typed.get("on_value", ""))),
        "pages": _pages(typed),
        "devices": typed.getlist("devices"),
        "partners": typed.get("partners", "").replace(",", " ").split(),
        "seats": _seats(typed.get("seats", "")),
        "sample": _percent(typed.get("sample", "")),
        "wave": _clean(typed.get("wave", "")),
        "daily_cap": _whole(typed.get("daily_cap", "")),
        "quiet": {
            name: _whole(text)
            for name in _DAYS
            if (text := typed.get(f"quiet.{name}", "")) or name == "first_use_until_days"
        },
        "wording": _clean(typed.get("wording", "")) or None,
        "choices": choices,
        "contact": bool(typed.get("contact")),
        "theme": {
            **{name: _clean(text) for name in _THEME if (text := typed.get(f"theme.{name}", ""))},
            **({"radius_px": _whole(radius)} if (radius := typed.get("theme.radius_px", "")) else {}),
        },
        "texts": _without(set(before.choices) - set(choices), _with(before, locale, texts(typed, locale, own))),
    }


def texts(typed: Typed, locale: str, own: Mapping[str, str]) -> dict[str, str]:
    """The texts of one language: `own`, with what was typed in their places; what was emptied is built in again."""
    start = f"text.{locale}."
    said = {name.removeprefix(start): _clean(text) for name, text in typed.items() if name.startswith(start)}
    return {key: text for key, text in {**own, **said}.items() if text}


def with_texts(before: Definition, locale: str, own: Mapping[str, str]) -> dict[str, Any]:
    """`before` with these texts in one language, as JSON that nobody has checked."""
    return {**before.as_json(), "texts": _with(before, locale, own)}


def errors(problem: Problem) -> dict[str, list[str]]:
    """What does not fit, by the field that it stands beside; under `""` what stands beside none."""
    found: dict[str, list[str]] = {}
    _flatten("", problem.details.get("errors", {}), found)
    return found or {"": [problem.detail]}


def _flatten(place: str, said: Any, found: dict[str, list[str]]) -> None:
    if isinstance(said, Mapping):
        for key, inner in said.items():
            # Of lists and dictionaries it matters which field they are in, not which of their values it was.
            part = "" if key in ("_schema", "value", "key") or isinstance(key, int) else str(key)
            _flatten(".".join(one for one in (place, part) if one), inner, found)
        return
    first = place.partition(".")[0]
    field = first if first in ("pages", "seats", "on") else place
    field = f"text.{field.removeprefix('texts.')}" if field.startswith("texts.") else field
    found.setdefault(field, []).extend(map(str, said if isinstance(said, list) else [said]))


def _with(before: Definition, locale: str, own: Mapping[str, str]) -> dict[str, dict[str, str]]:
    every = {name: dict(words) for name, words in before.texts.items()} | {locale: dict(own)}
    return {name: words for name, words in every.items() if words}


def _without(gone: Collection[str], every: Mapping[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The words of a choice go with it, in all languages."""
    keys = {f"choices.{choice}" for choice in gone}
    left = {name: {key: text for key, text in own.items() if key not in keys} for name, own in every.items()}
    return {name: own for name, own in left.items() if own}


def _choice(choice: str, own: Mapping[str, str]) -> str:
    words = own.get(f"choices.{choice}")
    return f"{choice}: {words}" if words else choice


def _choices(typed: str) -> tuple[list[str], dict[str, str]]:
    keys, said = [], {}
    for line in typed.splitlines():
        key, _, words = (part.strip() for part in line.partition(":"))
        if key:
            keys.append(key)
        if key and words:
            said[f"choices.{key}"] = words
    return keys, said


def _seats(typed: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in typed.splitlines():
        name, _, values = line.partition(":")
        if line.strip():
            found.setdefault(name.strip(), []).extend(one.strip() for one in values.split(",") if one.strip())
    return found


def _trigger(kind: str, value: str) -> dict[str, Any] | None:
    if not kind:
        return None
    return {kind: True if kind == "exit_intent" else _number(value) if kind == "scroll_percent" else value}


def _pages(typed: Typed) -> Any:
    written = _clean(typed.get("pages_rule", ""))
    if not written:
        return page_rules.rule(typed.get("pages", ""), typed.get("pages_never", ""))
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        # Neither is a rule; whoever checks it says what one is.
        return {"": written}


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _whole(text: str) -> int | str | None:
    return _number(text.strip()) if text.strip() else None


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _percent(text: str) -> float | str:
    try:
        # Cut where a percentage of people ends to mean anything, so that 33.3 is 0.333.
        return round(float(text.strip().removesuffix("%").strip().replace(",", ".")) / 100, 12)
    except ValueError:
        return text
