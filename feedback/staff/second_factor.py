"""A second factor: codes of an authenticator (RFC 6238), and recovery codes for the day it is lost."""

from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import digest, random_text
from feedback.core.upsert import upsert
from feedback.staff import audit
from feedback.staff.models import RecoveryCode, SecondFactor, SignInStep, StaffMember

RECOVERY_CODES = 10
_STEP_S = 30
_DRIFT_STEPS = 1  # a telephone's clock may be half a minute off
_PROVE_WITHIN = timedelta(hours=1)


def stands(session: Session, staff_id: UUID) -> bool:
    """True when this person has a second factor that a code has proved."""
    return _proven(session, staff_id) is not None


def begin(session: Session, staff_id: UUID, vault: Fernet, *, now: datetime) -> None:
    """Make a secret to be shown and proved. Raises CONFLICT where a second factor stands: remove that first."""
    if stands(session, staff_id):
        raise Problem(Code.CONFLICT, "A second factor is set up already; remove it first.")
    row = {
        "staff_id": staff_id,
        "secret_encrypted": vault.encrypt(pyotp.random_base32().encode()),
        "made_at": now,
        "proven_at": None,
        "last_step": None,
    }
    upsert(session, SecondFactor, [row], change={"secret_encrypted": None, "made_at": None})
    # Who showed the password in another browser would be shown this secret there.
    session.execute(delete(SignInStep).where(SignInStep.staff_id == staff_id))


def unproven_secret(session: Session, staff_id: UUID, vault: Fernet, *, now: datetime) -> str | None:
    """The secret that was made within the hour and waits for its first code, in base 32."""
    row = session.get(SecondFactor, staff_id)
    if row is None or row.proven_at is not None or row.made_at <= now - _PROVE_WITHIN:
        return None
    return _secret(row, vault)


def prove(session: Session, member: StaffMember, typed: str, vault: Fernet, *, now: datetime) -> tuple[str, ...] | None:
    """From now on codes are asked for: the recovery codes, to be shown once. None for a code that is not right."""
    secret = unproven_secret(session, member.id, vault, now=now)
    step = None if secret is None else _step_of(secret, typed, now)
    if step is None:
        return None
    waits = (SecondFactor.staff_id == member.id, SecondFactor.proven_at.is_(None))
    session.execute(update(SecondFactor).where(*waits).values(proven_at=now, last_step=step))
    audit.record(session, audit.staff_actor(member.email), "staff.second_factor_set", member.email, {}, now)
    return _new_codes(session, member.id)


def accept(session: Session, staff_id: UUID, typed: str, vault: Fernet, *, now: datetime) -> str | None:
    """Use a code up: `code` or `recovery code`, which it was; None for one that is wrong or was used."""
    row = _proven(session, staff_id)
    if row is None:
        return None
    secret = _secret(row, vault)
    step = None if secret is None else _step_of(secret, typed, now)
    if step is not None:
        # Conditional, so that of two who send the same code at once only one gets in.
        later = or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step)
        mine = (SecondFactor.staff_id == staff_id, SecondFactor.proven_at.is_not(None))
        taken = update(SecondFactor).where(*mine, later).values(last_step=step).returning(SecondFactor.staff_id)
        return "code" if session.execute(taken).first() else None
    unused = (
        RecoveryCode.staff_id == staff_id,
        RecoveryCode.code_hash == _code_hash(typed),
        RecoveryCode.used_at.is_(None),
    )
    spent = update(RecoveryCode).where(*unused).values(used_at=now).returning(RecoveryCode.staff_id)
    return "recovery code" if session.execute(spent).first() else None


def codes_left(session: Session, staff_id: UUID) -> int:
    """How many recovery codes were not used yet."""
    mine = (RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return session.scalars(select(func.count()).select_from(RecoveryCode).where(*mine)).one()


def renew_codes(session: Session, member: StaffMember, *, now: datetime) -> tuple[str, ...]:
    """Ten new recovery codes, to be shown once; the old ones end. Raises CONFLICT without a second factor."""
    if not stands(session, member.id):
        raise Problem(Code.CONFLICT, "There is no second factor that recovery codes could stand in for.")
    audit.record(session, audit.staff_actor(member.email), "staff.recovery_codes_made", member.email, {}, now)
    return _new_codes(session, member.id)


def remove(session: Session, staff_id: UUID) -> bool:
    """Ask this person for no code any more; whether one was asked for until now."""
    stood = stands(session, staff_id)
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    session.execute(delete(SecondFactor).where(SecondFactor.staff_id == staff_id))
    return stood


def address(secret: str, email: str, issuer: str) -> str:
    """What the QR code says: an `otpauth:` address that authenticators read."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def _proven(session: Session, staff_id: UUID) -> SecondFactor | None:
    row = session.get(SecondFactor, staff_id)
    return row if row is not None and row.proven_at is not None else None


def _secret(row: SecondFactor, vault: Fernet) -> str | None:
    try:
        return vault.decrypt(row.secret_encrypted).decode()
    except InvalidToken:
        return None  # encrypted with another secret of the deployment: recovery codes still let in


def _step_of(secret: str, typed: str, now: datetime) -> int | None:
    code = "".join(typed.split())
    current = int(now.timestamp()) // _STEP_S
    totp = pyotp.TOTP(secret)
    found = None
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        if compare_digest(totp.generate_otp(step).encode(), code.encode()):
            found = step
    return found


def _new_codes(session: Session, staff_id: UUID) -> tuple[str, ...]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    codes = tuple("-".join(random_text(4) for _ in range(4)) for _ in range(RECOVERY_CODES))
    session.add_all(RecoveryCode(staff_id=staff_id, code_hash=_code_hash(code)) for code in codes)
    session.flush()
    return codes


def _code_hash(typed: str) -> str:
    return digest("".join(typed.lower().replace("-", " ").split()))
