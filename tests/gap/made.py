"""Reports made by hand for what only formats them: believable, of any size, with everything in them or nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from feedback.gap import values as v
from tests.gap.made_money import diagnostic, next_renewal, retention, value_by_state, value_due

NOW = datetime(2026, 11, 15, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
MONTHS = tuple(f"2026-{number:02}" for number in range(3, 12))
NAMES = (
    "Albrecht & Söhne Pflegedienste gGmbH",
    "Bluewater Logistics",
    "Cantabria Salud",
    "Delft Municipal Services",
    "مجموعة النخيل للخدمات الصحية",
    "Rindfleischetikettierungsüberwachungsgesellschaft des Landes Mecklenburg-Vorpommern mit beschränkter Haftung",
    "קבוצת האלון",
    "Helvetia Mutual",
    "岩葉フーズ株式会社",
    "Kestrel Air",
    'O\'Brien "Quick" <Repairs>',
)
STATES: tuple[v.StateName, ...] = ("pre_churn", "undetermined", "compounding", "buyer_friction", "broken_value")
_FACTS = {
    "pre_churn": ("34 % of licences were activated.", "Engagement falls by 1.4 points a month.", "Buyers renewed."),
    "buyer_friction": ("Notice was given on 2026-10-02.", "71 % of licences were activated."),
    "broken_value": ("Seats were cut from 400 to 250.", "21 % of licences were activated."),
    "compounding": ("76 % of licences were activated.", "The contract was expanded on 2026-06-30."),
    "undetermined": (),
}
_DETERMINED = {"pre_churn": "end_user", "buyer_friction": "buyer", "broken_value": "end_user"}


def score(points: float, half: float, people: int) -> v.Score:
    """A score with a believable interval and histogram."""
    promoters = round(people * (0.5 + points / 250))
    detractors = max(0, people - promoters) // 2
    histogram = (0, 0, 0, detractors, 0, 0, 0, people - promoters - detractors, 0, promoters, 0)
    return v.Score(points, max(-100.0, points - half), min(100.0, points + half), people, histogram)


def gap(users: v.Score, buyers: v.Score, p_value: float | None) -> v.Gap | None:
    """The difference of the two, wider for buyers like these."""
    if users.score is None or buyers.score is None:
        return None
    points, provable = users.score - buyers.score, p_value is not None and p_value < 0.05
    near, far = (10.25, 33.5) if provable else (41.125, 70.75)
    return v.Gap(points, points - near, points + near, p_value, provable, points - far, points + far, 61.5)


def adoption(random: Random, licences: int | None, share: float) -> v.Adoption:
    """Seats at a partner, `share` of whose licences were activated."""
    of = licences or 100
    deployed = round(of * 0.93)
    activated = min(deployed, round(of * share))
    engaged = round(activated * random.uniform(0.5, 0.9))
    never = min(deployed - activated, round((deployed - activated) * 0.6))
    lapsed = (deployed - engaged - never) // 3
    return v.Adoption(
        licences=licences,
        deployed=deployed,
        active_once=deployed - never,
        activated=activated,
        engaged=engaged,
        never=never,
        abandoned=deployed - engaged - never - lapsed,
        lapsed=lapsed,
        activated_abandoned=activated // 9,
        active=round(engaged * 1.2),
        activation=activated / licences if licences else None,
        engagement=engaged / deployed if deployed else None,
        meaningful=activated // 2,
        median_days_to_value=round(random.uniform(1, 20), 1),
        sentences=("28 % of licences were never activated.", "Another 40 % tried it and left within two weeks."),
    )


def slope(per_month: float) -> v.Slope:
    """Over the months of the report."""
    return v.Slope(per_month, per_month - 0.825, per_month + 0.825, per_month + 0.825 < 0, len(MONTHS))


def state(name: v.StateName, *, history: bool = False) -> v.State:
    """A state that lasts for four months; with what it was by month."""
    users, buyers = {"compounding": (0.97, 0.94), "pre_churn": (0.04, 0.91), "buyer_friction": (0.95, 0.08)}.get(
        name, (0.11, 0.17) if name == "broken_value" else (0.55, 0.62)
    )
    months = tuple(
        v.StateMonth(month, name if index > 4 else "undetermined", users, buyers if index else None, index < 3)
        for index, month in enumerate(MONTHS)
    )
    both = {"compounding": users * buyers, "pre_churn": (1 - users) * buyers, "buyer_friction": users * (1 - buyers)}
    likely = both.get(name, (1 - users) * (1 - buyers))
    return v.State(name, likely, 4, "2026-08", "undetermined", users, buyers, months if history else ())


def side_at_risk(name: v.StateName) -> v.SideAtRisk:
    """The side that this state is about."""
    side = _DETERMINED.get(name, "undetermined")
    return v.SideAtRisk(side, 0.96 if side != "undetermined" else 0.45, 4, _FACTS[name])  # type: ignore[arg-type]


def partner(number: int, random: Random) -> v.PartnerRow:
    """One of many: every seventh without a buyer's answer, every eleventh without licences or anybody."""
    name = NAMES[number] if number < len(NAMES) else f"Partner {number} Holding"
    licences = None if number % 11 == 10 else int(random.lognormvariate(5.5, 1.2)) + 5
    named = "undetermined" if licences is None else STATES[number % 5]
    users = score(round(random.uniform(-60, 70), 3), random.uniform(8, 30), random.randint(12, 900))
    buyers = score(round(random.uniform(-40, 100), 3), random.uniform(40, 90), random.randint(1, 5))
    if number % 7 == 6:
        buyers = v.Score()
    if number % 11 == 10:
        users = buyers = v.Score()
    p_value = None if buyers.people < 2 else (0.0125 if number % 3 == 0 else 0.3125)
    share = {"compounding": 0.76, "buyer_friction": 0.71, "pre_churn": 0.34, "broken_value": 0.21}.get(named, 0.51)
    slug = f"partner-{number}"
    return v.PartnerRow(
        partner=slug,
        name=name,
        licences=licences,
        end_user=users,
        buyer=buyers,
        gap=gap(users, buyers, p_value),
        shrunken=None if users.score is None else users.score * 0.875,
        worst_tenth=None if users.score is None else min(1.0, max(0.0, 0.5 - users.score / 100)),
        adoption=adoption(random, licences, random.uniform(share - 0.15, share + 0.15)),
        exposure=v.Exposure(2, date(2026, 3, 2), date(2026, 6, 9), 120, "told_not_wanted", "Told twice since March."),
        state=state(named),
        side_at_risk=side_at_risk(named),
        doubts=v.Doubts(1, 3, 0, 1, "Three of five buyers doubt that it is worth it.") if buyers.people else v.Doubts(),
        trend=v.Trend(slope(-1.375), slope(0.25), slope(-1.625), slope(-0.925)),
        buyer_ages_days=tuple(10 + 31 * index for index in range(buyers.people)),
        trust=v.TrustShares(users.people, 3, 2, 1) if users.people else v.TrustShares(),
        vendor_alone=None if users.score is None or buyers.score is None else users.score - buyers.score + 0.25,
        with_set_aside=None if number % 2 or users.score is None or buyers.score is None else users.score / 2,
        renewal=None if licences is None else next_renewal(slug, name, licences, named, 7 * number - 12, TODAY),
    )


def month(index: int, label: str, random: Random) -> v.MonthRow:
    """Users fall, buyers do not."""
    users, buyers = score(30 - 2.5 * index, 5.5, 1200 + 31 * index), score(41 + index / 4, 17, 60 + index)
    return v.MonthRow(label, users, buyers, gap(users, buyers, 0.0125), adoption(random, 20140, 0.45 - index / 100))


def report(
    partners: int = 40,
    *,
    names: tuple[str, ...] = (),
    values: tuple[str, ...] = ("night", "day", "other"),
    seed: int = 7,
) -> v.GapReport:
    """A portfolio with everything in it. `names` of the first partners; `values` of the attribute `shift`."""
    random = Random(seed)
    rows = tuple(partner(number, random) for number in range(partners))
    rows = tuple(replace(row, name=name) for row, name in zip(rows, names, strict=False)) + rows[len(names) :]
    users, buyers = score(14.25, 5.125, 4164), score(41.375, 17.5, 118)
    renewals = sorted(
        (replace(row.renewal, name=row.name) for row in rows if row.renewal and row.renewal.days <= 120),
        key=lambda one: one.renews_on,
    )
    segments = tuple(
        v.SegmentRow("shift", value, *sides, gap(*sides, 0.0125), adoption(random, None, 0.5))
        for index, value in enumerate(values)
        if (sides := (score(20.0 - 15 * index, 7, 900 - 41 * index), score(38.5, 30, 20 + index)))
    )
    return v.GapReport(
        metric="nps",
        period=v.Period(date(2026, 9, 1), date(2026, 11, 30), True),
        as_of=NOW,
        partner=None,
        sentence="Buyers are renewing what people don’t use: 88 % renewed, 41 % activated. "
        "EUR 1.6 M is due by March, so fix first use at these three: Albrecht, Cantabria and Delft.",
        headline=v.Headline(_named(users, "end users"), _named(buyers, "buyers"), gap(users, buyers, 0.0125)),
        state=state("pre_churn", history=True),
        side_at_risk=side_at_risk("pre_churn"),
        adoption=adoption(random, 20140, 0.41),
        retention=retention(),
        diagnostic=diagnostic(),
        trend=v.Trend(slope(-2.5), slope(0.25), slope(-2.75), slope(-1.4)),
        doubts=v.Doubts(7, 12, 3, 2, "Half of the buyers who gave a reason doubt that it is worth it."),
        changes=_changes(rows, values),
        partners=tuple(sorted(rows, key=lambda row: row.name.casefold())),
        months=tuple(month(index, label, random) for index, label in enumerate(MONTHS)),
        segments=segments,
        cohorts=tuple(
            v.CohortRow(label, adoption(random, None, 0.4 + index / 50)) for index, label in enumerate(MONTHS)
        ),
        renewals=tuple(renewals),
        value_due=value_due(renewals),
        value_by_state=value_by_state(),
        silent=_silent(),
        events=_events(rows),
        quality=_quality(rows),
    )


def _named(one: v.Score, people: str) -> v.NamedScore:
    estimand = f"NPS of the {people} of partners with answers from both sides, each weighted by its licences in force"
    return v.NamedScore(one.score, one.low, one.high, one.people, one.histogram, estimand)


def _change(parts: list[tuple[str, str]], total: float) -> v.Change:
    rate, mix = total * 1.25, -total * 0.25
    shares = [2.0 ** -(index + 1) for index in range(len(parts))]
    found = tuple(
        v.ChangePart(key, name, mix * share, rate * share, total * share)
        for (key, name), share in zip(parts, shares, strict=True)
    )
    return v.Change(total, mix, rate, False, found)


def _changes(rows: tuple[v.PartnerRow, ...], values: tuple[str, ...]) -> v.Changes:
    by_partner = [(row.partner, row.name) for row in rows[:12]]
    users = v.SideChange(
        _change(by_partner, -7.75), (v.AttributeChange("shift", _change([(one, one) for one in values], -6.5)),)
    )
    buyers = v.SideChange(_change(by_partner, 1.25), ())
    sentences = (
        "8 points of the wider gap come from Albrecht and Bluewater, where end users fell; buyers did not move.",
        "3 points are mix: more answers from night shifts, who have always scored lower.",
    )
    return v.Changes(date(2026, 6, 1), date(2026, 8, 31), users, buyers, sentences)


def _silent() -> v.Silent:
    return v.Silent(
        funnel=v.Funnel(20140, 18730, 9920, 9480, 6240, 4164, 1033),
        participation=0.4392,
        participation_of="People who scored, of those who were active where asking is allowed.",
        score=12.625,
        worst=-50.5,
        best=61.625,
        what_if=(v.WhatIf(10, 7.02, 18.23), v.WhatIf(20, 1.41, 23.84)),
        representativity=(v.Representativity("shift", 0.8125, 18200),),
        weighted=v.WeightedScore(10.875, 5.25, 16.5, 4164, 3120.5, 12, ("shift",), 12.8125),
        partners_silent=3,
    )


def _events(rows: tuple[v.PartnerRow, ...]) -> tuple[v.Event, ...]:
    kinds = (("changed", "end_user", "End users fell below where they were."), ("renewal_near", None, "In 47 days."))
    return tuple(
        v.Event(row.partner, row.name, TODAY - timedelta(days=index), kind, audience, sentence)  # type: ignore[arg-type]
        for index, row in enumerate(rows[:6])
        for kind, audience, sentence in (kinds[index % 2],)
    )


def _flags(rows: tuple[v.PartnerRow, ...]) -> tuple[v.Flag, ...]:
    said = (
        ("burst", 2.5e-9, "21 people answered for the first time within 3 days, where 2.4 would be usual.", 21, False),
        ("above_seats", None, "60 people answered in a month, but only 40 seats are on file.", None, True),
    )
    return tuple(
        v.Flag(f"flag-{place}", row.partner, row.name, kind, TODAY - timedelta(days=2), TODAY, TODAY, *told)  # type: ignore[arg-type]
        for place, (row, (kind, *told)) in enumerate(zip(rows, said, strict=False))
    )


def _quality(rows: tuple[v.PartnerRow, ...]) -> v.Quality:
    both = [row for row in rows if row.gap is not None]
    alone = v.OneSide(score(12.5, 5, 4400), len(rows), 1.75)
    return v.Quality(
        notes=(
            "3 answers came without a signed token, so nobody vouches for who gave them, and they do not count.",
            "No buyer answered at Delft, Kestrel and 3 more: not in the headline, which compares both sides.",
            "2026-11 is not over; its numbers still move.",
            "Reports run over whole months: this one covers 2026-09 to 2026-11.",
        ),
        headline_partners=len(both),
        seat_coverage=0.8725,
        licences_on=TODAY,
        spread=v.Spread("between", "within", "between"),
        without_licences=tuple(row for row in rows if not row.licences and row.answered),
        one_sided=tuple(row for row in rows if row.licences and row.answered and row.gap is None),
        silent=tuple(row for row in rows if row.licences and not row.answered),
        each_side_alone=v.EachSideAlone(alone, v.OneSide(score(39.25, 16, 121), len(both) + 1, 2.125)),
        trust=v.Trust(("partner", "vendor"), v.TrustShares(3900, 264, 3, 21), v.TrustShares(118, 0, 0)),
        vendor_alone=v.VendorAlone(score(13.5, 5.5, 3900), score(41.375, 17.5, 118), None),
        with_set_aside=v.WithSetAside(score(15.125, 5.25, 4185), score(41.375, 17.5, 118), None),
        flags=_flags(rows),
        left_partners_people=4,
        freshness=v.Freshness(NOW, 2, NOW - timedelta(minutes=3), 0, 1, TODAY),
    )
