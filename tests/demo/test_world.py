"""The demo world, small, on both databases: made once, the same from the same seed, left alone when it is there."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.demo.cast import CAST
from feedback.demo.plan import ANSWERS, shares
from feedback.demo.season import era
from feedback.demo.world import Made, Recipe, make_world
from feedback.partners.commands import create_partner
from feedback.partners.models import Partner
from feedback.responses.models import Response
from feedback.seats.models import Seat
from feedback.tallies import adoption
from feedback.tallies.verify import verify
from tests.conftest import FakeClock
from tests.demo.world import Picture, picture, total

SMALL = Recipe(seed=3, scale=0.02)
SMALLER = Recipe(seed=3, scale=0.01)
"""Where it matters what is there and not how much."""


@pytest.fixture(scope="module")
def elsewhere(make_place: Callable[[], Services]) -> Picture:
    """The smaller world in a place of its own: made once, to compare others with."""
    return _made(make_place(), SMALLER)


@pytest.fixture(scope="module")
def of_another_seed(make_place: Callable[[], Services]) -> Picture:
    """What another seed makes."""
    return _made(make_place(), replace(SMALLER, seed=4))


def _made(services: Services, recipe: Recipe) -> Picture:
    make_world(services, recipe, now=services.clock())
    return picture(services)


def test_a_world_counts_what_it_made_and_a_recount_agrees(services: Services, clock: FakeClock) -> None:
    done: list[str] = []
    made = make_world(services, SMALL, now=clock.now, on_partner=done.append)
    assert made.partners == len(done) == total(services, Partner) == 40
    assert made.seats == total(services, Seat) > 300
    assert made.end_user_answers == total(services, Response, audience="end_user")
    assert made.end_user_answers == pytest.approx(ANSWERS * SMALL.scale, rel=0.1)
    assert made.buyer_answers == total(services, Response, audience="buyer") > 100
    with services.database.transaction() as session:
        found = verify(session, now=clock.now)
        assert not adoption.due(session, clock.now.date())
        assert adoption.verify(session, services.settings, now=clock.now) == ()
    assert found.clean
    assert found.responses == made.end_user_answers + made.buyer_answers


def test_made_again_it_is_left_alone_also_beside_a_real_partner_that_came_later(
    services: Services, clock: FakeClock
) -> None:
    make_world(services, SMALLER, now=clock.now)
    before = picture(services)
    assert make_world(services, Recipe(seed=4), now=clock.forward(days=40)) == Made()
    assert picture(services) == before
    with services.database.transaction() as session:
        create_partner(session, "real-customer", "Real Customer", now=clock.now)
    assert make_world(services, SMALLER, now=clock.now) == Made()
    assert picture(services) == {**before, "real-customer": {}}


def test_the_same_seed_makes_the_same_world_in_another_place(
    services: Services, elsewhere: Picture, of_another_seed: Picture, clock: FakeClock
) -> None:
    make_world(services, SMALLER, now=clock.now)
    assert picture(services) == elsewhere
    assert picture(services) != of_another_seed


def test_a_world_that_was_interrupted_is_completed(services: Services, elsewhere: Picture, clock: FakeClock) -> None:
    class Interrupted(Exception):
        pass

    def stop(name: str) -> None:
        if name == CAST[4].name:
            raise Interrupted

    with pytest.raises(Interrupted):
        make_world(services, SMALLER, now=clock.now, on_partner=stop)
    assert total(services, Partner) == 5
    assert make_world(services, SMALLER, now=clock.now).partners == 35
    assert picture(services) == elsewhere


def test_it_is_not_put_beside_real_partners_unless_forced(services: Services, clock: FakeClock) -> None:
    with services.database.transaction() as session:
        create_partner(session, "real-customer", "Real Customer", now=clock.now)
    with pytest.raises(Problem, match="real-customer") as refused:
        make_world(services, SMALLER, now=clock.now)
    assert refused.value.code is Code.CONFLICT
    assert total(services, Partner) == 1
    assert make_world(services, SMALLER, now=clock.now, force=True).partners == 40


def test_shares_of_any_scale_add_up() -> None:
    when = era(FakeClock().now)
    for scale in (0.005, 0.1, 1.0, 2.5):
        assert sum(share.answers for share in shares(CAST, scale, when)) == round(ANSWERS * scale)
    assert sum(share.seats for share in shares(CAST, 1.0, when)) == 20_000
