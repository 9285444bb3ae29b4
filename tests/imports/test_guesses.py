"""Guesses: what a person is shown first, and no more than that."""

from feedback.imports.guesses import attribute_of, guess
from feedback.imports.kinds import KINDS
from feedback.imports.mappings import fingerprint, with_more


def guessed(kind: str, *header: str) -> dict[str, str]:
    return {header[place]: ours for place, ours in guess(header, KINDS[kind]).items()}


def test_a_column_is_known_by_its_name_before_its_likeness() -> None:
    found = guessed("responses", "Date", "answered_at", "Score", "Rating", "PARTNER", "Account")
    assert found == {"answered_at": "answered_at", "Score": "score", "PARTNER": "partner"}


def test_likenesses_are_found_whatever_their_case_and_signs() -> None:
    found = guessed("contracts", "Account-Slug", "Opportunity ID", "Quantity", "Start Date", "End_date", "ARR")
    assert found == {
        "Account-Slug": "partner",
        "Opportunity ID": "contract_id",
        "Quantity": "licences",
        "Start Date": "starts_on",
        "End_date": "renews_on",
        "ARR": "yearly_value",
    }


def test_of_two_columns_of_one_name_none_is_guessed_and_each_of_ours_is_guessed_once() -> None:
    assert guessed("promotions", "date", "Date", "channel", "medium") == {"channel": "channel"}
    assert guessed("promotions", "", "  ") == {}


def test_a_column_that_says_it_is_an_attribute_is_one() -> None:
    assert guessed("seats", "partner", "seat", "Attr.Team") == {
        "partner": "partner",
        "seat": "seat",
        "Attr.Team": "attr.Team",
    }
    assert guessed("promotions", "attr.team") == {}


def test_a_name_for_an_attribute_is_one_that_can_be_declared() -> None:
    assert [attribute_of(name) for name in ("Cost  centre (EU)", "???", "x" * 90, "attr. Land")] == [
        "Cost_centre_EU",
        "",
        "x" * 40,
        "Land",
    ]
    assert attribute_of("COUNTRY", {"country"}) == "country"


def test_headers_are_alike_that_name_the_same_columns() -> None:
    assert fingerprint(["A", " b  c "]) == fingerprint(["B C", "a"])
    assert fingerprint(["a", "b"]) != fingerprint(["a", "b", "c"])
    assert fingerprint(["ab", "c"]) != fingerprint(["a", "bc"])


def test_what_is_said_on_top_of_a_mapping_counts() -> None:
    assert with_more(["partner=A", "day=B"], ["Day =C"]) == ("partner=A", "Day =C")
