"""Releases are made by the rule alone, each about months of its own, and stay as they are."""

import json
from datetime import date

import pytest
from sqlalchemy import select

from feedback.core.errors import Problem
from feedback.core.months import month_of
from feedback.core.services import Services
from feedback.privacy import commands
from feedback.privacy.commands import Held
from feedback.privacy.models import Release
from feedback.privacy.shown import Shown
from feedback.staff.models import AuditEntry
from tests.gap.world import World, people
from tests.privacy.conftest import Partner, mixed
from workers.runtime.schedule import Sweep


def months(*labels: str) -> tuple[int, ...]:
    return tuple(month_of(date.fromisoformat(f"{one}-01")) for one in labels)


def test_a_release_is_about_the_whole_months_that_have_ended(acme: Partner) -> None:
    acme.answer(mixed(12), "2026-09-10")
    acme.answer(mixed(20, 20), "2026-10-31")
    acme.answer(dict.fromkeys(people(15, 40), 0), "2026-11-02")  # of a month that is not over
    shown = acme.release()
    assert isinstance(shown, Shown)
    assert shown.people == 30 and shown.seats == 60 and shown.answered_percent == 50
    assert shown.score is not None and shown.score.points == 0
    assert shown.activated is not None and shown.activated.percent == 50
    (released,) = acme.releases
    assert (released.first_month, released.last_month) == months("2025-11", "2026-10")
    assert released.shown == shown


def test_nobody_is_shown_again_until_ten_more_have_answered_and_a_month_has_ended(acme: Partner) -> None:
    acme.answer(mixed(20), "2026-10-10")
    assert isinstance(acme.release(), Shown)
    assert acme.release() is Held.NO_NEW_MONTH
    acme.answer(mixed(9, 20), "2026-11-10")
    acme.world.at("2026-12-01")
    assert acme.release() is Held.FEW
    acme.answer(mixed(6, 29), "2026-12-05")
    acme.world.at("2027-01-01")
    assert isinstance(acme.release(), Shown)
    assert [(one.first_month, one.last_month) for one in acme.releases] == [
        months("2026-11", "2026-12"),
        months("2025-11", "2026-10"),
    ]
    assert acme.releases[0].shown.people == 20  # fifteen: not one of the first twenty is among them


def test_answers_that_come_late_into_released_months_are_never_shown(acme: Partner) -> None:
    acme.answer(mixed(20), "2026-10-10")
    acme.release()
    acme.answer(dict.fromkeys(people(30, 25), 0), "2026-09-10")
    acme.world.at("2026-12-01")
    assert acme.release() is Held.FEW
    assert len(acme.releases) == 1


def test_the_same_people_and_one_more_are_not_released_again(acme: Partner) -> None:
    acme.answer(mixed(20), "2026-10-10")
    acme.release()
    acme.answer({**mixed(20), "p50": 10}, "2026-11-10")  # whoever thinks that nobody changed their mind knows p50
    acme.world.at("2026-12-01")
    assert acme.release() is Held.SAME_PEOPLE
    acme.answer(mixed(9, 20), "2026-11-11")
    assert isinstance(acme.release(), Shown)


def test_an_erased_answer_stays_in_what_was_released_and_shows_in_nothing_that_follows(acme: Partner) -> None:
    acme.answer(mixed(20), "2026-10-10")
    acme.release()
    before = acme.releases
    acme.world.forget("acme", "end_user", "p3")
    assert acme.releases == before
    acme.world.at("2026-12-01")
    assert acme.release() is Held.FEW
    acme.answer(mixed(12, 30), "2026-11-10")
    assert isinstance(acme.release(), Shown)
    assert acme.releases[1:] == before


def test_a_policy_must_allow_it_and_none_allows_nothing(world: World) -> None:
    world.at("2026-11-15")
    world.partner("acme", 60)
    acme = Partner(world, "acme")
    world.seats("acme", people(60))
    acme.answer(mixed(20), "2026-10-10")
    assert acme.release() is Held.NOT_ALLOWED
    world.policy("acme", may_share_back=True, valid_until=date(2026, 11, 14))
    assert acme.release() is Held.NOT_ALLOWED
    world.policy("acme", may_share_back=True, valid_until=date(2026, 11, 15))
    assert isinstance(acme.release(), Shown)


def test_under_ten_seats_nothing_is_released(world: World) -> None:
    world.at("2026-11-15")
    world.partner("acme", 60)
    world.policy("acme", may_share_back=True)
    world.seats("acme", people(9))
    acme = Partner(world, "acme")
    acme.answer(mixed(20), "2026-10-10")
    assert acme.release() is Held.FEW


def test_answers_of_buyers_and_those_that_nobody_vouches_for_are_in_no_release(acme: Partner) -> None:
    acme.answer(mixed(9), "2026-10-10")
    acme.answer(mixed(20, 20), "2026-10-10", trust="none")
    acme.world.answers("acme", "buyer", mixed(5, 50), on="2026-10-10")
    assert acme.release() is Held.FEW


def test_an_attacker_with_three_answers_moves_nothing_that_singles_anybody_out(acme: Partner) -> None:
    """Seven promoters and three who answer what they like: all that is ever shown fits a detractor among the seven."""
    acme.answer({**dict.fromkeys(people(7), 10), "p7": 0, "p8": 0, "p9": 0}, "2026-10-10")
    shown = acme.release()
    assert isinstance(shown, Shown) and shown.score is not None
    assert (shown.score.points, shown.score.end) == (20, "more")
    # One of the seven a detractor, six promoters: X is 2 of ten, 20 points, shown the same.
    assert shown.bands is None and shown.groups is None


def test_groups_are_told_apart_only_by_the_attribute_that_was_chosen(acme: Partner, services: Services) -> None:
    acme.answer(mixed(12), "2026-10-10", attributes={"team": "sales", "site": "Bonn"})
    acme.answer(mixed(13, 12), "2026-10-10", attributes={"team": "care", "site": "Bonn"})
    acme.answer(mixed(14, 25), "2026-10-10", attributes={"team": "ops", "site": "Bonn"})
    acme.answer(mixed(4, 40), "2026-10-10", attributes={"team": "board", "site": "Bonn"})
    with services.database.transaction() as session:
        with pytest.raises(Problem, match="not declared"):
            commands.permit_attribute(session, acme.id, "shoe", actor="cli", now=services.clock())
        commands.permit_attribute(session, acme.id, "team", actor="cli", now=services.clock())
    shown = acme.release()
    assert isinstance(shown, Shown) and shown.groups is not None
    assert shown.score is None
    assert "board" not in json.dumps(acme.stored) and "Bonn" not in json.dumps(acme.stored)
    # The board hides with one of the others, so that all less the rest does not tell how many of it answered.
    assert len(shown.groups.rows) == 2 and not shown.groups.complete
    with services.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action)).all()
    assert actions == ["releases.attribute_changed"]


def test_without_a_chosen_attribute_there_are_no_groups(acme: Partner, services: Services) -> None:
    acme.answer(mixed(15), "2026-10-10", attributes={"team": "sales"})
    acme.answer(mixed(15, 20), "2026-10-10", attributes={"team": "care"})
    with services.database.transaction() as session:
        commands.permit_attribute(session, acme.id, "team", actor="cli", now=services.clock())
        commands.permit_attribute(session, acme.id, None, actor="cli", now=services.clock())
    shown = acme.release()
    assert isinstance(shown, Shown) and shown.groups is None and shown.score is not None


def test_a_group_that_is_too_much_like_one_before_is_shown_with_the_others_only(
    acme: Partner, services: Services
) -> None:
    acme.answer(mixed(12), "2026-10-10", attributes={"team": "sales"})
    acme.answer(mixed(15, 12), "2026-10-10", attributes={"team": "care"})
    with services.database.transaction() as session:
        commands.permit_attribute(session, acme.id, "team", actor="cli", now=services.clock())
    first = acme.release()
    assert isinstance(first, Shown) and first.groups is not None
    acme.answer(mixed(13), "2026-11-10", attributes={"team": "sales"})  # the same twelve, and one more
    acme.answer(mixed(25, 27), "2026-11-10", attributes={"team": "care"})
    acme.world.at("2026-12-01")
    second = acme.release()
    assert isinstance(second, Shown) and second.groups is None and second.score is not None


def test_the_rule_looks_at_all_partners_and_takes_those_that_changed(acme: Partner, services: Services) -> None:
    world = acme.world
    for slug in ("bolt", "cargo", "drift"):
        world.partner(slug, 60)
        world.seats(slug, people(60))
        world.answers(slug, "end_user", mixed(20), on="2026-10-10")
    world.policy("bolt", may_share_back=True)
    world.policy("drift", may_share_back=True)
    world.left("drift")
    acme.answer(mixed(9), "2026-10-10")
    made = commands.release_all(services.database, services.settings, now=services.clock())
    assert made == [world.ids["bolt"]]
    assert commands.release_all(services.database, services.settings, now=services.clock()) == []
    with services.database.reading() as session:
        assert commands.due(session, services.settings, now=services.clock()) == []


def test_what_is_stored_to_be_shown_holds_no_name_and_no_day(acme: Partner) -> None:
    acme.answer(mixed(20), "2026-10-10", comment="my manager Ms Marker shouts")
    acme.release()
    stored = json.dumps(acme.stored)
    assert "Marker" not in stored and "2026-10-10" not in stored
    assert "20" in stored


def test_two_looks_at_once_make_one_release(acme: Partner, services: Services) -> None:
    acme.answer(mixed(20), "2026-10-10")
    found = [acme.release() for _ in range(3)]
    assert [isinstance(one, Shown) for one in found] == [True, False, False]
    with services.database.reading() as session:
        assert len(session.scalars(select(Release)).all()) == 1


def test_the_daily_schedule_makes_releases(acme: Partner, services: Services) -> None:
    acme.answer(mixed(20), "2026-10-10")
    Sweep(services)()
    assert len(acme.releases) == 1
