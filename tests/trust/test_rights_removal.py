"""A partner that left is taken out whole, the others stay, and the sums over all of them are right."""

# ruff: noqa: F811 - fixtures of other rooms

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import JSON, Boolean, Date, Float, Integer, LargeBinary, String, Table, Uuid, insert, select

from feedback.core.db import Base, UtcDateTime
from feedback.core.services import Services
from feedback.imports import orders, uploads
from feedback.imports.orders import HandedIn
from feedback.imports.rejected import rejected_path
from feedback.notices.models import News, Told
from feedback.partners.commands import ContractTerms, put_contracts
from feedback.privacy import removal
from feedback.responses.commands import NewResponse, put_response
from feedback.tallies.commands import fold_all
from feedback.tallies.cube import cube
from feedback.tallies.models import SegmentTally
from tests.cli.conftest import feedback  # noqa: F401 - a fixture
from tests.imports.files import with_partners
from tests.trust.somebody import Town, left_of, make_town, rows

CHOICES = {"kind": "changed", "verdict": "open", "number": "gap", "metric": "nps", "audience": "end_user"}
CHOICES |= {"trust": "vendor", "state": "granted", "algorithm": "ES256", "public_key_pem": "x", "branding": "own"}
OWN_CHOICES = {("flags", "kind"): "burst", ("set_asides", "whose"): "all"}
CHOICES |= {"status": "new", "outcome": "open", "role": "admin"}


@pytest.fixture
def town(app: Flask, services: Services) -> Town:
    """Two partners with people; of the first there is a row in every table that knows partners."""
    made = make_town(services, app.test_client())
    made.live("anna")
    elsewhere(made)
    made.count()
    for table in of_partners():
        fill(made, table)
    return made


def of_partners() -> Iterator[Table]:
    for table in Base.metadata.sorted_tables:
        if "partner_id" in table.columns:
            yield table


def fill(town: Town, table: Table) -> None:
    """A row of the partner, unless there is one."""
    with town.services.database.transaction() as session:
        if session.execute(select(table).where(table.c.partner_id == town.partner_id)).first() is None:
            values = {one.name: value_of(one, town) for one in table.columns if needs(one)}
            session.execute(insert(table).values(values))


def needs(column: Any) -> bool:
    generated = column.primary_key and isinstance(column.type, Integer) and column.autoincrement is True
    return not generated and (not column.nullable or column.name in CHOICES or column.name == "partner_id")


def value_of(column: Any, town: Town) -> Any:
    if column.name == "partner_id":
        return town.partner_id
    if (column.table.name, column.name) in OWN_CHOICES:
        return OWN_CHOICES[column.table.name, column.name]
    if column.name in CHOICES:
        return CHOICES[column.name]
    made: dict[type, Any] = {
        Uuid: uuid4(),
        UtcDateTime: datetime(2026, 11, 1, tzinfo=UTC),
        Date: date(2026, 11, 1),
        Boolean: True,
        JSON: {},
        LargeBinary: b"x",
        Float: 0.5,
        Integer: 0,
        String: "filled",
    }
    return next(value for kind, value in made.items() if isinstance(column.type, kind))


def elsewhere(town: Town) -> None:
    """Another partner's answer in the same segment, which must stay in the sums."""
    with town.services.database.transaction() as session:
        now, asked = (
            town.services.clock(),
            session.execute(select(Base.metadata.tables["responses"])).mappings().first(),
        )
        assert asked is not None
        same = {name: asked[name] for name in ("survey_id", "survey_version_id", "audience", "metric")}
        new = {"partner_id": town.world.other.id, "id": uuid4(), "respondent_id": uuid4(), "score": 9, "revision": 1}
        kept = {"complete": True, "answered_at": now, "trust": "vendor", "live": True}
        put_response(session, NewResponse(**same, **new, **kept), now=now)
        for partner in (town.partner_id, town.world.other.id):
            put_contracts(session, [ContractTerms(partner, "one", 10, date(2026, 1, 1), date(2027, 1, 1))], now=now)
        for partner, thing in ((town.partner_id, "mine"), (town.world.other.id, "theirs")):
            session.add(News(thing=thing, kind="state", partner_id=partner, subject={}, at=now))
            session.add(Told(thing=thing, channel="mail", to_id=uuid4(), at=now))


@pytest.mark.requirement("TRUST rights-8: a partner that leaves is taken out of every table, and of the sums of all")
def test_a_removed_partner_is_nowhere_any_more_and_the_others_are_as_before(
    town: Town,
    feedback,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _s: None)
    database, other = town.services.database, town.world.other.id
    ours = {table.name for table in of_partners()}
    before = rows(database)
    assert {name for name in ours if any(town.partner_id.hex in row for row in before[name])} == ours
    theirs = {name: [row for row in found if other.hex in row] for name, found in before.items()}
    with database.reading() as session:
        assert town.partner_id in cube(session).partners
    code, out, _ = feedback("partners", "remove", "northwind")
    assert code == 0 and "Nothing was changed" in out and "voices" in out
    assert rows(database).keys() == before.keys()
    code, out, _ = feedback("partners", "remove", "northwind", "--yes")
    assert code == 0 and "northwind is removed." in out
    left = left_of(database, town.partner_id, *town.whom("anna").respondents, town.answers["anna"])
    assert left.pop("partner_removals") == 1
    assert set(left) <= {"audit_log", "outbox"}
    after = rows(database)
    assert {name: [row for row in after.get(name, []) if other.hex in row] for name in theirs} == theirs
    assert [row.split()[0] for row in after["told"]] == ["theirs"]
    assert "embed_sightings" not in after
    with database.reading() as session:
        assert set(cube(session).partners) == {other}
        sums = session.execute(select(SegmentTally.h2, SegmentTally.h7, SegmentTally.h9)).all()
        assert tuple(map(sum, zip(*sums, strict=True))) == (0, 0, 1)
    assert town.differences() == []
    assert feedback("partners", "remove", "northwind")[0] == 1


HEADER = "Account,partner,Medium\n"
OURS = "northwind,2026-02-01,mail\n"
OTHERS = "other,2026-02-01,northwind\nnorthwind-two,2026-02-01,mail\n"
BROKEN = 'northwind,"open\n'
"""A line that cannot be told apart into cells."""
REJECTED = "rejected_line,rejected_because,partner,day,channel\n2,no,other,,\n"


@pytest.mark.requirement("TRUST rights-8: and out of files that wait to be imported, and lists of rejected lines")
def test_a_removed_partner_is_in_no_file_that_waits_and_other_partners_lines_stay(
    services: Services,
    feedback,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_partners(services, "northwind", "other", "northwind-two")
    by_name = wait(services, "partner,day,channel\n" + OURS + OTHERS)
    chosen = wait(services, HEADER + OTHERS + OURS + BROKEN + OTHERS, maps=["partner=account"])
    unknown = wait(services, "Account,Day,Medium\n" + OURS + OTHERS.partition("\n")[2])
    lists = [rejected_path(by_name), rejected_path(chosen)]
    lists[0].write_text(REJECTED + "3,no," + OURS)
    # An import that is under way writes its list while the command waits.
    monkeypatch.setattr("time.sleep", lambda _s: lists[1].write_text(REJECTED + "3,no," + OURS))
    code, out, _ = feedback("partners", "remove", "northwind")
    assert code == 0 and "5  lines of files" in out and OURS in by_name.read_text()
    code, out, _ = feedback("partners", "remove", "northwind", "--yes")
    assert code == 0 and "5  lines of files" in out
    assert by_name.read_text() == "partner,day,channel\n\n" + OTHERS
    assert chosen.read_text() == HEADER + OTHERS + "\n\n" + OTHERS
    assert unknown.read_text() == "Account,Day,Medium\n\n" + OTHERS.partition("\n")[2]
    assert [one.read_text() for one in lists] == [REJECTED + "\n"] * 2


def wait(services: Services, content: str, maps: Sequence[str] = ()) -> Path:
    """A file of the desk that nobody went on with."""
    new = HandedIn(uuid4(), "promotions", "p.csv", len(content), "desk")
    with uploads.receiving(services.settings, new.id) as file:
        file.write(content.encode())
    with services.database.transaction() as session:
        orders.take_in(session, new, None, actor="cli", now=services.clock()).maps = list(maps)
    return uploads.uploaded(services.settings, new.id)


KNOWN_TO_THE_COMMAND = """
import feedback.cli.respondent
from feedback.privacy import removal
from uuid import UUID
print(*sorted(mapper.local_table.name for mapper, _own in removal._theirs(UUID(int=1))))
"""


@pytest.mark.requirement("TRUST rights-8: the command knows every table in a process of its own, too")
def test_the_command_knows_every_table_although_it_loads_little_of_the_program() -> None:
    """Here every model was loaded by somebody; in a process of its own nobody else does."""
    told = subprocess.run([sys.executable, "-c", KNOWN_TO_THE_COMMAND], check=True, capture_output=True, text=True)
    assert {table.name for table in of_partners()} <= set(told.stdout.split())


@pytest.mark.requirement("TRUST rights-9: what processes that had not heard of a removal kept is deleted too")
def test_what_came_in_meanwhile_of_a_removed_partner_goes_with_the_next_sweep(town: Town) -> None:
    database, now = town.services.database, town.services.clock()
    with database.transaction() as session:
        found = session.get_one(type(town.world.partner), town.partner_id)
        removal.remove_partner(session, found, actor="cli", now=now)
    with database.transaction() as session:
        kept = {"complete": True, "answered_at": now, "trust": "vendor", "live": True, "score": 3, "revision": 1}
        about = {"survey_id": uuid4(), "survey_version_id": uuid4(), "audience": "end_user", "metric": "nps"}
        new = {"partner_id": town.partner_id, "id": UUID(int=5), "respondent_id": UUID(int=6)}
        put_response(session, NewResponse(**new, **about, **kept), now=now)
    fold_all(database, now=now)
    with database.transaction() as session:
        assert removal.sweep(session, now=now) > 0
        assert removal.sweep(session, now=now) == 0
    assert set(left_of(database, town.partner_id)) <= {"partner_removals", "audit_log"}
    assert town.differences() == []
