"""Signing in with a second factor: by password and by link, and where everybody needs one."""

from dataclasses import replace

import pytest

from feedback.app import create_app
from feedback.core.services import Services
from feedback.sign_in_settings import SignIn
from feedback.staff import commands
from tests.conftest import FakeClock
from tests.desk.authenticator import Authenticator, recovery_codes, set_up
from tests.desk.conftest import PASSWORD, Visitor
from tests.desk.reading import text
from tests.desk.test_door import some_path

DATABASES = ("sqlite",)

CODE = "/login/code"


@pytest.fixture
def telephone(visitor: Visitor, clock: FakeClock) -> Authenticator:
    """Ann's: she has a password and a second factor, and is signed out."""
    visitor.staff(password=PASSWORD)
    visitor.get("/login")
    visitor.post("/login", email="ann@example.com", password=PASSWORD)
    made, _ = set_up(visitor, clock)
    visitor.get("/desk")
    visitor.post("/logout")
    visitor.get("/login")
    return made


def password(visitor: Visitor, **more: str) -> str:
    """Where the right password leads; opened."""
    answer = visitor.post("/login", email="ann@example.com", password=PASSWORD, **more)
    visitor.get(answer.headers["Location"])
    return answer.headers["Location"]


@pytest.mark.requirement("ASVS 6.3.3")
def test_after_the_password_comes_a_code_then_the_page_that_was_wanted(
    visitor: Visitor, telephone: Authenticator
) -> None:
    assert password(visitor, next="/desk/decisions?a=b") == "/login/code?next=/desk/decisions?a%3Db"
    done = visitor.post(CODE, code=telephone.code(), next="/desk/decisions?a=b")
    assert (done.status_code, done.headers["Location"]) == (303, "/desk/decisions?a=b")
    assert visitor.get("/desk").status_code == 200


def test_after_a_link_comes_a_code_too(visitor: Visitor, services: Services, telephone: Authenticator) -> None:
    with services.database.transaction() as session:
        link = f"/login/{commands.create_sign_in_link(session, 'ann@example.com', now=services.clock())}"
    visitor.get(link)
    assert visitor.post(link).headers["Location"].startswith(CODE)
    visitor.get(CODE)
    assert visitor.post(CODE, code=telephone.code()).headers["Location"] == "/desk"


@pytest.mark.requirement("ASVS 6.3.3")
def test_between_the_steps_nothing_can_be_reached(visitor: Visitor, telephone: Authenticator) -> None:
    assert telephone
    password(visitor)
    step = visitor.client.get_cookie("feedback-step")
    assert step is not None and visitor.client.get_cookie("feedback-session") is None
    visitor.client.set_cookie("feedback-session", step.value)
    rules = visitor.client.application.url_map.iter_rules()
    behind = [rule for rule in rules if rule.rule.startswith("/desk") and rule.endpoint != "login.asset"]
    assert len(behind) > 20
    for rule in behind:
        for method in {"GET", "POST"} & set(rule.methods or ()):
            assert visitor.client.open(some_path(rule.rule), method=method).status_code == 303, rule


def test_the_session_is_a_new_one_and_the_step_is_spent(visitor: Visitor, telephone: Authenticator) -> None:
    password(visitor)
    step = visitor.client.get_cookie("feedback-step")
    visitor.client.set_cookie("feedback-session", "chosen-by-somebody-else")
    visitor.get(CODE)
    visitor.post(CODE, code=telephone.code())
    session = visitor.client.get_cookie("feedback-session")
    assert step is not None and session is not None
    assert session.value not in (step.value, "chosen-by-somebody-else")
    assert visitor.client.get_cookie("feedback-step") is None
    visitor.client.set_cookie("feedback-step", step.value)
    assert visitor.get(CODE).status_code == 303


def test_a_wrong_code_is_refused_and_a_used_one_too(
    visitor: Visitor, clock: FakeClock, telephone: Authenticator
) -> None:
    password(visitor)
    wrong = visitor.post(CODE, code="000000")
    assert wrong.status_code == 401 and 'role="alert"' in wrong.text
    code = telephone.code()
    assert visitor.post(CODE, code=code).status_code == 303
    visitor.get("/desk")
    visitor.post("/logout")
    visitor.get("/login")
    password(visitor)
    assert visitor.post(CODE, code=code).status_code == 401
    clock.forward(seconds=30)
    assert visitor.post(CODE, code=telephone.code()).status_code == 303


def test_guessing_at_codes_is_slowed_down_across_browsers(
    visitor: Visitor, clock: FakeClock, telephone: Authenticator
) -> None:
    other = visitor.elsewhere()
    other.get("/login")
    password(visitor)
    password(other)
    for browser in [visitor, other] * 4 + [visitor]:  # setting it up was one more
        assert browser.post(CODE, code="000000").status_code == 401
    refused = visitor.post(CODE, code=telephone.code())
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "870")
    clock.forward(minutes=15)
    assert visitor.post(CODE, code=telephone.code()).status_code == 401  # the step is over
    visitor.get("/login")
    password(visitor)
    assert visitor.post(CODE, code=telephone.code()).status_code == 303


def test_the_form_for_codes_needs_its_token_and_leads_nowhere_else(visitor: Visitor, telephone: Authenticator) -> None:
    password(visitor)
    for token in ("", "0" * 64):
        assert visitor.post(CODE, token=token, code=telephone.code()).status_code == 403
    assert visitor.post(CODE, code=telephone.code(), next="//evil.example").headers["Location"] == "/desk"


def test_without_a_password_nobody_comes_to_the_codes(visitor: Visitor, telephone: Authenticator) -> None:
    assert visitor.get(CODE).headers["Location"] == "/login"
    visitor.get("/login")
    refused = visitor.post(CODE, code=telephone.code())
    assert refused.status_code == 401 and visitor.client.get_cookie("feedback-session") is None


def test_a_recovery_code_lets_in_once(visitor: Visitor, clock: FakeClock) -> None:
    visitor.staff(password=PASSWORD)
    visitor.get("/login")
    visitor.post("/login", email="ann@example.com", password=PASSWORD)
    _, codes = set_up(visitor, clock)
    for status in (303, 401):
        visitor.get("/desk")
        visitor.post("/logout")
        visitor.get("/login")
        password(visitor)
        assert visitor.post(CODE, code=codes[0]).status_code == status


@pytest.mark.requirement("ASVS 3.3.1")
def test_over_https_the_step_is_bound_to_the_host(services: Services) -> None:
    secure = replace(
        services,
        settings=replace(
            services.settings, public_url="https://feedback.example", sign_in=SignIn(second_factor_required=True)
        ),
    )
    visitor = Visitor(create_app(secure.settings, secure).test_client(), secure)
    link = visitor.staff()
    page = visitor.client.get(link, base_url="https://feedback.example").text
    token = page.split('name="token" value="')[1].split('"')[0]
    done = visitor.client.post(link, data={"token": token}, base_url="https://feedback.example")
    (cookie,) = done.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-feedback-step=")
    assert "; Secure" in cookie and "; Path=/" in cookie and "; HttpOnly" in cookie and "Domain" not in cookie


@pytest.fixture
def strict(services: Services) -> Visitor:
    """A browser at a desk where everybody needs a second factor."""
    settings = replace(services.settings, sign_in=SignIn(second_factor_required=True))
    chosen = replace(services, settings=settings)
    return Visitor(create_app(settings, chosen).test_client(), chosen)


@pytest.mark.requirement("ASVS 6.3.3")
def test_where_it_is_required_whoever_has_none_sets_one_up_first(strict: Visitor, clock: FakeClock) -> None:
    link = strict.staff()
    strict.get(link)
    assert strict.post(link).headers["Location"].startswith(CODE)
    page = strict.get(CODE)
    assert "Everybody who signs in here needs one" in text(page.text) and "<svg" in page.text
    assert strict.get("/desk").status_code == 303
    assert strict.post(CODE, code="000000").status_code == 401
    telephone = Authenticator.of(strict.get(CODE).text, clock)
    done = strict.post(CODE, code=telephone.code())
    assert done.status_code == 200 and len(recovery_codes(done)) == 10
    assert strict.get("/desk").status_code == 200


@pytest.mark.requirement("ASVS 6.3.3")
def test_sessions_from_before_it_was_required_end(visitor: Visitor, strict: Visitor) -> None:
    visitor.come_in()
    cookie = visitor.client.get_cookie("feedback-session")
    assert cookie is not None
    strict.client.set_cookie("feedback-session", cookie.value)
    assert strict.get("/desk").status_code == 303


def test_where_it_is_required_removing_it_ends_the_session(strict: Visitor, clock: FakeClock) -> None:
    link = strict.staff()
    strict.get(link)
    strict.post(link)
    telephone = Authenticator.of(strict.get(CODE).text, clock)
    strict.post(CODE, code=telephone.code())
    strict.get("/desk/settings/account")
    clock.forward(seconds=30)
    assert strict.post("/desk/settings/account/second-factor/remove", shown=telephone.code()).status_code == 303
    assert strict.get("/desk").status_code == 303


def test_a_password_alone_shows_nobody_the_secret_that_its_owner_sets_up(strict: Visitor, clock: FakeClock) -> None:
    """Else whoever has the password waits at the second step until its owner comes, and copies the secret."""
    strict.staff(password=PASSWORD)
    thief = strict.elsewhere()
    for browser in (thief, strict):
        browser.get("/login")
        password(browser)
    telephone = Authenticator.of(strict.get(CODE).text, clock)
    seen = thief.get(CODE)
    assert seen.status_code == 303 and telephone.secret not in seen.text
    assert thief.post(CODE, code=telephone.code()).status_code == 401
    assert strict.post(CODE, code=telephone.code()).status_code == 200


def test_a_session_from_before_it_was_required_is_not_raised_by_the_code_of_another(
    visitor: Visitor, strict: Visitor, clock: FakeClock
) -> None:
    visitor.staff(password=PASSWORD)
    visitor.get("/login")
    visitor.post("/login", email="ann@example.com", password=PASSWORD)
    stolen = visitor.client.get_cookie("feedback-session")
    assert stolen is not None and visitor.get("/desk").status_code == 200
    clock.forward(minutes=1)
    strict.get("/login")
    password(strict)
    telephone = Authenticator.of(strict.get(CODE).text, clock)
    assert strict.post(CODE, code=telephone.code()).status_code == 200
    assert strict.get("/desk").status_code == 200
    strict.client.set_cookie("feedback-session", stolen.value)
    assert strict.get("/desk").status_code == 303
