"""Who did not answer, in persons, and what that could hide. The clock stands at 15 November 2026."""

import pytest

from feedback.stats import nonresponse, nps
from tests.gap.world import World, people

STEPS = ("deployed", "active", "eligible", "shown", "scored", "commented")


def steps(world: World, **query: str) -> list[int | None]:
    funnel = world.values(**query).silent.funnel
    return [getattr(funnel, name) for name in STEPS]


@pytest.fixture
def quiet(world: World) -> World:
    """Acme: 30 seats, 20 active, 12 shown a survey, 8 scored, 3 wrote; Bolt may not be asked; Cargo came in a file."""
    world.counts_at_once = False
    world.partner("acme", 40)
    world.seats("acme", people(10), attributes={"team": "sales"})
    world.seats("acme", people(20, 10), attributes={"team": "support"})
    world.active("acme", people(20), "2026-10-02", "2026-11-02")
    world.active("acme", people(5, 25), "2026-08-02")
    world.shown("acme", people(12), "2026-11-03")
    world.answers("acme", "end_user", dict.fromkeys(people(3), 9), comment="Good.", attributes={"team": "sales"})
    world.answers("acme", "end_user", dict.fromkeys(people(4, 3), 3), attributes={"team": "sales"})
    world.answers("acme", "end_user", {"p10": 8}, attributes={"team": "support"})
    world.partner("bolt", 15)
    world.seats("bolt", people(10))
    world.active("bolt", people(6), "2026-11-02")
    world.policy("bolt", may_ask=False)
    world.partner("cargo", 9)
    world.answers("cargo", "end_user", [9, 9, 10, 0, 7])
    world.partner("delta", 5)
    world.partner("echo")
    world.catch_up()
    return world


def test_the_funnel_in_persons(quiet: World) -> None:
    silent = quiet.values().silent
    assert (silent.funnel.licences, steps(quiet)) == (69, [40, 26, 25, 17, 13, 3])
    assert steps(quiet, partner="acme") == [30, 20, 20, 12, 8, 3]
    assert steps(quiet, partner="bolt") == [10, 6, 0, 0, 0, 0]
    assert steps(quiet, partner="acme", start="2026-08", end="2026-08") == [30, 5, 5, 0, 0, 0]
    adoption = quiet.values().adoption
    assert (adoption.deployed, adoption.active) == (silent.funnel.deployed, silent.funnel.active)
    assert silent.participation == 13 / 25
    assert silent.participation_of == (
        "people who gave a score, of the seats active in the window at partners that allow asking (whoever answered "
        "could have)"
    )
    assert silent.partners_silent == 2  # Bolt and Delta; Echo has no licences
    own = [quiet.values(partner=slug).silent.funnel for slug in ("acme", "bolt", "cargo", "delta", "echo")]
    for name in STEPS[2:]:
        assert sum(getattr(one, name) for one in own) == getattr(silent.funnel, name)


def test_bounds_and_what_ifs_are_about_those_who_could_have_answered(quiet: World) -> None:
    silent = quiet.values().silent
    tally = nps.Tally(5, 2, 6)  # 8 of Acme: 4, 1, 3; 5 of Cargo: 1, 1, 3
    assert silent.score == pytest.approx(100 / 13) == nps.score(tally)
    share = 13 / 25
    assert silent.worst == pytest.approx(share * 100 / 13 - 100 * (1 - share))
    assert silent.best == pytest.approx(share * 100 / 13 + 100 * (1 - share))
    assert [one.points for one in silent.what_if] == [10, 20, 30]
    for one in silent.what_if:
        expected = nonresponse.sensitivity(tally, 25, one.points)
        assert (one.low, one.high) == pytest.approx((expected.low, expected.high))
        assert (one.low, one.high) == pytest.approx(
            (100 / 13 - one.points * (1 - share), 100 / 13 + one.points * (1 - share))
        )


def test_representativity_and_a_weighted_score_beside_the_plain_one(quiet: World) -> None:
    silent = quiet.values(partner="acme").silent
    (found,) = silent.representativity
    # 7 of 10 in sales and 1 of 20 in support answered: shares .7 and .05 around 8/30.
    spread = ((10 * (0.7 - 8 / 30) ** 2 + 20 * (0.05 - 8 / 30) ** 2) / 30) ** 0.5
    assert (found.attribute, found.seats) == ("team", 30)
    assert found.r == pytest.approx(1 - 2 * spread)
    weighted = silent.weighted
    assert weighted is not None and weighted.attributes == ("team",)
    # By hand: sales have weight 1/3 and score -14, support 2/3 and score 0; the one of support would weigh 14 others,
    # and is trimmed to five times the median.
    plain = 100 * (3 - 4) / 8
    assert weighted.plain == silent.score == pytest.approx(plain)
    assert weighted.people == 8 and weighted.trimmed == 1
    assert weighted.score == pytest.approx((7 * -100 / 7 + 5 * 0) / (7 + 5))
    assert weighted.low < weighted.score < weighted.high
    assert weighted.effective_people == pytest.approx((7 + 5) ** 2 / (7 + 25))
    assert quiet.values(partner="acme").headline.end_user.score == pytest.approx(plain)
    assert quiet.values(partner="cargo").silent.weighted is None
    assert quiet.values(partner="cargo").silent.representativity == ()


def test_a_policy_holds_from_when_it_was_recorded_until_it_runs_out(world: World) -> None:
    world.at("2026-09-10")
    world.partner("acme", 40)
    world.seats("acme", people(30))
    world.active("acme", people(20), "2026-09-02")
    world.at("2026-10-10")
    world.active("acme", people(20), "2026-10-02")
    world.policy("acme", may_ask=False)
    assert steps(world, start="2026-09", end="2026-09")[2] == 20
    assert steps(world, start="2026-10", end="2026-10")[2] == 0
    world.policy("acme", may_ask=True, valid_until=world.services.clock().date())
    assert steps(world, start="2026-10", end="2026-10")[2] == 20
    world.at("2026-10-31")
    assert steps(world, start="2026-10", end="2026-10")[2] == 0


def test_people_who_left_and_people_nobody_saw_come_in_order_all_the_same(world: World) -> None:
    world.partner("acme", 40)
    world.seats("acme", people(4))
    world.active("acme", people(4), "2026-10-02")
    world.seats("acme", people(4), on=None, left_on="2026-10-20")
    world.shown("acme", people(4), "2026-10-02")
    world.answers("acme", "end_user", [9, 9, 9, 9, 9, 9], comment="Good.")
    found = steps(world)
    assert found == [6, 6, 6, 6, 6, 6]
    assert world.values().silent.participation == 1


def test_without_activity_nobody_pretends_that_all_who_could_have_answered(world: World) -> None:
    world.partner("acme", 40)
    world.answers("acme", "end_user", [9, 9, 3, 10], comment="Good.")
    silent = world.values().silent
    assert [silent.participation, silent.worst, silent.best, silent.what_if] == [None, None, None, ()]
    assert silent.score == 50
    assert (
        silent.participation_of == "neither seats nor activity are on record: nobody knows how many could have answered"
    )
    assert steps(world) == [4, None, 4, 4, 4, 4]
    world.seats("acme", people(20))
    silent = world.values().silent
    assert steps(world) == [20, None, 20, 4, 4, 4]
    assert silent.participation == 4 / 20
    assert "of the seats deployed at partners that allow asking" in silent.participation_of
    assert (silent.worst, silent.best) == pytest.approx((0.2 * 50 - 80, 0.2 * 50 + 80))


def test_nobody_at_all(world: World) -> None:
    silent = world.values().silent
    assert steps(world) == [0, None, 0, 0, 0, 0]
    assert silent.funnel.licences is None and silent.score is None and silent.participation is None
    assert silent.weighted is None and silent.partners_silent == 0
