"""The facts of a world beside its answers: partners and what they signed, buyers, seats, and the months before."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, insert, text
from sqlalchemy.orm import Session

from feedback.buyers.models import Buyer
from feedback.core.ids import segment_id
from feedback.core.months import first_day, month_of
from feedback.gap.models import PORTFOLIO, Event, Snapshot
from feedback.partners.models import Contract, Partner, Policy, Promotion
from feedback.seats.models import ActivityMonth, Attribute, AttributeValue, Seat, Segment
from feedback.settings import Settings
from feedback.tallies import adoption
from feedback.tallies.models import CohortSeats, FirstValueDays, PartnerSeats, ReachedSeats, SegmentSeats

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
MONTHS = range(month_of(NOW) - 11, month_of(NOW) + 1)
BUYERS = 5
TEAMS = ("care", "it", "office", "sales", "site")
SEGMENTS = tuple(segment_id({"team": name}) for name in TEAMS)
_LONG_AGO = NOW - timedelta(days=700)
_TODAY = NOW.date()
_COUNTED, _SEATS = 8, 1_000
"""So many partners have seats that are counted; the numbers of the others are multiples of theirs."""


def add(session: Session, settings: Settings, partners: int) -> None:
    """Fill an empty database with everything but answers."""
    _partners(session, partners)
    for number in range(partners):
        _signed(session, partner_id(number), random.Random(number), number)
    _past(session, partners)
    _seats(session, settings, partners)


def partner_id(number: int) -> UUID:
    """The id of the partner of that number."""
    return UUID(int=(number + 1) << 96)


def _add(session: Session, model: Any, rows: list[dict[str, Any]]) -> None:
    session.execute(insert(model.__table__), rows)


def _partners(session: Session, partners: int) -> None:
    """One of a hundred has left; at each a few buyers; one attribute of seats."""
    rows, buyers = [], []
    for number in range(partners):
        left_at = NOW - timedelta(days=20) if number % 100 == 99 else None
        names = {"slug": f"partner-{number}", "name": f"Partner {number:04d}"}
        rows.append({"id": partner_id(number), **names, "created_at": _LONG_AGO, "left_at": left_at})
        for buyer in range(1, BUYERS + 1):
            own = {"partner_id": partner_id(number), "id": UUID(int=partner_id(number).int + buyer)}
            who = {"external_id": f"buyer-{buyer}", "role": "admin", "name": f"Buyer {buyer}"}
            buyers.append({**own, **who, "changed_at": _LONG_AGO})
    _add(session, Partner, rows)
    _add(session, Buyer, buyers)
    _add(session, Attribute, [{"name": "team", "created_at": _LONG_AGO}])
    _add(session, AttributeValue, [{"name": "team", "value": name} for name in TEAMS])
    named = zip(SEGMENTS, TEAMS, strict=True)
    _add(session, Segment, [{"id": number, "values": {"team": name}} for number, name in named])


def _signed(session: Session, partner: UUID, chance: random.Random, number: int) -> None:
    """A contract, at every fourth partner its renewal too; promotions at every second; a policy at every tenth."""
    own, licences = {"partner_id": partner}, 5_000 + 100 * chance.randrange(60)
    renews_on = _TODAY + timedelta(days=chance.randrange(-90, 270))
    contracts = [_contract("now", licences, renews_on, "open")]
    if number % 4 == 0:
        contracts.append(_contract("before", licences, renews_on - timedelta(days=365), "renewed"))
    _add(session, Contract, [{**own, **one} for one in contracts])
    if number % 2:
        told = {"day": _TODAY - timedelta(days=chance.randrange(20, 200)), "channel": "mail", "reach": licences}
        _add(session, Promotion, [{**own, **told}])
    if number % 10 == 0:
        rights = dict.fromkeys(("may_contact", "may_replay", "may_benchmark", "may_share_back"), False)
        terms = {"id": partner, "recorded_at": _LONG_AGO, "branding": "vendor", "may_ask": number % 50 != 0}
        _add(session, Policy, [{**own, **terms, **rights}])


def _contract(name: str, licences: int, renews_on: date, outcome: str) -> dict[str, Any]:
    return {
        "contract_id": name,
        "licences": licences,
        "starts_on": renews_on - timedelta(days=365),
        "renews_on": renews_on,
        "yearly_value_minor_units": licences * 1_200,
        "currency": "EUR" if licences % 300 else "GBP",
        "outcome": outcome,
        "decided_on": None if outcome == "open" else renews_on,
        "changed_at": _LONG_AGO,
    }


def _past(session: Session, partners: int) -> None:
    """Snapshots of the months that are over, and an event at every third partner."""
    chance = random.Random(5)
    for month in MONTHS[:-1]:
        about = {"month": month, "taken_at": NOW, "reconstructed": False, "came_from": None, "values": {}}
        rows = []
        for partner in (PORTFOLIO, *map(partner_id, range(partners))):
            stood = {"state": chance.choice(("compounding", "pre_churn", "broken_value", "undetermined"))}
            stood |= {"side": chance.choice(("end_user", "buyer", "undetermined"))}
            lasting = {"state_months": chance.randrange(1, 6), "side_months": chance.randrange(1, 6)}
            sure = {"end_user_ok": chance.random(), "buyer_ok": chance.random()}
            rows.append({"partner_id": partner, **about, **stood, **lasting, **sure})
        _add(session, Snapshot, rows)
    values = {"month": MONTHS[-2], "before": 12.0, "after": -3.0, "people": 321}
    about = {"kind": "changed", "audience": "end_user", "metric": "nps", "made_at": NOW, "values": values}
    rows = [
        {
            "partner_id": partner_id(number),
            "id": partner_id(number),
            "day": _TODAY - timedelta(days=number % 300),
            **about,
        }
        for number in range(0, partners, 3)
    ]
    _add(session, Event, rows)


def _seats(session: Session, settings: Settings, partners: int) -> None:
    for number in range(min(_COUNTED, partners)):
        _seats_of(session, partner_id(number), random.Random(number), 0.2 + 0.09 * number)
    adoption.rebuild(session, settings, now=NOW)
    for number in range(_COUNTED, partners):
        for model in (PartnerSeats, SegmentSeats, CohortSeats, ReachedSeats, FirstValueDays):
            _multiply(session, model.__table__, partner_id(number % _COUNTED), partner_id(number), 4 + number % 5)


def _multiply(session: Session, table: Any, old: UUID, new: UUID, times: int) -> None:
    names = [column.name for column in table.columns if column.name != "partner_id"]
    keys = {column.name for column in table.primary_key} | {"counted_on"}
    values = (name if name in keys else f"{name} * {times}" for name in names)
    sql = (
        f"INSERT INTO {table.name} (partner_id, {', '.join(names)}) SELECT :new, {', '.join(values)} FROM {table.name}"
    )
    uuids = bindparam("new", type_=Uuid()), bindparam("old", type_=Uuid())
    session.execute(text(f"{sql} WHERE partner_id = :old").bindparams(*uuids), {"new": new, "old": old})


def _seats_of(session: Session, partner: UUID, chance: random.Random, adopting: float) -> None:
    """Seats deployed all over the year, and on which days they were active, shown a survey, did what it is for."""
    seats, activity = [], []
    for number in range(_SEATS):
        deployed_on = first_day(MONTHS[0]) + timedelta(days=chance.randrange(330))
        own = {"partner_id": partner, "id": UUID(int=partner.int + number)}
        days = [deployed_on + timedelta(days=chance.randrange(10))] if chance.random() < adopting else []
        while (
            days and chance.random() < 0.9 and (later := days[-1] + timedelta(days=chance.randrange(1, 40))) <= _TODAY
        ):
            days.append(later)
        known = {"deployed_on": deployed_on, "seen_on": deployed_on, "segment_id": SEGMENTS[number % len(SEGMENTS)]}
        first = dict.fromkeys(("first_active_on", "first_activated_on"), days[0] if days else None)
        first |= {
            "first_meaningful_on": days[1] if len(days) > 1 else None,
            "last_active_on": days[-1] if days else None,
        }
        seats.append({**own, **known, **first, "changed_at": NOW})
        for month in sorted({month_of(day) for day in days}):
            bits = sum(1 << (day.day - 1) for day in set(days) if month_of(day) == month)
            shown = bits if chance.random() < 0.5 else 0
            row = {"partner_id": partner, "seat_id": own["id"], "month": month, "source": "vendor", "days": bits}
            activity.append({**row, "onboarding_days": 0, "meaningful_days": 0, "shown_days": shown})
    _add(session, Seat, seats)
    _add(session, ActivityMonth, activity)
