"""Signing in by password: throttled, and silent about who exists."""

from hashlib import sha256
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.staff import commands, passwords, sign_in
from feedback.staff.models import SignInAttempts, StaffMember
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


def _count(services: Services, email: str, clock: FakeClock, place: sign_in.Place = sign_in.UNKNOWN) -> None:
    with services.database.transaction() as session:
        sign_in.count_attempt(session, email, place, now=clock.now)


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


@pytest.mark.requirement("sign-in: guessing is slowed by account and place, and keeps nobody else out")
def test_who_guesses_elsewhere_does_not_keep_the_person_out(services: Services, clock: FakeClock) -> None:
    office, elsewhere = (sign_in.place_of(one, b"key") for one in ("93.184.216.34", "93.184.216.35"))
    for _ in range(sign_in.ATTEMPTS):
        _count(services, "ann@example.com", clock, elsewhere)
    with pytest.raises(Problem):
        _count(services, "ann@example.com", clock, elsewhere)
    _count(services, "ann@example.com", clock, office)


@pytest.mark.requirement("sign-in: guessing is slowed by account and place, and keeps nobody else out")
def test_neither_many_places_nor_many_accounts_help(services: Services, clock: FakeClock) -> None:
    for number in range(sign_in.ATTEMPTS_ALONE):
        _count(services, "ann@example.com", clock, sign_in.place_of(f"93.184.{number}.34", b"key"))
        _count(services, f"{number}@example.com", clock, sign_in.place_of("2606:2800:220:1::1", b"key"))
    for email, address in (("ann@example.com", "93.185.0.1"), ("new@example.com", "2606:2800:220:1:ffff::2")):
        with pytest.raises(Problem) as refused:
            _count(services, email, clock, sign_in.place_of(address, b"key"))
        assert refused.value.code is Code.TOO_MANY_REQUESTS


def test_a_proxy_that_nobody_named_is_not_one_person(services: Services, clock: FakeClock) -> None:
    for address in ("127.0.0.1", "10.0.0.1", "::1", "", None, "no address"):
        for number in range(sign_in.ATTEMPTS_ALONE + 1):
            _count(services, f"{number}@{address}.example", clock, sign_in.place_of(address, b"key"))


def test_who_got_in_starts_anew_and_what_others_tried_stays_counted(
    services: Services, clock: FakeClock, ann: UUID
) -> None:
    office, elsewhere = (sign_in.place_of(one, b"key") for one in ("93.184.216.34", "93.184.216.35"))
    for place in (office, elsewhere):
        for _ in range(sign_in.ATTEMPTS):
            _count(services, "ann@example.com", clock, place)
    more = {"required": False, "vault": services.secrets.vault, "now": clock.now}
    with services.database.transaction() as session:
        sign_in.enter(session, ann, how="password", place=office, **more)
    _count(services, "ann@example.com", clock, office)
    with pytest.raises(Problem):
        _count(services, "ann@example.com", clock, elsewhere)


def test_no_network_address_is_kept(services: Services, clock: FakeClock) -> None:
    _count(services, "ann@example.com", clock, sign_in.place_of("93.184.216.34", services.secrets.cookie))
    with services.database.reading() as session:
        kept = {row.email_hash for row in session.scalars(select(SignInAttempts))}
    packed = bytes((93, 184, 216, 34))
    assert len(kept) == 3
    for guess in (b"93.184.216.34", b"from 93.184.216.34", packed, b"sign-in from " + packed):
        assert sha256(guess).hexdigest() not in kept


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
