"""Signing in by password: throttled, and silent about who exists."""

from uuid import UUID

import pytest
from argon2 import PasswordHasher

from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.staff import commands, passwords, sign_in
from feedback.staff.models import StaffMember
from tests.conftest import FakeClock

PASSWORD = "correct horse battery"


@pytest.fixture
def ann(services: Services, clock: FakeClock) -> UUID:
    """The id of ann@example.com, who has a password."""
    with services.database.transaction() as session:
        row = commands.add(session, "ann@example.com", role="analyst", now=clock.now)
        commands.set_password(session, "ann@example.com", PASSWORD, now=clock.now)
        return row.id


def _check(services: Services, email: str, password: str) -> UUID | None:
    with services.database.reading() as session:
        return sign_in.check(session, email, password)


def _count(services: Services, email: str, clock: FakeClock) -> None:
    with services.database.transaction() as session:
        sign_in.count_attempt(session, email, now=clock.now)


def test_the_right_password_is_accepted_and_a_wrong_one_is_not(services: Services, ann: UUID) -> None:
    assert _check(services, " Ann@Example.com", PASSWORD) == ann
    assert _check(services, "ann@example.com", PASSWORD + " ") is None
    assert _check(services, "ann@example.com", "") is None


def test_a_password_is_the_same_however_a_keyboard_composes_it(services: Services, clock: FakeClock, ann: UUID) -> None:
    with services.database.transaction() as session:
        commands.set_password(session, "ann@example.com", "zw\u00f6lf Zeichen!", now=clock.now)
    assert _check(services, "ann@example.com", "zwo\u0308lf Zeichen!") == ann


@pytest.mark.parametrize("email", ["", "ann", "\0@example.com", "a@" + "b" * 5000])
def test_what_is_no_address_is_nobody(services: Services, email: str) -> None:
    assert _check(services, email, PASSWORD) is None


def test_a_password_is_kept_as_argon2id(services: Services, ann: UUID) -> None:
    with services.database.reading() as session:
        kept = session.get_one(StaffMember, ann).password_hash
    assert kept is not None and kept.startswith("$argon2id$")


def test_a_password_costs_whoever_guesses_what_rfc_9106_advises(costly_hasher: PasswordHasher) -> None:
    assert costly_hasher.hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_nobody_signs_in_without_a_password_of_their_own(services: Services, clock: FakeClock, ann: UUID) -> None:
    assert ann
    with services.database.transaction() as session:
        commands.add(session, "bob@example.com", now=clock.now)
    assert _check(services, "bob@example.com", "") is None
    assert _check(services, "nobody@example.com", PASSWORD) is None


def test_somebody_disabled_does_not_sign_in(services: Services, clock: FakeClock, ann: UUID) -> None:
    with services.database.transaction() as session:
        commands.disable(session, "ann@example.com", now=clock.now)
    assert _check(services, "ann@example.com", PASSWORD) is None
    with services.database.transaction() as session, pytest.raises(Problem) as refused:
        sign_in.enter(session, ann, how="password", required=False, vault=services.secrets.vault, now=clock.now)
    assert refused.value.code is Code.NOT_SIGNED_IN


def test_an_unknown_address_costs_as_much_work_as_a_wrong_password(
    services: Services, ann: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ann
    compared: list[str] = []
    verify = passwords._hasher.verify

    class Watched:
        def verify(self, password_hash: str, password: str) -> bool:
            compared.append(password_hash.rsplit("$", 2)[0])
            return verify(password_hash, password)

    assert _check(services, "warm@example.com", "up") is None
    monkeypatch.setattr(passwords, "_hasher", Watched())
    assert _check(services, "ann@example.com", "wrong") is None
    assert _check(services, "nobody@example.com", "wrong") is None
    assert len(compared) == 2
    assert compared[0] == compared[1]


def test_an_address_has_ten_attempts_in_a_quarter_of_an_hour(services: Services, clock: FakeClock) -> None:
    for _ in range(sign_in.ATTEMPTS):
        _count(services, "ann@example.com", clock)
    with pytest.raises(Problem) as refused:
        _count(services, "ANN@example.com", clock)
    assert refused.value.code is Code.TOO_MANY_REQUESTS
    assert refused.value.retry_after_s == 15 * 60
    _count(services, "bob@example.com", clock)
    clock.forward(minutes=15)
    _count(services, "ann@example.com", clock)


def test_signing_in_forgets_the_attempts_before(services: Services, clock: FakeClock, ann: UUID) -> None:
    for _ in range(sign_in.ATTEMPTS):
        _count(services, "ann@example.com", clock)
    with services.database.transaction() as session:
        sign_in.enter(session, ann, how="password", required=False, vault=services.secrets.vault, now=clock.now)
    _count(services, "ann@example.com", clock)


@pytest.mark.parametrize("password", ["", "x" * 11, "x" * 201])
def test_a_password_that_is_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(Problem) as refused:
        passwords.hashed(password)
    assert refused.value.code is Code.INVALID
