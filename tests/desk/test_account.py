"""One's own account: second factor, password, and the browsers that are signed in."""

import re

import pytest

from feedback.staff import sign_in
from tests.conftest import FakeClock
from tests.desk.authenticator import ACCOUNT, recovery_codes, set_up
from tests.desk.conftest import PASSWORD, Visitor
from tests.desk.reading import statements, text
from tests.desk.speaking import audited

DATABASES = ("sqlite",)

NEW = "another good one"


@pytest.fixture
def ann(visitor: Visitor) -> Visitor:
    """Somebody with a password, signed in."""
    visitor.staff(password=PASSWORD)
    return enter(visitor)


def enter(visitor: Visitor) -> Visitor:
    visitor.get("/login")
    assert visitor.post("/login", email="ann@example.com", password=PASSWORD).status_code == 303
    visitor.get(ACCOUNT)
    return visitor


@pytest.fixture
def elsewhere(ann: Visitor) -> Visitor:
    """The same person at another browser."""
    return enter(ann.elsewhere())


@pytest.mark.parametrize("role", ["admin", "researcher", "analyst", "account"])
def test_everybody_has_an_account_page_and_finds_it(visitor: Visitor, role: str) -> None:
    visitor.come_in(role)
    assert f'href="{ACCOUNT}"' in visitor.get(ACCOUNT).text
    assert visitor.get("/desk/settings").headers["Location"].startswith("/desk/settings/")
    assert role in text(visitor.get(ACCOUNT).text)
    for path in ("/desk/settings/staff", "/desk/settings/audit"):
        assert visitor.get(path).status_code == (200 if role == "admin" else 403)


def test_a_second_factor_is_shown_as_picture_and_text_and_proved_by_a_code(ann: Visitor, clock: FakeClock) -> None:
    ann.post(f"{ACCOUNT}/second-factor")
    page = ann.get(ACCOUNT)
    (picture,) = re.findall(r'<figure class="qr".*?</figure>', page.text, re.DOTALL)
    assert 'fill="#fff"' in picture and "style=" not in page.text
    wrong = ann.post(f"{ACCOUNT}/second-factor/prove", code="000000")
    assert wrong.status_code == 422
    _, codes = set_up(ann, clock)
    assert len(codes) == 10
    seen = ann.get(ACCOUNT).text
    assert "10 of ten recovery codes are left" in text(seen)
    assert not any(code in seen for code in codes)


def test_recovery_codes_are_made_anew_with_a_code_or_the_password(ann: Visitor, clock: FakeClock) -> None:
    telephone, codes = set_up(ann, clock)
    assert ann.post(f"{ACCOUNT}/recovery-codes", shown="wrong").status_code == 422
    with_code = recovery_codes(ann.post(f"{ACCOUNT}/recovery-codes", shown=telephone.code()))
    with_password = recovery_codes(ann.post(f"{ACCOUNT}/recovery-codes", shown=PASSWORD))
    assert len({*codes, *with_code, *with_password}) == 30


def test_removing_needs_a_code_or_the_password_and_ends_other_sessions(
    ann: Visitor, elsewhere: Visitor, clock: FakeClock
) -> None:
    set_up(ann, clock)
    assert ann.post(f"{ACCOUNT}/second-factor/remove", shown="").status_code == 422
    assert ann.post(f"{ACCOUNT}/second-factor/remove", shown=PASSWORD).status_code == 303
    assert "Set it up" in ann.get(ACCOUNT).text
    assert elsewhere.get(ACCOUNT).status_code == 303
    assert len(audited(ann.services, "staff.second_factor_removed")) == 1


def test_guessing_on_an_open_browser_is_slowed_down(ann: Visitor, clock: FakeClock) -> None:
    telephone, _ = set_up(ann, clock)
    with ann.services.database.transaction() as session:
        for _ in range(9):  # setting it up was one
            sign_in.count_code(session, "ann@example.com", now=clock.now)
    assert ann.post(f"{ACCOUNT}/second-factor/remove", shown=telephone.code()).status_code == 429


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(ann: Visitor, elsewhere: Visitor) -> None:
    for old, new, again in ((NEW, NEW, NEW), (PASSWORD, NEW, NEW + "x"), (PASSWORD, "short", "short")):
        assert ann.post(f"{ACCOUNT}/password", old=old, new=new, again=again).status_code == 422
    assert elsewhere.get(ACCOUNT).status_code == 200
    ann.get(ACCOUNT)
    assert ann.post(f"{ACCOUNT}/password", old=PASSWORD, new=NEW, again=NEW).status_code == 303
    assert ann.get(ACCOUNT).status_code == 200
    assert elsewhere.get(ACCOUNT).status_code == 303
    elsewhere.get("/login")
    assert elsewhere.post("/login", email="ann@example.com", password=PASSWORD).status_code == 401
    assert elsewhere.post("/login", email="ann@example.com", password=NEW).status_code == 303


def test_who_came_by_link_sets_a_first_password_with_a_code_if_there_is_a_second_factor(
    visitor: Visitor, clock: FakeClock
) -> None:
    visitor.come_in()
    telephone, _ = set_up(visitor, clock)
    visitor.get(ACCOUNT)
    assert visitor.post(f"{ACCOUNT}/password", new=NEW, again=NEW).status_code == 422
    assert visitor.post(f"{ACCOUNT}/password", old=telephone.code(), new=NEW, again=NEW).status_code == 303
    assert visitor.post(f"{ACCOUNT}/password", old=telephone.code(), new=NEW, again=NEW).status_code == 422


def test_browsers_are_listed_and_ended_one_by_one(ann: Visitor, elsewhere: Visitor, clock: FakeClock) -> None:
    clock.forward(minutes=5)
    page = ann.get(ACCOUNT).text
    seen = text(page)
    assert "this browser 15 Nov 2026, 12:00 just now password" in seen
    assert "another browser 15 Nov 2026, 12:00 5 minutes ago password" in seen
    cookies = [one.client.get_cookie("feedback-session") for one in (ann, elsewhere)]
    assert not any(cookie is None or cookie.value in page for cookie in cookies)
    (own, other) = re.findall(rf'action="({ACCOUNT}/sessions/[0-9a-f]+)"', page)
    assert ann.post(other).status_code == 303
    assert ann.post(other).status_code == 404
    assert elsewhere.get(ACCOUNT).status_code == 303
    assert ann.post(own).status_code == 303
    assert ann.get(ACCOUNT).status_code == 303


def test_all_others_are_ended_at_once(ann: Visitor, elsewhere: Visitor) -> None:
    ann.get(ACCOUNT)
    assert ann.post(f"{ACCOUNT}/sessions/others").status_code == 303
    assert (ann.get(ACCOUNT).status_code, elsewhere.get(ACCOUNT).status_code) == (200, 303)
    (entry,) = audited(ann.services, "staff.sessions_ended")
    assert (entry.actor, entry.detail) == ("staff:ann@example.com", {"sessions": 1})


@pytest.mark.requirement("ASVS 8.2.2")
def test_another_persons_session_is_not_there_to_be_ended(ann: Visitor) -> None:
    other = ann.elsewhere()
    link = other.staff("bob@example.com")
    other.get(link)
    other.post(link)
    (path,) = re.findall(rf'action="({ACCOUNT}/sessions/[0-9a-f]+)"', other.get(ACCOUNT).text)
    ann.get(ACCOUNT)
    assert ann.post(path).status_code == 404
    assert other.get(ACCOUNT).status_code == 200


def test_every_form_needs_its_token(ann: Visitor) -> None:
    rules = ann.client.application.url_map.iter_rules()
    paths = [rule.rule for rule in rules if rule.rule.startswith(ACCOUNT) and "POST" in (rule.methods or ())]
    assert len(paths) == 7
    for path in paths:
        for token in ("", "0" * 64):
            assert ann.post(path.replace("<name>", "0" * 16), token=token).status_code == 403, path


def test_the_page_takes_few_statements(ann: Visitor, elsewhere: Visitor, clock: FakeClock) -> None:
    assert elsewhere
    set_up(ann, clock)
    assert statements(ann, ACCOUNT) <= 10
