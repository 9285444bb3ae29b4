"""One network: counted without an address, forgotten after a day, a flag only where it answers unlike the others."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text

from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.flags import looking
from feedback.flags.models import Flag
from feedback.flags.networks import Network, alarms, stand_out
from feedback.partners.models import NetworkCount
from feedback.partners.networks import Networks, network_of, note_network
from tests.embed import make_world
from tests.gap.world import World
from tools import false_networks, honest_networks

DAY = date(2026, 11, 15)
SECRET = b"s" * 32


@pytest.mark.requirement("TRUST nobody-invented-6: a network is a salted hash of its prefix, another one each day")
def test_a_network_is_a_hash_that_lasts_for_a_day_and_needs_the_secret() -> None:
    one = network_of("203.0.113.7", DAY, SECRET)
    assert one is not None and len(one) == 16 and one == network_of("203.0.113.250", DAY, SECRET)
    assert one == network_of("::ffff:203.0.113.9", DAY, SECRET)
    others = [("203.0.114.7", DAY, SECRET), ("203.0.113.7", DAY + timedelta(days=1), SECRET)]
    others += [("203.0.113.7", DAY, b"t" * 32), ("2001:db8:1::1", DAY, SECRET)]
    assert one not in [network_of(*other) for other in others]
    assert network_of("2001:db8:1::1", DAY, SECRET) == network_of("2001:db8:1:ffff::9%eth0", DAY, SECRET)
    assert network_of("2001:db8:2::1", DAY, SECRET) != network_of("2001:db8:1::1", DAY, SECRET)
    for nonsense in ("", "unknown", "203.0.113", "1.2.3.4, 5.6.7.8", "x" * 5000, "\0"):
        assert network_of(nonsense, DAY, SECRET) is None


@pytest.mark.requirement("TRUST nobody-invented-6: no address is stored, and the hash for less than 48 hours")
def test_what_is_kept_has_no_address_and_is_gone_the_day_after(services: Services, world: World) -> None:
    acme = world.partner("acme", 20)
    for _visit in range(3):
        note_network(services, acme, "203.0.113.7", answered=False)
    note_network(services, acme, "203.0.113.8", answered=True)
    note_network(services, acme, "2001:db8::1", answered=False)
    note_network(services, acme, None, answered=True)
    note_network(services, acme, "unknown", answered=True)
    with services.database.reading() as session:
        rows = session.scalars(select(NetworkCount).order_by(NetworkCount.asked)).all()
        assert [(one.partner_id, one.day, one.asked, one.answered) for one in rows] == [
            (acme, DAY, 1, 0),
            (acme, DAY, 3, 1),
        ]
        everything = str(session.execute(text("SELECT * FROM network_counts")).all())
    assert "203.0" not in everything and "2001" not in everything
    world.at("2026-11-16", hour=0)
    world.daily()
    with services.database.reading() as session:
        assert session.scalars(select(NetworkCount)).all() == []


def test_a_card_that_is_granted_and_answered_counts_for_the_network_of_its_browser(
    app: Flask, services: Services
) -> None:
    embed, client = make_world(services), app.test_client()

    def visit(who: str, address: str) -> None:
        headers, browser = embed.headers(embed.token(who)), {"REMOTE_ADDR": address}
        door, wanted = f"/v1/embed/{embed.key}", {"survey": "end-user-nps", "version": 1}
        asked = client.post(f"{door}/impressions", json=wanted, headers=headers, environ_base=browser).json
        said = {**wanted, "impression": asked["impression"], "score": 9, "revision": 1, "complete": True}
        said["answered_at"] = services.clock().isoformat()
        for _again in range(2):
            answer = client.put(f"{door}/responses/{uuid4()}", json=said, headers=headers, environ_base=browser)
        assert answer.status_code == 409

    visit("anna", "203.0.113.9")
    # What a proxy passes on without saying for whom it does comes from inside: all people would seem to be one network.
    for number, inside in enumerate(("127.0.0.1", "10.1.2.3", "::1", "::ffff:192.168.1.1", "fd00::1")):
        visit(f"ben{number}", inside)
    with services.database.reading() as session:
        rows = session.scalars(select(NetworkCount)).all()
        assert [(one.partner_id, one.asked, one.answered) for one in rows] == [(embed.partner.id, 1, 1)]


def test_when_too_much_waits_or_nothing_can_be_written_nobody_is_disturbed(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered = Networks(services)
    monkeypatch.setattr("feedback.partners.networks._MOST", 2)
    gathered._delay_s = 3600
    for last in range(5):
        gathered.add(new_id(), f"203.0.{last}.1", answered=False)
    assert len(gathered._counts) == 2
    services.database.close()
    monkeypatch.setattr(services.database, "transaction", None)
    gathered.flush()
    assert not gathered._counts


def counts(world: World, slug: str, *networks: tuple[int, int], day: date = DAY - timedelta(days=1)) -> None:
    """Asked and answered by network."""
    with world.services.database.transaction() as session:
        for asked, answered in networks:
            session.add(NetworkCount(partner_id=world.ids[slug], day=day, network=str(new_id())[-16:], asked=asked,
                                     answered=answered))  # fmt: skip


@pytest.mark.requirement("TRUST nobody-invented-3: one network from which everybody answers raises a flag")
def test_a_network_from_which_everybody_answers_raises_a_flag_and_an_office_does_not(world: World) -> None:
    for slug in ("acme", "bolt", "cargo", "delta"):
        world.partner(slug, 200)
    counts(world, "acme", (90, 18), (15, 3), (24, 24))
    counts(world, "bolt", (300, 60))
    counts(world, "cargo", (30, 30))
    counts(world, "delta", (9, 9), (100, 20))
    looking.look(world.services.database, now=world.services.clock())
    with world.services.database.reading() as session:
        found = {one.partner_id: one for one in session.scalars(select(Flag))}
        assert set(found) == {world.ids["acme"], world.ids["cargo"]}
        assert found[world.ids["acme"]].evidence == {
            "asked": 24,
            "answered": 24,
            "asked_elsewhere": 105,
            "answered_elsewhere": 21,
        }
        assert list(alarms(session, DAY, DAY)) == []
    with world.services.database.reading() as session:
        assert session.scalars(select(NetworkCount)).all() == []


@pytest.mark.requirement("TRUST nobody-invented-3: honest offices, home offices and phones raise hardly a flag")
def test_honest_networks_raise_hardly_a_flag_however_busy_the_day_is() -> None:
    """As if all of a month had come on one day, to offices, gateways, home offices and phones; some are reminded."""
    visits = honest_networks.visits(1, 1.0, false_networks.NOW, months_as_days=True)
    rows = false_networks.by_day(honest_networks.counted(visits))
    assert len(false_networks.partner_days(rows, answered=10)) > 150, "otherwise nothing could be raised"
    assert len(false_networks.raised(rows)) <= 1
    busiest = max(rows, key=lambda day: len(rows[day]))
    found, partners = false_networks.plant({busiest: rows[busiest]})
    assert partners > 25 and found["own", 60] > 0.8 * partners > partners / 2 > found["largest", 60]


def test_an_office_that_answers_more_readily_than_the_field_is_no_alarm_and_frauds_do_not_hide_each_other() -> None:
    def standing_out(*networks: tuple[int, int]) -> list[tuple[int, int]]:
        found = stand_out([Network("acme", DAY, *one) for one in networks])
        return [(one.asked, one.answered) for one, _, _ in found]

    assert standing_out((900, 360), (700, 140), (60, 10)) == []
    assert standing_out((900, 200), (60, 12), (40, 40)) == [(40, 40)]
    assert standing_out((900, 200), (60, 12), (40, 40), (40, 40), (35, 35)) == [(40, 40), (40, 40), (35, 35)]
    assert standing_out((40, 40)) == [], "there is nothing to compare it with"
