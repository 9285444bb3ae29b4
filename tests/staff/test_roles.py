"""Roles, and the admin who must remain."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.staff import commands, sessions
from feedback.staff.models import AuditEntry, StaffMember
from tests.conftest import FakeClock


@pytest.fixture
def two(services: Services, clock: FakeClock) -> None:
    """Ann and Bob, both admins."""
    with services.database.transaction() as session:
        for email in ("ann@example.com", "bob@example.com"):
            commands.add(session, email, now=clock.now)


@pytest.mark.usefixtures("two")
def test_a_role_holds_from_the_next_request_and_ends_no_session(services: Services, clock: FakeClock) -> None:
    with services.database.transaction() as session:
        ann = session.scalars(select(StaffMember).where(StaffMember.email == "ann@example.com")).one()
        cookie = sessions.start(session, ann, how="link", now=clock.now)
        commands.change_role(session, "ann@example.com", "account", actor="staff:bob@example.com", now=clock.now)
        commands.change_role(session, "ann@example.com", "account", actor="staff:bob@example.com", now=clock.now)
    with services.database.reading() as session:
        viewer = sessions.viewer(session, cookie, now=clock.now)
        changes = session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.role_changed")).all()
    assert viewer is not None and viewer.role == "account"
    assert [(one.actor, one.detail) for one in changes] == [
        ("staff:bob@example.com", {"before": "admin", "role": "account"})
    ]


@pytest.mark.usefixtures("two")
def test_the_last_admin_who_may_sign_in_stays_one(services: Services, clock: FakeClock) -> None:
    with services.database.transaction() as session:
        commands.disable(session, "bob@example.com", now=clock.now)
        for attempt in (
            lambda: commands.change_role(session, "ann@example.com", "analyst", now=clock.now),
            lambda: commands.disable(session, "ann@example.com", now=clock.now),
        ):
            with pytest.raises(Problem) as refused:
                attempt()
            assert refused.value.code is Code.CONFLICT
        commands.enable(session, "bob@example.com", now=clock.now)
        commands.disable(session, "ann@example.com", now=clock.now)


@pytest.mark.usefixtures("two")
def test_two_admins_cannot_send_each_other_away_at_once(services: Services, clock: FakeClock) -> None:
    def demote(email: str) -> bool:
        try:
            with services.database.transaction() as session:
                commands.change_role(session, email, "analyst", now=clock.now)
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(demote, ("ann@example.com", "bob@example.com"))) == 1


@pytest.mark.usefixtures("two")
def test_a_role_that_is_none_and_a_person_who_is_nobody_are_refused(services: Services, clock: FakeClock) -> None:
    with services.database.transaction() as session:
        with pytest.raises(Problem) as role:
            commands.change_role(session, "ann@example.com", "owner", now=clock.now)
        with pytest.raises(Problem) as nobody:
            commands.change_role(session, "eve@example.com", "admin", now=clock.now)
    assert (role.value.code, nobody.value.code) == (Code.INVALID, Code.STAFF_UNKNOWN)


@pytest.mark.usefixtures("two")
def test_a_session_is_ended_by_the_name_a_page_gives_it_and_only_by_its_person(
    services: Services, clock: FakeClock
) -> None:
    with services.database.transaction() as session:
        ann, bob = session.scalars(select(StaffMember).order_by(StaffMember.email))
        own = sessions.start(session, ann, how="link", now=clock.now)
        clock.forward(minutes=1)
        other = sessions.start(session, ann, how="password", now=clock.now)
        shown = sessions.signed_in(session, ann.id, own_token=own, now=clock.now)
        assert [(one.how, one.own) for one in shown] == [("password", False), ("link", True)]
        assert own not in str(shown) and other not in str(shown)
        for person, name in ((bob, shown[0].name), (ann, shown[0].name[:15]), (ann, "%" * 16), (ann, "")):
            with pytest.raises(Problem) as refused:
                sessions.end_named(session, person, name, actor="cli", now=clock.now)
            assert refused.value.code is Code.NOT_FOUND
        sessions.end_named(session, ann, shown[0].name, actor="cli", now=clock.now)
        assert sessions.viewer(session, other, now=clock.now) is None
        assert sessions.viewer(session, own, now=clock.now)
