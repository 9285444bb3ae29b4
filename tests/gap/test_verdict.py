"""The whole in one sentence."""

from datetime import date

import pytest

from feedback.gap.sentences import headline_words
from feedback.gap.values import Diagnostic, Headline, Money, NamedScore, PartnerRow, Renewal, Score, State
from feedback.gap.verdict import amounts, one_partner, portfolio
from feedback.gap.words import money

SCORES = Headline(NamedScore(12, 1, 20, 90), NamedScore(), None)
STATES = ("pre_churn", "buyer_friction", "broken_value", "compounding", "undetermined")


def row(name: str, state: str, licences: int = 10) -> PartnerRow:
    return PartnerRow(name.lower(), name, licences, Score(), Score(), None, state=State(state))  # type: ignore[arg-type]


def renewal(name: str, days: int, value: Money | None, *, at_risk: bool = True) -> Renewal:
    on = date.fromordinal(date(2026, 11, 15).toordinal() + days)
    return Renewal(name.lower(), name, "one", on, days, "30", 10, value, None, "pre_churn", "end_user", at_risk, "")


def diagnostic(retention: float | None = 0.88, activation: float | None = 0.34) -> Diagnostic:
    return Diagnostic(retention, activation, 0.85, 0.5, None, "")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            "pre_churn",
            "Buyers are renewing what people don't use: {numbers}; {due}, so fix first use at Broken and Idle.",
        ),
        (
            "buyer_friction",
            "People use it, but buyers are not renewing as they did: {numbers}; {due}, so settle what buyers {at}.",
        ),
        ("broken_value", "Neither side is fine: {numbers}; {due}, so begin with Broken, Idle and Upset."),
        ("compounding", "Both sides are fine: {numbers}; {due}, keep what works, and look at Broken, Idle and Upset."),
        (
            "undetermined",
            "Which side is at risk cannot be told yet: {numbers}; {due}, look first at Broken, Idle and Upset.",
        ),
    ],
)
def test_one_sentence_per_state_names_where_that_side_is_not_fine(state: str, words: str) -> None:
    partners = [
        row("Good", "compounding", 900),
        row("Idle", "pre_churn", 50),
        row("Upset", "buyer_friction", 40),
        row("Unknown", "undetermined", 800),
        row("Broken", "broken_value"),
    ]
    due = [
        renewal("Upset", -3, Money("EUR", 900_000_000)),  # past due is not due by then
        renewal("Broken", 40, Money("EUR", 140_000_000)),
        renewal("Good", 50, Money("EUR", 90_000_000), at_risk=False),
        renewal("Idle", 100, None),  # of which no value is known
    ]
    said = portfolio(State(state), diagnostic(), SCORES, partners, due)  # type: ignore[arg-type]
    at_risk = f"{money(Money('EUR', 140_000_000))} is due at risk by December 2026"
    assert said == words.format(numbers="88 % renewed, 34 % activated", due=at_risk, at="doubt at Broken and Upset")


def test_without_money_or_names_less_is_said() -> None:
    idle = [row("Idle", "pre_churn")]
    assert portfolio(State("pre_churn"), diagnostic(), SCORES, idle, []) == (
        "Buyers are renewing what people don't use: 88 % renewed, 34 % activated, so fix first use at Idle."
    )
    good = [row("Good", "compounding")]
    assert (
        portfolio(State("compounding"), diagnostic(None, 0.7), SCORES, good, [])
        == "Both sides are fine: 70 % activated."
    )
    assert portfolio(State(), diagnostic(None, None), SCORES, [row("A", "undetermined")], []) == (
        "Nothing is known yet: nobody answered, nothing was renewed, and no activity was sent."
    )
    answered = PartnerRow("a", "A", 10, Score(12, 1, 20, 90), Score(), None)
    said = portfolio(State(), diagnostic(None, None), SCORES, [answered], [])
    assert said == f"Which side is at risk cannot be told yet: {headline_words(SCORES)}"
    assert portfolio(State(), diagnostic(), SCORES, [], []) == "There are no partners yet."


def test_five_are_named_those_that_renew_soon_first_by_value_then_the_largest() -> None:
    partners = [row(name, "pre_churn", licences) for licences, name in enumerate("ABCDEFG", start=1)]
    due = [renewal("A", 10, Money("EUR", 1_000_00)), renewal("C", 20, Money("EUR", 2_000_00))]
    assert portfolio(State("pre_churn"), diagnostic(), SCORES, partners, due).endswith("at C, A, G, F and E.")


def test_amounts_of_two_currencies_are_never_added() -> None:
    values = [Money("EUR", 100_000), None, Money("GBP", 24_000_000), Money("EUR", 200_000), Money("JPY", 0)]
    assert amounts(values) == f"{money(Money('GBP', 24_000_000))} and {money(Money('EUR', 300_000))}"
    assert amounts([None]) == amounts([]) == ""


def test_of_one_partner_its_state_a_fact_and_what_is_due() -> None:
    assert one_partner(row("Acme", "pre_churn"), SCORES) == (
        f"Acme: the buyer is fine, but people don't use it. {headline_words(SCORES)}"
    )
