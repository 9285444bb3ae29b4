"""Answers: `buyer-scores` and `responses`. The same answer through either kind of file is one response."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid5

from feedback.buyers.commands import NewBuyer, buyer_id, put_buyers
from feedback.buyers.models import BUYER_ROLES
from feedback.buyers.queries import roles_by_key
from feedback.core.erasures import REFUSED, WITHDRAWN, erased, withdrawn
from feedback.core.months import month_of
from feedback.imports import values
from feedback.imports.kinds.activity import OBJECTED
from feedback.imports.kinds.kind import Checking, Draft, Kind, Line, Merging, Plan, Row, Step
from feedback.imports.kinds.seats import LONGEST_SUBJECT, checked_attributes
from feedback.imports.values import Cells
from feedback.responses.commands import NewResponse, compare_imported, keep_imported
from feedback.responses.models import REASONS
from feedback.responses.seals import seals, too_old
from feedback.seats.commands import seat_id
from feedback.seats.queries import StandingSeat, seats_by_key, segments_by_id
from feedback.surveys.commands import builtin_version
from feedback.surveys.models import AUDIENCES, METRICS, SCALES

LONGEST_COMMENT = 10_000
_FOREIGN = "The response id stands for another answer already; give this one an id of its own, or none."


def check_buyer_score(row: Row, checking: Checking) -> list[Draft]:
    """One buyer's answer, and the buyer."""
    partner = checking.partner(row.cells)
    external_id = values.needed_text(row.cells, "buyer", LONGEST_SUBJECT)
    role = values.choice(row.cells, "role", BUYER_ROLES)
    return _buyers_answer(row, checking, partner, external_id, role)


def check_response(row: Row, checking: Checking) -> list[Draft]:
    """One answer of either audience."""
    partner = checking.partner(row.cells)
    subject = values.needed_text(row.cells, "respondent", LONGEST_SUBJECT)
    if values.needed_choice(row.cells, "audience", AUDIENCES) == "buyer":
        return _buyers_answer(row, checking, partner, subject, None)
    seat = seat_id(checking.pepper, partner, subject)
    return [_answer(row, checking, partner, seat, "end_user")]


def _buyers_answer(row: Row, checking: Checking, partner: UUID, external_id: str, role: str | None) -> list[Draft]:
    buyer = buyer_id(checking.pepper, partner, external_id)
    content = {"partner": partner, "buyer": buyer, "external_id": external_id, "role": role}
    return [Draft(0, f"{partner.hex}{buyer.hex}", content), _answer(row, checking, partner, buyer, "buyer")]


def _answer(row: Row, checking: Checking, partner: UUID, respondent: UUID, audience: str) -> Draft:
    cells = row.cells
    metric = values.needed_choice(cells, "metric", METRICS)
    answered_at = values.past_moment(cells, "answered_at", now=checking.now)
    identifier = _response_id(cells, partner, f"{respondent.hex} {audience} {metric} {answered_at}")
    content = {
        "partner": partner,
        "id": identifier,
        "respondent": respondent,
        "audience": audience,
        "metric": metric,
        "score": values.score(cells, metric, SCALES[metric]),
        "answered_at": answered_at,
        "comment": values.text(cells, "comment", LONGEST_COMMENT),
        "reason": values.choice(cells, "reason", REASONS),
        "locale": values.locale(cells, "locale"),
        "attributes": checked_attributes(row),
    }
    # With the respondent, or a line could silently replace somebody else's under the same id.
    return Draft(1, f"{partner.hex}{identifier.hex}{respondent.hex}{metric}", content)


def _response_id(cells: Cells, partner: UUID, otherwise: str) -> UUID:
    given = values.text(cells, "response_id", 200)
    if given is None:
        return uuid5(partner, otherwise)
    try:
        return UUID(given)
    except ValueError:
        return uuid5(partner, f"response {given}")


def merge_buyers(merging: Merging, lines: Sequence[Line]) -> Plan:
    """Put the buyers that answered."""
    arrived = {
        (UUID(one["partner"]), UUID(one["buyer"])): NewBuyer(UUID(one["partner"]), one["external_id"], one["role"])
        for _number, one in lines
    }
    # Their answers are rejected with a reason in the next step.
    for gone in erased(merging.session, arrived):
        del arrived[gone]
    roles = roles_by_key(merging.session, arrived)
    made = [one for key, one in arrived.items() if key not in roles]
    changed = [one for key, one in arrived.items() if key in roles and one.role and one.role != roles[key]]
    buyers = [*made, *changed]
    return Plan(
        created=len(made),
        revised=len(changed),
        apply=lambda: put_buyers(merging.session, buyers, pepper=merging.pepper, now=merging.now),
    )


def merge(merging: Merging, lines: Sequence[Line]) -> Plan:
    """Keep answers; the vendor vouches for them. Attributes that a line does not give come from the seat."""
    build = _Responses(merging, lines)
    numbers: dict[tuple[UUID, UUID], int] = {}
    if merging.before is not None:
        numbers[UUID(merging.before.content["partner"]), UUID(merging.before.content["id"])] = merging.before.line
    arrived, rejected = [], []
    for number, content in lines:
        one = build.response(content)
        key = one.partner_id, one.id
        refused = build.refused(one)
        if refused is not None:
            rejected.append((number, refused))
        elif key in numbers:
            rejected.append((number, _FOREIGN))
        else:
            numbers[key] = number
            arrived.append(one)
    leave = {"comment", "reason", "locale"} - merging.given
    comparison = compare_imported(merging.session, arrived, leave=leave)
    rejected += [(numbers[one.partner_id, one.id], _FOREIGN) for one in comparison.foreign]
    return Plan(
        created=len(comparison.created),
        revised=len(comparison.revised),
        unchanged=len(comparison.unchanged),
        rejected=rejected,
        apply=lambda: keep_imported(merging.session, comparison, now=merging.now),
    )


class _Responses:
    """Makes responses of staged lines, with the seats and surveys that these lines need."""

    def __init__(self, merging: Merging, lines: Sequence[Line]) -> None:
        self._merging = merging
        self._ids = {text: UUID(text) for _number, one in lines for text in (one["partner"], one["respondent"])}
        users = {(one["partner"], one["respondent"]) for _number, one in lines if one["audience"] == "end_user"}
        keys = [(self._ids[partner], self._ids[respondent]) for partner, respondent in users]
        self._seats = seats_by_key(merging.session, keys)
        people = {(self._ids[one["partner"]], self._ids[one["respondent"]]) for _number, one in lines}
        answers = {(self._ids[one["partner"]], UUID(one["id"])) for _number, one in lines}
        self._sealed = seals(merging.session, {partner for partner, _person in people})
        self._erased, self._withdrawn = erased(merging.session, people), withdrawn(merging.session, answers)
        self._vectors = segments_by_id(merging.session, [seat.segment_id for seat in self._seats.values()])
        self._versions = {
            (audience, metric): builtin_version(merging.session, audience, metric, now=merging.now)
            for audience, metric in {(one["audience"], one["metric"]) for _number, one in lines}
        }
        self._segments: dict[tuple[int, tuple[tuple[str, str], ...]], int] = {}

    def response(self, one: dict[str, Any]) -> NewResponse:
        """The response that a line tells of."""
        partner, respondent = self._ids[one["partner"]], self._ids[one["respondent"]]
        version = self._versions[one["audience"], one["metric"]]
        return NewResponse(
            partner_id=partner,
            id=UUID(one["id"]),
            survey_id=version.survey_id,
            survey_version_id=version.id,
            audience=one["audience"],
            metric=one["metric"],
            respondent_id=respondent,
            score=one["score"],
            revision=1,
            complete=True,
            answered_at=datetime.fromisoformat(one["answered_at"]),
            trust="vendor",
            live=True,
            comment=one["comment"],
            reason=one["reason"],
            locale=one["locale"],
            segment_id=self._segment(self._seats.get((partner, respondent)), one["attributes"]),
            import_id=self._merging.import_id,
        )

    def refused(self, one: NewResponse) -> str | None:
        """Why this answer is not taken, if it is not: of somebody erased, deleted, too old, or after an objection."""
        if (one.partner_id, one.respondent_id) in self._erased:
            return REFUSED
        if (one.partner_id, one.id) in self._withdrawn:
            return WITHDRAWN
        if month_of(one.answered_at) < self._sealed[one.partner_id].voices:
            return too_old(self._sealed[one.partner_id].voices)
        seat = self._seats.get((one.partner_id, one.respondent_id))
        objected = seat is not None and seat.objected_at is not None and seat.objected_at <= one.answered_at
        return OBJECTED if objected else None

    def _segment(self, seat: StandingSeat | None, attributes: dict[str, str]) -> int:
        given = {name: value for name, value in attributes.items() if value}
        if not given:
            return seat.segment_id if seat else 0
        key = (seat.segment_id if seat else 0), tuple(given.items())
        if key not in self._segments:
            known = self._vectors[seat.segment_id] if seat else {}
            self._segments[key] = self._merging.declared.segment({**known, **given})
        return self._segments[key]


_STEPS = (
    Step(merge_buyers, created_as="buyers made", revised_as="buyers given another role"),
    Step(merge),
)

BUYER_SCORES = Kind(
    name="buyer-scores",
    required=("partner", "buyer", "metric", "score", "answered_at"),
    optional=("role", "comment", "reason"),
    check=check_buyer_score,
    steps=_STEPS,
)

RESPONSES = Kind(
    name="responses",
    required=("partner", "respondent", "audience", "metric", "score", "answered_at"),
    optional=("comment", "locale", "response_id"),
    check=check_response,
    steps=_STEPS,
    takes_attributes=True,
)
