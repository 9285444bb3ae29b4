"""The built-in words of thirty languages, and the vendor's own over them."""

import re
from typing import Any

import pytest

from feedback.core.errors import Code, Problem
from feedback.surveys.models import OPTIONS, SCALES
from feedback.surveys.words import (
    WORDINGS,
    Names,
    built_in,
    check_texts,
    choose_locale,
    direction,
    locales,
    texts,
    wording_for,
)

NAMES = Names("Wellnow", "Northwind", 10, 180)
PROCUREMENT = re.compile(
    r"\b(contract|licen[cs]e|renew\w*|procure\w*|purchas\w*|buyers?|churn\w*|stakeholder|roi|nps|vendors?|suppliers?|seats?)\b",
    re.IGNORECASE,
)


def leaves(words: Any, path: str = "") -> dict[str, Any]:
    """Every text with the way to it."""
    if not isinstance(words, dict):
        return {path: words}
    return {at: text for key, inner in words.items() for at, text in leaves(inner, f"{path}/{key}").items()}


def test_there_are_thirty_languages() -> None:
    assert len(locales()) == 30


@pytest.mark.parametrize("locale", locales())
def test_a_language_has_every_text_with_its_placeholders(locale: str) -> None:
    english, own = leaves(built_in("en")), leaves(built_in(locale))
    assert own.keys() == english.keys()
    for path in english.keys() - {"/dir", "/reviewed"}:
        assert own[path].strip() == own[path] != "", path
        places = re.findall(r"\{\w+\}", own[path])
        assert sorted(places) == sorted(re.findall(r"\{\w+\}", english[path])), path
        assert "<" not in own[path], path


@pytest.mark.parametrize("locale", locales())
def test_a_language_says_its_direction_and_whether_somebody_reviewed_it(locale: str) -> None:
    assert direction(locale) == ("rtl" if locale in ("ar", "fa", "he", "ur") else "ltr")
    assert isinstance(built_in(locale)["reviewed"], bool)


def test_end_users_are_not_spoken_to_in_the_language_of_procurement() -> None:
    for wording in WORDINGS.keys() - {"buyer_nps"}:
        for key, text in texts("en", wording, "end_user", NAMES, {}).items():
            assert not PROCUREMENT.search(text), (key, text)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["de-CH-1996"], "de"),
        (["xx", "fr-CA", "de"], "fr"),
        (["zh-CN"], "zh-Hans"),
        (["zh-SG"], "zh-Hans"),
        (["zh"], "zh-Hans"),
        (["zh-TW"], "zh-Hant"),
        (["zh-HK"], "zh-Hant"),
        (["zh-MO"], "zh-Hant"),
        (["zh-Hant-HK"], "zh-Hant"),
        (["ZH-hans"], "zh-Hans"),
        (["no"], "nb"),
        (["nn-NO"], "nb"),
        (["iw-IL"], "he"),
        (["pt-BR"], "pt"),
        (["no_such-language--", ""], "en"),
        ([], "en"),
    ],
)
def test_a_persons_languages_lead_to_one_that_is_there(wanted: list[str], found: str) -> None:
    assert choose_locale(wanted) == found


def test_every_metric_has_a_wording_and_every_wording_the_words_of_its_scale() -> None:
    assert set(WORDINGS.values()) == set(SCALES)
    for wording, metric in WORDINGS.items():
        words = texts("en", wording, "end_user", NAMES, {})
        needed = [f"options.{one}" for one in OPTIONS[metric]] if metric in OPTIONS else ["low", "high"]
        assert {"question", "unbranded", *needed} <= words.keys()


@pytest.mark.parametrize(
    ("audience", "metric", "chosen", "wording"),
    [
        ("end_user", "nps", None, "nps"),
        ("buyer", "nps", None, "buyer_nps"),
        ("buyer", "csat", None, "csat"),
        ("end_user", "ces", "first_week", "first_week"),
        ("end_user", "obstacle", "stopped", "stopped"),
    ],
)
def test_a_wording_follows_from_audience_and_metric_unless_one_is_chosen(audience, metric, chosen, wording) -> None:
    assert wording_for(audience, metric, chosen) == wording


def test_a_wording_for_another_metric_is_refused() -> None:
    with pytest.raises(Problem, match="first_week") as refused:
        wording_for("end_user", "nps", "first_week")
    assert refused.value.code is Code.INVALID


@pytest.mark.parametrize("wording", ["csat", "buyer_nps"])
def test_a_buyer_is_told_what_happens_to_a_buyers_answer_whatever_is_asked(wording: str) -> None:
    words = texts("en", wording, "buyer", NAMES, {})
    assert "your name and role at Northwind" in words["where"]
    assert "without your name" not in words["details_text"]
    assert "no longer recorded" not in words["never_done"]


def test_the_vendors_words_win_and_one_for_a_group_is_for_every_band() -> None:
    own = {"en": {"question": "Well?", "follow_up": "Why?", "follow_up.promoter": "Why so good?"}}
    words = texts("en", "nps", "end_user", NAMES, own)
    assert words["question"] == "Well?"
    assert [words[f"follow_up.{band}"] for band in ("detractor", "passive", "promoter")] == [
        "Why?",
        "Why?",
        "Why so good?",
    ]
    assert texts("de", "nps", "end_user", NAMES, own)["question"].startswith("Wie wahrscheinlich")


def test_a_name_is_a_name_even_where_it_looks_like_a_place_for_one() -> None:
    words = texts("en", "nps", "end_user", Names("{partner}", "{minimum} & {vendor}", 12, 30), {"en": {"low": "{no}"}})
    assert words["question"] == "How likely are you to recommend {partner} to a colleague?"
    assert "not to {minimum} & {vendor}, which sees only totals of 12 or more" in words["where"]
    assert words["contact_note"].endswith("after 30 days.")
    assert words["low"] == "{no}"


def test_a_choice_without_words_in_a_language_has_those_of_another() -> None:
    own = {"fr": {"choices.support": "Assistance"}, "en": {"choices.support": "Support"}, "de": {"choices.price": "€"}}
    found = [texts(one, "nps", "end_user", NAMES, own, ("support",))["choices.support"] for one in ("fr", "en", "de")]
    assert found == ["Assistance", "Support", "Support"]
    assert texts("de", "nps", "end_user", NAMES, own, ("price",))["choices.price"] == "€"


def test_texts_for_places_that_are_there_are_taken() -> None:
    check_texts({"de": {"question": "?", "follow_up": "?", "thanks_more.passive": "!", "choices.price": "€"}}, "nps")
    check_texts({"en": {"options.unaware": "?"}}, "stopped")
    check_texts({"ar": {"choices.support": "?"}}, "buyer_nps", ("price", "support"))


@pytest.mark.parametrize(
    ("own", "wording", "choices", "says"),
    [
        ({"xx": {"question": "?"}}, "nps", (), "'xx'"),
        ({"en": {"qestion": "?"}}, "nps", (), "'qestion'"),
        ({"en": {"dir": "rtl"}}, "nps", (), "'dir'"),
        ({"en": {"options.unaware": "?"}}, "nps", (), "'options.unaware'"),
        ({"en": {"low": "?"}}, "stopped", (), "'low'"),
        ({"en": {"choices.support": "?"}}, "nps", (), "'choices.support'"),
        ({}, "nps", ("support",), "choices.support"),
    ],
)
def test_texts_for_what_is_not_there_are_refused_by_name(own, wording, choices, says) -> None:
    with pytest.raises(Problem, match=re.escape(says)) as refused:
        check_texts(own, wording, choices)
    assert refused.value.code is Code.INVALID
