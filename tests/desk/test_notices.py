"""What people choose to be told, on the page where they choose it; and the end of it without signing in."""

import re
from dataclasses import replace

import pytest

from feedback.app import create_app
from feedback.core.services import Services
from feedback.notices import choices, doors
from feedback.notices.choices import Wish
from feedback.staff import commands as staff
from feedback.staff.models import StaffMember
from tests.desk.conftest import Visitor
from tests.desk.reading import statements, text
from tests.desk.speaking import audited
from tests.gap.world import World
from tests.notices.newsroom import Newsroom, on_loopback

DATABASES = ("sqlite",)

PATH = "/desk/settings/notices"
CHOSEN = {"mail": "yes", "digest": "yes", "weekday": "2", "quiet": "no"}


@pytest.fixture
def newsroom(services: Services) -> Newsroom:
    """Where things happen that are told."""
    return Newsroom(services)


def wish(services: Services, email: str = "ann@example.com") -> Wish:
    with services.database.reading() as session:
        return choices.reader(session, email, services.secrets.vault).wish


@pytest.mark.parametrize("role", ["admin", "researcher", "analyst"])
def test_everybody_who_reads_numbers_chooses_for_themselves(visitor: Visitor, services: Services, role: str) -> None:
    visitor.come_in(role)
    assert "By mail to ann@example.com" in visitor.get(PATH).text
    slack = "https://hooks.example.com/services/T0/secret"
    sent = visitor.post(PATH, **CHOSEN, slack="yes", slack_address=slack, alerts="gap")
    assert sent.status_code == 303
    assert wish(services) == Wish(weekday=2, quiet=False, slack_address=slack, alerts=("gap",))
    page = visitor.get(sent.headers["Location"]).text
    assert "Saved." in page and "at hooks.example.com" in text(page) and "secret" not in page
    assert [one.detail for one in audited(services, "notices.chosen")] == [
        {"changed": ["alerts", "quiet", "slack_address", "weekday"]}
    ]
    # An empty field keeps the address; without the tick it goes.
    visitor.post(PATH, **CHOSEN, slack="yes", slack_address="")
    assert wish(services).slack_address == slack
    visitor.post(PATH, **CHOSEN)
    assert wish(services).slack_address == ""


def test_the_address_is_kept_encrypted(visitor: Visitor, services: Services) -> None:
    visitor.come_in()
    visitor.get(PATH)
    visitor.post(PATH, slack="yes", slack_address="https://hooks.example.com/services/T0/secret")
    with services.database.reading() as session:
        (row,) = session.query(choices.Choices).all()
    assert b"hooks" not in row.slack_address


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"slack": "yes"}, "Paste the address"),
        ({"slack": "yes", "slack_address": "http://hooks.example.com/"}, "Only https:// is called"),
        ({"slack": "yes", "slack_address": "https://169.254.169.254/"}, "inside a network"),
        ({"slack": "yes", "slack_address": '"><script>alert(1)</script>'}, "This is no address|begins with https"),
    ],
)
def test_an_address_that_cannot_be_called_is_refused_beside_its_field(
    visitor: Visitor, services: Services, typed: dict[str, str], said: str
) -> None:
    visitor.come_in()
    visitor.get(PATH)
    answer = visitor.post(PATH, **CHOSEN, **typed)
    assert answer.status_code == 422
    assert re.search(said, text(answer.text)) and "<script>alert" not in answer.text
    assert wish(services) == choices.DEFAULT


@pytest.mark.parametrize(("role", "status"), [("admin", 303), ("researcher", 422), ("analyst", 422)])
@pytest.mark.requirement("ASVS 1.3.6")
def test_an_address_inside_the_network_is_an_admins_to_choose(services: Services, role: str, status: int) -> None:
    """Even where a setting lets the service call there: whoever chooses an address learns what answers."""
    inside = on_loopback(services)
    visitor = Visitor(create_app(inside.settings, inside).test_client(), inside)
    visitor.come_in(role)
    visitor.get(PATH)
    assert visitor.post(PATH, slack="yes", slack_address="http://10.1.2.3/hook").status_code == status


def test_what_is_no_choice_is_refused(visitor: Visitor, services: Services) -> None:
    visitor.come_in()
    visitor.get(PATH)
    assert visitor.post(PATH, **CHOSEN, alerts="everything").status_code == 422
    assert visitor.post(PATH, **{**CHOSEN, "weekday": "9"}).status_code == 303
    assert wish(services).weekday == 0
    assert visitor.post(PATH, **CHOSEN, token="forged").status_code == 403
    assert visitor.post(f"{PATH}/test", token="forged").status_code == 403


def test_an_account_manager_is_told_no_numbers(visitor: Visitor) -> None:
    visitor.come_in("account")
    for path in (PATH, f"{PATH}/preview", f"{PATH}/preview.png"):
        page = visitor.get(path)
        assert page.location == "/desk/released" and "digest" not in page.text
    visitor.get("/desk/settings/account")
    assert visitor.post(PATH, **CHOSEN).status_code == 403
    assert visitor.post(f"{PATH}/test").status_code == 403


def test_the_preview_is_a_page_with_its_picture(visitor: Visitor, world: World) -> None:
    world.portfolio()
    newsroom = Newsroom(world.services)
    visitor.come_in()
    assert "Nothing changed since 8 November." in text(visitor.get(f"{PATH}/preview").text)
    assert visitor.get(f"{PATH}/preview.png").status_code == 404
    newsroom.enters(world.ids["acme"])
    newsroom.promise()
    page = visitor.get(f"{PATH}/preview")
    assert "\u2068Acme\u2069: pre-churn since October 2026" in text(page.text)
    assert world.values().sentence in text(page.text)
    picture = visitor.client.get(f"{PATH}/preview.png")
    assert picture.data.startswith(b"\x89PNG") and picture.headers["Cache-Control"] == "private, no-store"


def test_a_test_goes_by_every_way_that_is_chosen_and_is_listed(visitor: Visitor, newsroom: Newsroom) -> None:
    visitor.come_in()
    assert "Nothing yet." in visitor.get(PATH).text
    assert visitor.post(f"{PATH}/test").status_code == 303
    assert "test, mail waits" in text(visitor.get(PATH).text)
    assert newsroom.send() == 1
    assert "test, mail arrived" in text(visitor.get(PATH).text)
    (file,) = (newsroom.services.settings.home / "mail").iterdir()
    assert b"Subject: A test" in file.read_bytes()


def test_reading_ones_choices_takes_few_statements_however_much_was_sent(visitor: Visitor, newsroom: Newsroom) -> None:
    visitor.come_in()
    few = statements(visitor, PATH)
    for _ in range(15):
        visitor.post(f"{PATH}/test")
    assert statements(visitor, PATH) == few <= 8
    assert visitor.get(PATH).text.count("test, mail") == 10
    assert newsroom.send() == 15


def test_the_link_in_a_mail_ends_them_without_signing_in(services: Services) -> None:
    anybody = create_app(services.settings, services).test_client()
    with services.database.transaction() as session:
        staff.add(session, "ann@example.com", role="analyst", now=services.clock())
    with services.database.reading() as session:
        link = doors.stop_address(services, choices.reader(session, "ann@example.com", services.secrets.vault))
    path = link.removeprefix(services.settings.public_url)
    page = anybody.get(path)
    assert page.status_code == 200 and "No more mails from Feedback?" in page.text and "ann@" not in page.text
    assert wish(services).by_mail  # programs that look at links end nothing
    done = anybody.post(path, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200 and "no digest and no alerts by mail any more" in text(done.text)
    assert wish(services) == replace(choices.DEFAULT, by_mail=False)
    assert anybody.post(path).status_code == 200
    for wrong in (path[:-1], path[:-1] + "é", "/notices/stop/x", path.replace("-", "")):
        assert anybody.get(wrong).status_code == anybody.post(wrong).status_code == 410, wrong


def test_the_link_of_somebody_who_is_gone_says_nothing_else(services: Services) -> None:
    anybody = create_app(services.settings, services).test_client()
    with services.database.transaction() as session:
        staff.add(session, "ann@example.com", role="analyst", now=services.clock())
    with services.database.reading() as session:
        link = doors.stop_address(services, choices.reader(session, "ann@example.com", services.secrets.vault))
    with services.database.transaction() as session:
        session.query(StaffMember).one().role = "account"
    assert anybody.post(link.removeprefix(services.settings.public_url)).status_code == 200
