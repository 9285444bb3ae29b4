"""A definition in words: every field has some, and a change of every field is told."""

from dataclasses import fields, replace
from typing import Any

import pytest

from feedback.surveys.changes import PLACES, changes, place
from feedback.surveys.definition import Definition, Quiet, Theme, load
from feedback.surveys.telling import sentence, told
from feedback.surveys.words import defaults

NAMES = {"acme": "Acme", "beta": "Beta & <i>Söhne</i>"}

EVERY: list[tuple[dict[str, Any], str, str, str]] = [
    ({"wording": "first_week"}, "ces", "Built-in words", "how easy it was to get started"),
    ({"choices": ["price", "value"]}, "nps", "Second, closed question", "Price; Proof that it helps"),
    ({"contact": True}, "nps", "Address", "asked for, where the partner allows it"),
    ({"delay_s": 0}, "nps", "Delay", "at once"),
    ({"delay_s": 1}, "nps", "Delay", "1 second after the page has opened"),
    ({"delay_s": 5, "on": {"event": "checkout_done"}}, "nps", "Trigger", "after the event checkout_done"),
    ({"delay_s": 5, "on": {"event": "checkout_done"}}, "nps", "Delay", "5 seconds after that"),
    ({"delay_s": 5, "on": {"scroll_percent": 60}}, "nps", "Trigger", "when 60 % of the page was scrolled through"),
    ({"delay_s": 5, "on": {"exit_intent": True}}, "nps", "Trigger", "when the pointer leaves the page upwards"),
    ({"delay_s": 5, "on": {"click": "#done"}}, "nps", "Trigger", "after a click on #done"),
    ({"pages": {"path": {"prefix": "/plan"}}}, "nps", "Pages", "where the path begins with /plan"),
    ({"devices": ["desktop", "mobile"]}, "nps", "Devices", "desktops and phones"),
    ({"partners": ["acme", "gone"]}, "nps", "Partners", "Acme and gone"),
    ({"seats": {"team": ["a"], "country": ["DE", "AT"]}}, "nps", "Attributes", "country is DE or AT and team is a"),
    ({"sample": 0.125}, "nps", "Sample", "12.5 % of them"),
    ({"wave": "spring"}, "nps", "Wave", "spring"),
    ({"daily_cap": 1}, "nps", "Cap", "at most 1 person a partner and day"),
    ({"daily_cap": 50}, "nps", "Cap", "at most 50 people a partner and day"),
    ({"quiet": {"first_use_days": 1}}, "nps", "After first use", "1 day"),
    ({"quiet": {"first_use_until_days": 40}}, "nps", "No longer than", "40 days after it"),
    ({"quiet": {"answered_days": 91}}, "nps", "Quiet after an answer", "91 days"),
    ({"quiet": {"dismissed_days": 31}}, "nps", "Quiet after a dismissal", "31 days"),
    ({"quiet": {"later_days": 8}}, "nps", "Quiet after “later”", "8 days"),
    ({"theme": {"accent": "#ff0000"}}, "nps", "Accent", "#ff0000"),
    ({"theme": {"radius_px": 3}}, "nps", "Corners", "3 px"),
    ({"theme": {"font": "Georgia, serif"}}, "nps", "Font", "Georgia, serif"),
    ({"theme": {"position": "top-start"}}, "nps", "Place", "at the top, where lines begin"),
    ({"theme": {"mode": "dark"}}, "nps", "Light and dark", "always dark"),
]


@pytest.mark.parametrize(("written", "metric", "label", "words"), EVERY)
def test_a_field_is_said_in_words_and_so_is_its_change(
    written: dict[str, Any], metric: str, label: str, words: str
) -> None:
    definition = load(written)
    said = {one.label: one.words for one in told(definition, "end_user", metric, NAMES).values()}
    assert said[label] == words
    different = {one.label: one for one in changes(Definition(), definition, "end_user", metric, NAMES)}
    assert different[label].after == words
    before = {one.label: one.words for one in told(Definition(), "end_user", metric, NAMES).values()}
    assert different[label].before == before[label] != words
    # Only what was written is different: the delay and its trigger come together.
    assert len(different) == len(written)


def test_no_field_is_left_out() -> None:
    """A field that somebody adds to a definition must be given words."""
    said = told(Definition(), "end_user", "nps", {})
    plain = {one.name for one in fields(Definition)} - {"quiet", "theme", "texts"}
    inner = {f"quiet.{one.name}" for one in fields(Quiet)} | {f"theme.{one.name}" for one in fields(Theme)}
    assert set(said) == plain | inner
    assert {
        one for one in said if one.split(".")[0] not in {name for written, *_ in EVERY for name in written}
    } == set()


def test_every_text_has_a_name() -> None:
    keys = {key for wording in ("nps", "buyer_nps", "recognition") for key in defaults("en", wording, "end_user")}
    plain = {key for key in keys if key.split(".")[0] not in ("choices", "options", "link")}
    assert plain <= set(PLACES)
    assert place("choices.price") == "choice price" and place("options.vendor") == "option vendor"


EVERYTHING = {
    "partners": ["acme", "beta"],
    "pages": {"path": {"glob": "/plan/**"}},
    "delay_s": 20,
    "sample": 0.2,
    "daily_cap": 50,
    "devices": ["desktop"],
    "seats": {"country": ["DE"]},
}
OFTEN = "at most once in 90 days after an answer"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({}, f"Asks people, by hand or by link only, from 30 days after first use on, {OFTEN}."),
        (
            EVERYTHING,
            ("Asks people at partners Acme and Beta & <i>Söhne</i>, whose country is DE, on pages where the path is"
            " like /plan/**, 20 seconds after the page has opened, on desktops, from 30 days after first use on,"
            f" {OFTEN}, 20 % of them, at most 50 people a partner and day."),
        ),
        (
            {"delay_s": 0, "quiet": {"first_use_days": 0, "first_use_until_days": 7}},
            f"Asks people, on every page, at once, from first use until 7 days after it, {OFTEN}.",
        ),
        (
            {"delay_s": 3, "on": {"event": "done"}, "quiet": {"first_use_days": 0}},
            f"Asks people, after the event done, 3 seconds after that, {OFTEN}.",
        ),
    ],
)  # fmt: skip
def test_whom_it_asks_is_said_in_one_sentence(written: dict[str, Any], words: str) -> None:
    assert sentence(load(written), "end_user", NAMES) == words


def test_a_rule_about_pages_reads_as_it_is_nested() -> None:
    rule = {
        "all": [{"any": [{"path": {"exact": "/a"}}, {"url": {"contains": "b"}}]}, {"not": {"path": {"regex": "c"}}}]
    }
    said = told(Definition(pages=rule), "end_user", "nps", {})["pages"].words
    assert said == "where (the path is /a or the address has b) and not the path fits c"


def test_a_text_is_told_as_it_reads_before_and_after() -> None:
    old = Definition(texts={"de": {"question": "Wie?"}, "fr": {"question": "Comment ?"}})
    new = Definition(texts={"de": {"question": "Warum?", "low": "nie"}})
    said = [(one.locale, one.label, one.before, one.after) for one in changes(old, new, "end_user", "nps", {})]
    built = {locale: defaults(locale, "nps", "end_user") for locale in ("de", "fr")}
    assert said == [
        ("de", "low end of the scale", built["de"]["low"], "nie"),
        ("de", "question", "Wie?", "Warum?"),
        ("fr", "question", "Comment ?", built["fr"]["question"]),
    ]
    assert changes(new, replace(new), "end_user", "nps", {}) == ()


def test_a_rule_that_is_no_longer_read_is_shown_as_it_was_written() -> None:
    odd = Definition(pages={"path": {"regex": "(?=x)"}})
    assert told(odd, "end_user", "nps", {})["pages"].words == '{"path": {"regex": "(?=x)"}}'


def test_a_choice_without_english_words_is_called_by_those_there_are() -> None:
    definition = Definition(
        choices=("speed", "other"), texts={"de": {"choices.speed": "Tempo", "choices.other": "Anderes"}}
    )
    assert told(definition, "end_user", "nps", {})["choices"].words == "Tempo; Something else"
