"""A session ends after 30 idle minutes, after 12 hours, on sign-out, and with its person."""

import pytest
from sqlalchemy import select

from feedback.core.services import Services
from feedback.staff import commands, sessions
from feedback.staff.models import StaffMember, StaffSession
from tests.conftest import FakeClock


@pytest.fixture
def cookie(services: Services, clock: FakeClock) -> str:
    """The cookie of ann@example.com, just signed in."""
    with services.database.transaction() as session:
        member = commands.add(session, "ann@example.com", role="analyst", now=clock.now)
        return sessions.start(session, member, how="link", now=clock.now)


def _viewer(services: Services, cookie: str, clock: FakeClock) -> sessions.Viewer | None:
    with services.database.reading() as session:
        return sessions.viewer(session, cookie, now=clock.now)


def _mark(services: Services, cookie: str, clock: FakeClock) -> None:
    with services.database.transaction() as session:
        sessions.mark_seen(session, cookie, now=clock.now)


def test_a_session_ends_after_half_an_hour_without_a_request(services: Services, clock: FakeClock, cookie: str) -> None:
    clock.forward(minutes=29)
    assert _viewer(services, cookie, clock)
    clock.forward(minutes=1)
    assert _viewer(services, cookie, clock) is None


def test_a_session_ends_after_twelve_hours_however_busy(services: Services, clock: FakeClock, cookie: str) -> None:
    for _ in range(12 * 6 - 1):
        clock.forward(minutes=10)
        assert _viewer(services, cookie, clock)
        _mark(services, cookie, clock)
    clock.forward(minutes=10)
    assert _viewer(services, cookie, clock) is None


def test_a_request_is_marked_once_a_minute_at_most(services: Services, clock: FakeClock, cookie: str) -> None:
    fresh = _viewer(services, cookie, clock)
    clock.forward(minutes=1)
    stale = _viewer(services, cookie, clock)
    assert fresh is not None and not fresh.needs_mark
    assert stale is not None and stale.needs_mark


@pytest.mark.requirement("ASVS 7.4.1")
def test_signing_out_ends_the_session(services: Services, clock: FakeClock, cookie: str) -> None:
    with services.database.transaction() as session:
        sessions.end(session, cookie, now=clock.now)
    _mark(services, cookie, clock)
    assert _viewer(services, cookie, clock) is None


@pytest.mark.requirement("ASVS 7.4.1")
def test_a_new_password_and_being_disabled_end_every_session(services: Services, clock: FakeClock, cookie: str) -> None:
    with services.database.transaction() as session:
        commands.set_password(session, "ann@example.com", "a long enough one", now=clock.now)
    assert _viewer(services, cookie, clock) is None
    with services.database.transaction() as session:
        token = commands.create_sign_in_link(session, "ann@example.com", now=clock.now)
        member = session.get_one(StaffMember, commands.use_sign_in_link(session, token, now=clock.now))
        second = sessions.start(session, member, how="link", now=clock.now)
    assert _viewer(services, second, clock)
    with services.database.transaction() as session:
        commands.disable(session, "ann@example.com", now=clock.now)
    assert _viewer(services, second, clock) is None


def test_only_the_hash_of_a_cookie_is_kept(services: Services, clock: FakeClock, cookie: str) -> None:
    with services.database.reading() as session:
        kept = session.scalars(select(StaffSession)).one()
    assert cookie not in str(vars(kept))
    assert _viewer(services, kept.token_hash, clock) is None
