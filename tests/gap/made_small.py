"""Small reports made by hand: of one partner, and of nothing."""

from dataclasses import replace
from datetime import date

from feedback.gap import values as v
from tests.gap import made

_NO_CHANGE = v.SideChange(None, ())


def of_partner(number: int = 0) -> v.GapReport:
    """One partner's own report: its buyers by name, its history, nothing weighed."""
    whole = made.report()
    row = next(row for row in whole.partners if row.partner == f"partner-{number}")
    buyers = (
        v.BuyerAnswer("Ada Ünal", "decision_maker", 9, date(2026, 10, 3), 43, None),
        v.BuyerAnswer(None, None, 3, date(2026, 9, 2), 74, "price"),
    )
    row = replace(row, state=made.state(row.state.state, history=True), buyers=buyers)
    return replace(
        whole,
        partner=row.partner,
        sentence=f"People at {row.name} do not use what their buyer is about to renew.",
        headline=v.Headline(_named(row.end_user), _named(row.buyer), row.gap),
        state=row.state,
        side_at_risk=row.side_at_risk,
        adoption=row.adoption,
        partners=(row,),
        changes=replace(whole.changes, end_user=replace(whole.changes.end_user, by_partner=None), buyer=_NO_CHANGE),
        renewals=tuple(one for one in whole.renewals if one.partner == row.partner),
        value_due=(),
        value_by_state=(),
        events=tuple(one for one in whole.events if one.partner == row.partner),
        quality=replace(
            whole.quality, seat_coverage=None, without_licences=(), one_sided=(), silent=(), each_side_alone=None
        ),
    )


def of_nothing() -> v.GapReport:
    """No partners, no answers, nothing known."""
    nobody = v.NamedScore(estimand="NPS of the end users of partners with answers from both sides")
    kept = v.Kept()
    return v.GapReport(
        metric="nps",
        period=v.Period(date(2026, 9, 1), date(2026, 11, 30), True),
        as_of=made.NOW,
        partner=None,
        sentence="Nothing counts yet.",
        headline=v.Headline(nobody, nobody, None),
        state=v.State(),
        side_at_risk=v.SideAtRisk(),
        adoption=v.Adoption(),
        retention=v.Retention(
            date(2026, 1, 1), date(2026, 11, 15), kept, kept, (), None, None, 0, None, None, 0, (), 0, 0, None
        ),
        diagnostic=v.Diagnostic(None, None, 0.85, 0.5, None, ""),
        trend=v.Trend(),
        doubts=v.Doubts(),
        changes=v.Changes(date(2026, 6, 1), date(2026, 8, 31), _NO_CHANGE, _NO_CHANGE, ()),
        partners=(),
        months=tuple(v.MonthRow(label, v.Score(), v.Score(), None) for label in ("2026-09", "2026-10", "2026-11")),
        segments=(),
        cohorts=(),
        renewals=(),
        value_due=(),
        value_by_state=(),
        silent=v.Silent(
            v.Funnel(None, 0, 0, 0, 0, 0, 0),
            None,
            "People who scored, of those who could.",
            None,
            None,
            None,
            (),
            (),
            None,
            0,
        ),
        events=(),
        quality=v.Quality(
            notes=("There are no partners yet. feedback import contracts FILE brings them with their licences.",),
            headline_partners=0,
            seat_coverage=None,
            licences_on=made.TODAY,
            spread=v.Spread(),
            without_licences=(),
            one_sided=(),
            silent=(),
            each_side_alone=None,
            trust=v.Trust(("partner", "vendor"), v.TrustShares(), v.TrustShares()),
            vendor_alone=v.VendorAlone(v.Score(), v.Score(), None),
            with_set_aside=None,
            flags=(),
            left_partners_people=0,
            freshness=v.Freshness(None, 0, None, 0),
        ),
    )


def _named(one: v.Score) -> v.NamedScore:
    return v.NamedScore(one.score, one.low, one.high, one.people, one.histogram, "NPS of these people")
