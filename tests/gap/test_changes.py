"""What changed since the previous period: parts that add up to the change of the headline. On 15 November 2026."""

import pytest

from feedback.gap.values import Change
from tests.gap.world import World

BEFORE, NOW = "2026-07-10", "2026-10-10"


@pytest.fixture
def moved(world: World) -> World:
    """Acme fell, Bolt has more licences now, Cargo came, Delta went silent, Echo never had both sides."""
    for slug, licences in (("acme", 40), ("cargo", 30), ("delta", 20), ("echo", 500)):
        world.partner(slug, licences)
    world.partner("bolt")
    world.contract("bolt", "one", 10, "2025-09-01", "2026-09-01", outcome="expanded", renewed_licences=90)
    for slug, before, now in (
        ("acme", [9, 10, 7, 9], [3, 7, 9, 2, 0]),
        ("bolt", [2, 9], [2, 9, 9]),
        ("cargo", [], [10, 9, 8]),
        ("delta", [9, 0, 0], []),
        ("echo", [9], [0]),
    ):
        world.answers(slug, "end_user", before, on=BEFORE)
        world.answers(slug, "end_user", now, on=NOW)
    for slug, before, now in (("acme", [9], [9, 9]), ("bolt", [10, 3], [5]), ("cargo", [], [9]), ("delta", [9], [9])):
        world.answers(slug, "buyer", before, on=BEFORE)
        world.answers(slug, "buyer", now, on=NOW)
    return world


def adds_up(change: Change) -> None:
    assert change.total == pytest.approx(change.mix + change.rate)
    assert sum(part.total for part in change.parts) == pytest.approx(change.total)
    assert sum(part.mix for part in change.parts) == pytest.approx(change.mix)
    assert sum(part.rate for part in change.parts) == pytest.approx(change.rate)
    sizes = [abs(part.total) for part in change.parts]
    assert sizes == sorted(sizes, reverse=True)
    for part in change.parts:
        assert part.total == pytest.approx(part.mix + part.rate)


def test_the_parts_add_up_to_the_change_of_the_headline_on_both_sides(moved: World) -> None:
    now, before = moved.values(), moved.values(start="2026-06", end="2026-08")
    changes = now.changes
    assert (changes.first_day, changes.last_day) == (before.period.first_day, before.period.last_day)
    for side in ("end_user", "buyer"):
        change = getattr(changes, side).by_partner
        headlines = [getattr(report.headline, side).score for report in (before, now)]
        assert change.total == pytest.approx(headlines[1] - headlines[0])
        adds_up(change)
        assert {part.key for part in change.parts} == {"acme", "bolt", "cargo", "delta"}
    users = {part.key: part for part in changes.end_user.by_partner.parts}
    assert (users["acme"].name, users["cargo"].rate, users["delta"].rate) == ("Acme", 0, 0)
    # By hand: licences 40, 10, 20 before and 40, 90, 30 now; scores 75, 0, -33 and -40, 33, 67.
    old, new = {"acme": 40 / 70, "bolt": 10 / 70}, {"acme": 40 / 160, "bolt": 90 / 160}
    assert users["acme"].rate == pytest.approx((old["acme"] + new["acme"]) / 2 * (-40 - 75))
    assert users["bolt"].rate == pytest.approx((old["bolt"] + new["bolt"]) / 2 * (100 / 3 - 0))
    headline = 75 * 4 / 7 - 100 / 3 * 2 / 7
    assert before.headline.end_user.score == pytest.approx(headline)
    centre = (headline + (-40 * 40 + 100 / 3 * 90 + 200 / 3 * 30) / 160) / 2
    assert users["cargo"].mix == pytest.approx(30 / 160 * (200 / 3 - centre))
    assert users["delta"].mix == pytest.approx(-20 / 70 * (-100 / 3 - centre))
    said = changes.sentences[0]
    assert said.startswith(f"End users: −{abs(round(changes.end_user.by_partner.total))} points, −")
    assert f"most from Acme −{abs(round(users['acme'].total))}" in said
    assert changes.sentences[1].startswith("Buyers: ")


def test_a_partners_report_says_what_changed_in_its_own_score_and_by_segment(world: World) -> None:
    world.partner("acme", 40)
    world.partner("bolt", 400)
    for slug in ("acme", "bolt"):
        for on, sales, support in ((BEFORE, [9, 9], [3]), (NOW, [9, 2], [3, 7, 9, 10])):
            world.answers(slug, "end_user", sales, on=on, attributes={"team": "sales"})
            world.answers(slug, "end_user", support, on=on, attributes={"team": "support"})
    changes = world.values(partner="acme").changes
    own = changes.end_user.by_partner
    assert own.total == own.rate == pytest.approx(100 / 6 - 100 / 3) and own.mix == 0
    assert [(part.key, part.total) for part in own.parts] == [("acme", own.total)]
    assert changes.buyer.by_partner is None
    assert changes.sentences == ("End users: −17 points.",)
    (by_team,) = changes.end_user.by_attribute
    assert by_team.attribute == "team" and changes.buyer.by_attribute == ()
    adds_up(by_team.change)
    # By hand: 33 before, 17 now; sales weigh 2/3 and 1/3, and fell from 100 to 0; support rose from -100 to 25.
    assert by_team.change.total == pytest.approx(100 / 6 - 100 / 3)
    assert by_team.change.rate == pytest.approx((2 / 3 + 1 / 3) / 2 * -100 + (1 / 3 + 2 / 3) / 2 * 125)
    assert world.values().changes.end_user.by_attribute[0].change.total == pytest.approx(100 / 6 - 100 / 3)


def test_it_warns_when_the_total_and_the_parts_disagree(world: World) -> None:
    """Every team rose, and yet the whole fell, because the unhappier team answered more."""
    world.partner("acme", 40)
    for on, sales, support in (
        (BEFORE, [9] * 30 + [7] * 60, [3] * 9 + [7]),
        (NOW, [9] * 9 + [7], [3] * 50 + [7] * 35 + [9] * 5),
    ):
        world.answers("acme", "end_user", sales, on=on, attributes={"team": "sales"})
        world.answers("acme", "end_user", support, on=on, attributes={"team": "support"})
    changes = world.values(partner="acme").changes
    (by_team,) = changes.end_user.by_attribute
    assert by_team.change.total < 0 < by_team.change.rate and by_team.change.contradicted
    said, warning = changes.sentences
    assert said == f"End users: {round(by_team.change.total)} points.".replace("-", "−")
    assert by_team.change.total == pytest.approx(changes.end_user.by_partner.total)
    assert warning.startswith("Careful: within team end users went up by ")
    assert f"yet the total fell by {abs(round(by_team.change.total))}" in warning


def test_without_a_previous_period_nothing_is_said(world: World) -> None:
    assert world.values().changes.sentences == ()
    world.partner("acme", 40)
    world.answers("acme", "end_user", [9, 3], on=NOW)
    world.answers("acme", "buyer", [9], on=NOW)
    changes = world.values().changes
    assert changes.end_user.by_partner is None and changes.buyer.by_partner is None and changes.sentences == ()
    world.answers("acme", "end_user", [9, 3], on=BEFORE)
    assert world.values().changes.end_user.by_partner is None  # the headline before has no buyers
    world.answers("acme", "buyer", [10], on=BEFORE)
    assert world.values().changes.sentences == ("End users: no change to speak of.", "Buyers: no change to speak of.")
