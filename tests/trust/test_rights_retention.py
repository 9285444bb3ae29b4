"""What is older than is kept goes, kind by kind; what was counted of it stands, and is not counted again."""

# ruff: noqa: F811 - fixtures of other rooms

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from feedback.comments.models import CommentMark
from feedback.core.months import first_day, last_day, month_of
from feedback.core.services import Services
from feedback.decisions.models import Evidence
from feedback.imports.models import ImportBatch, StagedLine
from feedback.partners import keys
from feedback.privacy import erasing, retention
from feedback.privacy.held import Person
from feedback.responses.commands import NewResponse, put_responses
from feedback.responses.models import Contact, Impression, Invitation, Response, Voice
from feedback.seats.attributes import Declared
from feedback.seats.commands import ActiveDay, NewSeat, put_seats, record_activity, record_shown
from feedback.seats.models import ActivityMonth, Seat
from feedback.staff.models import AuditEntry
from feedback.surveys.queries import survey_version
from feedback.tallies import adoption
from feedback.tallies.commands import fold_all, rebuild
from feedback.tallies.models import (
    CohortSeats,
    DailyTally,
    PartnerSeats,
    PartnerTally,
    ReachedSeats,
    SegmentSeats,
    SegmentTally,
    Tally,
)
from feedback.tallies.preferences import change
from feedback.tallies.verify import verify
from tests.cli.conftest import feedback  # noqa: F401 - a fixture
from tests.imports.files import bring_in, rejected
from tests.trust.somebody import WROTE, Town, make_town

THIS_MONTH = month_of(date(2026, 11, 15))
MONTHS = 20
COUNTED = (Tally, PartnerTally, SegmentTally, DailyTally, PartnerSeats, SegmentSeats, CohortSeats, ReachedSeats)


@pytest.fixture
def town(app: Flask, services: Services) -> Town:
    """Forty people at two partners over twenty months, who come and go and answer now and then; all counted."""
    made, random = make_town(services, app.test_client()), Random(7)
    people = [(made.world.partner.id, UUID(int=100 + place)) for place in range(25)]
    people += [(made.world.other.id, UUID(int=200 + place)) for place in range(15)]
    now = services.clock()
    with services.database.transaction() as session:
        survey, version = survey_version(session, "asks", 1)
        about = {"survey_id": survey.id, "survey_version_id": version.id, "audience": "end_user", "metric": "nps"}
        kept = {"complete": True, "trust": "vendor", "live": True, "revision": 1}
        days, answers, shown, seats = [], [], [], []
        for key in people:
            began = THIS_MONTH - random.randrange(MONTHS + 1)
            seats.append(NewSeat(*key, first_day(began) if random.random() < 0.7 else None))
            for month in range(began, THIS_MONTH + 1):
                day = first_day(month) + timedelta(days=random.randrange(14))
                if random.random() < 0.4:
                    days.append(ActiveDay(*key, day, onboarding=random.random() < 0.3))
                if random.random() < 0.3:
                    shown.append((*key, day))
                if random.random() < 0.4:
                    at = datetime.combine(day, now.timetz())
                    said = {"score": random.randrange(11), "answered_at": at, "comment": random.choice((None, WROTE))}
                    new = {"partner_id": key[0], "id": uuid4(), "respondent_id": key[1]}
                    answers.append(NewResponse(**new, **about, **kept, **said))
        put_seats(session, seats, Declared(session), now=now)
        record_activity(session, days, "vendor", now=now)
        record_shown(session, shown)
        put_responses(session, answers, now=now)
    made.count()
    return made


def keep(town: Town, **months: int) -> None:
    """Set how long something is kept."""
    with town.services.database.transaction() as session:
        change(session, town.services.settings, months, actor="cli", now=town.services.clock())


def enforce(town: Town) -> dict[str, int]:
    """Let go; how many rows of each kind."""
    found = retention.enforce(town.services.database, town.services.settings, now=town.services.clock())
    return {one.setting: one.rows for one in found if one.rows}


def counted(town: Town) -> dict[str, list[tuple[Any, ...]]]:
    """All that is counted, without cells that were emptied and without the day of counting."""
    with town.services.database.reading() as session:
        return {
            model.__tablename__: sorted(tuple(row) for row in session.execute(select(model.__table__)))
            for model in COUNTED
        }


def rows(town: Town, model: Any, *where: Any) -> int:
    with town.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


@pytest.mark.requirement("ASVS 14.2.7: comments are deleted after the months that are set, with all that repeats them")
def test_comments_go_and_the_count_of_them_stays(town: Town) -> None:
    before, cutoff = counted(town), THIS_MONTH - 12
    old = Response.month < cutoff
    with town.services.database.transaction() as session:
        someone = session.scalars(select(Response).where(old, Response.comment.is_not(None)).limit(1)).one()
        partner_id, response_id = someone.partner_id, someone.id
        said = {"changed_at": town.services.clock(), "changed_by": "cli", "status": "read"}
        session.add(CommentMark(partner_id=partner_id, response_id=response_id, **said))
        drawn = {"claim_id": uuid4(), "supports": True, "words": WROTE, "added_at": town.services.clock()}
        session.add(Evidence(partner_id=partner_id, id=uuid4(), response_id=response_id, added_by="cli", **drawn))
    commented = rows(town, Response, old, Response.comment.is_not(None))
    assert enforce(town)["comment_months"] == commented > 10
    assert rows(town, Response, old, Response.comment.is_not(None)) == 0
    assert rows(town, Response, Response.month >= cutoff, Response.comment.is_not(None)) > 10
    assert rows(town, CommentMark) == rows(town, Evidence) == 0
    assert rows(town, Response, old) > commented
    # The answers are looked at again, and count as they did.
    with town.services.database.transaction() as session:
        rebuild(session, now=town.services.clock())
        adoption.rebuild(session, town.services.settings, now=town.services.clock())
    assert counted(town) == before
    assert town.differences() == [] and "comment_months" not in enforce(town)


@pytest.mark.requirement("TRUST retention-1: months without raw answers are sealed, and left out of the recount")
def test_answers_go_and_what_was_counted_of_them_stands(town: Town, tmp_path) -> None:
    keep(town, answer_months=8)
    cutoff, before = THIS_MONTH - 8, counted(town)
    old = rows(town, Response, Response.month < cutoff) + rows(town, Voice, Voice.month < cutoff)
    assert enforce(town)["answer_months"] == old > 40
    for model in (Response, Voice):
        assert rows(town, model, model.month < cutoff) == 0 < rows(town, model)
    assert counted(town) == before
    assert town.differences() == []
    with town.services.database.transaction() as session:
        rebuild(session, now=town.services.clock())
    assert counted(town) == before
    # Who is erased is taken out of what can still be counted, and of nothing else.
    with town.services.database.transaction() as session:
        someone = session.execute(select(Voice.partner_id, Voice.respondent_id).limit(1)).one()
        erasing.erase(session, Person(someone[0], (someone[1],)), now=town.services.clock())
    after = counted(town)
    assert after != before and town.differences() == []
    sealed = [row for row in before["tallies"] if row[3] < cutoff]
    assert [row for row in after["tallies"] if row[3] < cutoff] == sealed
    # Nothing of a sealed month is taken any more: it would be counted twice.
    path, day = tmp_path / "old.csv", first_day(cutoff - 1)
    header = "partner,respondent,audience,metric,score,answered_at\n"
    lines = f"northwind,x,end_user,nps,1,{day}\nnorthwind,x,end_user,nps,1,{first_day(cutoff)}\n"
    outcome = bring_in(town.services, "responses", path, header + lines)
    assert (outcome.created, outcome.rejected) == (1, 1) and "counted for good" in rejected(path)
    with town.services.database.transaction() as session:
        _, key = keys.create_secret_key(session, "all", ["write"], live=True, now=town.services.clock())
    answer = {"respondent": "x", "survey": "asks", "score": 3, "revision": 1, "complete": True}
    body = {**answer, "answered_at": f"{day}T00:00:00Z"}
    address = f"/v1/partners/northwind/responses/{uuid4()}"
    sent = town.client.put(address, json=body, headers={"Authorization": f"Bearer {key}"})
    assert sent.status_code == 409 and "counted for good" in sent.json["detail"]
    assert town.differences() == []


@pytest.mark.requirement(
    "TRUST retention-2: daily activity goes, first and last days stay, and months count as they did"
)
def test_activity_goes_and_every_month_is_counted_as_if_it_were_there(town: Town, tmp_path) -> None:
    before, cutoff = counted(town), THIS_MONTH - 6
    with town.services.database.reading() as session:
        own = ("first_active_on", "last_active_on", "first_activated_on", "first_meaningful_on")
        days = sorted(map(str, session.execute(select(Seat.id, *(getattr(Seat, name) for name in own)))))
    keep(town, activity_months=6)
    old = rows(town, ActivityMonth, ActivityMonth.month < cutoff)
    assert enforce(town)["activity_months"] == old > 40
    assert rows(town, ActivityMonth, ActivityMonth.month < cutoff) == 0 < rows(town, ActivityMonth)
    with town.services.database.reading() as session:
        assert sorted(map(str, session.execute(select(Seat.id, *(getattr(Seat, name) for name in own))))) == days
    with town.services.database.transaction() as session:
        adoption.rebuild(session, town.services.settings, now=town.services.clock())
    assert counted(town) == before and town.differences() == []
    path = tmp_path / "activity.csv"
    lines = f"northwind,x,{last_day(cutoff - 1)}\nnorthwind,x,{first_day(cutoff)}\n"
    outcome = bring_in(town.services, "activity", path, "partner,seat,day\n" + lines)
    assert (outcome.created, outcome.rejected) == (1, 1) and "counted for good" in rejected(path)
    # A seat that is seen again is counted with what it did before.
    with town.services.database.transaction() as session:
        seat = session.scalars(select(Seat.id).where(Seat.last_purged_on.is_not(None)).limit(1)).one()
        partner_id = session.scalars(select(Seat.partner_id).where(Seat.id == seat)).one()
        again = [ActiveDay(partner_id, seat, town.services.clock().date())]
        record_activity(session, again, "vendor", now=town.services.clock())
    town.count()
    assert town.differences() == []
    enforce(town)
    assert town.differences() == []


@pytest.mark.requirement("TRUST retention-3: what was counted goes too, and nothing raw outlives it")
def test_numbers_go_and_answers_with_them(town: Town) -> None:
    keep(town, tally_months=5, answer_months=36, activity_months=36)
    cutoff, before = THIS_MONTH - 5, counted(town)
    went = enforce(town)
    assert {"tally_months", "answer_months", "activity_months"} <= set(went)
    assert counted(town) == {
        name: [row for row in found if month_in(name, row) >= cutoff] for name, found in before.items()
    }
    assert rows(town, Response, Response.month < cutoff) == rows(town, ActivityMonth, ActivityMonth.month < cutoff) == 0
    assert town.differences() == []
    with town.services.database.transaction() as session:
        adoption.rebuild(session, town.services.settings, now=town.services.clock())
        rebuild(session, now=town.services.clock())
    assert town.differences() == [] and enforce(town) == {}


@pytest.mark.requirement(
    "TRUST retention-4: links, addresses, unfinished imports and old entries of the audit log go too"
)
def test_every_other_kind_goes_after_its_time_and_a_dry_run_changes_nothing(
    town: Town,
    feedback,
) -> None:
    now = town.services.clock()
    with town.services.database.transaction() as session:
        for number, days in enumerate((1, 100)):
            past = now - timedelta(days=days)
            one = {"partner_id": town.partner_id, "respondent_id": uuid4()}
            asked = {"survey_id": uuid4(), "audience": "end_user", "live": True, "created_at": past}
            session.add(Invitation(**one, **asked, token_hash=str(number), expires_at=past))
            given = {"response_id": uuid4(), "address_encrypted": b"x", "given_at": past}
            session.add(Contact(**one, **given))
            zero = dict.fromkeys(("lines", "created", "revised", "unchanged", "repeated", "rejected"), 0)
            batch = {"id": UUID(int=number), "kind": "seats", "file_name": "a", "file_digest": "x", "state": "merging"}
            session.add(ImportBatch(**batch, **zero, started_at=past, also={}, attribute_values={}))
            session.flush()
            session.add(StagedLine(import_id=UUID(int=number), step=0, key="k", line=1, content="{}"))
        entry = {"actor": "cli", "action": "x.done", "target": "x", "detail": {}}
        for year in (2023, 2026):
            at = datetime(year, 1, 1, tzinfo=UTC)
            session.execute(insert(AuditEntry).values(id=uuid4(), at=at, **entry))
        asking = {"survey_id": uuid4(), "survey_version_id": uuid4(), "audience": "end_user", "trust": "vendor"}
        moment = {"granted_at": datetime(2023, 1, 1, tzinfo=UTC), "changed_at": now, "state": "shown", "live": True}
        session.add(Impression(partner_id=town.partner_id, id=uuid4(), respondent_id=uuid4(), **asking, **moment))
    # The command asks the clock of the machine.
    keep(town, staged_days=50)
    code, out, _ = feedback("retention", "--dry-run")
    assert code == 0 and out.endswith("Nothing was changed.\n")
    told = {line.split("(")[1].split(": ")[-1].rstrip(")"): int(line.split()[0]) for line in out.splitlines()[:-1]}
    assert told["link_days"] == told["contact_days"] == told["staged_days"] == told["audit_months"] == 1
    assert told["answer_months"] == 1 and told["comment_months"] > 0
    assert (rows(town, Invitation), rows(town, Contact), rows(town, StagedLine)) == (2, 2, 2)
    code, out, _ = feedback("retention")
    assert code == 0 and out.endswith("They are deleted.\n")
    assert (rows(town, Invitation), rows(town, Contact), rows(town, StagedLine)) == (1, 1, 1)
    assert rows(town, Impression) == 0 and rows(town, AuditEntry, AuditEntry.action == "x.done") == 1
    assert rows(town, AuditEntry, AuditEntry.action == "retention.enforced", AuditEntry.actor == "cli") == 1
    code, out, _ = feedback("retention")
    assert code == 0 and out.endswith("Done.\n")
    fold_all(town.services.database, now=now)
    with town.services.database.transaction() as session:
        assert verify(session, now=now).clean


def month_in(name: str, row: tuple[Any, ...]) -> int:
    """The month of a row that was counted."""
    model = next(one for one in COUNTED if one.__tablename__ == name)
    columns = list(model.__table__.columns.keys())
    return row[columns.index("month")] if "month" in columns else month_of(row[columns.index("day")])
