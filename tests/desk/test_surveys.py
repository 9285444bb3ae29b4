"""The desk's surveys: the list, one survey's page, what changed, and who may change what."""

import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from feedback.core.ids import new_id
from feedback.desk import survey_list
from feedback.responses.commands import NewResponse, put_imported
from feedback.responses.models import Impression
from feedback.seats.commands import seat_id
from feedback.surveys.commands import change_draft, create_survey, publish
from feedback.surveys.definition import load
from feedback.surveys.queries import survey_by_name, versions_of
from feedback.surveys.templates import TEMPLATES
from feedback.tallies.commands import fold_all
from tests.desk.conftest import Visitor
from tests.desk.reading import statements, text
from tests.desk.speaking import audited
from tests.gap.world import PEPPER, World

NAUGHTY = "<script>alert('x')</script> {{7*7}} مرحبا"


def ask(world: World, name: str, audience: str = "end_user", metric: str = "nps", **written: Any) -> None:
    """A survey that is live."""
    with world.services.database.transaction() as session:
        survey = create_survey(session, name, audience, metric, load(written), now=world.services.clock())
        publish(session, survey, now=world.services.clock())


def change(world: World, name: str, *, then_publish: bool = False, **written: Any) -> None:
    """Another draft."""
    with world.services.database.transaction() as session:
        survey = survey_by_name(session, name)
        change_draft(survey, load(written))
        if then_publish:
            publish(session, survey, now=world.services.clock())


def answer(
    world: World, name: str, states: dict[str, str], scores: dict[str, int], *, wrote: tuple[str, ...] = ()
) -> None:
    """Cards in these states by person, and answers; folded."""
    now, partner = world.services.clock(), world.ids["acme"]
    with world.services.database.transaction() as session:
        survey = survey_by_name(session, name)
        version = versions_of(session, survey)[-1]
        which: dict[str, Any] = {"survey_id": survey.id, "survey_version_id": version.id, "audience": survey.audience}
        for person, state in states.items():
            times = {"granted_at": now, "changed_at": now}
            who = {"partner_id": partner, "respondent_id": seat_id(PEPPER, partner, person), "trust": "vendor"}
            session.add(Impression(id=new_id(), state=state, live=person != "test", **which, **times, **who))
        for person, score in scores.items():
            new = NewResponse(
                partner_id=partner,
                id=new_id(),
                **which,
                metric=survey.metric,
                respondent_id=seat_id(PEPPER, partner, person),
                score=score,
                revision=1,
                complete=True,
                answered_at=now,
                trust="vendor",
                live=True,
                comment="words" if person in wrote else None,
            )
            put_imported(session, [new], now=now)
    fold_all(world.services.database, now=now)


def names(html: str) -> list[str]:
    """The surveys of the list, in its order."""
    return [text(cell) for cell in re.findall(r'<th scope="row"><a [^>]*>(<bdi.*?)</a></th>', html)]


def row(html: str, name: str) -> str:
    """What the list says about one survey."""
    found = re.search(rf'<tr><th scope="row"><a [^>]*/{name}".*?</tr>', html)
    assert found
    return text(found[0])


@pytest.fixture
def three(world: World) -> World:
    """A survey with answers, one of options, and a draft that nobody is asked."""
    world.partner("acme", 40, name="Acme & <i>Söhne</i>")
    ask(world, "end-user-nps", texts={"de": {"question": "Wie?"}})
    ask(world, "whose", metric="recognition")
    with world.services.database.transaction() as session:
        create_survey(session, "waiting", "buyer", "csat", load({}), now=world.services.clock())
    states = {"a": "answered", "b": "answered", "c": "dismissed", "d": "granted", "test": "answered"}
    answer(world, "end-user-nps", states, {"a": 9, "b": 2}, wrote=("b",))
    answer(world, "whose", {"a": "answered"}, {"a": 0})
    return world


def test_every_survey_stands_in_the_list_with_what_came_of_it(visitor: Visitor, three: World) -> None:
    assert three
    visitor.come_in()
    page = visitor.get("/desk/surveys?sort=name").text
    assert names(page) == ["end-user-nps", "waiting", "whose"]
    # Three cards were shown, one is a test; two answered, one of them wrote.
    assert "live version 1 end users recommendation (NPS) de 3 2 67 % 1 2 0 " in row(page, "end-user-nps")
    assert "draft buyers satisfaction (CSAT) none 0 0 0 0 –" in row(page, "waiting")
    assert row(page, "whose").endswith("by option")


def test_the_list_is_filtered_and_sorted_by_its_address(visitor: Visitor, three: World) -> None:
    assert three
    visitor.come_in()
    assert names(visitor.get("/desk/surveys?q=WHO").text) == ["whose"]
    assert names(visitor.get("/desk/surveys?state=draft").text) == ["waiting"]
    assert names(visitor.get("/desk/surveys?audience=end_user&sort=-name").text) == ["whose", "end-user-nps"]
    assert names(visitor.get("/desk/surveys?metric=recognition").text) == ["whose"]
    for sort in survey_list.SORTS:
        assert len(names(visitor.get(f"/desk/surveys?sort=-{sort}").text)) == 3
    assert names(visitor.get("/desk/surveys?sort=asked").text)[0] == "end-user-nps"
    assert names(visitor.get("/desk/surveys?sort=-asked").text)[0] == "waiting"
    # Without a score last, whichever way it is sorted.
    assert {names(visitor.get(f"/desk/surveys?sort={one}result").text)[0] for one in ("", "-")} == {"end-user-nps"}
    nobody = visitor.get("/desk/surveys?q=<script>alert(1)</script>").text
    assert "No survey fits" in nobody and "<script>alert" not in nobody
    assert len(names(visitor.get("/desk/surveys?sort=x&state=x&audience=x&metric=x").text)) == 3
    assert "3 2 67 %" not in visitor.get("/desk/surveys?from=2026-08&to=2026-09").text


def test_the_list_leaves_as_a_file(visitor: Visitor, three: World) -> None:
    assert three
    visitor.come_in()
    lines = visitor.get("/desk/surveys.csv?q=end").text.splitlines()
    assert lines[0].split(",") == list(survey_list.TITLES)
    assert lines[1].startswith("end-user-nps,end_user,nps,live,1,de,3,2,1,2,0.0,") and len(lines) == 2
    book = ZipFile(BytesIO(visitor.client.get("/desk/surveys.xlsx").data))
    assert "whose" in book.read("xl/sharedStrings.xml").decode()


def test_without_surveys_the_list_offers_templates(visitor: Visitor) -> None:
    visitor.come_in("researcher")
    page = visitor.get("/desk/surveys").text
    assert "Nobody is asked anything yet" in page
    assert all(one.purpose in text(page) for one in TEMPLATES)
    for name in ("why-stopped", "another"):
        fields = {"template": "why-stopped"} | ({} if name == "why-stopped" else {"name": name})
        assert visitor.post("/desk/surveys", **fields).headers["Location"] == f"/desk/surveys/{name}/edit"
    assert names(visitor.get("/desk/surveys").text) == ["another", "why-stopped"]
    assert visitor.post("/desk/surveys", template="why-stopped").status_code == 409
    assert visitor.post("/desk/surveys", template="no-such").status_code == 404
    assert visitor.post("/desk/surveys", name="own", audience="buyer", metric="ces").status_code == 303
    assert visitor.post("/desk/surveys", name="Own!", audience="buyer", metric="ces").status_code == 422
    assert [entry.target for entry in audited(visitor.services, "survey.created")] == ["why-stopped", "another", "own"]


def test_a_surveys_page_says_what_it_asks_and_what_came_of_it(visitor: Visitor, three: World) -> None:
    change(three, "end-user-nps", then_publish=True, partners=["acme"], delay_s=3, texts={"en": {"question": NAUGHTY}})
    visitor.come_in()
    page = visitor.get("/desk/surveys/end-user-nps").text
    said = text(page)
    assert "<script>alert" not in page and "<i>Söhne" not in page
    assert NAUGHTY in said
    assert "Asks people at Acme & <i>Söhne</i>, on every page, 3 seconds after the page has opened" in said
    assert "Asked 3 cards shown Answered 2 67 % of them Wrote 1 people with a comment People 2" in said
    assert "9 1 50 %" in said
    assert "vendor" not in said.split("Answer People Share")[1].split("The card")[0]
    assert "the vendor 1 100 %" in text(visitor.get("/desk/surveys/whose").text)
    assert "Nobody answered in these months" in visitor.get("/desk/surveys/end-user-nps?from=2026-01&to=2026-02").text
    assert visitor.get("/desk/surveys/no-such").status_code == 404


def test_what_is_imported_has_a_page_without_an_editor(visitor: Visitor, world: World) -> None:
    world.partner("acme", 40)
    world.answers("acme", "end_user", [9, 10])
    visitor.come_in("admin")
    page = visitor.get("/desk/surveys/imported-end-user-nps").text
    assert "What the vendor imports belongs to it" in page and "/edit" not in page
    with world.services.database.reading() as session:
        mark = survey_by_name(session, "imported-end-user-nps").draft
    assert mark == {}


def test_what_changed_is_said_between_any_two_versions_and_the_draft(visitor: Visitor, three: World) -> None:
    change(three, "end-user-nps", then_publish=True, sample=0.5, texts={"de": {"question": "Warum?"}})
    change(three, "end-user-nps", sample=0.25)
    visitor.come_in()
    path = "/desk/surveys/end-user-nps/changes"
    first = text(visitor.get(f"{path}?from=1&to=2").text)
    assert "2 things are different between version 1 and version 2" in first
    assert "Sample everybody 50 % of them" in first and "question German Wie? Warum?" in first
    draft = text(visitor.get(path).text)
    assert "between version 2 and the draft" in draft and "50 % of them 25 % of them" in draft
    assert "No difference" in visitor.get(f"{path}?from=2&to=2").text
    assert visitor.get(f"{path}?from=9").status_code == 404
    assert visitor.get(f"{path}?to=<script>").status_code == 404
    assert "The draft differs from version 2 in 2 places" in text(visitor.get("/desk/surveys/end-user-nps").text)


def test_publishing_says_what_changes_and_freezes_it(visitor: Visitor, three: World) -> None:
    visitor.come_in("admin")
    assert "Nothing is different from version 1" in visitor.get("/desk/surveys/end-user-nps/publish").text
    change(three, "end-user-nps", sample=0.5)
    page = visitor.get("/desk/surveys/end-user-nps/publish")
    assert "Publish as version 2?" in page.text and "everybody 50 % of them" in text(page.text)
    mark = re.search(r'name="mark" value="(\w+)"', page.text)
    assert mark
    path = "/desk/surveys/end-user-nps/publish"
    # Somebody changes the draft while the page is being read: that was not what was looked at.
    change(three, "end-user-nps", sample=0.1)
    assert visitor.post(path, mark=mark[1]).status_code == 409
    change(three, "end-user-nps", sample=0.5)
    assert visitor.post(path, mark=mark[1]).headers["Location"] == "/desk/surveys/end-user-nps"
    with three.services.database.reading() as session:
        versions = versions_of(session, survey_by_name(session, "end-user-nps"))
        assert [one.version for one in versions] == [1, 2] and versions[1].definition["sample"] == 0.5
    (entry,) = audited(visitor.services, "survey.published")
    assert (entry.actor, entry.target, entry.detail) == ("staff:ann@example.com", "end-user-nps", {"version": 2})


def test_a_survey_is_paused_and_resumed(visitor: Visitor, three: World) -> None:
    visitor.come_in("researcher")
    path = "/desk/surveys/end-user-nps"
    for action, state, button in (("pause", "paused", "Resume"), ("resume", "live", "Pause")):
        visitor.get(path)
        assert visitor.post(f"{path}/{action}").status_code == 303
        with three.services.database.reading() as session:
            assert survey_by_name(session, "end-user-nps").state == state
        assert f">{button}<" in visitor.get(path).text
        assert len(audited(visitor.services, f"survey.{state if state == 'paused' else 'resumed'}")) == 1
    assert visitor.post(f"{path}/resume").status_code == 409
    assert visitor.post("/desk/surveys/no-such/pause").status_code == 404
    assert visitor.post(f"{path}/delete").status_code in (404, 405)


ACTIONS = ("", "/end-user-nps/publish", "/end-user-nps/pause", "/end-user-nps/resume", "/end-user-nps/edit")
MORE_ACTIONS = ("/end-user-nps/texts", "/end-user-nps/preview")


@pytest.mark.parametrize("role", ["admin", "researcher", "analyst", "account"])
def test_who_reads_numbers_reads_and_only_researchers_and_admins_change(
    visitor: Visitor, three: World, role: str
) -> None:
    assert three
    visitor.come_in(role)
    editor, reader = role in ("admin", "researcher"), role != "account"
    page = visitor.get("/desk/surveys/end-user-nps")
    assert ("What came of it" in page.text) == reader
    assert ("/edit" in page.text) == editor and ("/s/test/" in page.text) == editor
    assert ('href="/desk/surveys"' in visitor.get("/desk").text) == reader
    assert ("Start from a template" in visitor.get("/desk/surveys").text) == editor
    assert ("end-user-nps" in visitor.get("/desk/surveys.csv").text) == reader
    assert ("radiogroup" in visitor.get("/desk/surveys/end-user-nps/preview").text) == reader
    for path in ("edit", "texts", "publish"):
        page = visitor.get(f"/desk/surveys/end-user-nps/{path}")
        # Account managers are shown the page that says that nothing was released, in the place of any about numbers.
        assert ("end-user-nps" in page.text) == editor and (page.status_code == 403 or role != "analyst")
    for path in (*ACTIONS, *MORE_ACTIONS):
        refused = visitor.post(f"/desk/surveys{path}", template="why-stopped").status_code == 403
        assert refused != editor, path


def test_no_form_is_taken_without_its_token(visitor: Visitor, three: World) -> None:
    visitor.come_in("admin")
    for path in (*ACTIONS, *MORE_ACTIONS):
        assert visitor.post(f"/desk/surveys{path}", token="forged", template="why-stopped").status_code == 403, path
    with three.services.database.reading() as session:
        assert survey_by_name(session, "end-user-nps").state == "live"


def test_the_pages_ask_the_database_as_often_for_many_surveys_as_for_few(visitor: Visitor, three: World) -> None:
    visitor.come_in("admin")
    few = [statements(visitor, path) for path in ("/desk/surveys", "/desk/surveys/end-user-nps")]
    for number in range(5):
        ask(three, f"more-{number}")
        change(three, "end-user-nps", then_publish=True, sample=0.5 + number / 100)
    assert [statements(visitor, path) for path in ("/desk/surveys", "/desk/surveys/end-user-nps")] == few
    assert max(few) <= 16
