"""A link signs one person in, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.staff import audit, commands, sessions, sign_in
from feedback.staff.models import AuditEntry, SignInLink
from tests.conftest import FakeClock


@pytest.fixture
def token(services: Services, clock: FakeClock) -> str:
    """A fresh link of ann@example.com."""
    with services.database.transaction() as session:
        commands.add(session, "ann@example.com", role="analyst", now=clock.now)
        return commands.create_sign_in_link(session, "ann@example.com", now=clock.now)


def _use(services: Services, token: str, clock: FakeClock) -> str:
    with services.database.transaction() as session:
        staff_id = commands.use_sign_in_link(session, token, now=clock.now)
        vault = services.secrets.vault
        entry = sign_in.enter(session, staff_id, how="link", required=False, vault=vault, now=clock.now)
        assert entry.signed_in
        return entry.token


def test_a_link_signs_in_the_person_it_was_made_for(services: Services, clock: FakeClock, token: str) -> None:
    cookie = _use(services, token, clock)
    with services.database.reading() as session:
        viewer = sessions.viewer(session, cookie, now=clock.now)
    assert viewer is not None
    assert (viewer.email, viewer.role) == ("ann@example.com", "analyst")


def test_a_link_works_once(services: Services, clock: FakeClock, token: str) -> None:
    _use(services, token, clock)
    with pytest.raises(Problem) as refused:
        _use(services, token, clock)
    assert refused.value.code is Code.LINK_SPENT


@pytest.mark.requirement("ASVS 2.3.4")
def test_of_two_who_use_a_link_at_once_one_gets_in(services: Services, clock: FakeClock, token: str) -> None:
    def attempt(_: int) -> bool:
        try:
            _use(services, token, clock)
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1


def test_a_link_works_until_it_is_a_day_old(services: Services, clock: FakeClock, token: str) -> None:
    clock.forward(hours=24)
    with pytest.raises(Problem) as refused:
        _use(services, token, clock)
    assert refused.value.code is Code.LINK_SPENT
    clock.now -= timedelta(seconds=1)
    assert _use(services, token, clock)


def test_looking_at_a_link_does_not_use_it(services: Services, clock: FakeClock, token: str) -> None:
    for _ in range(3):
        with services.database.reading() as session:
            assert commands.link_owner(session, token, now=clock.now).email == "ann@example.com"
    assert _use(services, token, clock)


def test_no_link_is_made_for_somebody_unknown_or_disabled(services: Services, clock: FakeClock, token: str) -> None:
    with services.database.transaction() as session:
        with pytest.raises(Problem) as unknown:
            commands.create_sign_in_link(session, "bob@example.com", now=clock.now)
        commands.disable(session, "ann@example.com", now=clock.now)
        with pytest.raises(Problem) as disabled:
            commands.create_sign_in_link(session, "ann@example.com", now=clock.now)
    assert {unknown.value.code, disabled.value.code} == {Code.STAFF_UNKNOWN}
    with pytest.raises(Problem):
        _use(services, token, clock)


def test_the_link_itself_is_not_kept(services: Services, clock: FakeClock, token: str) -> None:
    cookie = _use(services, token, clock)
    with services.database.reading() as session:
        kept = session.scalars(select(SignInLink.token_hash)).one()
        logged = [str(vars(entry)) for entry in session.scalars(select(AuditEntry))]
    assert kept != token
    assert not any(token in entry or cookie in entry for entry in logged)


def test_a_new_deployment_gets_one_admin_and_keeps_it(services: Services, clock: FakeClock) -> None:
    with services.database.transaction() as session:
        first = commands.ensure_first(session, now=clock.now)
    clock.forward(days=1)
    with services.database.transaction() as session:
        again = commands.ensure_first(session, now=clock.now)
        commands.change_role(session, first.email, "analyst", actor=audit.PROVIDER, keep_an_admin=False, now=clock.now)
        other = commands.ensure_first(session, now=clock.now)
    assert (first.role, first.password_hash, again.id) == ("admin", None, first.id)
    assert other.id != first.id


def test_what_was_done_to_staff_stands_in_the_audit_log(services: Services, clock: FakeClock, token: str) -> None:
    cookie = _use(services, token, clock)
    with services.database.transaction() as session:
        sessions.end(session, cookie, now=clock.now)
        commands.set_password(session, "ann@example.com", "a long enough one", now=clock.now)
        commands.disable(session, "ann@example.com", actor="staff:root@example.com", now=clock.now)
    with services.database.reading() as session:
        log = session.execute(
            select(AuditEntry.actor, AuditEntry.action, AuditEntry.target).order_by(AuditEntry.id)
        ).all()
    assert [tuple(entry) for entry in log] == [
        ("cli", "staff.added", "ann@example.com"),
        ("cli", "staff.link_made", "ann@example.com"),
        ("staff:ann@example.com", "staff.signed_in", "ann@example.com"),
        ("staff:ann@example.com", "staff.signed_out", "ann@example.com"),
        ("cli", "staff.password_set", "ann@example.com"),
        ("staff:root@example.com", "staff.disabled", "ann@example.com"),
    ]


@pytest.mark.parametrize(
    ("email", "role", "code"),
    [
        ("ann", "admin", Code.INVALID),
        ("ann@", "admin", Code.INVALID),
        ("ann@b@c", "admin", Code.INVALID),
        ("ann\n@example.com", "admin", Code.INVALID),
        (f"{'a' * 250}@example.com", "admin", Code.INVALID),
        ("bob@example.com", "owner", Code.INVALID),
        (" ANN@example.com ", "admin", Code.STAFF_EXISTS),
    ],
)
def test_a_person_who_does_not_fit_is_refused(
    services: Services, clock: FakeClock, token: str, email: str, role: str, code: Code
) -> None:
    assert token
    with services.database.transaction() as session, pytest.raises(Problem) as refused:
        commands.add(session, email, role=role, now=clock.now)
    assert refused.value.code is code
