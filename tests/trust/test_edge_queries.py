"""What somebody types never becomes part of a statement: it is looked for as it is, or refused."""

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine

from feedback.core.services import Services
from feedback.partners.models import Partner
from tests.desk.conftest import Visitor
from tests.desk.speaking import say, written
from tests.gap.world import World

pytestmark = pytest.mark.requirement("ASVS 1.2.4")

INJECTIONS = (
    "' OR '1'='1", "'; DROP TABLE partners; --", '" OR 1=1 --', "1) UNION SELECT password_hash FROM staff --",
    "\\' OR 1",
    "' || (SELECT secret_encrypted FROM second_factors) || '", "%' ESCAPE '!' OR 1=1 --", "$$; SELECT pg_sleep(5); --",
    ":name", "%(name)s", "?", "{0}", "/*", "x'; ATTACH DATABASE 'x' AS y; --",
)  # fmt: skip
PAGES = ("comments", "partners", "surveys", "released", "settings/partners", "settings/audit", "settings/staff")


@pytest.fixture
def reader(app, services: Services) -> Visitor:
    """Somebody who reads comments, of which there is one."""
    world = World(services)
    world.partner("acme", 20)
    say(world, "acme", "plain words")
    visitor = Visitor(app.test_client(), services)
    visitor.come_in("admin")
    return visitor


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_is_searched_for_is_no_part_of_the_statement(reader: Visitor, text: str) -> None:
    seen: list[str] = []

    def look(_connection, _cursor, statement, *_rest) -> None:
        seen.append(statement)

    engine: Engine = reader.services.database.engine
    event.listen(engine, "before_cursor_execute", look)
    try:
        for path in PAGES:
            for names in (
                ("q",),
                ("search", "sort", "order", "partner", "status", "cursor", "page", "actor", "action"),
            ):
                answer = reader.client.get(f"/desk/{path}", query_string=dict.fromkeys(names, text))
                assert answer.status_code < 500, (path, names)
                assert "plain words" not in written(answer.text) or "q" not in names, path
    finally:
        event.remove(engine, "before_cursor_execute", look)
    # Names of parameters and question marks are in every statement.
    assert len(seen) > 20
    assert len(text) < 4 or text in (":name", "%(name)s") or not [one for one in seen if text in one]
    with reader.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Partner)) == 1


def test_what_is_written_down_comes_back_as_it_was(reader: Visitor) -> None:
    for number, text in enumerate(INJECTIONS):
        assert reader.post("/desk/settings/partners", name=text, slug=f"p{number}").status_code in (200, 303), text
    with reader.services.database.reading() as session:
        assert set(session.scalars(select(Partner.name))) >= set(INJECTIONS)
