"""What was erased stays erased: the journal survives the restore of an older backup, and machines share it."""

# ruff: noqa: F811 - fixtures of other rooms

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from feedback.core.db import Database
from feedback.core.erasure_journal import NAME, RESPONDENT, Entry, Journal
from feedback.core.erasures import Erasure
from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.partners.models import Partner
from feedback.privacy import erasing, journal
from feedback.responses.models import Response
from feedback.settings import Settings
from tests.cli.conftest import Run, feedback  # noqa: F401 - a fixture
from tests.cli.test_backup import _tools, elsewhere  # noqa: F401 - fixtures
from tests.imports.files import bring_in, rejected
from tests.trust.somebody import Town, left_of, make_town
from workers.runtime.schedule import Sweep


@pytest.fixture
def town(app: Flask, services: Services) -> Town:
    """Anna and Ben, who answered."""
    made = make_town(services, app.test_client())
    made.live("anna")
    made.answer("ben", 9)
    made.count()
    return made


def withdraw(town: Town, subject: str) -> None:
    """They delete their answer in their page."""
    address = f"/v1/embed/{town.world.key}/responses/{town.answers[subject]}"
    assert town.client.delete(address, headers=town.world.headers(town.world.token(subject))).status_code == 204


@pytest.mark.requirement("TRUST rights-10: a restored backup brings back nobody who was erased since")
@pytest.mark.requirement("TRUST rights-11: what an erased person answered later is not erased by a restore")
def test_a_restored_backup_erases_again_what_was_erased_since(
    town: Town,
    feedback: Run,
    elsewhere: Callable[[], Settings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _s: None)
    withdraw(town, "ben")
    again = town.answer("ben", 8)
    town.answer("cem", 3)
    with town.services.database.transaction() as session:
        erasing.erase(session, town.whom("cem"), now=town.services.clock())
    new = town.answer("cem", 9)
    file = tmp_path / "before.backup"
    assert feedback("backup", str(file), "--with-secret")[0] == 0
    assert feedback("respondent", "erase", "northwind", "anna", "--yes")[0] == 0
    assert feedback("respondent", "erase", "northwind", "unheard-of", "--yes")[0] == 0
    withdraw(town, "ben")
    assert feedback("partners", "remove", "contoso", "--yes")[0] == 0
    Sweep(town.services)()
    there = elsewhere()
    there.home.mkdir()
    (there.home / NAME).write_bytes((town.services.settings.home / NAME).read_bytes())
    code, out, _ = feedback("restore", str(file))
    assert code == 0 and out.endswith("The recount is identical.\n"), out
    # Anna was a seat and a buyer; of whom the journal speaks and nothing came back is not counted.
    assert "Erased again by the journal: 2 people, 1 answers, 1 partners." in out
    database = Database(there.database_url)
    anna = town.whom("anna")
    assert set(left_of(database, *anna.respondents, town.answers["anna"])) <= {"erasures", "audit_log"}
    assert set(left_of(database, again)) <= {"withdrawals", "audit_log", "impressions"}
    with database.reading() as session:
        assert session.scalars(select(Response.id)).all() == [new]
        assert session.scalars(select(Partner.slug)).all() == ["northwind"]
    after = replace(town.services, settings=there, database=database, _shared={})
    path = tmp_path / "seats.csv"
    outcome = bring_in(after, "seats", path, "partner,seat\nnorthwind,anna\nnorthwind,dora\n")
    assert (outcome.created, outcome.rejected) == (1, 1) and "erased" in rejected(path)
    code, out, _ = feedback("erasures", "replay")
    assert code == 0 and "Erased again: 0 people, 0 answers, 0 partners; 0 rows." in out
    database.close()


@pytest.mark.requirement("TRUST rights-12: a home without a journal is told of, and a journal of elsewhere is read in")
def test_a_journal_that_was_left_behind_is_brought_along_later(
    town: Town,
    feedback: Run,
    elsewhere: Callable[[], Settings],
    tmp_path: Path,
) -> None:
    if not town.services.database.is_sqlite:
        pytest.skip("the same file and the same tables on both; restoring takes five seconds there")
    file = tmp_path / "before.backup"
    assert feedback("backup", str(file), "--with-secret")[0] == 0
    assert feedback("respondent", "erase", "northwind", "anna", "--yes")[0] == 0
    there = elsewhere()
    code, out, _ = feedback("restore", str(file))
    assert code == 0 and "There is no journal of erasures here" in out
    database = Database(there.database_url)
    assert "responses" in left_of(database, *town.whom("anna").respondents)
    code, out, _ = feedback("erasures", "replay", str(town.services.settings.home / NAME))
    assert code == 0 and "Erased again: 2 people" in out
    assert set(left_of(database, *town.whom("anna").respondents)) <= {"erasures", "audit_log"}
    assert len(Journal(there.home).entries()) == 2
    assert feedback("tallies", "verify")[0] == 0
    database.close()


@pytest.mark.requirement("TRUST rights-13: the machine of the schedule has what all machines erased")
def test_each_machine_has_what_it_erased_and_the_schedule_has_it_all(town: Town, tmp_path: Path) -> None:
    machines = [
        replace(town.services, settings=replace(town.services.settings, home=tmp_path / name), _shared={})
        for name in ("one", "two")
    ]
    schedule = Sweep(machines[0])
    schedule()
    for subject in ("anna", "ben"):
        with town.services.database.transaction() as session:
            erasing.erase(session, town.whom(subject), now=town.services.clock())
        journal.collect(machines[1])
        schedule()
    files = [(one.settings.home / NAME).read_text().splitlines() for one in machines]
    assert sorted(files[0]) == sorted(files[1]) and len(files[0]) == 4
    assert {json.loads(line)["erased"] for line in files[0]} == {"respondent"}
    # One that is lost is written again.
    (machines[0].settings.home / NAME).unlink()
    schedule()
    assert len(Journal(machines[0].settings.home).entries()) == 4


@pytest.mark.requirement(
    "TRUST rights-14: a journal that a crash cut short loses nothing, a damaged one is not ignored"
)
def test_a_torn_line_is_written_again_and_a_damaged_one_is_refused(town: Town) -> None:
    with town.services.database.transaction() as session:
        erasing.erase(session, town.whom("anna"), now=town.services.clock())
    journal.collect(town.services)
    path = town.services.settings.home / NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with town.services.database.reading() as session:
        Journal(path.parent).collect(session)
    assert path.read_bytes() == whole
    path.write_bytes(b'{"erased": "nobody"}\n' + whole)
    with pytest.raises(Problem) as refused:
        Journal(path.parent).entries()
    assert refused.value.code is Code.CONFLICT and "Line 1" in refused.value.detail


def test_the_same_entries_of_two_files_are_one(tmp_path: Path, services: Services) -> None:
    entry = Entry(services.clock(), RESPONDENT, UUID(int=1), UUID(int=2))
    one, other = Journal(tmp_path), Journal(tmp_path)
    assert (one.add([entry]), other.add([entry]), one.add([entry])) == (1, 0, 0)
    with services.database.transaction() as session:
        for _ in range(2):
            assert journal.replay(session, other.entries(), now=services.clock()).rows == 0
        assert session.scalars(select(Erasure.erased_at)).all() == [services.clock()]
