"""What `feedback gap` says in sentences, before and after its tables."""

from collections.abc import Iterator

from feedback.gap.sentences import gap_words, points_text
from feedback.gap.values import GapReport, Retention, Slope
from feedback.gap.words import (
    SIDES,
    STATES,
    VOUCHERS,
    chance,
    count,
    day,
    heading,
    lasting,
    money,
    part,
    people,
    share,
)

Section = tuple[str, list[str]]


def sections(report: GapReport) -> Iterator[Section]:
    """State, side at risk, adoption, retention and what changed."""
    state, side = report.state, report.side_at_risk
    named = STATES[state.state]
    if state.probability is not None:
        likeliest = "the likeliest " if state.state == "undetermined" else ""
        named += f", {likeliest}{chance(state.probability)} probable"
    if state.months:
        named += f", {lasting(state.months)}"
    yield "State", [named]
    at_risk = SIDES[side.side]
    if side.probability is not None and side.side != "undetermined":
        at_risk += f", {chance(side.probability)} probable"
    yield "Side at risk", [at_risk, *(f"- {fact}" for fact in side.facts)]
    yield "Adoption", [*_adoption(report)]
    yield "Renewals and use", [one for one in (report.diagnostic.sentence, *_retention(report.retention)) if one]
    yield "Where it is heading", [*_trend(report)]
    yield "Why buyers doubt", [report.doubts.sentence] if report.doubts.sentence else []
    yield "What changed", [f"- {one}" for one in report.changes.sentences]


def closing(report: GapReport) -> Iterator[Section]:
    """Who is silent, and what to know."""
    yield "Who is silent", [*_silent(report)]
    yield "Who vouches for the people", [*_trust(report)]
    yield "What speaks against some answers", [*_flags(report)]
    yield "In force", [*_in_force(report)]
    gaps = [row.gap for rows in (report.partners, report.months, report.segments) for row in rows]
    if any(gap is not None and gap.provable for gap in gaps):
        yield "", ["* more than chance"]
    for note in report.quality.notes:
        yield "", [note]


def _adoption(report: GapReport) -> Iterator[str]:
    found = report.adoption
    if not found.deployed and found.licences is None:
        return
    yield (
        f"{count(found.licences)} licences, {count(found.deployed)} deployed, {count(found.activated)} activated "
        f"({share(found.activation)}), {count(found.engaged)} engaged ({share(found.engagement)} of deployed)"
    )
    yield (
        f"{count(found.never)} never active, {count(found.abandoned)} tried and left, {count(found.lapsed)} lapsed, "
        f"{count(found.active)} active in the window"
    )
    yield from found.sentences


def _retention(found: Retention) -> Iterator[str]:
    if found.contracts.due:
        limits = "" if found.low is None else f", between {share(found.low)} and {share(found.high)}"
        yield (
            f"{count(found.contracts.kept)} of {people(found.contracts.due, 'contract', 'contracts')} kept "
            f"({share(found.contracts.rate)}{limits}), {count(found.licences.kept)} of {count(found.licences.due)} "
            f"licences ({share(found.licences.rate)})"
        )
    if found.open_past_due:
        yield (
            f"{people(found.open_past_due, 'contract is', 'contracts are')} past due and not decided: "
            f"{share(found.if_none_renews)} if none renews, {share(found.if_all_renew)} if all do"
        )


def _trend(report: GapReport) -> Iterator[str]:
    slopes: tuple[tuple[str, Slope | None], ...] = (
        ("End users", report.trend.end_user),
        ("Buyers", report.trend.buyer),
        ("Gap", report.trend.gap),
        ("Engagement", report.trend.engagement),
    )
    for name, slope in slopes:
        if slope is not None:
            limits = f"between {slope.low:+.1f} and {slope.high:+.1f}".replace("-", "−")
            yield f"{name}: {heading(slope)} ({limits} a month, {slope.months} months)"


def _silent(report: GapReport) -> Iterator[str]:
    found, funnel = report.silent, report.silent.funnel
    yield (
        f"{count(funnel.licences)} licences > {count(funnel.deployed)} deployed > {count(funnel.active)} active > "
        f"{count(funnel.eligible)} eligible > {count(funnel.shown)} shown > {count(funnel.scored)} scored > "
        f"{count(funnel.commented)} commented"
    )
    if found.participation is not None:
        yield f"{share(found.participation)} took part. {found.participation_of}"
    if found.score is not None and found.worst is not None:
        yield (
            f"Of those who answered {points_text(found.score)}; with all the silent at the worst or best answer "
            f"between {points_text(found.worst)} and {points_text(found.best)}"
        )
    for one in found.what_if:
        yield (
            f"If the silent differ by up to {one.points:g} points: between {points_text(one.low)} and "
            f"{points_text(one.high)}"
        )
    if found.weighted is not None:
        weighted = found.weighted
        yield (
            f"As all deployed seats are ({', '.join(weighted.attributes)}): {points_text(weighted.score)}, between "
            f"{points_text(weighted.low)} and {points_text(weighted.high)}, of "
            f"{people(weighted.people, 'person', 'people')}"
        )


def _trust(report: GapReport) -> Iterator[str]:
    quality = report.quality
    for side, shares in (("End users", quality.trust.end_user), ("Buyers", quality.trust.buyer)):
        told = [
            f"{count(getattr(shares, who))} {named} ({share(part(shares, who))})"
            for who, named in VOUCHERS.items()
            if who != "aside" or shares.aside
        ]
        yield f"{side}: {', '.join(told)}"
    left_out = [VOUCHERS[who] for who in ("partner", "none") if who not in quality.trust.counted]
    if left_out:
        yield f"Not counted: {' and '.join(left_out)}"
    alone, instead = quality.vendor_alone, quality.with_set_aside
    yield f"Counting only those you vouch for yourself: {gap_words(alone.gap)}"
    if instead is not None:
        yield f"Counting what was set aside as well: {gap_words(instead.gap)}"


def _flags(report: GapReport) -> Iterator[str]:
    for flag in report.quality.flags:
        days = day(flag.first_day) if flag.first_day == flag.last_day else f"{flag.first_day} to {flag.last_day}"
        aside = "" if flag.set_aside is None else f" Set aside: {people(flag.set_aside, 'answer', 'answers')}."
        settled = " Looked at, and held to be honest." if flag.settled else ""
        yield f"- {flag.name}, {days}: {flag.sentence}{aside}{settled}"


def _in_force(report: GapReport) -> Iterator[str]:
    for held in report.value_by_state:
        values = ", ".join(f"{money(one)} a year" for one in held.values) or "no value known"
        yield (
            f"{STATES[held.state]}: {people(held.partners, 'partner', 'partners')}, "
            f"{count(held.licences)} licences, {values}"
        )
