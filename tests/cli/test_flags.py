"""`feedback flags` as it is typed: seen, set aside, taken back, held to be honest."""

import json

import pytest
from sqlalchemy import select

from feedback.core.services import Services
from feedback.staff.models import AuditEntry
from tests.cli.conftest import Run
from tests.gap.world import World, people


@pytest.fixture
def world(services: Services, capsys: pytest.CaptureFixture[str]) -> World:
    """A partner at which sixty answered whom nobody knows."""
    made = World(services, counts_at_once=False)
    made.partner("acme", 40)
    made.seats("acme", people(30))
    made.answers("acme", "end_user", {f"p{number}": number % 9 for number in range(12)}, on="2026-09-10")
    ghosts = {f"ghost-{number}": 7 + number % 4 for number in range(60)}
    made.answers("acme", "end_user", ghosts, on="2026-11-12", trust="partner")
    made.answers("acme", "buyer", {"cfo": 9}, on="2026-10-02")
    made.daily()
    capsys.readouterr()
    return made


@pytest.mark.requirement("TRUST nobody-invented-2: setting aside by command is reversible and in the audit log")
def test_answers_are_set_aside_and_taken_back_by_command(feedback: Run, world: World) -> None:
    before = world.values().headline
    code, out, _ = feedback("flags", "list", "--format", "json", "--kind", "unknown")
    (flag,) = json.loads(out)["flags"]
    assert (code, flag["partner"], flag["state"], flag["evidence"]["unknown"]) == (0, "acme", "open", 60)
    done = feedback("flags", "set-aside", "acme", flag["flag"], "--reason", "nobody knows them")
    assert done[:2] == (0, "60 answers count no more.\n")
    after = world.values()
    assert after.headline.end_user.people == 12 and after.quality.with_set_aside is not None
    assert after.quality.with_set_aside.gap == before.gap is not None
    told = feedback("flags", "list", "--state", "set_aside")[1]
    assert "60 set aside by cli: nobody knows them" in told and "60 of 72 answers came from people" in told
    honest = feedback("flags", "settle", "acme", flag["flag"], "--reason", "they do not count, so this is not so")
    assert honest[0] == 1 and "Take that back first" in honest[2]
    again = feedback("flags", "set-aside", "acme", flag["flag"], "--reason", "again")
    assert again[0] == 1 and "set aside already" in again[2]
    back = feedback("flags", "take-back", "acme", flag["flag"], "--reason", "the new site")
    assert back[:2] == (0, "60 answers count again.\n")
    assert world.values().headline == before
    nothing = feedback("flags", "take-back", "acme", flag["flag"], "--reason", "once more")
    assert nothing[0] == 1 and "Nothing is set aside because of this flag" in nothing[2]
    with world.services.database.reading() as session:
        logged = [(one.actor, one.action, one.detail["reason"]) for one in session.scalars(select(AuditEntry))]
    assert logged == [
        ("cli", "answers.set_aside", "nobody knows them"),
        ("cli", "answers.counted_again", "the new site"),
    ]


def test_a_flag_is_settled_by_command_and_a_reason_is_asked_for(feedback: Run, world: World) -> None:
    (flag,) = json.loads(feedback("flags", "list", "--format", "json", "--kind", "unknown")[1])["flags"]
    assert feedback("flags", "settle", "acme", flag["flag"])[0] == 2
    code, _, told = feedback("flags", "settle", "acme", flag["flag"], "--reason", " ")
    assert code == 1 and told.endswith("Correct that and give the command again.\n")
    code, _, told = feedback("flags", "settle", "acme", flag["flag"][:8], "--reason", "x")
    assert code == 2 and "`feedback flags list` shows them" in told
    code, _, told = feedback("flags", "settle", "acne", flag["flag"], "--reason", "x")
    assert code == 1 and "GET /v1" not in told
    world.partner("bolt")
    assert feedback("flags", "settle", "bolt", flag["flag"], "--reason", "x")[0] == 1
    assert feedback("flags", "settle", "acme", flag["flag"], "--reason", "a town\u202e hall")[0] == 0
    told = feedback("flags", "list", "--state", "settled")[1]
    assert "Held to be honest by cli: a town" in told and "\u202e" not in told
    assert feedback("flags", "list", "--partner", "bolt")[1] == "None. Last looked at: the days up to 2026-11-14.\n"


def test_where_nobody_looked_yet_no_flag_says_nothing(feedback: Run, services: Services) -> None:
    assert services.database
    assert feedback("flags", "list")[:2] == (0, "None: nobody looked yet. The schedule does, once a day.\n")
