"""Signed webhooks: ids only, provably ours, tried until they arrive, and nobody waits for a bad receiver."""

import json
from time import monotonic

import pytest
from sqlalchemy import select

from feedback.comments.commands import Remarks, remark
from feedback.core.ids import new_id
from feedback.notices import endpoints, trying
from feedback.notices.courier import Courier
from feedback.notices.models import EVENTS, Endpoint
from feedback.staff.models import AuditEntry
from tests.desk.speaking import say
from tests.gap.world import World
from tests.notices.newsroom import Newsroom
from tests.notices.receivers import MailServer, Receiver


def of_endpoint(newsroom: Newsroom) -> Endpoint:
    with newsroom.services.database.reading() as session:
        return session.scalars(select(Endpoint)).one()


def test_an_event_says_which_partner_and_what_and_nothing_of_people(newsroom: Newsroom, receiver: Receiver) -> None:
    newsroom.endpoint(f"{receiver.address}/good", *EVENTS)
    acme = newsroom.partner()
    newsroom.enters(acme)
    values = {"month": 24322, "before": 40.0, "after": -10.0, "people": 12}
    newsroom.happens("changed", acme, {"audience": "end_user", "metric": "nps", "values": values})
    newsroom.happens("activation_falling", acme, {"audience": None, "metric": None, "values": {"low": 1}})
    newsroom.renews(acme)
    response_id = str(new_id())
    newsroom.happens("labelled", acme, {"response_id": response_id})
    assert newsroom.send() == 4
    found = {json.dumps(json.loads(call.body), sort_keys=True) for call in receiver.calls}
    at = "2026-11-15T12:00:00.000Z"
    expected = [
        ("state.changed", {"partner": "acme", "month": "2026-10", "state": "pre_churn", "came_from": "compounding"}),
        ("gap.changed", {"partner": "acme", "change": "changed", "audience": "end_user", "metric": "nps"}),
        ("gap.changed", {"partner": "acme", "change": "activation_falling", "audience": None, "metric": None}),
        ("comment.labelled", {"partner": "acme", "response_id": response_id}),
    ]
    assert found == {
        json.dumps({"type": kind, "timestamp": at, "data": data}, sort_keys=True) for kind, data in expected
    }


def test_a_comment_that_gets_a_label_is_told_by_its_id(newsroom: Newsroom, receiver: Receiver) -> None:
    world = World(newsroom.services)
    world.partner("acme")
    newsroom.endpoint(f"{receiver.address}/good", "comment.labelled")
    open_one, restricted = say(world, "acme", "The export is slow"), say(world, "acme", "My boss shouts")

    def mark(response_id, label: str | None, restriction: str | None = None) -> None:
        about = Remarks(label, "a note", restriction, None, None)
        with newsroom.services.database.transaction() as session:
            remark(session, world.ids["acme"], response_id, about, actor="staff:x", now=world.services.clock())

    mark(open_one, "speed")
    mark(open_one, "speed")
    mark(open_one, None)
    mark(restricted, "boss", "harassment")
    assert newsroom.send() == 1
    (call,) = receiver.calls
    assert json.loads(call.body)["data"] == {"partner": "acme", "response_id": str(open_one)}
    mark(open_one, "export")
    assert newsroom.send() == 1


def test_an_endpoint_that_asked_for_something_else_is_not_called(newsroom: Newsroom, receiver: Receiver) -> None:
    newsroom.endpoint(f"{receiver.address}/good", "gap.changed")
    newsroom.enters(newsroom.partner())
    assert newsroom.send() == 0
    assert receiver.calls == []


@pytest.mark.parametrize(
    ("manner", "reason", "answer"),
    [
        ("/500", "It answered 500.", 500),
        ("/redirect", "It answered with a redirect, which is not followed.", 307),
        ("/close", "The connection broke off.", None),
        ("/hang", "It took too long.", None),
        ("/drip", "It took too long.", None),
    ],
)
def test_a_receiver_that_does_not_take_it_is_tried_again(
    newsroom: Newsroom, receiver: Receiver, manner: str, reason: str, answer: int | None
) -> None:
    newsroom.endpoint(f"{receiver.address}{manner}")
    newsroom.enters(newsroom.partner())
    began = monotonic()
    assert newsroom.send(timeout_s=0.4) == 0
    assert monotonic() - began < 10
    (one,) = newsroom.deliveries()
    assert (one.status, one.tries, one.reason, one.answer) == ("waiting", 1, reason, answer)
    assert len(receiver.calls) == 1
    receiver.manners[manner] = "/good"
    newsroom.services.clock.forward(minutes=1)
    assert newsroom.send() == 1
    first, second = receiver.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"] and first.body == second.body
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert of_endpoint(newsroom).failures == 0


def test_nobody_listens(newsroom: Newsroom) -> None:
    newsroom.endpoint("http://127.0.0.1:9/")
    newsroom.enters(newsroom.partner())
    newsroom.send()
    assert newsroom.deliveries()[0].reason == "Nobody takes calls there."


def test_a_slow_endpoint_holds_up_no_other(newsroom: Newsroom, receiver: Receiver) -> None:
    """Four that hang, as many as are called at once, each with a hundred events waiting, and one that is well."""
    for number in range(4):
        newsroom.endpoint(f"{receiver.address}/hang?{number}")
        receiver.manners[f"/hang?{number}"] = "/hang"
    newsroom.endpoint(f"{receiver.address}/good")
    partner = newsroom.partner()
    for _ in range(100):
        newsroom.enters(partner)
    began = monotonic()
    assert newsroom.send(timeout_s=0.3) == 50
    assert monotonic() - began < 15
    assert sum(call.path != "/good" for call in receiver.calls) == 4
    assert Courier(newsroom.services, timeout_s=0.3).send_due() == 50  # who failed rests
    assert len(receiver.calls) == 104


def test_an_endpoint_that_fails_for_days_is_paused_and_admins_are_told(
    with_mail: Newsroom, receiver: Receiver, mails: MailServer
) -> None:
    with_mail.person("admin@example.com", "admin", alerts=())
    with_mail.person("ann@example.com")
    endpoint_id, _ = with_mail.endpoint(f"{receiver.address}/500")
    acme = with_mail.partner()
    with_mail.enters(acme, "undetermined")
    with_mail.send()
    for pause in trying.PAUSES:
        with_mail.services.clock.forward(seconds=pause.total_seconds())
        with_mail.send()
    assert len(receiver.calls) == 10
    assert of_endpoint(with_mail).paused_at is not None
    with_mail.send()
    assert [(mail["To"].addresses[0].addr_spec, mail["Subject"]) for mail in mails.mails] == [
        ("admin@example.com", "\u2068Ours\u2069: webhook paused")
    ]
    # What happens meanwhile waits, and goes out when somebody resumes it.
    with_mail.enters(acme, "undetermined")
    assert with_mail.send() == 0 and len(receiver.calls) == 10
    receiver.manners["/500"] = "/good"
    with with_mail.services.database.transaction() as session:
        endpoints.resume(session, endpoint_id, actor="staff:x", now=with_mail.services.clock())
    assert with_mail.send() == 1


def test_an_endpoint_that_says_gone_is_paused_at_once(newsroom: Newsroom, receiver: Receiver) -> None:
    newsroom.endpoint(f"{receiver.address}/gone")
    newsroom.enters(newsroom.partner())
    newsroom.send()
    assert of_endpoint(newsroom).paused_at is not None
    with newsroom.services.database.reading() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "webhook.paused")).one().actor == "notices"


def test_during_rotation_both_secrets_sign(newsroom: Newsroom, receiver: Receiver) -> None:
    endpoint_id, old = newsroom.endpoint(f"{receiver.address}/good")
    here = newsroom.services
    with here.database.transaction() as session:
        new = endpoints.rotate(session, endpoint_id, vault=here.secrets.vault, actor="staff:x", now=here.clock())
    row = of_endpoint(newsroom)
    assert endpoints.secrets(row, vault=here.secrets.vault, now=here.clock()) == [new, old]
    assert old and old.encode() not in (row.secret or b"")
    newsroom.enters(newsroom.partner())
    newsroom.send()
    assert len(receiver.calls[0].headers["webhook-signature"].split()) == 2
    here.clock.forward(hours=24)
    assert endpoints.secrets(of_endpoint(newsroom), vault=here.secrets.vault, now=here.clock()) == [new]


def test_what_was_sent_may_be_sent_again_under_the_same_id(newsroom: Newsroom, receiver: Receiver) -> None:
    endpoint_id, _ = newsroom.endpoint(f"{receiver.address}/good")
    newsroom.enters(newsroom.partner())
    newsroom.send()
    (one,) = newsroom.deliveries()
    with newsroom.services.database.transaction() as session:
        assert trying.send_again(session, one.id, endpoint_id, now=newsroom.services.clock())
        assert not trying.send_again(session, one.id, new_id(), now=newsroom.services.clock())
    assert newsroom.send() == 1
    first, second = receiver.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == f"msg_{one.id.hex}"


def test_a_removed_endpoint_is_called_no_more(newsroom: Newsroom, receiver: Receiver) -> None:
    endpoint_id, _ = newsroom.endpoint(f"{receiver.address}/good")
    newsroom.enters(newsroom.partner())
    newsroom.promise()
    with newsroom.services.database.transaction() as session:
        endpoints.remove(session, endpoint_id, actor="staff:x", now=newsroom.services.clock())
    newsroom.enters(newsroom.partner("bolt"))
    assert newsroom.send() == 0
    assert receiver.calls == [] and [one.status for one in newsroom.deliveries()] == ["dropped"]
