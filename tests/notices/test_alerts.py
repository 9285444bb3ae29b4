"""Alerts: to whom wants them and may read numbers, together, and each thing once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from feedback.core.services import Services
from feedback.gap.models import PORTFOLIO
from feedback.notices import choices, rounds, trying
from feedback.notices.courier import Courier
from feedback.notices.wording import with_names_isolated
from feedback.staff import commands as staff
from feedback.staff.models import StaffMember
from tests.notices.newsroom import Newsroom
from tests.notices.receivers import MailServer, Receiver


def words(mail) -> str:
    """The plain text of a mail."""
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_a_state_that_is_entered_is_told_once(with_mail: Newsroom, mails: MailServer) -> None:
    with_mail.person()
    acme = with_mail.partner()
    for _ in range(2):
        with_mail.enters(acme, thing=f"state {acme} 24321")
        with_mail.send()
    (mail,) = mails.mails
    assert mail["Subject"] == "\u2068Acme\u2069: pre-churn"
    assert mail["To"] == "ann <ann@example.com>" and "feedback@vendor.example" in mail["From"]
    assert "pre-churn since October 2026: the buyer is fine, but people don't use it." in words(mail)
    assert "http://localhost:8000/desk/partners/acme" in words(mail)


def test_what_happens_together_is_told_together(with_mail: Newsroom, mails: MailServer) -> None:
    with_mail.person()
    for number in range(1000):
        with_mail.enters(with_mail.partner(f"p{number}"))
    with_mail.renews(with_mail.partner("bolt"))
    assert with_mail.send() == 1
    (mail,) = mails.mails
    assert mail["Subject"] == "1,001 things happened at your partners"
    assert words(mail).count("\n- ") == 20 and "And 982 more." in words(mail)


def test_who_reads_no_numbers_or_wants_none_is_told_nothing(with_mail: Newsroom, mails: MailServer) -> None:
    with_mail.person("account@example.com", "account")
    with_mail.person("quiet@example.com", alerts=())
    with_mail.person("nowhere@example.com", by_mail=False)
    gone = with_mail.person("gone@example.com")
    with with_mail.services.database.transaction() as session:
        staff.disable(session, gone, now=with_mail.services.clock())
    with_mail.enters(with_mail.partner())
    assert with_mail.send() == 0
    assert with_mail.deliveries() == [] and mails.mails == []


@pytest.mark.parametrize("how", ["disabled", "account", "no mails"])
def test_who_may_not_be_told_any_more_when_it_is_sent_is_not(with_mail: Newsroom, mails: MailServer, how: str) -> None:
    ann, services = with_mail.person(), with_mail.services
    with_mail.enters(with_mail.partner())
    with_mail.promise()
    with services.database.transaction() as session:
        if how == "disabled":
            staff.disable(session, ann, now=services.clock())
        elif how == "account":
            session.query(StaffMember).one().role = "account"
        else:
            row = choices.reader(session, ann, services.secrets.vault)
            choices.stop_mails(session, row.staff_id, vault=services.secrets.vault, now=services.clock())
    assert with_mail.send() == 0 and mails.mails == []
    assert [one.status for one in with_mail.deliveries()] == ["dropped"]


def test_a_state_that_cannot_be_told_any_more_is_no_alert(with_mail: Newsroom, mails: MailServer) -> None:
    with_mail.person()
    with_mail.enters(with_mail.partner(), "undetermined")
    with_mail.send()
    assert mails.mails == []


def test_two_schedules_at_once_tell_once(with_mail: Newsroom, mails: MailServer) -> None:
    for number in range(3):
        with_mail.person(f"p{number}@example.com")
    for number in range(40):
        with_mail.enters(with_mail.partner(f"p{number}"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: rounds.promise(with_mail.services), range(4)))
        with_mail.services.clock.forward(minutes=1)
        sent = list(pool.map(lambda _: Courier(with_mail.services).send_due(), range(4)))
    told = [
        line
        for mail in mails.mails
        for line in words(mail).splitlines()
        if "pre-churn since" in line or "more." in line
    ]
    assert sum(sent) == len(mails.mails) == len(with_mail.deliveries())
    assert len({(mail["To"], mail["Message-ID"]) for mail in mails.mails}) == len(mails.mails)
    assert len(told) >= 3 * 19


def test_who_dies_between_sending_and_marking_leads_to_the_same_mail_again(
    with_mail: Newsroom, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_mail.person()
    with_mail.enters(with_mail.partner())

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(trying, "arrived", die)
        with pytest.raises(KeyboardInterrupt):
            with_mail.send()
    assert Courier(with_mail.services).send_due() == 0  # while the lease lasts
    with_mail.services.clock.forward(minutes=10)
    assert Courier(with_mail.services).send_due() == 1
    first, second = mails.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_a_mail_server_that_is_ill_is_tried_again_later_and_later(with_mail: Newsroom, mails: MailServer) -> None:
    with_mail.person()
    with_mail.enters(with_mail.partner())
    mails.ill = True
    assert with_mail.send() == 0
    (one,) = with_mail.deliveries()
    assert (one.status, one.tries, one.reason) == ("waiting", 1, "The server said 451.")
    for pause in trying.PAUSES:
        assert Courier(with_mail.services).send_due() == 0
        assert with_mail.deliveries()[0].next_try_at - with_mail.services.clock() == pause
        with_mail.services.clock.forward(seconds=pause.total_seconds())
        Courier(with_mail.services).send_due()
    (one,) = with_mail.deliveries()
    assert (one.status, one.tries) == ("given_up", 10)


def test_what_happens_while_an_alert_is_tried_again_does_not_wait_for_it(
    with_mail: Newsroom, mails: MailServer
) -> None:
    with_mail.person()
    with_mail.enters(with_mail.partner())
    mails.ill = True
    for _ in range(3):
        with_mail.services.clock.forward(minutes=15)
        with_mail.send()
    mails.ill = False
    with_mail.enters(with_mail.partner("bolt"))
    assert with_mail.send() == 1
    assert mails.mails[0]["Subject"] == "\u2068Bolt\u2069: pre-churn"


def test_an_address_that_is_refused_is_given_up_and_the_others_get_theirs(
    with_mail: Newsroom, mails: MailServer
) -> None:
    for email in ("a@example.com", "refused@example.com", "z@example.com"):
        with_mail.person(email)
    with_mail.enters(with_mail.partner())
    assert with_mail.send() == 2
    assert sorted(one.status for one in with_mail.deliveries()) == ["given_up", "sent", "sent"]
    assert mails.connections == 1
    assert mails.passwords == ["AGFubgBzQGNydA=="]  # ann, s@crt


def test_without_a_server_mails_are_files(newsroom: Newsroom) -> None:
    newsroom.person()
    newsroom.enters(newsroom.partner())
    newsroom.send()
    (file,) = (newsroom.services.settings.home / "mail").iterdir()
    assert file.name == f"{newsroom.deliveries()[0].id}.eml"
    assert b"pre-churn" in file.read_bytes()


def test_a_person_may_be_told_on_slack_instead(newsroom: Newsroom, receiver: Receiver) -> None:
    newsroom.person(role="admin", by_mail=False, slack_address=f"{receiver.address}/good")
    newsroom.enters(newsroom.partner(name="<!channel> @here & 'Söhne'"))
    assert newsroom.send() == 1
    (call,) = receiver.calls
    assert call.headers["content-type"] == "application/json"
    assert b"&lt;!channel&gt; @\xe2\x80\x8bhere &amp; 'S" in call.body
    assert not (newsroom.services.settings.home / "mail").exists()


def test_only_an_admins_address_may_be_inside_the_network(newsroom: Newsroom, receiver: Receiver) -> None:
    newsroom.person(role="researcher", by_mail=False, slack_address=f"{receiver.address}/good")
    newsroom.enters(newsroom.partner())
    assert newsroom.send() == 0
    assert receiver.calls == []


def test_a_teams_channel_is_told_what_it_asks_for(newsroom: Newsroom, receiver: Receiver) -> None:
    newsroom.endpoint(f"{receiver.address}/good", "renewal", kind="team")
    acme = newsroom.partner()
    newsroom.enters(acme)
    newsroom.renews(acme)
    assert newsroom.send() == 1
    (call,) = receiver.calls
    assert "the contract c-1 renews in 30 days" in call.body.decode()


def test_names_from_right_to_left_and_long_ones_stay_in_their_place(with_mail: Newsroom, mails: MailServer) -> None:
    with_mail.person()
    with_mail.enters(with_mail.partner(name="بنك الشمال"))
    with_mail.send()
    with_mail.enters(with_mail.partner("long", "x" * 200))
    with_mail.send()
    first, second = mails.mails
    assert first["Subject"] == "\u2068بنك الشمال\u2069: pre-churn"
    assert "\u2068بنك الشمال\u2069: pre-churn since" in first.get_body(("html",)).get_content()
    assert second["Subject"] == f"\u2068{'x' * 59}…\u2069: pre-churn"


def test_in_sentences_of_the_report_too() -> None:
    said = "so fix first use at Acme, بنك and " + "x" * 200 + "."
    found = with_names_isolated(said, ["Acme", "بنك", "x" * 200, "Bolt"])
    assert found == f"so fix first use at Acme, \u2068بنك\u2069 and \u2068{'x' * 59}…\u2069."


def test_a_partner_with_markup_in_its_name_is_text_in_the_mail(with_mail: Newsroom, mails: MailServer) -> None:
    with_mail.person()
    with_mail.enters(with_mail.partner(name="<b>Acme</b>\r\nBcc: x@example.com"))
    with_mail.send()
    (mail,) = mails.mails
    assert mail["Bcc"] is None
    assert "<b>Acme" not in mail.get_body(("html",)).get_content()


def test_no_name_and_no_address_keeps_the_mails_of_others_back(with_mail: Newsroom, mails: MailServer) -> None:
    services = with_mail.services
    forged = "Eve\r\nBcc: mallory@example.com\x0b\u2028"
    with services.database.transaction() as session:
        staff.add(session, "\u00fcmit@example.com", name="Umit", now=services.clock())
        staff.add(session, "eve@example.com", name=forged, now=services.clock())
    with_mail.person("zoe@example.com", "admin")
    with_mail.happens("paused", PORTFOLIO, {"name": forged})
    assert with_mail.send() == 2
    assert sorted(mail["To"].addresses[0].addr_spec for mail in mails.mails) == ["eve@example.com", "zoe@example.com"]
    assert not any("Bcc" in mail for mail in mails.mails)
    assert sorted(one.status for one in with_mail.deliveries()) == ["given_up", "sent", "sent"]


def test_settings_of_one_person_are_of_that_person(services: Services, newsroom: Newsroom) -> None:
    newsroom.person("ann@example.com", alerts=("gap",))
    newsroom.person("ben@example.com")
    with services.database.reading() as session:
        found = {one.email: one.wish for one in choices.readers(session, services.secrets.vault).values()}
    assert found["ben@example.com"] == choices.DEFAULT
    assert found["ann@example.com"] == replace(choices.DEFAULT, alerts=("gap",))
