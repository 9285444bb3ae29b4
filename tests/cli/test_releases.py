"""`feedback releases`: what a partner gets back, looked at from the shell."""

from datetime import UTC, datetime, timedelta

import flask
import pytest

from feedback.core.services import Services
from tests.cli.conftest import Run
from tests.gap.world import World, people


@pytest.fixture
def world(services: Services) -> World:
    """A partner with people who answered at the end of last month, by the clock on the wall."""
    now = datetime.now(UTC)
    services.clock.now = now  # type: ignore[attr-defined]
    world = World(services)
    world.partner("acme", 60)
    world.seats("acme", people(60), on=(now - timedelta(days=90)).date().isoformat())
    last_month = (now.replace(day=1) - timedelta(days=3)).date().isoformat()
    for place, team in enumerate(("sales", "care")):
        scores = {person: (3, 8, 10)[number % 3] for number, person in enumerate(people(15, 15 * place))}
        world.answers("acme", "end_user", scores, on=last_month, attributes={"team": team})
    return world


def test_a_dry_run_says_what_holds_a_release_or_what_it_would_show(feedback: Run, world: World) -> None:
    code, out, _ = feedback("releases", "dry-run", "acme")
    assert (code, out) == (0, "Nothing new: the policy does not allow anything to be shared back.\n")
    world.policy("acme", may_share_back=True)
    out = feedback("releases", "dry-run", "acme")[1]
    assert "people who answered: about 30" in out and "score: 0" in out
    assert feedback("releases", "show", "acme")[1] == "Nothing yet.\n"
    code, _, err = feedback("releases", "dry-run", "nobody")
    assert code == 1 and "nobody" in err


def test_releases_are_made_once_and_shown(feedback: Run, world: World) -> None:
    world.policy("acme", may_share_back=True)
    assert feedback("releases", "make")[1] == "acme\nReleased to 1 partner.\n"
    assert feedback("releases", "make")[1] == "Released to 0 partners.\n"
    assert "0 to 6, 7 to 8, 9 to 10: about 30 %, about 30 %, about 30 %" in feedback("releases", "show", "acme")[1]
    assert "no month has ended" in feedback("releases", "dry-run", "acme")[1]


def test_groups_are_chosen_for_the_next_release(feedback: Run, world: World) -> None:
    world.policy("acme", may_share_back=True)
    code, _, err = feedback("releases", "groups", "acme", "shoe")
    assert code == 1 and "'shoe' is not declared; these are: team." in err
    assert feedback("releases", "groups", "acme", "team")[1] == "The next release of acme has groups by team.\n"
    out = feedback("releases", "dry-run", "acme")[1]
    assert "team care: 0, about 20 people" in out and "\n  score" not in out
    assert feedback("releases", "groups", "acme")[1] == "The next release of acme has no groups.\n"
    assert "\n  score: 0" in feedback("releases", "dry-run", "acme")[1]


def test_a_link_to_a_partners_page_is_made_and_all_are_ended(feedback: Run, world: World, app: flask.Flask) -> None:
    assert world
    code, address, _ = feedback("releases", "link", "acme", "--days", "2")
    assert code == 0 and address.startswith("http://localhost:8000/p/")
    path = address.strip().removeprefix("http://localhost:8000")
    assert app.test_client().get(path).status_code == 200
    assert feedback("releases", "link", "nobody")[0] == 1
    assert feedback("releases", "link", "acme", "--days", "401")[0] == 2
    assert feedback("releases", "revoke-links", "acme")[1] == "1 link works no more.\n"
    assert app.test_client().get(path).status_code == 404
    assert feedback("releases", "revoke-links", "acme")[1] == "0 links work no more.\n"
