"""The whole report in one plain sentence, by state."""

from collections.abc import Collection, Sequence

from feedback.gap.sentences import headline_words, percent
from feedback.gap.values import Diagnostic, Headline, Money, PartnerRow, Renewal, State
from feedback.gap.words import money

_NAMED = 5
_MAIN = {
    "compounding": "Both sides are fine: {numbers}",
    "pre_churn": "Buyers are renewing what people don't use: {numbers}",
    "buyer_friction": "People use it, but buyers are not renewing as they did: {numbers}",
    "broken_value": "Neither side is fine: {numbers}",
    "undetermined": "Which side is at risk cannot be told yet: {numbers}",
}
_DO = {
    "pre_churn": "so fix first use at {names}",
    "buyer_friction": "so settle what buyers doubt at {names}",
    "broken_value": "so begin with {names}",
    "compounding": "keep what works, and look at {names}",
    "undetermined": "look first at {names}",
}
_BAD = ("pre_churn", "buyer_friction", "broken_value")
# What is to be done is done where that side is not fine.
_WHERE = {"pre_churn": ("pre_churn", "broken_value"), "buyer_friction": ("buyer_friction", "broken_value")}
_PARTNER = {
    "compounding": "{name}: both sides are fine",
    "pre_churn": "{name}: the buyer is fine, but people don't use it",
    "buyer_friction": "{name}: people use it, but the buyer is not fine",
    "broken_value": "{name}: neither side is fine",
    "undetermined": "{name}: which side is at risk cannot be told yet",
}


def portfolio(
    state: State,
    diagnostic: Diagnostic,
    headline: Headline,
    partners: Sequence[PartnerRow],
    renewals: Sequence[Renewal],
) -> str:
    """E.g. `Buyers are renewing what people don't use: 88 % renewed, 34 % activated; EUR 1.4 M is due by June 2026,
    so fix first use at Acme and Bolt.`
    """
    if not partners:
        return "There are no partners yet."
    numbers = _numbers(diagnostic)
    if not numbers and not any(row.answered for row in partners):
        return "Nothing is known yet: nobody answered, nothing was renewed, and no activity was sent."
    words = _MAIN[state.state].format(numbers=numbers or headline_words(headline).rstrip("."))
    risky = [one for one in renewals if one.at_risk and one.days >= 0]
    due = amounts([one.value for one in risky])
    names = _listed(_worst(partners, risky, _WHERE.get(state.state, _BAD)))
    if names:
        todo = _DO[state.state].format(names=names)
        if due:
            verb = "are" if " and " in due else "is"
            last = max(one.renews_on for one in risky if one.value is not None)
            words += f"; {due} {verb} due at risk by {last:%B %Y}, {todo}"
        else:
            words += f", {todo}" if todo.startswith("so ") else f"; {todo}"
    return f"{words}."


def one_partner(row: PartnerRow, headline: Headline) -> str:
    """E.g. `Acme: the buyer is fine, but people don't use it; 34 % of 400 licences are activated. EUR 12,000 is due on
    2027-01-15.`
    """
    words = _PARTNER[row.state.state].format(name=row.name)
    if row.side_at_risk.facts:
        fact = row.side_at_risk.facts[0]
        words += f". {fact}"
    else:
        words += f". {headline_words(headline)}"
    if row.renewal is not None and row.renewal.days >= 0 and row.renewal.value is not None:
        words = f"{words.rstrip('.')}. {money(row.renewal.value)} is due on {row.renewal.renews_on.isoformat()}."
    return words if words.endswith(".") else f"{words}."


def amounts(values: Sequence[Money | None]) -> str:
    """By currency, the largest first, never added: `EUR 1.4 M and GBP 240,000`; empty without any."""
    by_currency: dict[str, int] = {}
    for one in values:
        if one is not None:
            by_currency[one.currency] = by_currency.get(one.currency, 0) + one.minor_units
    found = [Money(currency, units) for currency, units in by_currency.items() if units]
    found.sort(key=lambda one: (-one.minor_units, one.currency))
    words = [money(one) for one in found]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _numbers(diagnostic: Diagnostic) -> str:
    parts = []
    if diagnostic.retention is not None:
        parts.append(f"{percent(diagnostic.retention)} renewed")
    if diagnostic.activation is not None:
        parts.append(f"{percent(diagnostic.activation)} activated")
    return ", ".join(parts)


def _worst(partners: Sequence[PartnerRow], risky: Sequence[Renewal], states: Collection[str]) -> list[str]:
    """Up to five partners in one of `states`: those whose renewal is near by value, then the largest."""
    bad = {row.partner: row for row in partners if row.state.state in states}
    near = sorted(
        {one.partner: one for one in risky if one.partner in bad}.values(),
        key=lambda one: -(one.value.minor_units if one.value else 0),
    )
    first = {one.partner: None for one in near}
    rest = sorted((slug for slug in bad if slug not in first), key=lambda slug: -(bad[slug].licences or 0))
    return [bad[slug].name for slug in (*first, *rest)[:_NAMED]]


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
