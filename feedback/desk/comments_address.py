"""What the address of a comments page says: which comments, and behind which one. Every link is made from it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields, pre_load, validate

from feedback.comments.models import STATUSES
from feedback.comments.queries import BANDS, Wanted
from feedback.comments.schemas import LONGEST_LABEL
from feedback.core.months import month_of
from feedback.http import cursors
from feedback.http.converters import SLUG_PATTERN
from feedback.http.fields import Text
from feedback.surveys.models import AUDIENCES

ALL, RESTRICTED = "/desk/comments", "/desk/comments/restricted"
SCORES = (*BANDS, *(str(score) for score in range(11)))
_MONTH = "^20[0-9]{2}-(0[1-9]|1[0-2])$"


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters after the question mark; None and empty are left out. Months are like `2026-11`."""

    path: str = ALL
    partner: str | None = None
    audience: str | None = None
    score: str | None = None
    language: str | None = None
    start: str | None = None
    end: str | None = None
    status: str | None = None
    label: str | None = None
    claim: UUID | None = None
    decision: UUID | None = None
    search: str | None = None
    cursor: str | None = None

    def to(self, **changes: Any) -> str:
        """The same page with some parameters changed, from its beginning."""
        other = replace(self, cursor=None) if "cursor" not in changes else self
        given = {_NAMES.get(name, name): value for name, value in asdict(replace(other, **changes)).items() if value}
        path = given.pop("path")
        return f"{path}?{urlencode(given)}" if given else path

    @property
    def filtered(self) -> bool:
        """True when anything but the status narrows the list."""
        return replace(self, status=None, cursor=None) != Address(path=self.path)

    @property
    def asked(self) -> dict[str, Any]:
        """The filter for the audit log: without the words searched for, which may be somebody's name."""
        named = {_NAMES.get(name, name): str(value) for name, value in asdict(self).items() if value}
        named.pop("path")
        return {**named, "q": True} if self.search else named

    @property
    def after(self) -> tuple[datetime, UUID] | None:
        """Behind which comment the page begins."""
        return cursors.decode(self.cursor) if self.cursor else None

    @property
    def months(self) -> tuple[int, ...]:
        """The months that are named."""
        return tuple(month for month in (_number(self.start), _number(self.end)) if month is not None)

    def wanted(self, partner_id: UUID | None) -> Wanted:
        """The filter as the queries take it."""
        return Wanted(
            partner_id=partner_id,
            audience=self.audience,
            score=int(self.score) if self.score and self.score.isdigit() else self.score,
            language=self.language,
            first_month=_number(self.start),
            last_month=_number(self.end),
            status=self.status,
            label=self.label,
            search=self.search or "",
            restricted=self.path == RESTRICTED,
            claim_id=self.claim,
            decision_id=self.decision,
        )


_NAMES = {"start": "from", "end": "to", "search": "q"}


class AddressSchema(Schema):
    """What may stand there; anything else of ours is INVALID, anything of others is left alone."""

    class Meta:
        """Links in mails grow parameters of their own."""

        unknown = EXCLUDE

    partner = Text(80, pattern=f"^{SLUG_PATTERN}$")
    audience = fields.String(validate=validate.OneOf(AUDIENCES))
    score = fields.String(validate=validate.OneOf(SCORES))
    language = Text(3, low=2, pattern="^[a-z]*$")
    start = Text(7, pattern=_MONTH, data_key="from")
    end = Text(7, pattern=_MONTH, data_key="to")
    status = fields.String(validate=validate.OneOf(STATUSES))
    label = Text(LONGEST_LABEL)
    claim = fields.UUID()
    decision = fields.UUID()
    search = Text(100, data_key="q")
    cursor = Text(200)

    @pre_load
    def leave_out_empty(self, data: Mapping[str, str], **_: Any) -> dict[str, str]:
        """Forms send every field, also those that say nothing."""
        return {name: text.strip() for name, text in data.items() if text.strip()}


_SCHEMA = AddressSchema()


def read(path: str, args: Mapping[str, str]) -> Address:
    """The address of a request for one of ALL and RESTRICTED. Raises ValidationError for what says nothing."""
    return Address(path=path, **_SCHEMA.load(args))


def _number(month: str | None) -> int | None:
    return None if month is None else month_of(date.fromisoformat(f"{month}-01"))
