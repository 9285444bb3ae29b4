"""What is signed, for reports made by hand; and the reports of one partner and of nothing."""

from datetime import date, timedelta

from feedback.gap import values as v


def retention() -> v.Retention:
    """88 % of 48 contracts."""
    return v.Retention(
        first_day=date(2026, 1, 1),
        last_day=date(2026, 11, 15),
        contracts=v.Kept(48, 42, 44, 0.875),
        licences=v.Kept(9100, 8250, 8900, 8250 / 9100),
        values=(
            v.KeptMoney(910_000_00, 830_500_00, 880_000_00, 0.9126, "EUR"),
            v.KeptMoney(52_000, 52_000, 52_000, 1.0, "JPY"),
        ),
        low=0.7805,
        high=0.9412,
        open_past_due=2,
        if_none_renews=0.84,
        if_all_renew=0.88,
        undecided_before=1,
        quarters=tuple(
            v.Quarter(
                f"2026-Q{number}",
                v.Kept(12, 9 + number % 4, 10, (9 + number % 4) / 12),
                v.Kept(2275, 2000, 2100, 2000 / 2275),
            )
            for number in range(1, 5)
        ),
        activated=3321,
        activation_licences=8100,
        activation=0.41,
    )


def diagnostic() -> v.Diagnostic:
    """Borrowed time."""
    return v.Diagnostic(
        0.875, 0.41, 0.85, 0.5, True, "Borrowed time: 88 % of contracts were kept, 41 % of licences activated."
    )


def next_renewal(slug: str, name: str, licences: int, state: str, days: int, today: date) -> v.Renewal:
    """In `days` days; a band of its own when far ahead."""
    band = "overdue" if days < 0 else next((str(top) for top in (30, 60, 90, 120) if days <= top), "")
    at_risk = state not in ("compounding", "undetermined")
    side = {"pre_churn": "end_user", "broken_value": "end_user", "buyer_friction": "buyer"}.get(state, "undetermined")
    return v.Renewal(
        partner=slug,
        name=name,
        contract_id=f"{slug}-1",
        renews_on=today + timedelta(days=days),
        days=days,
        band=band,
        licences=licences,
        value=None if licences % 5 == 0 else v.Money("JPY" if licences % 7 == 0 else "EUR", licences * 145_50),
        notice_on=date(2026, 10, 2) if state == "buyer_friction" else None,
        state=state,
        side_at_risk=side,
        at_risk=at_risk,
        why="34 % never activated; told once, in March." if at_risk else "",
        signed_value=v.Money("USD", licences * 158_00) if licences % 3 == 0 else None,
    )


def value_due(renewals: list[v.Renewal]) -> tuple[v.ValueDue, ...]:
    """By band and currency, as the renewals add up."""
    found = []
    for band in ("overdue", "30", "60", "90", "120"):
        own = [one for one in renewals if one.band == band]
        for currency in sorted({one.value.currency if one.value else "" for one in own}):
            same = [one for one in own if (one.value.currency if one.value else "") == currency]
            risky = [one for one in same if one.at_risk]
            found.append(v.ValueDue(band, len(same), len(risky), *(_total(ones, currency) for ones in (same, risky))))
    return tuple(found)


def value_by_state() -> tuple[v.AtRisk, ...]:
    """Two currencies."""
    return (
        v.AtRisk("pre_churn", 8, 6400, (v.Money("EUR", 1_600_000_00), v.Money("JPY", 52_000_000))),
        v.AtRisk("compounding", 8, 7100, (v.Money("EUR", 1_950_000_00),)),
        v.AtRisk("undetermined", 24, 6640, ()),
    )


def _total(ones: list[v.Renewal], currency: str) -> v.Money | None:
    return v.Money(currency, sum(one.value.minor_units for one in ones if one.value)) if currency else None
