"""What holds of every report, whatever happened: in random small worlds."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from feedback.gap.schemas import GapReportSchema
from tests.emptying import take_all_out
from tests.gap.world import World, people
from tests.soak import many

SLUGS = ("acme", "bolt", "cargo")
PROBABILITIES = {
    "probability", "end_user_ok", "buyer_ok", "worst_tenth", "activation", "engagement", "participation", "rate",
    "p_value", "r", "seat_coverage", "if_none_renews", "if_all_renew", "retention",
}  # fmt: skip
NAMED = ("score", "points", "per_month", "rate")
STEPS = ("deployed", "active", "eligible", "shown", "scored", "commented")
schema = GapReportSchema()
# A world takes a second: looking for the smallest one that fails would take minutes.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]

slugs = st.sampled_from(SLUGS)
days = st.integers(0, 318).map(lambda number: (date(2026, 1, 1) + timedelta(days=number)).isoformat())
facts = st.one_of(
    st.tuples(
        st.just("answer"),
        slugs,
        st.sampled_from(["end_user", "buyer"]),
        st.integers(0, 5),
        days,
        st.integers(0, 10),
        st.sampled_from(["vendor", "partner", "none"]),
        st.sampled_from([None, "sales", "support"]),
        st.sampled_from([None, "price", "other"]),
    ),
    st.tuples(st.just("seats"), slugs, st.integers(1, 8), days, st.sampled_from([None, "sales", "support"])),
    st.tuples(st.just("active"), slugs, st.integers(1, 8), days, st.booleans()),
    st.tuples(st.just("shown"), slugs, st.integers(1, 8), days),
    st.tuples(
        st.just("contract"),
        slugs,
        st.integers(0, 9),
        st.sampled_from(["2025-12-01", "2026-08-15", "2026-12-24", "2027-06-01"]),
        st.sampled_from(["open", "renewed", "churned"]),
        st.sampled_from([None, "EUR", "JPY"]),
    ),
    st.tuples(st.just("promotion"), slugs, days),
    st.tuples(st.just("policy"), slugs, st.booleans()),
)
worlds = st.lists(facts, min_size=4, max_size=40, unique_by=lambda fact: fact[:5] if fact[0] == "answer" else fact)
relaxed = hypothesis_settings(
    max_examples=many(6, 200),
    deadline=None,
    phases=PHASES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def empty(world: World) -> None:
    """Take everything out."""
    with world.services.database.transaction() as session:
        take_all_out(session)
    world.ids.clear()


def build(world: World, history: list[tuple[Any, ...]]) -> None:
    """Partners, then the facts in their order; then what the service does by itself."""
    empty(world)
    world.counts_at_once = False
    for slug in SLUGS:
        world.partner(slug)
    seats = {slug: set[str]() for slug in SLUGS}
    for kind, slug, *fact in history:
        if kind == "answer":
            audience, person, day, score, trust, team, reason = fact
            attributes = {"team": team} if team and audience == "end_user" else None
            reason = reason if audience == "buyer" else None
            world.answers(
                slug, audience, {f"p{person}": score}, on=day, trust=trust, attributes=attributes, reason=reason
            )
        elif kind == "seats":
            number, day, team = fact
            world.seats(slug, people(number), on=day, attributes={"team": team} if team else None)
            seats[slug] |= set(people(number))
        elif kind == "active":
            number, day, meaningful = fact
            world.active(slug, people(number), day, meaningful=meaningful)
        elif kind == "shown":
            number, day = fact
            world.shown(slug, people(number), day)
        elif kind == "contract":
            licences, renews_on, outcome, currency = fact
            known = {} if outcome == "open" or renews_on > "2026-11-15" else {"outcome": outcome}
            value = {"currency": currency, "yearly_value_minor_units": 1000 * licences} if currency else {}
            starts_on = str(int(renews_on[:4]) - 1) + renews_on[4:]
            world.contract(slug, f"{renews_on} {outcome}", licences, starts_on, renews_on, **known, **value)
        elif kind == "promotion":
            world.promoted(slug, *fact)
        else:
            world.policy(slug, may_ask=fact[0])
    world.daily(history_changed=True)


def members(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a report."""
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from members(one)
    elif isinstance(value, list):
        for one in value:
            yield from members(one)


def holds(report: dict[str, Any]) -> None:
    """Everything that is true of every report."""
    assert schema.validate(report) == {}
    for one in members(report):
        probabilities_are_probabilities(one)
        numbers_lie_in_their_intervals(one)
        people_add_up(one)
    rows = report["partners"]
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    counted = [row for row in rows if row["gap"] and row["licences"]]
    if report["partner"] is None:
        assert report["quality"]["headline_partners"] == len(counted)
        for side in ("end_user", "buyer"):
            assert report["headline"][side]["people"] == sum(row[side]["people"] for row in counted)
    scored = report["silent"]["funnel"]["scored"]
    assert scored == sum(row["end_user"]["people"] for row in rows)
    assert report["adoption"]["deployed"] == sum(row["adoption"]["deployed"] for row in rows)
    assert all(row["end_user"]["people"] <= scored for row in report["segments"])


def probabilities_are_probabilities(one: dict[str, Any]) -> None:
    # Changes have a `rate` in points of their own, and the trend's `engagement` is a slope.
    for name in PROBABILITIES & one.keys() if "mix" not in one else ():
        assert one[name] is None or isinstance(one[name], dict) or 0 <= one[name] <= 1, (name, one)


def numbers_lie_in_their_intervals(one: dict[str, Any]) -> None:
    for low, high in (("low", "high"), ("predictive_low", "predictive_high"), ("worst", "best")):
        if one.get(low) is None:
            continue
        middle = next((one[name] for name in NAMED if one.get(name) is not None), one[low])
        if "contracts" in one:
            middle = one["contracts"]["rate"]
        if one.keys() == {"points", "low", "high"}:
            middle = one[low]  # what if: the points are how far the silent may differ
        assert one[low] - 1e-9 <= middle <= one[high] + 1e-9, one


def people_add_up(one: dict[str, Any]) -> None:
    if "histogram" in one:
        assert one["people"] == sum(one["histogram"])
        assert (one["people"] == 0) == (one["score"] is None)
    if "lapsed" in one:
        assert one["engaged"] + one["never"] + one["abandoned"] + one["lapsed"] == one["deployed"]
        assert one["activated"] <= one["active_once"] <= one["deployed"]
    if "commented" in one:
        steps = [one[name] for name in STEPS if one[name] is not None]
        assert steps == sorted(steps, reverse=True)
    if "parts" in one:
        assert sum(part["total"] for part in one["parts"]) == pytest.approx(one["total"], abs=1e-9)


@given(
    history=worlds,
    first=st.sampled_from(["2025-12", "2026-08", "2026-11"]),
    last=st.sampled_from(["2026-08", "2026-11"]),
)
@relaxed
def test_every_report_of_a_random_world(world: World, history: list[tuple[Any, ...]], first: str, last: str) -> None:
    build(world, history)
    window = {"start": min(first, last), "end": last}
    whole = world.report(**window)
    holds(whole)
    before = world.report(start="2026-03" if first == "2025-12" else None, end="2026-07")
    holds(before)
    if last == "2026-11" and first == "2026-11":
        month_before = world.report(start="2026-10", end="2026-10")
        for side in ("end_user", "buyer"):
            change = whole["changes"][side]["by_partner"]
            scores = [report["headline"][side]["score"] for report in (month_before, whole)]
            assert (change is None) == (None in scores)
            if change is not None:
                assert change["total"] == pytest.approx(scores[1] - scores[0], abs=1e-9)
    assert [row["month"] for row in whole["months"]] == sorted({row["month"] for row in whole["months"]})
    for row in whole["partners"]:
        own = world.report(partner=row["partner"], **window)
        holds(own)
        (alone,) = own["partners"]
        assert alone["state"].pop("history") == own["state"]["history"]
        assert len(alone["buyers"]) == alone["buyer"]["people"] == len(alone["buyer_ages_days"])
        # Ranks are among partners; histories and buyers are told in a partner's own report alone.
        apart = {"shrunken": None, "worst_tenth": None, "buyers": alone["buyers"]}
        expected = {**row, **apart, "state": {name: one for name, one in row["state"].items() if name != "history"}}
        assert alone == expected
        assert own["headline"]["gap"] == row["gap"] and own["adoption"] == row["adoption"]
        assert own["silent"]["funnel"]["licences"] == row["licences"]


@given(history=worlds, random=st.randoms(use_true_random=False))
@hypothesis_settings(
    max_examples=many(3, 100),
    deadline=None,
    phases=PHASES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_order_of_imports_does_not_matter(world: World, history: list[tuple[Any, ...]], random: Any) -> None:
    # What is said twice of the same thing is what was said last: such facts are left out but for one.
    seen: dict[Any, tuple[Any, ...]] = {}
    for fact in history:
        what = fact[:5] if fact[0] == "answer" else fact[:2] if fact[0] in ("seats", "policy") else fact
        seen[what if fact[0] != "contract" else (*fact[:2], fact[3], fact[4])] = fact
    steps = list(seen.values())
    build(world, sorted(steps, key=lambda fact: fact[0] == "shown"))
    found = comparable(world.report())
    random.shuffle(steps)
    # Nobody is shown a survey who is not there.
    build(world, sorted(steps, key=lambda fact: fact[0] == "shown"))
    assert comparable(world.report()) == found


def comparable(value: Any) -> Any:
    """A report with numbers rounded: sums in another order may differ in their last bits."""
    if isinstance(value, dict):
        return {name: comparable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [comparable(one) for one in value]
    return round(value, 6) + 0.0 if isinstance(value, float) else value
