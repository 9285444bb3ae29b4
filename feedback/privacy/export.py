"""Everything that is held on a person, as JSON that can be read without this service."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from feedback.core.months import NEVER, first_day, label
from feedback.partners.models import Partner, Policy
from feedback.privacy.held import HELD, Person, counts
from feedback.responses.models import Response
from feedback.responses.terms_shown import answer_terms
from feedback.seats.queries import segments_by_id
from feedback.staff import audit
from feedback.surveys.models import Survey, SurveyVersion

_BITS = ("days", "onboarding_days", "meaningful_days", "shown_days")
_LEFT_OUT = ("partner_id",)


def export_respondent(
    session: Session, one: Person, subject: str, partner: Partner, *, vault: Fernet, actor: str, now: datetime
) -> dict[str, Any]:
    """All rows of a person by `Held.name`, with what their ids stand for; who exported is written down.

    `subject` is repeated in it as it was asked for: it is stored nowhere.
    """
    tell = _Telling(session, vault)
    held = {}
    for table in HELD:
        rows = session.scalars(select(table.model).where(table.own(one))).all()
        if rows:
            held[table.name] = [tell.row(row) for row in rows]
        for row, told in zip(rows, held.get(table.name, ()), strict=True):
            if isinstance(row, Response):
                told["terms"] = answer_terms(session, row.partner_id, row.id).as_json()
    written = {"respondents": [str(respondent) for respondent in one.respondents], "rows": counts(session, one)}
    audit.record(session, actor, "respondent.exported", partner.slug, written, now)
    return {
        "partner": {"slug": partner.slug, "name": partner.name},
        "person": subject,
        "exported_at": now,
        "kept_under": {"end_user": str(one.respondents[0]), "buyer": str(one.respondents[1])},
        "held": held,
        "outlives_an_erasure": {table.name: table.kept for table in HELD if table.kept and table.name in held},
        "notices": _notices(session, one.partner_id, held),
    }


class _Telling:
    """Makes plain values of rows: ids of surveys, segments and months become what they stand for."""

    def __init__(self, session: Session, vault: Fernet) -> None:
        self._session, self._vault = session, vault

    def row(self, row: Any) -> dict[str, Any]:
        """The columns of a row under their names."""
        told: dict[str, Any] = {}
        for column in inspect(type(row)).columns:
            name, value = column.key, getattr(row, column.key)
            if name not in _LEFT_OUT and value is not None:
                told |= self._told(name, value, row)
        return told

    def _told(self, name: str, value: Any, row: Any) -> Mapping[str, Any]:
        special: dict[str, Callable[[Any], Mapping[str, Any]]] = {
            "survey_id": lambda key: {"survey": self._survey(key)},
            "survey_version_id": lambda key: {"survey_version": self._version(key)},
            "segment_id": lambda key: {"attributes": dict(segments_by_id(self._session, [key]).get(key, {}))},
            "address_encrypted": lambda secret: {"address": self._opened(secret)},
        }
        if name in special:
            return special[name](value)
        if name in ("month", "next_month", "next_vendor_month"):
            return {name: "none" if value == NEVER else label(value)}
        if name in _BITS and hasattr(row, "shown_days"):
            return {name: _days(row.month, value)}
        return {name: _plain(value)}

    def _survey(self, key: UUID) -> str:
        found = self._session.get(Survey, key)
        return str(key) if found is None else found.name

    def _version(self, key: UUID) -> int | str:
        found = self._session.get(SurveyVersion, key)
        return str(key) if found is None else found.version

    def _opened(self, secret: bytes) -> str:
        try:
            return self._vault.decrypt(secret).decode()
        except InvalidToken:
            return "(encrypted with a secret that is gone)"


def _notices(session: Session, partner_id: UUID, held: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The policies whose notice was shown to this person: what was told and on which basis, when it was recorded."""
    versions = {row.get("notice_version") for name in ("answers", "askings") for row in held.get(name, ())} - {None}
    if not versions:
        return []
    shown = select(Policy).where(Policy.partner_id == partner_id, Policy.notice_version.in_(versions))
    names = ("recorded_at", "notice_version", "lawful_basis", "role_of_data", "consulted", "hosting_region")
    rows = session.scalars(shown.order_by(Policy.recorded_at))
    return [{name: _plain(getattr(row, name)) for name in names} for row in rows]


def _days(month: int, bits: int) -> list[str]:
    first = first_day(month)
    return [(first + timedelta(days=place)).isoformat() for place in range(31) if bits >> place & 1]


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
