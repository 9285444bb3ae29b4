"""From what happens at a partner to who is told: the whole way, with the schedule at work."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from feedback.core.outbox import OutboxRow
from feedback.flags.queries import Wanted, flag_page
from feedback.gap.models import Snapshot
from feedback.notices.contents import Writer
from feedback.notices.courier import Courier
from feedback.notices.models import News
from feedback.notices.rounds import Rounds
from tests.gap.world import World, people
from tests.notices.newsroom import Newsroom
from tests.notices.receivers import MailServer, Receiver
from tests.notices.test_alerts import words
from workers.runtime.schedule import Sweep


@pytest.fixture
def world(with_mail: Newsroom) -> World:
    """Acme bought forty licences, which are used, and in February four thousand, which are not."""
    world = World(with_mail.services, counts_at_once=False)
    world.at("2026-01-10")
    world.partner("acme")
    world.contract("acme", "one", 20, "2025-01-01", "2026-01-05", outcome="renewed", decided_on="2026-01-02")
    world.contract("acme", "two", 40, "2026-01-05", "2026-07-20")
    world.contract("acme", "three", 4000, "2026-02-03", "2027-07-20")
    world.seats("acme", people(40), on="2026-01-05")
    world.active("acme", people(39), "2026-01-09")
    return world


def test_a_state_entered_and_a_renewal_near_it_are_told_as_they_come(
    with_mail: Newsroom, world: World, mails: MailServer
) -> None:
    with_mail.person(digest=False)
    told = []
    for day in ("2026-02-02", "2026-03-02", "2026-03-03", "2026-03-25", "2026-03-26", "2026-04-02", "2026-05-25"):
        world.at(day)
        world.daily()
        with_mail.send()
        told += [(day, words(mail).splitlines()[0]) for mail in mails.mails]
        mails.mails.clear()
    entered = "pre-churn since February 2026: the buyer is fine, but people don't use it. Before that compounding."
    without = "and people don't use what the buyer is fine with."
    assert told == [
        ("2026-03-02", f"\u2068Acme\u2069: {entered}"),
        ("2026-03-25", f"\u2068Acme\u2069: the contract two renews in 117 days (2026-07-20), {without}"),
        ("2026-05-25", f"\u2068Acme\u2069: the contract two renews in 56 days (2026-07-20), {without}"),
    ]
    with with_mail.services.database.reading() as session:
        assert session.scalars(select(OutboxRow)).all() == []


def test_history_that_is_brought_in_alarms_nobody_about_states_of_old(
    with_mail: Newsroom, world: World, mails: MailServer
) -> None:
    with_mail.person(digest=False, alerts=("state",))
    world.at("2026-03-20")
    world.daily(history_changed=True)
    with_mail.send()
    with with_mail.services.database.reading() as session:
        own = Snapshot.partner_id == world.ids["acme"]
        months = session.scalars(select(Snapshot).where(own).order_by(Snapshot.month)).all()
    assert [(one.state, one.reconstructed) for one in months] == [("compounding", True), ("pre_churn", True)]
    assert mails.mails == []


def test_the_sweep_of_the_schedule_tells_while_a_receiver_hangs(
    newsroom: Newsroom, receiver: Receiver, bell: object
) -> None:
    """The thread that sends waits for the receiver; the sweep does not."""
    assert bell is not None
    newsroom.endpoint(f"{receiver.address}/hang")
    newsroom.person()
    newsroom.enters(newsroom.partner())
    sweep = Sweep(newsroom.services)
    sweep._notices = rounds = Rounds(newsroom.services, Courier(newsroom.services, timeout_s=2))
    sweep()
    assert rounds._thread is not None and rounds._thread.is_alive()
    newsroom.services.clock.forward(minutes=1)
    sweep()
    assert rounds._thread.is_alive()
    rounds.wait(10)
    sweep()
    rounds.wait(10)
    assert sorted((one.channel, one.status) for one in newsroom.deliveries()) == [
        ("mail", "sent"),
        ("signed", "waiting"),
    ]


def test_what_is_old_is_forgotten_and_what_waited_for_a_month_given_up(newsroom: Newsroom, receiver: Receiver) -> None:
    newsroom.endpoint(f"{receiver.address}/gone")
    newsroom.enters(newsroom.partner())
    newsroom.send()
    for days, statuses in ((29, ["waiting"]), (2, ["given_up"]), (60, [])):
        newsroom.services.clock.forward(days=days)
        Rounds(newsroom.services)()
        assert [one.status for one in newsroom.deliveries()] == statuses
    with newsroom.services.database.reading() as session:
        assert session.scalars(select(News)).all() == []


def test_a_failure_on_our_side_is_tried_again_too(newsroom: Newsroom, receiver: Receiver) -> None:
    newsroom.endpoint(f"{receiver.address}/good")
    newsroom.enters(newsroom.partner())
    newsroom.promise()
    other = replace(newsroom.services.secrets, vault=type(newsroom.services.secrets.vault)(b"x" * 43 + b"="))
    newsroom.services.clock.forward(minutes=1)
    Courier(replace(newsroom.services, secrets=other)).send_due()
    (one,) = newsroom.deliveries()
    assert (one.status, one.reason) == ("waiting", "It failed on our side; the log says more.")


@pytest.mark.requirement("TRUST nobody-invented-3: a new flag is told by alert, in the digest and to programs, once")
def test_a_flag_that_is_raised_is_told_once_by_alert_event_and_digest(
    with_mail: Newsroom, mails: MailServer, receiver: Receiver
) -> None:
    world = World(with_mail.services, counts_at_once=False)
    world.at("2026-11-13")
    with_mail.person(digest=False)
    with_mail.person("account@example.com", "account")
    with_mail.endpoint(f"{receiver.address}/good", "flag.raised")
    world.partner("acme")
    world.seats("acme", people(30))
    world.answers("acme", "end_user", {f"p{place}": place % 11 for place in range(30)}, on="2026-10-02")
    world.daily()
    assert with_mail.send() == 0
    world.answers("acme", "end_user", {f"ghost{place}": place % 11 for place in range(40)}, on="2026-11-13")
    for _day in range(2):
        world.at("2026-11-14")
        world.daily()
        with_mail.send()
    (mail,) = mails.mails
    assert mail["To"] == "ann <ann@example.com>" and "4 things happened" not in mail["Subject"]
    with with_mail.services.database.reading() as session:
        raised = flag_page(session, Wanted())
    told = words(mail)
    assert {"above_seats", "unknown"} <= {one.kind for one in raised}
    assert all(one.sentence.removesuffix(".") in told for one in raised) and "It is no verdict." in told
    assert "/desk/partners/acme" in told
    calls = [json.loads(call.body) for call in receiver.calls]
    assert {one["type"] for one in calls} == {"flag.raised"}
    assert sorted((one["data"] for one in calls), key=str) == sorted(
        ({"partner": "acme", "flag": str(one.id), "kind": one.kind, "metric": "nps"} for one in raised), key=str
    )
    digest = Writer(with_mail.services).digest(
        datetime(2026, 11, 12, tzinfo=UTC), until=with_mail.services.clock(), now=with_mail.services.clock()
    )
    assert any("more people than seats. 40 people answered in a month" in line for line in digest.lines)
