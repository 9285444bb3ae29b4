"""One person's rights: all that is held is shown, all of it goes at once, and nobody else brings it back."""

# ruff: noqa: F811 - fixtures of other rooms

import json
import subprocess
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from feedback.core.db import Base
from feedback.core.overwriting import forget_copies
from feedback.core.services import Services
from feedback.partners import keys
from feedback.privacy import erasing, rights
from feedback.privacy.held import HELD, counts
from feedback.responses.models import Response
from feedback.seats.models import Seat
from feedback.staff.models import AuditEntry
from feedback.tallies.cube import cube
from feedback.tallies.models import PartnerTally
from tests.cli.conftest import feedback  # noqa: F401 - a fixture
from tests.imports.files import bring_in, rejected
from tests.trust.somebody import ADDRESS, WROTE, Town, left_of, make_town

WITHOUT_PEOPLE = {
    "aside_tallies": "counts",
    "card_texts": "words of cards",
    "notice_texts": "words of notices",
    "answer_intake": "counts of all partners together",
    "attribute_values": "values that are told apart",
    "attributes": "names of attributes",
    "chores": "when something was done last",
    "claims": "what staff wrote; it names nobody by an id",
    "cohort_seats": "counts",
    "contracts": "of the partner",
    "daily_tallies": "counts",
    "decisions": "what staff decided",
    "deliveries": "what was sent to staff, without its words",
    "embed_keys": "of the partner",
    "embed_sightings": "what came of an embed, by page",
    "events": "of the partner",
    "first_value_days": "counts",
    "flags": "of the partner: days, counts and how probable they are",
    "import_mappings": "names of columns",
    "import_orders": "files that were handed in, by name",
    "import_rejects": "why a line was not taken; without its subject",
    "imports": "files that were imported, by name",
    "network_counts": "counts by the salted hash of a network, for a day",
    "notice_choices": "of staff",
    "paraphrases": "what a researcher wrote; it stands for ten people or more",
    "partner_generations": "of the partner",
    "partner_links": "of the partner",
    "partner_removals": "of the partner",
    "partner_seats": "counts",
    "partner_tallies": "counts",
    "partners": "of the partner",
    "policies": "of the partner",
    "preferences": "settings",
    "product_releases": "of the product",
    "promotions": "of the partner",
    "rankings": "of partners",
    "reached_seats": "counts",
    "reason_tallies": "counts",
    "recovery_codes": "of staff",
    "released_attributes": "of the partner",
    "releases": "frozen numbers of groups",
    "renewal_steps": "of contracts",
    "second_factors": "of staff",
    "seat_changes": "of the partner",
    "seals": "of the partner",
    "secret_keys": "of the vendor",
    "segment_seats": "counts",
    "segment_tallies": "counts",
    "set_asides": "what staff decided about answers of some days",
    "segments": "vectors, of nobody",
    "sign_in_attempts": "of staff",
    "sign_in_links": "of staff",
    "sign_in_steps": "of staff",
    "signing_keys": "of the partner",
    "snapshots": "of the partner",
    "staff": "of staff",
    "staff_identities": "of staff",
    "staff_sessions": "of staff",
    "survey_versions": "what is asked",
    "surveys": "what is asked",
    "tallies": "counts",
    "tally_state": "when was counted",
    "told": "what was told to staff",
    "watches": "of the partner",
    "webhook_endpoints": "of the vendor",
    "withdrawals": "ids of answers that are gone, of nobody any more",
}
"""Every table of which neither an export nor an erasure needs to know, and why."""
_NAMES_A_PERSON = {"respondent_id", "seat_id", "buyer_id", "person_id", "subject_id", "address_encrypted"}


@pytest.fixture
def town(app: Flask, services: Services) -> Town:
    """Anna, of whom all is held, and Ben, who must not be touched."""
    made = make_town(services, app.test_client())
    made.live("anna")
    made.live("ben")
    return made


@pytest.mark.requirement("ASVS 14.2.7: every table with rows about people is known to export and erasure")
def test_every_table_is_known_to_be_about_people_or_not() -> None:
    tables = {table.name: set(table.columns.keys()) for table in Base.metadata.sorted_tables}
    held = {one.model.__tablename__ for one in HELD}
    assert held.isdisjoint(WITHOUT_PEOPLE)
    unknown = set(tables) - held - set(WITHOUT_PEOPLE)
    assert not unknown, "new tables: put them into feedback.privacy.held, or say here why not"
    assert not [name for name, columns in tables.items() if columns & _NAMES_A_PERSON and name not in held]


@pytest.mark.requirement("TRUST rights-1: erasure takes a person out of every table at once, tallies by negatives")
def test_an_erased_person_is_nowhere_any_more_and_everybody_else_is_as_before(town: Town) -> None:
    database, now = town.services.database, town.services.clock()
    anna, ben = town.whom("anna"), town.whom("ben")
    answers = [town.answers["anna"]]
    with database.reading() as session:
        before = counts(session, anna)
        others = counts(session, ben)
        rare = {"second_answers", "waiting_to_be_imported", "waiting_to_be_counted", "erasures", "audit", "news"}
        assert set(before) >= {one.name for one in HELD} - rare
        counted_before = cube(session).people("nps", 0, 99_999, {"vendor"}).sum()
    with database.transaction() as session:
        gone = erasing.erase_respondent(session, anna, "northwind", actor="cli", now=now)
    # Nothing was folded since: what is counted is right in the same moment.
    assert left_of(database, *anna.respondents, *answers) == {"erasures": 2, "audit_log": 2}
    assert gone.rows == {name: count for name, count in before.items() if name != "audit"}
    with database.reading() as session:
        assert counts(session, ben) == others
        assert session.scalars(select(PartnerTally.h2)).all().count(1) == 1
        assert cube(session).people("nps", 0, 99_999, {"vendor"}).sum() == counted_before - 2
    assert town.differences() == []
    # Both wrote the same words: what is left of them is Ben's.
    assert left_of(database, words=(WROTE,)) == {"responses": 1, "claim_evidence": 1}


@pytest.mark.requirement("TRUST rights-2: an export has everything that is held on a person, in readable words")
def test_an_export_holds_every_row_and_what_was_told(town: Town, feedback) -> None:
    anna = town.whom("anna")
    with town.services.database.reading() as session:
        held = counts(session, anna)
    code, out, _ = feedback("respondent", "export", "northwind", "anna")
    told = json.loads(out)
    assert code == 0
    assert {name: len(found) for name, found in told["held"].items()} == held
    mine = next(one for one in told["held"]["answers"] if one["audience"] == "end_user")
    assert (mine["comment"], mine["score"], mine["survey"]) == (WROTE, 2, "asks")
    assert mine["attributes"] == {"team": "blue"} and mine["notice_version"] == "2026-10"
    assert told["held"]["addresses"][0]["address"] == ADDRESS
    days = {day for one in told["held"]["activity"] for day in one["days"]}
    assert {"2026-02-03", "2026-11-15"} <= days
    assert told["notices"][0]["lawful_basis"] == "legitimate interest"
    assert told["held"]["comment_marks"][0]["note"] == "a note"
    assert WROTE in told["held"]["evidence"][0]["words"]
    ben = [*town.whom("ben").respondents, town.answers["ben"]]
    assert not [one for one in ben if str(one) in out]
    code, _, err = feedback("respondent", "export", "northwind", "nobody")
    assert code == 0 and "Nothing is held" in err


@pytest.mark.requirement("TRUST rights-3: a look before an erasure changes nothing")
def test_the_command_shows_before_it_erases(town: Town, feedback) -> None:
    database, anna = town.services.database, town.whom("anna")
    code, out, _ = feedback("respondent", "erase", "northwind", "anna")
    with database.reading() as session:
        assert code == 0 and "Nothing was changed" in out and counts(session, anna)["answers"] == 2
    code, out, _ = feedback("respondent", "erase", "northwind", "anna", "--yes")
    assert code == 0 and "This person is erased." in out
    assert set(left_of(database, *anna.respondents)) == {"erasures", "audit_log"}
    journal = town.services.settings.home / "erasures.journal"
    assert sorted(json.loads(line)["id"] for line in journal.read_text().splitlines()) == sorted(
        map(str, anna.respondents)
    )
    assert journal.stat().st_mode & 0o077 == 0
    assert feedback("tallies", "verify")[0] == 0


@pytest.mark.requirement("TRUST rights-4: nothing that the vendor says later brings an erased person back")
def test_files_and_backends_cannot_bring_back_whom_was_erased(town: Town, tmp_path, feedback) -> None:
    assert feedback("respondent", "erase", "northwind", "anna", "--yes")[0] == 0
    files = {
        "seats": "partner,seat,deployed_on\nnorthwind,anna,2026-01-01\nnorthwind,cem,2026-01-01\n",
        "activity": "partner,seat,day\nnorthwind,anna,2026-11-01\nnorthwind,cem,2026-11-01\n",
        "responses": "partner,respondent,audience,metric,score,answered_at\n"
        "northwind,anna,end_user,nps,1,2026-11-02\nnorthwind,cem,end_user,nps,1,2026-11-02\n",
        "buyer-scores": "partner,buyer,metric,score,answered_at\n"
        "northwind,anna,nps,1,2026-11-02\nnorthwind,cem,nps,1,2026-11-02\n",
    }
    for kind, text in files.items():
        path = tmp_path / f"{kind}.csv"
        outcome = bring_in(town.services, kind, path, text)
        assert (outcome.created, outcome.rejected) == (1, 1), kind
        assert "This person was erased" in rejected(path)
    with town.services.database.transaction() as session:
        _, key = keys.create_secret_key(session, "all", ["write"], live=True, now=town.services.clock())
    headers = {"Authorization": f"Bearer {key}"}
    answer = {"respondent": "anna", "survey": "asks", "score": 3, "revision": 1, "complete": True}
    refused = [
        town.client.put("/v1/partners/northwind/seats/anna", json={}, headers=headers),
        town.client.put("/v1/partners/northwind/buyers/anna", json={"name": "Anna"}, headers=headers),
        town.client.put(f"/v1/partners/northwind/responses/{UUID(int=7)}", json=answer, headers=headers),
    ]
    assert [(one.status_code, one.json["code"]) for one in refused] == [(410, "respondent-erased")] * 3
    days = {"days": [{"seat": "anna", "day": "2026-11-03"}, {"seat": "cem", "day": "2026-11-03"}]}
    assert town.client.post("/v1/partners/northwind/activity", json=days, headers=headers).status_code == 200
    body = {"respondents": [{"partner": "northwind", "respondent": "anna"}]}
    made = town.client.post("/v1/surveys/asks/invitations", json=body, headers=headers)
    assert made.json["refused"] == [{"place": 0, "reason": "This person was erased."}]
    assert set(left_of(town.services.database, *town.whom("anna").respondents)) == {"erasures", "audit_log"}


@pytest.mark.requirement("TRUST rights-5: an erased person comes back by an answer of their own, and as nobody's seat")
def test_an_open_page_records_nothing_of_an_erased_person_but_what_they_answer(town: Town) -> None:
    database, anna = town.services.database, town.whom("anna")
    with database.transaction() as session:
        erasing.erase(session, anna, now=town.services.clock())
    town.seen("anna")
    quiet = {"survey": "end-user-nps", "version": 1}
    headers = town.world.headers(town.world.token("anna"))
    asked = town.client.post(f"/v1/embed/{town.world.key}/impressions", json=quiet, headers=headers).json
    assert (asked["due"], asked["reason"]) == (False, "asked_recently")
    assert set(left_of(database, *anna.respondents)) == {"erasures"}
    again = town.answer("anna", 9)
    town.count()
    with database.reading() as session:
        assert session.get(Response, (town.partner_id, again)) is not None
        assert session.get(Seat, (town.partner_id, anna.respondents[0])) is None
    assert town.differences() == []
    # What is new is erased as what was before.
    town.services.clock.forward(days=1)  # type: ignore[attr-defined]
    with database.transaction() as session:
        assert erasing.erase(session, anna, now=town.services.clock()).rows["answers"] == 1
    assert set(left_of(database, *anna.respondents)) == {"erasures"}


@pytest.mark.requirement("TRUST rights-6: an objection outlives an erasure")
def test_who_objected_and_was_erased_is_not_asked_again(town: Town) -> None:
    headers = town.world.headers(town.world.token("anna"))
    assert town.client.post(f"/v1/embed/{town.world.key}/objection", json={}, headers=headers).json == {
        "objected": True
    }
    for _ in range(2):
        with town.services.database.transaction() as session:
            erasing.erase(session, town.whom("anna"), now=town.services.clock.forward(minutes=1))  # type: ignore[attr-defined]
    town.services.clock.forward(days=400)  # type: ignore[attr-defined]
    assert town.ask("anna").json["reason"] == "objected"
    assert town.ask("anna", role="buyer").json["reason"] == "objected"
    assert town.ask("ben").json["due"]


@pytest.mark.requirement("ASVS 8.2.2: only the vendor's own admin keys reach a person, and only under their partner")
def test_the_doors_open_for_the_vendors_admin_keys_alone(town: Town) -> None:
    address = "/v1/partners/northwind/respondents/anna"
    with town.services.database.transaction() as session:
        made = {
            scope: keys.create_secret_key(session, scope, [scope], live=True, now=town.services.clock())[1]
            for scope in ("read", "write", "admin")
        }
    others = [made["read"], made["write"], town.world.partner_key, town.world.key, town.world.token("anna")]
    others.append(town.world.token("anna", signed_by="partner"))
    for key in others:
        for method in ("GET", "DELETE"):
            refused = town.client.open(address, method=method, headers={"Authorization": f"Bearer {key}"})
            assert refused.status_code in (401, 403) and WROTE.encode() not in refused.data
    assert town.client.get(address).status_code == 401
    admin = {"Authorization": f"Bearer {made['admin']}"}
    told = town.client.get(address, headers=admin)
    assert told.status_code == 200 and told.json["held"]["addresses"][0]["address"] == ADDRESS
    elsewhere = town.client.get("/v1/partners/contoso/respondents/anna", headers=admin)
    assert elsewhere.status_code == 200 and elsewhere.json["held"] == {}
    assert town.client.delete("/v1/partners/contoso/respondents/anna", headers=admin).json == {"rows": {}}
    assert town.client.get(address, headers=admin).json["held"]["answers"]
    gone = town.client.delete(address, headers=admin)
    assert gone.status_code == 200 and gone.json["rows"]["answers"] == 2
    assert town.client.delete(address, headers=admin).json == {"rows": {}}
    with town.services.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("respondent."))).all()
    assert sorted(actions) == sorted(["respondent.exported"] * 3 + ["respondent.erased"] * 3)


@pytest.mark.requirement("TRUST rights-7: lines that wait to be imported go with the person")
def test_a_line_that_waits_to_be_merged_goes_too(town: Town) -> None:
    from feedback.imports.models import ImportBatch, StagedLine

    now, anna = town.services.clock(), town.whom("anna")
    with town.services.database.transaction() as session:
        zero = dict.fromkeys(("lines", "created", "revised", "unchanged", "repeated", "rejected"), 0)
        about = {"id": UUID(int=1), "kind": "seats", "file_name": "a.csv", "file_digest": "x", "state": "merging"}
        session.add(ImportBatch(**about, **zero, started_at=now - timedelta(days=1), also={}, attribute_values={}))
        session.flush()
        for number, one in enumerate((anna, town.whom("ben"))):
            key = f"{town.partner_id.hex}{one.respondents[0].hex}"
            session.add(StagedLine(import_id=UUID(int=1), step=0, key=key, line=number, content="{}"))
    with town.services.database.transaction() as session:
        assert erasing.erase(session, anna, now=now).rows["waiting_to_be_imported"] == 1
        assert session.scalars(select(StagedLine.line)).all() == [1]


@pytest.mark.requirement("TRUST rights-19: what was erased is not left in the files of the database")
def test_what_the_erased_wrote_is_in_no_file_of_the_database(town: Town) -> None:
    if not town.services.database.is_sqlite:
        pytest.skip("PostgreSQL overwrites in its own time")

    def kept() -> list[str]:
        """By another process: to close a file of SQLite here would take the locks of the service from it."""
        search = ["grep", "-rlaF", WROTE, str(town.services.settings.home)]
        return subprocess.run(search, capture_output=True, text=True, check=False).stdout.split()

    assert kept()
    with town.services.database.reading() as session:
        assert session.scalar(select(Response.id).limit(1))
        # Somebody reads meanwhile: the log cannot be emptied then, and nobody is kept waiting for it.
        assert not forget_copies(town.services.database)
    for subject in ("anna", "ben"):
        rights.erase(town.services, "northwind", subject, actor="cli", now=town.services.clock())
    assert kept() == []
