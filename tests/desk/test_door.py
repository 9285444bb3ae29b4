"""The desk's door: who is let in, how long, and what a page may do."""

import re
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from feedback.app import create_app
from feedback.core.services import Services
from tests.conftest import FakeClock
from tests.desk.conftest import PASSWORD, Visitor

DATABASES = ("sqlite",)


def some_path(rule: str) -> str:
    """A path that fits a rule."""
    rule = re.sub("<uuid:[^>]*>", str(UUID(int=1)), rule)
    return re.sub("<[^>]*>", "x", re.sub(r"<any\(([^,)]*)[^>]*>", r"\1", rule))


def test_every_page_of_the_desk_asks_to_sign_in_first(visitor: Visitor) -> None:
    rules = visitor.client.application.url_map.iter_rules()
    pages = [rule for rule in rules if rule.rule.startswith("/desk") and rule.endpoint != "login.asset"]
    paths = {some_path(rule.rule) for rule in pages if "GET" in (rule.methods or ())}
    assert {"/desk", "/desk/renewals", "/desk/one-page"} <= paths
    for path in paths:
        response = visitor.get(path)
        assert response.status_code == 303, path
        assert response.headers["Location"].startswith("/login?next=")


def test_the_front_door_leads_to_the_desk(visitor: Visitor) -> None:
    assert visitor.get("/").headers["Location"] == "/desk"


def test_a_link_shows_a_button_and_signs_in_when_it_is_pressed(visitor: Visitor) -> None:
    link = visitor.staff()
    for _ in range(2):  # a preview of the link, then the person
        assert "ann@example.com" in visitor.get(link).text
    signed_in = visitor.post(link)
    assert (signed_in.status_code, signed_in.headers["Location"]) == (303, "/desk")
    assert visitor.get("/desk").status_code == 200


def test_a_link_that_was_used_says_so(visitor: Visitor) -> None:
    link = visitor.staff()
    visitor.get(link)
    visitor.post(link)
    again = visitor.get(link)
    assert again.status_code == 410
    assert "feedback staff link" in again.text


def test_a_password_signs_in_and_leads_to_the_page_that_was_wanted(visitor: Visitor) -> None:
    visitor.staff(password=PASSWORD)
    wanted = visitor.get("/desk?sort=name&q=a").headers["Location"]
    visitor.get(wanted)
    done = visitor.post("/login", email="ann@example.com", password=PASSWORD, next="/desk?sort=name&q=a")
    assert (done.status_code, done.headers["Location"]) == (303, "/desk?sort=name&q=a")
    assert visitor.get("/desk").status_code == 200


def test_signing_in_never_leads_out_of_the_desk(visitor: Visitor) -> None:
    visitor.staff(password=PASSWORD)
    for target in ("https://evil.example", "//evil.example", "/desk\\@evil.example", "/deskevil", "/desk/\r\nX: y", ""):
        visitor.get("/login")
        done = visitor.post("/login", email="ann@example.com", password=PASSWORD, next=target)
        assert done.headers["Location"] == "/desk"
        visitor.get("/desk")
        visitor.post("/logout")


def test_a_wrong_password_is_refused_without_saying_which_part_was_wrong(visitor: Visitor) -> None:
    visitor.staff(password=PASSWORD)
    visitor.get("/login")
    wrong = visitor.post("/login", email="ann@example.com", password="wrong")
    unknown = visitor.post("/login", email="bob@example.com", password="wrong")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.text.replace("ann@", "bob@") == unknown.text
    assert visitor.get("/desk").status_code == 303


@pytest.mark.requirement("ASVS 2.4.1")
def test_guessing_is_slowed_down_also_with_the_right_password(visitor: Visitor, clock: FakeClock) -> None:
    visitor.staff(password=PASSWORD)
    visitor.get("/login")
    for _ in range(10):
        assert visitor.post("/login", email="ann@example.com", password="wrong").status_code == 401
    refused = visitor.post("/login", email="ann@example.com", password=PASSWORD)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    clock.forward(minutes=15)
    assert visitor.post("/login", email="ann@example.com", password=PASSWORD).status_code == 303


@pytest.mark.requirement("ASVS 3.5.1")
def test_a_form_without_its_token_is_refused(visitor: Visitor) -> None:
    link = visitor.staff(password=PASSWORD)
    visitor.get(link)
    fields = {"email": "ann@example.com", "password": PASSWORD}
    for path, more in ((link, {}), ("/login", fields), ("/logout", {})):
        for token in ("", "0" * 64, "ü"):
            refused = visitor.post(path, token=token, **more)
            assert refused.status_code == 403, path
    assert visitor.post(link).status_code == 303


@pytest.mark.requirement("ASVS 3.5.1")
def test_a_token_of_another_browser_is_refused(visitor: Visitor) -> None:
    link = visitor.staff()
    other = visitor.elsewhere()
    other.get("/login")
    visitor.get(link)
    assert visitor.post(link, token=other.token).status_code == 403


def test_a_form_without_cookies_is_refused(visitor: Visitor) -> None:
    link = visitor.staff()
    assert visitor.post(link, token="").status_code == 403


@pytest.mark.requirement("ASVS 7.4.1")
def test_a_session_that_idles_or_grows_old_must_sign_in_again(visitor: Visitor, clock: FakeClock) -> None:
    assert visitor.sign_in().status_code == 200
    for _ in range(26):  # the last request is 11 hours and 42 minutes after the first
        clock.forward(minutes=27)
        assert visitor.get("/desk").status_code == 200
    clock.forward(minutes=18)
    assert visitor.get("/desk").status_code == 303


def test_an_idle_session_is_over_after_half_an_hour(visitor: Visitor, clock: FakeClock) -> None:
    visitor.come_in()
    clock.forward(minutes=30)
    assert visitor.get("/desk").status_code == 303


def test_a_database_that_cannot_be_written_still_lets_people_read(
    visitor: Visitor, services: Services, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.come_in()
    clock.forward(minutes=5)

    def full(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    monkeypatch.setattr(type(services.database), "transaction", full)
    assert visitor.get("/desk").status_code == 200


@pytest.mark.requirement("ASVS 7.4.1")
def test_signing_out_ends_the_session_also_for_a_stolen_cookie(visitor: Visitor) -> None:
    visitor.come_in()
    cookie = visitor.client.get_cookie("feedback-session")
    assert cookie is not None
    assert visitor.post("/logout").headers["Location"] == "/login"
    assert visitor.client.get_cookie("feedback-session") is None
    thief = visitor.elsewhere().client
    thief.set_cookie("feedback-session", cookie.value)
    assert thief.get("/desk").status_code == 303


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor: Visitor) -> None:
    link = visitor.staff()
    visitor.get(link)
    (cookie,) = [one for one in visitor.post(link).headers.getlist("Set-Cookie") if "session" in one]
    assert cookie.startswith("feedback-session=")
    assert "; HttpOnly" in cookie and "; SameSite=Lax" in cookie and "Secure" not in cookie


@pytest.mark.requirement("ASVS 3.3.1")
def test_over_https_cookies_are_bound_to_the_host(services: Services) -> None:
    secure = replace(services, settings=replace(services.settings, public_url="https://feedback.example"))
    visitor = Visitor(create_app(secure.settings, secure).test_client(), secure)
    link = visitor.staff()
    visitor.client.get(link, base_url="https://feedback.example")
    page = visitor.client.get(link, base_url="https://feedback.example").text
    token = page.split('name="token" value="')[1].split('"')[0]
    done = visitor.client.post(link, data={"token": token}, base_url="https://feedback.example")
    cookies = done.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Host-feedback-")
        assert "; Secure" in cookie and "; Path=/" in cookie and "Domain" not in cookie


def test_pages_carry_a_strict_policy_and_are_not_kept(visitor: Visitor) -> None:
    first = visitor.sign_in()
    assert "script-src 'self'; connect-src 'self'" in first.headers["Content-Security-Policy"]
    assert "unsafe" not in first.headers["Content-Security-Policy"] and "<script>" not in first.text
    for path in ("/login", "/desk/quality", "/login/none", "/desk?from=x"):
        response = visitor.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy and "script-src" not in policy
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script" not in response.text and " style=" not in response.text


def test_style_sheets_are_small_kept_for_ever_and_named_by_their_content(visitor: Visitor) -> None:
    page = visitor.get("/login").text
    paths = [one for one in page.split('"') if one.startswith("/desk/static/") and one.endswith(".css")]
    sheets = [visitor.get(path) for path in paths]
    assert len(sheets) == 2
    for sheet in sheets:
        assert (sheet.status_code, sheet.mimetype) == (200, "text/css")
        assert "immutable" in sheet.headers["Cache-Control"]
    assert sum(len(sheet.data) for sheet in sheets) < 18_000
    assert visitor.get("/desk/static/desk.css").status_code == 404
    assert visitor.get("/desk/static/..%2Fdoor.py").status_code == 404
