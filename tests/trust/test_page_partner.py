"""The partner's own page: opened by a signed link, shows what was released and told, and nothing else to nobody."""

import io
import re
from dataclasses import replace
from pathlib import Path

import flask
import pytest

from feedback.app import create_app
from feedback.core.errors import Problem
from feedback.core.services import Services
from feedback.desk import handed_promises
from feedback.partners import sightings
from feedback.partners.keys import create_embed_key
from feedback.partners.sightings import Sighting
from feedback.privacy import links
from feedback.watching_settings import Watching
from tests.conftest import FakeClock
from tests.desk.reading import text
from tests.desk.speaking import audited
from tests.gap.world import World, people
from tests.said import said as log  # noqa: F401 - a fixture
from tests.trust.handing import MARKED, Hand, partner, product, pseudonyms, release, tell

DATABASES = ("sqlite",)
"""What asks the database is tried on both with the paraphrases."""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(services: Services) -> World:
    """It is November, and nobody is here yet."""
    world = World(services)
    world.at("2026-11-15")
    return world


@pytest.fixture
def acme(world: World) -> World:
    """A partner with a release, and another."""
    partner(world, "acme", name="Acme & <i>Söhne</i>")
    partner(world, "secret", seats=20, answered=0, name="Secret Partner")
    tell(world, "acme", "You get <b>answers</b> within a day.")
    tell(world, "secret", "TOLD-OTHER")
    product(world, "2026-10-02", "MARKED-NAME 4.2", "Shifts can be swapped by phone.")
    product(world, "2026-09-02", "MARKED-NAME 4.1", "")
    product(world, "2026-12-24", "MARKED-NAME 4.3", "Not out yet.")
    release(world)
    return world


@pytest.fixture
def hand(app: flask.Flask, services: Services) -> Hand:
    """Somebody at the partner, at a browser."""
    return Hand(app.test_client(), services)


@pytest.mark.requirement("TRUST blind-buyer-2: the partner's own page shows what was released and what was changed")
def test_a_link_opens_what_was_released_and_told(hand: Hand, acme: World) -> None:
    assert acme
    page = hand.get(hand.link())
    assert page.status_code == 200
    said = text(page.text)
    assert "Acme & <i>Söhne</i>" in said and "<i>Söhne" not in page.text
    assert "November 2025 to October 2026" in said
    assert "Would they recommend it? 0 " in said and "about 30 about 40 % of about 80 with access" in said
    assert "about 50 % of those with access" in said
    assert "You get <b>answers</b> within a day." in said and "<b>answers" not in page.text
    assert "Shifts can be swapped by phone. October 2026" in said
    assert "Not out yet" not in said


@pytest.mark.requirement("ASVS 14.2.1")
def test_the_page_says_nothing_else_and_asks_nobody_to_keep_it(hand: Hand, acme: World) -> None:
    link = hand.link()
    for path in (link, f"{link}/what-is-seen"):
        page = hand.get(path)
        for never in ("MARKED", "Secret", "TOLD-OTHER", MARKED, "<form", "<script", " style=", "2026-10", "17 Oct"):
            assert never not in page.text, never
        for small in ("33", "77", "44", "42"):
            assert not re.search(rf"\b{small}\b", text(page.text)), small
        assert not [one for one in pseudonyms(acme, "acme") if one in page.text]
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy and "script-src" not in policy
        assert "form-action 'none'" in policy and "frame-ancestors 'none'" in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert "Set-Cookie" not in page.headers
        # No address outside, to which this one could be told.
        assert not re.findall(r'(?:href|src)="(?:https?:)?//', page.text)


@pytest.mark.requirement("ASVS 8.2.2")
def test_every_link_that_does_not_work_is_answered_alike(hand: Hand, acme: World, clock: FakeClock) -> None:
    revoked = hand.link()
    assert hand.revoke() == 1
    good, ended = hand.link(), hand.link(days=1)
    clock.forward(days=1)
    other, left = hand.link("secret"), hand.link("secret")
    assert hand.get(left).status_code == 200
    acme.left("secret")
    flipped = good[:-1] + ("0" if good[-1] != "0" else "1")
    swapped = good.partition("-")[0] + "-" + other.partition("-")[2]
    wrong = [
        "/p/x",
        "/p/" + "0" * 32,
        f"/p/{'0' * 32}-{'0' * 32}",
        flipped,
        swapped,
        f"/p/{good[3:].upper()}",
        f"{good}0",
        "/p/%00",
    ]
    answers = {}
    for path in (ended, revoked, left, *wrong[:-1]):
        for address in (path, f"{path}/what-is-seen"):
            answer = hand.get(address)
            headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
            answers[address] = (answer.status_code, answer.data, tuple(sorted(headers.items())))
    assert len(set(answers.values())) == 1
    ((status, body, _),) = set(answers.values())
    assert status == 404 and b"There is no page at this address" in body
    assert hand.get(wrong[-1]).status_code == 400
    assert hand.get(good).status_code == 200


def test_a_link_of_another_deployment_opens_nothing(hand: Hand, acme: World, services: Services) -> None:
    assert acme
    good = hand.link()
    other = replace(services, secrets=replace(services.secrets, cookie=b"x" * 32))
    app = create_app(services.settings, other)
    assert app.test_client().get(good).status_code == 404


def test_what_was_made_and_opened_first_is_in_the_audit_log(hand: Hand, acme: World, services: Services) -> None:
    assert acme
    link = hand.link()
    hand.client.head(link)
    assert audited(services, "partner.page_opened") == []
    for _ in range(2):
        hand.get(link)
    assert hand.revoke() == 1
    opened = audited(services, "partner.page_opened")
    assert [(one.actor.partition(":")[0], one.target, one.detail) for one in opened] == [("link", "acme", {})]
    kept = str([one.detail for one in audited(services, "partner.page_link_made")])
    assert link.removeprefix("/p/").partition("-")[2] not in kept
    assert [one.detail for one in audited(services, "partner.page_links_revoked")] == [{"links": 1}]


def test_the_database_does_not_hold_what_opens_the_page(hand: Hand, acme: World, services: Services) -> None:
    assert acme
    signature = hand.link().partition("-")[2]
    with services.database.reading() as session:
        (row,) = links.links_of(session, acme.ids["acme"], now=services.clock())
    assert signature not in str({name: getattr(row, name) for name in row.__table__.columns.keys()})  # noqa: SIM118


@pytest.mark.requirement("ASVS 16.2.5")
def test_no_log_line_holds_a_link(hand: Hand, acme: World, services: Services, log: io.StringIO) -> None:  # noqa: F811
    assert acme
    settings = replace(services.settings, watching=Watching(access_log=True))
    client = create_app(settings, replace(services, settings=settings)).test_client()
    link = hand.link()
    for path in (link, f"{link}/what-is-seen", f"{link}0"):
        client.get(path)
    told = log.getvalue()
    assert told.count('"event": "request"') == 3 and link.removeprefix("/p/")[:32] not in told


@pytest.mark.parametrize("days", [0, -1, 401])
def test_a_link_works_for_a_while_only(hand: Hand, acme: World, days: int) -> None:
    assert acme
    with pytest.raises(Problem, match="1 to 400 days"):
        hand.link(days=days)


@pytest.mark.requirement("TRUST blind-buyer-3: under ten seats a partner is shown nothing")
def test_under_ten_seats_there_is_nothing_but_the_reason(hand: Hand, world: World) -> None:
    partner(world, "tiny", seats=9, answered=9)
    tell(world, "tiny", "TOLD")
    with world.services.database.transaction() as session:
        key = create_embed_key(
            session,
            "portal",
            ["https://tiny.example"],
            partner_id=world.ids["tiny"],
            live=True,
            now=world.services.clock(),
        )
    link = hand.link("tiny")
    said = text(hand.get(link).text)
    assert "Fewer than 10 people at Tiny have a seat" in said and "So few cannot hide among each other" in said
    assert "TOLD" not in said and key.key not in said and "%" not in said and "about" not in said.partition("Will")[0]
    assert "never sees" in text(hand.get(f"{link}/what-is-seen").text)
    world.seats("tiny", people(10))
    assert "TOLD" in hand.get(link).text


def test_nothing_is_shown_while_the_policy_forbids_it(hand: Hand, acme: World) -> None:
    link = hand.link()
    before = hand.get(link).text
    acme.policy("acme", may_share_back=False)
    hidden = text(hand.get(link).text)
    assert "Nothing is shared back at present" in hidden and "%" not in hidden
    assert "answers" not in hidden.partition("Nothing is shared")[2].partition("Will anybody")[0]
    acme.policy("acme", may_share_back=True)
    assert hand.get(link).text == before


@pytest.mark.requirement("TRUST blind-buyer-4: erasure does not reveal itself")
def test_an_erasure_does_not_show_on_the_page(hand: Hand, acme: World, clock: FakeClock) -> None:
    link = hand.link()
    before = hand.get(link).data
    for person in people(5):
        acme.forget("acme", "end_user", person)
    acme.answers("acme", "end_user", dict.fromkeys(people(30, 40), 0), on="2026-10-18")
    acme.daily()
    clock.forward(hours=20)
    release(acme)
    assert hand.get(link).data == before


def test_the_tag_for_its_own_pages_is_there_with_what_was_seen_of_it(hand: Hand, acme: World) -> None:
    services = acme.services
    with services.database.transaction() as session:
        own, other = (
            create_embed_key(
                session,
                f"portal of {slug}",
                [f"https://{slug}.example"],
                partner_id=acme.ids[slug],
                live=True,
                now=services.clock(),
            )
            for slug in ("acme", "secret")
        )
    link = hand.link()
    said = text(hand.get(link).text)
    assert f'<script async src="http://localhost:8000/embed.js" data-key="{own.key}"></script>' in said
    assert "No page with this tag was seen yet. It works on pages of https://acme.example only." in said
    assert other.key not in said and "secret.example" not in said
    kinds = ("loaded", "signed", "refused: bad at noon", "blocked: script-src-elem ours", "blocked: img-src others")
    seen = [Sighting(own.key, acme.ids["acme"], "https://acme.example", kind) for kind in kinds]
    sightings.keep(services.database, seen, now=services.clock())
    said = text(hand.get(link).text)
    assert "✓ Pages with this tag were seen in the last 30 days. ✓ People are signed in by tokens" in said
    assert "A policy of your pages blocked it: add http://localhost:8000 to script-src." in said
    assert "bad at noon" not in said and "img-src" not in said and "12:00" not in said
    services.clock.forward(days=31)  # type: ignore[attr-defined]
    assert "but none in the last 30 days" in text(hand.get(link).text)


@pytest.mark.requirement("TRUST blind-buyer-5: a works council is told what is seen, never seen, and how it is tested")
def test_the_page_for_a_works_council_names_tests_that_there_are(hand: Hand, acme: World) -> None:
    assert acme
    said = text(hand.get(f"{hand.link()}/what-is-seen").text)
    assert (ROOT / handed_promises.RULE).is_file() and handed_promises.RULE in said
    for promise in handed_promises.PROMISES:
        assert promise.words in said and promise.tests
        for file, name in promise.tests:
            assert f"{file} {name}" in said
            assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE), name


def test_a_post_to_the_page_is_refused(hand: Hand, acme: World) -> None:
    assert acme
    assert hand.client.post(hand.link()).status_code == 405
