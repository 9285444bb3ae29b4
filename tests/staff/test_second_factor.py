"""A second factor: proved before it counts, each code once, recovery codes for the day it is lost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyotp
import pytest
from sqlalchemy import select

from feedback.core import secrets
from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.staff import commands, second_factor, sessions, sign_in
from feedback.staff.models import AuditEntry, RecoveryCode, SecondFactor, StaffMember
from tests.conftest import FakeClock


@pytest.fixture
def ann(services: Services, clock: FakeClock) -> StaffMember:
    """Somebody without a second factor."""
    with services.database.transaction() as session:
        return commands.add(session, "ann@example.com", role="analyst", now=clock.now)


@pytest.fixture
def codes(services: Services, clock: FakeClock, ann: StaffMember) -> tuple[str, ...]:
    """Ann's recovery codes: she has set a second factor up."""
    with services.database.transaction() as session:
        second_factor.begin(session, ann.id, services.secrets.vault, now=clock.now)
    with services.database.transaction() as session:
        made = second_factor.prove(session, ann, otp(services, ann, clock), services.secrets.vault, now=clock.now)
    assert made is not None
    clock.forward(seconds=30)
    return made


def secret_of(services: Services, member: StaffMember) -> str:
    with services.database.reading() as session:
        kept = session.get_one(SecondFactor, member.id).secret_encrypted
    return services.secrets.vault.decrypt(kept).decode()


def otp(services: Services, member: StaffMember, clock: FakeClock, *, steps: int = 0) -> str:
    """What the authenticator shows, `steps` half-minutes from now."""
    return pyotp.TOTP(secret_of(services, member)).generate_otp(int(clock.now.timestamp()) // 30 + steps)


def accept(services: Services, member: StaffMember, typed: str, clock: FakeClock) -> str | None:
    with services.database.transaction() as session:
        return second_factor.accept(session, member.id, typed, services.secrets.vault, now=clock.now)


def enter(services: Services, member: StaffMember, clock: FakeClock, *, required: bool = False) -> sign_in.Entry:
    with services.database.transaction() as session:
        vault = services.secrets.vault
        return sign_in.enter(session, member.id, how="password", required=required, vault=vault, now=clock.now)


def test_a_second_factor_counts_only_once_a_code_has_proved_it(
    services: Services, clock: FakeClock, ann: StaffMember
) -> None:
    with services.database.transaction() as session:
        second_factor.begin(session, ann.id, services.secrets.vault, now=clock.now)
        assert not second_factor.stands(session, ann.id)
    assert accept(services, ann, otp(services, ann, clock), clock) is None
    assert enter(services, ann, clock).signed_in
    with services.database.transaction() as session:
        vault = services.secrets.vault
        assert second_factor.prove(session, ann, "000000", vault, now=clock.now) is None
        assert second_factor.prove(session, ann, otp(services, ann, clock), vault, now=clock.now) is not None
        assert second_factor.stands(session, ann.id)
    assert not enter(services, ann, clock).signed_in


def test_the_code_that_proved_it_and_any_other_is_good_once(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    assert codes
    assert accept(services, ann, otp(services, ann, clock, steps=-1), clock) is None
    code = otp(services, ann, clock)
    assert accept(services, ann, code, clock) == "code"
    assert accept(services, ann, code, clock) is None
    clock.forward(seconds=30)
    assert accept(services, ann, code, clock) is None
    assert accept(services, ann, otp(services, ann, clock), clock) == "code"


def test_of_two_who_send_the_same_code_at_once_one_gets_in(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    for typed in (otp(services, ann, clock), codes[0]):
        with ThreadPoolExecutor(4) as pool:
            assert (
                sum(bool(done) for done in pool.map(lambda _, c=typed: accept(services, ann, c, clock), range(4))) == 1
            )


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, False), (0, True), (1, True), (2, False)])
def test_a_telephone_may_be_half_a_minute_off(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...], steps: int, *, fits: bool
) -> None:
    assert codes  # the code of the half-minute before proved it, so that one is used
    assert (accept(services, ann, f" {otp(services, ann, clock, steps=steps)} ", clock) == "code") is fits


def test_a_recovery_code_is_good_once_however_it_is_typed(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    assert len(set(codes)) == 10
    assert accept(services, ann, f" {codes[3].upper().replace('-', ' ')}", clock) == "recovery code"
    assert accept(services, ann, codes[3], clock) is None
    with services.database.reading() as session:
        assert second_factor.codes_left(session, ann.id) == 9


def test_new_recovery_codes_end_the_old_ones(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    with services.database.transaction() as session:
        new = second_factor.renew_codes(session, ann, now=clock.now)
    assert not set(new) & set(codes)
    assert accept(services, ann, codes[0], clock) is None
    assert accept(services, ann, new[0], clock) == "recovery code"


def test_a_code_of_another_person_does_not_fit(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    with services.database.transaction() as session:
        bob = commands.add(session, "bob@example.com", now=clock.now)
    assert accept(services, bob, codes[0], clock) is None
    assert accept(services, bob, otp(services, ann, clock), clock) is None


def test_neither_secret_nor_codes_are_kept_readable(
    services: Services, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    secret = secret_of(services, ann)
    with services.database.reading() as session:
        kept = str(vars(session.get_one(SecondFactor, ann.id)))
        hashes = str(session.scalars(select(RecoveryCode.code_hash)).all())
        log = str([vars(entry) for entry in session.scalars(select(AuditEntry))])
    assert secret not in kept + log
    assert not any(code in hashes + log or code.replace("-", "") in hashes + log for code in codes)


def test_with_another_secret_of_the_deployment_recovery_codes_still_let_in(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    code = otp(services, ann, clock)
    other = replace(services, secrets=secrets.load(replace(services.settings, secret="x" * 52)))
    assert accept(other, ann, code, clock) is None
    assert accept(other, ann, codes[0], clock) == "recovery code"


def test_a_secret_that_nobody_proved_is_shown_for_an_hour(
    services: Services, clock: FakeClock, ann: StaffMember
) -> None:
    vault = services.secrets.vault
    with services.database.transaction() as session:
        second_factor.begin(session, ann.id, vault, now=clock.now)
    clock.forward(minutes=59)
    with services.database.reading() as session:
        first = second_factor.unproven_secret(session, ann.id, vault, now=clock.now)
    clock.forward(minutes=1)
    with services.database.transaction() as session:
        assert second_factor.unproven_secret(session, ann.id, vault, now=clock.now) is None
    with services.database.transaction() as session:
        second_factor.begin(session, ann.id, vault, now=clock.now)
    with services.database.reading() as session:
        assert second_factor.unproven_secret(session, ann.id, vault, now=clock.now) not in (None, first)


def test_a_second_factor_that_stands_is_not_replaced(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    assert codes
    with services.database.transaction() as session, pytest.raises(Problem) as refused:
        second_factor.begin(session, ann.id, services.secrets.vault, now=clock.now)
    assert refused.value.code is Code.CONFLICT


def test_a_step_opens_nothing_and_is_over_after_ten_minutes(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    assert codes
    entry = enter(services, ann, clock)
    with services.database.reading() as session:
        assert sessions.viewer(session, entry.token, now=clock.now) is None
        waiting = sign_in.waiting(session, entry.token, now=clock.now)
    assert waiting is not None and not waiting.sets_up
    clock.forward(minutes=10)
    with services.database.transaction() as session:
        assert sign_in.waiting(session, entry.token, now=clock.now) is None
        with pytest.raises(Problem) as refused:
            sign_in.finish(session, entry.token, second="code", now=clock.now)
    assert refused.value.code is Code.NOT_SIGNED_IN


def test_a_step_is_taken_once(services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]) -> None:
    assert codes
    token = enter(services, ann, clock).token
    with services.database.transaction() as session:
        cookie = sign_in.finish(session, token, second="code", now=clock.now)
        assert cookie != token
        with pytest.raises(Problem):
            sign_in.finish(session, token, second="code", now=clock.now)


def test_a_new_password_being_disabled_and_a_reset_end_steps(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    assert codes
    for end in (
        lambda session: commands.set_password(session, ann.email, "a long enough one", now=clock.now),
        lambda session: commands.end_sessions(session, ann.email, now=clock.now),
        lambda session: commands.reset_second_factor(session, ann.email, now=clock.now),
    ):
        token = enter(services, ann, clock).token
        with services.database.transaction() as session:
            end(session)
            assert sign_in.waiting(session, token, now=clock.now) is None
    token = enter(services, ann, clock, required=True).token
    with services.database.transaction() as session:
        commands.disable(session, ann.email, now=clock.now)
        assert sign_in.waiting(session, token, now=clock.now) is None


def test_a_reset_forgets_everything_and_is_recorded(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    with services.database.transaction() as session:
        cookie = sessions.start(session, ann, how="password", now=clock.now)
        commands.reset_second_factor(session, "ann@example.com", actor="staff:root@example.com", now=clock.now)
    assert accept(services, ann, codes[0], clock) is None
    assert enter(services, ann, clock).signed_in
    with services.database.reading() as session:
        assert sessions.viewer(session, cookie, now=clock.now) is None
        log = session.execute(select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.id)).all()
    assert ("staff:ann@example.com", "staff.second_factor_set") in log
    assert ("staff:root@example.com", "staff.second_factor_reset") in log
    with services.database.transaction() as session, pytest.raises(Problem) as nothing:
        commands.reset_second_factor(session, "ann@example.com", now=clock.now)
    assert nothing.value.code is Code.CONFLICT


def test_codes_are_counted_apart_from_passwords(
    services: Services, clock: FakeClock, ann: StaffMember, codes: tuple[str, ...]
) -> None:
    assert codes
    for _ in range(sign_in.ATTEMPTS):
        with services.database.transaction() as session:
            sign_in.count_attempt(session, ann.email, now=clock.now)
    for _ in range(sign_in.ATTEMPTS):
        with services.database.transaction() as session:
            sign_in.count_code(session, ann.email, now=clock.now)
    with services.database.transaction() as session, pytest.raises(Problem) as refused:
        sign_in.count_code(session, ann.email, now=clock.now)
    assert refused.value.code is Code.TOO_MANY_REQUESTS
    token = enter(services, ann, clock).token
    with services.database.transaction() as session, pytest.raises(Problem):
        sign_in.count_attempt(session, ann.email, now=clock.now)  # the password alone forgets nothing
    with services.database.transaction() as session:
        sign_in.finish(session, token, second="code", now=clock.now)
        sign_in.count_attempt(session, ann.email, now=clock.now)
        sign_in.count_code(session, ann.email, now=clock.now)
