"""The weekly digest: on everybody's day, three lines, a picture, one link; of quiet weeks one line or nothing."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from feedback.cli.notices import notices
from feedback.notices import choices, stopping
from feedback.notices.contents import Writer
from feedback.notices.models import Delivery
from feedback.settings import Settings
from tests.gap.world import World
from tests.notices.newsroom import Newsroom
from tests.notices.receivers import MailServer, Receiver
from tests.notices.test_alerts import words

MONDAY = "2026-11-16T07:00:00"


@pytest.fixture
def known(with_mail: Newsroom) -> Newsroom:
    """Three partners with both sides; nobody wants alerts."""
    World(with_mail.services).portfolio()
    return with_mail


def ids(newsroom: Newsroom) -> dict[str, object]:
    from feedback.partners.queries import partner_rows

    with newsroom.services.database.reading() as session:
        return {one.slug: one.id for one in partner_rows(session)}


def test_a_digest_has_the_whole_in_a_sentence_three_lines_a_picture_and_one_link(
    known: Newsroom, mails: MailServer
) -> None:
    known.person(alerts=())
    acme = ids(known)["acme"]
    for _ in range(3):
        known.renews(acme)
    known.enters(acme, "broken_value")
    known.enters(ids(known)["bolt"], "compounding")
    known.at(MONDAY)
    assert known.send() == 1
    (mail,) = mails.mails
    assert mail["Subject"] == "5 things changed since 9 November"
    report = World(known.services).values()
    text = words(mail)
    assert text.startswith(report.sentence)
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert lines[0].startswith("- \u2068Acme\u2069: broken value since October 2026: neither side is fine.")
    assert "the contract c-1 renews in 30 days" in lines[1]
    assert lines[2] == "- And 3 more."
    html = mail.get_body(("html",)).get_content()
    assert html.count("/desk") == 1 and text.count("/desk") == 1
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert picture.get_content().startswith(b"\x89PNG") and picture.get_content_disposition() == "inline"
    assert f"cid:{picture['Content-ID'].strip('<>')}" in html
    alt = html.partition('alt="')[2].partition('"')[0]
    assert len(alt) > 20
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "image/png",
    ]


def test_a_week_in_which_nothing_happened_is_not_sent_or_said_in_one_line(known: Newsroom, mails: MailServer) -> None:
    known.person("quiet@example.com", alerts=())
    known.person("loud@example.com", alerts=(), quiet=False)
    known.at(MONDAY)
    assert known.send() == 1
    (mail,) = mails.mails
    assert mail["To"].addresses[0].addr_spec == "loud@example.com"
    assert words(mail).startswith("Nothing changed since 9 November.\n\nOpen the desk: http://localhost:8000/desk\n")
    assert not [part for part in mail.walk() if part.get_content_type() == "image/png"]


def test_each_has_a_weekday_and_gets_one_digest_a_week(known: Newsroom, mails: MailServer) -> None:
    known.person("monday@example.com", quiet=False)
    known.person("friday@example.com", quiet=False, weekday=4)
    arrived = []
    for day in range(15, 30):
        for hour in (6, 7, 23):
            known.at(f"2026-11-{day}T{hour:02}:00:00")
            known.send()
            arrived += [(mail["To"].addresses[0].username, day, hour) for mail in mails.mails]
            mails.mails.clear()
    assert arrived == [("monday", 16, 7), ("friday", 20, 7), ("monday", 23, 7), ("friday", 27, 7)]


def test_a_schedule_that_was_away_sends_it_later_but_not_days_later(known: Newsroom) -> None:
    known.person(quiet=False)
    known.at("2026-11-18T06:00:00")
    assert known.send() == 1
    known.at("2026-11-25T07:30:00")
    assert known.send() == 0


def test_what_happened_in_a_week_stands_in_one_digest_alone(known: Newsroom, mails: MailServer) -> None:
    known.person(alerts=())
    known.enters(ids(known)["acme"])
    for moment in (MONDAY, "2026-11-23T07:00:00"):
        known.at(moment)
        known.send()
    assert len(mails.mails) == 1
    known.enters(ids(known)["bolt"])
    known.at("2026-11-30T07:00:00")
    known.send()
    assert "Bolt" in words(mails.mails[1]) and "Acme\u2069: pre-churn" not in words(mails.mails[1])


def test_who_switches_it_on_after_its_hour_waits_for_the_next(known: Newsroom) -> None:
    known.at("2026-11-16T08:00:00")
    known.person(quiet=False)
    assert known.send() == 0
    known.at("2026-11-23T07:00:00")
    assert known.send() == 1


def test_a_digest_may_go_to_slack_besides_and_to_a_teams_channel(known: Newsroom, receiver: Receiver) -> None:
    known.person(role="admin", alerts=(), slack_address=f"{receiver.address}/good")
    known.endpoint(f"{receiver.address}/good", "digest", kind="team")
    known.enters(ids(known)["acme"])
    known.at(MONDAY)
    assert known.send() == 3
    bodies = [call.body.decode() for call in receiver.calls]
    assert len(bodies) == 2 and bodies[0] == bodies[1]
    assert "• \u2068Acme\u2069: pre-churn since October 2026" in bodies[0]


def test_the_report_and_its_picture_are_made_once_for_all(known: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    from feedback.gap import queries

    real = queries.report
    monkeypatch.setattr(queries, "report", lambda *given, **named: made.append(1) or real(*given, **named))
    for number in range(5):
        known.person(f"p{number}@example.com", alerts=())
    known.enters(ids(known)["acme"])
    known.at(MONDAY)
    assert known.send() == 5
    assert made == [1]


def test_a_thousand_partners_are_one_digest(with_mail: Newsroom, mails: MailServer) -> None:
    with_mail.person(alerts=())
    for number in range(1000):
        with_mail.enters(with_mail.partner(f"p{number}"))
    with_mail.at(MONDAY)
    assert with_mail.send() == 1
    assert mails.mails[0]["Subject"] == "1,000 things changed since 9 November"
    assert "And 998 more." in words(mails.mails[0])


def test_each_mail_can_be_ended_in_one_click(known: Newsroom, mails: MailServer) -> None:
    email = known.person(quiet=False)
    known.at(MONDAY)
    known.send()
    (mail,) = mails.mails
    link = mail["List-Unsubscribe"].strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in words(mail)
    secrets = known.services.secrets
    with known.services.database.reading() as session:
        reader = choices.reader(session, email, secrets.vault)
    assert stopping.owner(secrets, link.rpartition("/")[2]) == reader.staff_id


def test_the_preview_is_what_would_be_sent_and_sends_nothing(
    known: Newsroom, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    known.person()
    known.enters(ids(known)["acme"])
    known.promise()
    now = known.services.clock()
    wanted = Writer(known.services).digest(now.replace(day=1), until=now, now=now)
    monkeypatch.setenv("FEEDBACK_HOME", str(settings.home))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setattr("feedback.core.services.system_clock", known.services.clock)
    shown = CliRunner().invoke(notices, ["preview"])
    assert shown.output.startswith(wanted.heading), shown.output
    file = settings.home / "preview.eml"
    done = CliRunner().invoke(notices, ["preview", "--to", "ann@example.com", "--output", str(file)])
    assert done.exit_code == 0 and b"Subject: 1 thing changed" in file.read_bytes()
    sent = CliRunner().invoke(notices, ["send-due"])
    assert sent.output == "0 sent.\n"
    with known.services.database.reading() as session:
        assert [one.kind for one in session.scalars(select(Delivery))] == ["alert"]
