"""Signing in by an identity provider that vouches for staff: a real one, on loopback."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from joserfc.jwk import ECKey, RSAKey
from werkzeug.test import TestResponse

from feedback.core.services import Services
from feedback.http.context import EXTENSION
from feedback.sign_in_settings import Oidc, SignIn
from feedback.staff import commands, queries
from tests.conftest import FakeClock
from tests.desk.conftest import PASSWORD, Visitor
from tests.desk.provider import CLIENT, SECRET, Provider, listening, signed_by_secret, unsigned
from tests.desk.reading import text
from tests.desk.speaking import audited

DATABASES = ("sqlite",)

START = "/login/oidc"


@pytest.fixture
def provider(clock: FakeClock) -> Iterator[Provider]:
    """One that is up, and says that Ann is a researcher."""
    with listening(clock) as made:
        yield made


@dataclass
class Traveller(Visitor):
    """Somebody whose browser goes to the provider and back."""

    def away(self, path: str = START) -> str:
        """The provider's page that the browser is sent to."""
        answer = self.client.get(path)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def back(self, address: str) -> str:
        """The path that the provider's page sends the browser to."""
        answer = requests.get(address, allow_redirects=False, timeout=5)
        parts = urlsplit(answer.headers["Location"])
        assert f"{parts.scheme}://{parts.netloc}" == self.services.settings.public_url
        return f"{parts.path}?{parts.query}"

    def travel(self, path: str = START) -> TestResponse:
        """There and back: the answer to whoever returns."""
        return self.get(self.back(self.away(path)))

    def is_in(self) -> bool:
        """Whether this browser is signed in."""
        return self.client.get("/desk/settings/account").status_code == 200


def traveller(app: Flask, services: Services, provider: Provider, **rules: Any) -> Traveller:
    chosen = Oidc(provider.issuer, CLIENT, SECRET, name="Acme ID", **rules.pop("oidc", {}))
    settings = replace(services.settings, sign_in=SignIn(oidc=chosen, **rules))
    here = replace(services, settings=settings)
    app.extensions[EXTENSION] = here
    return Traveller(app.test_client(), here)


@pytest.fixture
def ann(app: Flask, services: Services, provider: Provider) -> Traveller:
    """Ann's browser."""
    return traveller(app, services, provider)


def test_who_the_provider_vouches_for_is_made_and_signed_in(ann: Traveller) -> None:
    assert "Sign in with Acme ID" in text(ann.get("/login?next=/desk/decisions").text)
    done = ann.travel(f"{START}?next=/desk/decisions")
    assert (done.status_code, done.headers["Location"]) == (303, "/desk/decisions")
    page = text(ann.get("/desk/settings/account").text)
    assert "Ann Lee · ann@example.com · researcher" in page and "identity provider" in page
    (added,) = audited(ann.services, "staff.added")
    assert (added.actor, added.target, added.detail) == ("provider", "ann@example.com", {"role": "researcher"})
    (entry,) = audited(ann.services, "staff.signed_in")
    assert entry.detail == {"how": "provider"}


def test_the_browser_goes_with_pkce_state_and_nonce_in_the_address_alone(ann: Traveller, provider: Provider) -> None:
    first, second = ({**parse_qs(urlsplit(ann.away()).query)} for _ in range(2))
    assert first["client_id"] == [CLIENT] and first["response_type"] == ["code"]
    assert first["redirect_uri"] == ["http://localhost:8000/login/oidc/done"]
    assert first["code_challenge_method"] == ["S256"] and "openid" in first["scope"][0]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43 and first[name] != second[name]
    cookie = ann.client.get_cookie("feedback-journey")
    assert cookie is not None and cookie.http_only
    assert not any(second[name][0] in cookie.value for name in ("state", "nonce"))
    assert provider.seen == ["/.well-known/openid-configuration", "/jwks"]


def test_an_ec_key_and_a_new_key_are_taken_too(ann: Traveller, provider: Provider) -> None:
    assert ann.travel().status_code == 303
    provider.key, provider.algorithm = ECKey.generate_key("P-256", {"kid": "two"}), "ES256"
    assert ann.travel().status_code == 303


def refused(answer: TestResponse, *words: str) -> None:
    assert answer.status_code == 403
    assert "You were not signed in" in answer.text
    for word in words:
        assert word in text(answer.text)


def test_a_wrong_state_is_refused(ann: Traveller) -> None:
    path = ann.back(ann.away())
    state = parse_qs(urlsplit(path).query)["state"][0]
    refused(ann.get(path.replace(state, "x" * 52)), "question that this browser asked")
    refused(ann.get(path.replace(f"state={state}", "")))
    assert not ann.is_in()


def test_an_answer_to_another_browser_is_refused(
    app: Flask, ann: Traveller, services: Services, provider: Provider
) -> None:
    eve = traveller(app, services, provider)
    path = eve.back(eve.away())
    refused(ann.get(path), "did not begin to sign in here")
    ann.away()
    refused(ann.get(path))
    assert not ann.is_in()


def test_an_answer_works_once_and_for_ten_minutes(ann: Traveller, clock: FakeClock) -> None:
    path = ann.back(ann.away())
    journey = ann.client.get_cookie("feedback-journey")
    assert journey is not None and ann.get(path).status_code == 303
    assert ann.client.get_cookie("feedback-journey") is None
    ann.client.set_cookie("feedback-journey", journey.value)
    refused(ann.get(path), "invalid_grant")
    path = ann.back(ann.away())
    clock.forward(minutes=10, seconds=1)
    refused(ann.get(path), "more than ten minutes ago")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"nonce": "x" * 52}, "another question"),
        ({"nonce": None}, "another question"),
        ({"aud": "other"}, "another application"),
        ({"aud": [CLIENT, "other"]}, "another application"),
        ({"aud": [CLIENT, "other"], "azp": "other"}, "another application"),
        ({"iss": "https://evil.example"}, "another provider"),
        ({"exp": 1}, "has expired"),
        ({"exp": None}, "has expired"),
        ({"exp": "9999999999"}, "has expired"),
        ({"iat": 9999999999}, "from the future"),
        ({"email_verified": False}, "not verified the address ann@example.com"),
        ({"email_verified": "true"}, "not verified"),
        ({"email_verified": None}, "not verified"),
        ({"email": None}, "named no e-mail address"),
        ({"sub": None}, "did not say who"),
        ({"feedback_role": None}, "researcher (researcher)"),
        ({"feedback_role": "owner"}, "names no role"),
        ({"feedback_role": {"admin": True}}, "names no role"),
    ],
)
@pytest.mark.requirement("ASVS 9.2.3")
def test_a_token_that_says_something_else_is_refused(
    ann: Traveller, provider: Provider, changed: dict[str, Any], words: str
) -> None:
    provider.changed = changed
    refused(ann.travel(), words)
    assert not ann.is_in()
    assert audited(ann.services, "staff.added") == []


def test_several_audiences_are_taken_when_the_token_was_made_for_us(ann: Traveller, provider: Provider) -> None:
    provider.changed = {"aud": [CLIENT, "other"], "azp": CLIENT}
    assert ann.travel().status_code == 303


@pytest.mark.requirement("ASVS 9.1.2")
def test_a_token_that_the_provider_did_not_sign_is_refused(ann: Traveller, provider: Provider) -> None:
    other = RSAKey.generate_key(2048, {"kid": "one"})
    strangers = Provider(provider.issuer, provider.clock, key=other)
    signers = (
        unsigned,
        signed_by_secret(provider.key.as_pem(private=False)),
        signed_by_secret(SECRET.encode()),
        strangers.signed,
        lambda _: "no token",
        lambda claims: provider.signed(claims)[:-4] + "AAAA",
    )
    for sign in signers:
        provider.sign = sign
        refused(ann.travel(), "not signed by the identity provider")
    assert not ann.is_in()


def test_an_answer_that_names_another_provider_is_refused(ann: Traveller, provider: Provider) -> None:
    path = ann.back(ann.away())
    named = parse_qs(urlsplit(path).query)["iss"][0]
    assert named == provider.issuer
    refused(ann.get(path.replace("iss=", "iss=x")), "another identity provider")


def test_what_the_provider_says_went_wrong_is_shown_and_escaped(ann: Traveller) -> None:
    state = parse_qs(urlsplit(ann.away()).query)["state"][0]
    answer = ann.get(f"{START}/done?error=access_denied&error_description=<b>No</b>&state={state}")
    refused(answer, "<b>No</b>")
    assert "<b>No" not in answer.text


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/desk\\@evil.example", "/desk/" + "x" * 9000]
)
def test_coming_back_never_leads_out_of_the_desk(ann: Traveller, target: str) -> None:
    answer = ann.client.get(START, query_string={"next": target})
    done = ann.get(ann.back(answer.headers["Location"]))
    assert done.headers["Location"] == "/desk"


def test_a_role_follows_the_provider_at_each_sign_in(ann: Traveller, provider: Provider) -> None:
    for role in ("researcher", "admin", "account"):
        provider.claims["feedback_role"] = role
        ann.travel()
        assert f"ann@example.com · {role}" in text(ann.get("/desk/settings/account").text)
    changes = audited(ann.services, "staff.role_changed")
    assert [(one.actor, one.detail["role"]) for one in changes] == [("provider", "admin"), ("provider", "account")]


def test_roles_are_read_from_groups_wherever_they_stand(app: Flask, services: Services, provider: Provider) -> None:
    mapping = (("analyst", "product"), ("admin", "feedback-admins"))
    visitor = traveller(app, services, provider, oidc={"role_claim": "realm_access.roles", "roles": mapping})
    provider.claims["realm_access"] = {"roles": ["everybody", "product", "feedback-admins"]}
    visitor.travel()
    assert "ann@example.com · admin" in text(visitor.get("/desk/settings/account").text)
    provider.claims["realm_access"] = {"roles": ["everybody"]}
    refused(visitor.travel(), "product (analyst), feedback-admins (admin)")


def test_somebody_disabled_stays_out_also_under_another_address(ann: Traveller, provider: Provider) -> None:
    assert ann.travel().status_code == 303
    with ann.services.database.transaction() as session:
        commands.disable(session, "ann@example.com", now=ann.services.clock())
    refused(ann.travel(), "was disabled")
    provider.claims["email"] = "ann.lee@example.com"
    refused(ann.travel(), "was disabled")
    assert not ann.is_in()


def test_an_address_that_changed_hands_lets_nobody_into_the_account(
    app: Flask, ann: Traveller, services: Services, provider: Provider
) -> None:
    ann.travel()
    provider.claims["sub"] = "u-2"
    eve = traveller(app, services, provider)
    refused(eve.travel(), "belonged to another account")
    with services.database.transaction() as session:
        commands.disable(session, "ann@example.com", now=services.clock())
        commands.enable(session, "ann@example.com", now=services.clock())
    assert eve.travel().status_code == 303


def test_somebody_who_was_added_by_hand_keeps_their_account(ann: Traveller) -> None:
    ann.staff(role="analyst")
    ann.travel()
    with ann.services.database.reading() as session:
        (row,) = queries.all_members(session)
    assert (row.email, row.role) == ("ann@example.com", "researcher")


def test_no_code_is_asked_of_whom_the_provider_vouches_for(app: Flask, services: Services, provider: Provider) -> None:
    visitor = traveller(app, services, provider, second_factor_required=True)
    assert visitor.travel().headers["Location"] == "/desk"
    assert visitor.is_in()


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://other.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_asked(
    ann: Traveller, provider: Provider, about: dict[str, Any]
) -> None:
    provider.about = about
    answer = ann.get(START)
    assert answer.status_code == 503 and "Location" not in answer.headers


def test_a_provider_that_is_down_is_said_to_be_with_what_to_do(ann: Traveller, provider: Provider) -> None:
    provider.status = 500
    answer = ann.get(START)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "The identity provider cannot be asked" in answer.text and "feedback staff link" in answer.text
    provider.status = 200
    path = ann.back(ann.away())
    provider.status = 503
    assert ann.get(path).status_code == 503
    assert not ann.is_in()


def test_a_provider_that_cannot_be_reached_is_down(app: Flask, services: Services, clock: FakeClock) -> None:
    with listening(clock) as gone:
        visitor = traveller(app, services, gone)
    assert visitor.get(START).status_code == 503


def test_what_a_provider_said_is_asked_again_after_an_hour(
    ann: Traveller, provider: Provider, clock: FakeClock
) -> None:
    ann.away()
    ann.away()
    assert provider.seen.count("/jwks") == 1
    clock.forward(hours=1, seconds=1)
    ann.away()
    assert provider.seen.count("/jwks") == 2


def test_passwords_can_be_switched_off_and_links_still_let_in(
    app: Flask, services: Services, provider: Provider
) -> None:
    visitor = traveller(app, services, provider, by_password=False)
    link = visitor.staff(password=PASSWORD)
    page = visitor.get("/login")
    assert 'type="password"' not in page.text and "Sign in with Acme ID" in text(page.text)
    visitor.get(link)
    assert visitor.post("/login", email="ann@example.com", password=PASSWORD).status_code == 403
    assert visitor.post(link).status_code == 303
    account = visitor.get("/desk/settings/account")
    assert "Passwords do not let in here" in text(account.text)
    assert (
        visitor.post("/desk/settings/account/password", old=PASSWORD, new="x" * 12, again="x" * 12).status_code == 409
    )


def test_without_a_provider_there_is_no_such_way_in(visitor: Visitor) -> None:
    assert visitor.get(START).status_code == 404
    assert visitor.get(f"{START}/done?code=a&state=b").status_code == 404
    assert "Sign in with" not in visitor.get("/login").text


def test_a_session_by_the_provider_ends_like_any_other(ann: Traveller, clock: FakeClock) -> None:
    ann.travel()
    clock.now += timedelta(minutes=30)
    assert not ann.is_in()
