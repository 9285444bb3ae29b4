"""Who is silent, and how far to trust a report, line by line."""

from collections.abc import Iterator

from feedback.gap.formats.facts import Fact, score
from feedback.gap.values import Gap, GapReport
from feedback.gap.words import part

_TRUST = {"vendor": "vendor", "partner": "partner", "none": "none", "aside": "set aside"}


def silent(report: GapReport) -> Iterator[Fact]:
    """The funnel in persons, and what it could hide."""
    found = report.silent
    for name in ("licences", "deployed", "active", "eligible", "shown", "scored", "commented"):
        yield Fact("Funnel", name, "whole", getattr(found.funnel, name))
    yield Fact("Participation", "share", "share", found.participation, note=found.participation_of)
    yield Fact("Participation", "partners where nobody answered", "whole", found.partners_silent)
    yield Fact("Bounds", "score of who answered", "points", found.score, people=found.funnel.scored)
    yield Fact(
        "Bounds", "if everybody silent had given the worst or best answer", "points", None, found.worst, found.best
    )
    for one in found.what_if:
        yield Fact("Bounds", "if the silent differ by up to so many points", "points", one.points, one.low, one.high)
    for like in found.representativity:
        yield Fact("Representativity", like.attribute, "probability", like.r, people=like.seats)
    weighted = found.weighted
    if weighted is not None:
        note = f"Weighted by {', '.join(weighted.attributes)}; beside the plain score, never instead."
        yield Fact(
            "Weighted", "score", "points", weighted.score, weighted.low, weighted.high, weighted.people, note=note
        )
        yield Fact("Weighted", "plain score of the same people", "points", weighted.plain)
        yield Fact("Weighted", "people that would tell as much", "points", weighted.effective_people)
        yield Fact("Weighted", "people whose weight was cut", "whole", weighted.trimmed)


def quality(report: GapReport) -> Iterator[Fact]:
    """What counts, who vouches, what was left out and why."""
    found = report.quality
    for note in found.notes:
        yield Fact("Notes", "to know", "sentence", None, note=note)
    yield Fact("Coverage", "partners in the headline", "whole", found.headline_partners)
    yield Fact("Coverage", "their share of all licences", "share", found.seat_coverage)
    yield Fact("Coverage", "licences of the day", "day", found.licences_on)
    for name in ("end_user", "buyer", "gap"):
        yield Fact("Standard error", name.replace("_", " "), "text", getattr(found.spread, name))
    left_out = (
        ("without licences", found.without_licences),
        ("one side only", found.one_sided),
        ("silent", found.silent),
    )
    for why, rows in left_out:
        for row in rows:
            yield Fact("Left out", why, "text", row.name, people=row.end_user.people + row.buyer.people)
    alone = found.each_side_alone
    if alone is not None:
        for what, side in (("end users alone", alone.end_user), ("buyers alone", alone.buyer)):
            yield score("Each side alone", what, side.score, f"{side.partners} partners")
            yield Fact("Each side alone", f"headline less {what}", "points", side.difference)
    yield from _trust(report)
    yield Fact("Left", "people at partners that left", "whole", found.left_partners_people)
    yield from _freshness(report)


def _trust(report: GapReport) -> Iterator[Fact]:
    """Who vouches for whom, what the gap would be with others, and what speaks against some."""
    found = report.quality
    yield Fact("Trust", "classes that count", "text", ", ".join(found.trust.counted))
    for audience, shares in (("end users", found.trust.end_user), ("buyers", found.trust.buyer)):
        for who, named in _TRUST.items():
            people = getattr(shares, who)
            yield Fact("Trust", f"{audience}: {named}", "whole", people, people=people)
            yield Fact("Trust", f"{audience}: share of {named}", "share", part(shares, who))
    yield score("Vendor alone", "end users", found.vendor_alone.end_user)
    yield score("Vendor alone", "buyers", found.vendor_alone.buyer)
    yield _gap("Vendor alone", found.vendor_alone.gap)
    instead = found.with_set_aside
    if instead is not None:
        yield score("With what was set aside", "end users", instead.end_user)
        yield score("With what was set aside", "buyers", instead.buyer)
        yield _gap("With what was set aside", instead.gap)
    for flag in found.flags:
        yield Fact("Flag", flag.name, "probability", flag.p_value, people=flag.set_aside, note=flag.sentence)


def _gap(about: str, gap: Gap | None) -> Fact:
    return (
        Fact(about, "gap", "points", None)
        if gap is None
        else Fact(about, "gap", "points", gap.points, gap.low, gap.high)
    )


def _freshness(report: GapReport) -> Iterator[Fact]:
    fresh = report.quality.freshness
    for what, moment in (("answers counted at (UTC)", fresh.folded_at), ("waiting since (UTC)", fresh.waiting_since)):
        yield Fact("Freshness", what, "text", moment and moment.strftime("%Y-%m-%d %H:%M"))
    yield Fact("Freshness", "changes waiting", "whole", fresh.waiting)
    yield Fact("Freshness", "changes set aside", "whole", fresh.set_aside)
    yield Fact("Freshness", "partners whose seats wait", "whole", fresh.seats_waiting)
    yield Fact("Freshness", "seats counted on", "day", fresh.seats_counted_on)
