"""Nobody is invented: whatever a stranger, or a buyer with keys of its own, writes into a token is refused with its
own reason, at the doors that a browser uses.
"""

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.jwk import ECKey
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from feedback.core import cached
from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.partners.keys import create_signing_key, revoke
from tests.asgi import as_wsgi
from tests.conftest import asgi_on
from tests.embed import World, make_world

FEWEST_BYTES = 48


@dataclass
class Forger:
    """Signs whatever it is told to, and brings it to the door where a page asks whether somebody may be asked."""

    world: World
    client: Client
    es_kid: str
    es_private: ECKey

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What a good token says, changed; None: left out."""
        seconds = int(self.world.services.clock().timestamp())
        standard = {"aud": "feedback", "sub": "anna", "partner": "northwind", "iat": seconds, "exp": seconds + 900}
        return {name: value for name, value in {**standard, **changes}.items() if value is not None}

    def header(self, **changes: Any) -> dict[str, Any]:
        standard = {"alg": "HS256", "kid": self.world.vendor_kid}
        return {name: value for name, value in {**standard, **changes}.items() if value is not None}

    def sign(self, header: dict[str, Any], claims: dict[str, Any], key: str | bytes | ECKey = "") -> str:
        """A real signature over any header: the library would refuse to write some of these itself."""
        body = f"{_encoded(header)}.{_encoded(claims)}"
        secret = key or self.world.vendor_secret
        if isinstance(secret, ECKey):
            signature = jws.JWSRegistry(algorithms=["ES256"]).get_alg("ES256").sign(body.encode(), secret)
        else:
            # By hand: the library refuses to sign with what is a public key.
            signature = hmac.digest(secret.encode() if isinstance(secret, str) else secret, body.encode(), "sha256")
        return f"{body}.{_in_base64(signature)}"

    def ask(self, token: str) -> TestResponse:
        """At the door, with this token."""
        body = {"survey": "end-user-nps", "version": 1, "locales": ["en"]}
        path = f"/v1/embed/{self.world.key}/impressions"
        return self.client.post(path, json=body, headers=self.world.headers(token))

    def refusal(self, token: str) -> str:
        """Why the door does not take the token; what it says holds nothing of the token."""
        response = self.ask(token)
        assert (response.status_code, response.json["code"]) == (401, "token-refused"), response.text
        assert response.headers["Content-Type"] == "application/problem+json"
        assert len(token) < 60 or token[:60] not in response.text
        detail: str = response.json["detail"]
        return detail

    def is_taken(self, token: str) -> bool:
        return self.ask(token).status_code in (200, 201)


@pytest.fixture
def forger(services: Services) -> Forger:
    world, private = make_world(services), ECKey.generate_key("P-256")
    pem = private.as_pem(private=False).decode()
    with services.database.transaction() as session:
        made = create_signing_key(
            session,
            "es",
            "ES256",
            partner_id=None,
            public_key_pem=pem,
            vault=services.secrets.vault,
            now=services.clock(),
        )
    return Forger(world, Client(as_wsgi(asgi_on(services)), TestResponse), made.row.kid, private)


def _encoded(value: Any) -> str:
    return _in_base64(json.dumps(value).encode())


def _in_base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.requirement("TRUST nobody-invented-1: a good token of either algorithm opens the door")
def test_what_the_vendors_backend_signs_is_taken(forger: Forger) -> None:
    assert forger.is_taken(forger.sign(forger.header(), forger.claims()))
    es = forger.sign(forger.header(alg="ES256", kid=forger.es_kid), forger.claims(sub="ben"), forger.es_private)
    assert forger.is_taken(es)


@pytest.mark.requirement("ASVS 9.1.2")
@pytest.mark.requirement("TRUST nobody-invented-1: a public key is no shared secret")
def test_a_public_key_does_not_sign_as_a_shared_secret(forger: Forger) -> None:
    header = forger.header(kid=forger.es_kid)
    pem = forger.es_private.as_pem(private=False)
    for secret in (pem, pem.strip(), forger.es_private.as_der(private=False), b"x" * 64):
        assert forger.refusal(forger.sign(header, forger.claims(), secret)) == "This signing key signs with ES256."
    es_header = forger.header(alg="ES256")
    assert forger.refusal(forger.sign(es_header, forger.claims(), forger.es_private)) == (
        "This signing key signs with HS256."
    )


@pytest.mark.requirement("ASVS 9.1.2")
@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "HS384", "HS512", "RS256", "ES384", "EdDSA", "", 1, None]
)
def test_an_algorithm_that_the_key_does_not_have_is_refused(forger: Forger, algorithm: Any) -> None:
    header = {**forger.header(), "alg": algorithm}
    for signature in ("", "AAAA", forger.sign(forger.header(), forger.claims()).rpartition(".")[2]):
        token = f"{_encoded(header)}.{_encoded(forger.claims())}.{signature}"
        assert forger.refusal(token) == "This signing key signs with HS256."
    unnamed = f"{_encoded({'kid': forger.world.vendor_kid})}.{_encoded(forger.claims())}."
    assert "not a signed JWT" in forger.refusal(unnamed)


@pytest.mark.requirement("TRUST nobody-invented-1: a key that is unknown, unnamed or revoked signs nothing")
def test_a_key_that_nobody_made_signs_nothing(forger: Forger) -> None:
    own = "s" * 64
    unknown = "Its header names no signing key that is known here (`kid`)."
    for kid in ("nobody", "", None, 7, ["x"], {"x": 1}, "x" * 41, "nul\0", "\ud800", "' OR 1=1 --", "../../secret"):
        assert forger.refusal(forger.sign(forger.header(kid=kid), forger.claims(), own)) == unknown
    assert "signature" in forger.refusal(forger.sign(forger.header(), forger.claims(), own))
    good = forger.sign(forger.header(), forger.claims())
    head, body, signature = good.split(".")
    other = _encoded(forger.claims(sub="somebody-else"))
    assert "signature" in forger.refusal(f"{head}.{other}.{signature}")
    assert "signature" in forger.refusal(f"{head}.{body}.{signature[:-4]}AAAA")
    assert "signature" in forger.refusal(f"{head}.{body}.")


@pytest.mark.requirement("TRUST nobody-invented-1: a revoked key ends at once, in every process within five seconds")
def test_a_revoked_key_ends_at_once_and_the_other_one_goes_on(forger: Forger, monkeypatch: pytest.MonkeyPatch) -> None:
    services, world = forger.world.services, forger.world
    with services.database.transaction() as session:
        vault, now = services.secrets.vault, services.clock()
        made = create_signing_key(session, "next", "HS256", partner_id=None, public_key_pem=None, vault=vault, now=now)
        kid, secret = made.row.kid, made.secret
    assert secret is not None
    old = forger.sign(forger.header(), forger.claims())
    new = forger.sign(forger.header(kid=kid), forger.claims(), secret)
    assert forger.is_taken(old) and forger.is_taken(new), "two keys are live while one follows the other"
    with services.database.transaction() as session:
        revoke(session, world.vendor_kid, now=services.clock())
    assert forger.refusal(old) == "The signing key that it names is revoked."
    assert forger.is_taken(new)
    # Another process revokes: this one learns of it when what it remembers is five seconds old.
    with services.database.transaction() as session:
        session.connection().execute(
            text("UPDATE signing_keys SET revoked_at = '2026-11-15 12:00:00.000000' WHERE kid = :kid"), {"kid": kid}
        )
    later = cached.monotonic() + cached.STALE_S
    monkeypatch.setattr(cached, "monotonic", lambda: later)
    assert forger.refusal(new) == "The signing key that it names is revoked."


@pytest.mark.requirement("ASVS 9.2.3")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "another-service"}, '`aud` must be "feedback".'),
        ({"aud": ["a", "b"]}, '`aud` must be "feedback".'),
        ({"aud": {"feedback": 1}}, '`aud` must be "feedback".'),
        ({"aud": None}, '`aud` must be "feedback".'),
        ({"aud": "FEEDBACK"}, '`aud` must be "feedback".'),
        ({"partner": "nobody"}, "`partner` names no partner that is known here."),
        ({"sub": ""}, "`sub` must be a text of 1 to 200 characters."),
        ({"iat": "now"}, "`iat` must be seconds since 1970."),
        ({"exp": float("1e18")}, "`exp` must be seconds since 1970."),
        ({"role": "vendor"}, '`role` is "end_user" or "buyer".'),
    ],
)
def test_a_claim_that_is_meant_for_others_is_named(forger: Forger, changes: dict[str, Any], reason: str) -> None:
    claims = {**forger.claims(), **{name: value for name, value in changes.items() if value is not None}}
    for name in (name for name, value in changes.items() if value is None):
        del claims[name]
    assert forger.refusal(forger.sign(forger.header(), claims)) == reason


@pytest.mark.requirement("ASVS 9.2.3")
def test_who_issued_it_is_known_by_the_key_alone(forger: Forger) -> None:
    """`iss` is not asked for: a `kid` names one issuer. Somebody else's word does not become the vendor's by it."""
    world = forger.world
    partner = world.partner_secret
    for issuer in ("vendor", "https://evil.example", 7, None):
        assert forger.is_taken(forger.sign(forger.header(), forger.claims(iss=issuer)))
        elsewhere = forger.claims(partner="contoso", iss=issuer)
        assert forger.refusal(forger.sign(forger.header(kid=world.partner_kid), elsewhere, partner)) == (
            "The signing key belongs to another partner."
        )


@pytest.mark.requirement("TRUST nobody-invented-1: a token has its time")
def test_a_token_has_its_time(forger: Forger) -> None:
    now = int(forger.world.services.clock().timestamp())
    for times, reason in (
        ({"iat": now - 1000, "exp": now - 100}, "It expired at 2026-11-15 11:58:20 UTC."),
        ({"iat": now + 120, "exp": now + 900}, "`iat` lies in the future; check the clock of the server that signs."),
        ({"exp": now + 3601}, "It lives longer than one hour (`exp` minus `iat`)."),
        ({"iat": now - 30 * 86_400, "exp": now + 900}, "It lives longer than one hour (`exp` minus `iat`)."),
        ({"iat": now, "exp": now}, "`exp` is not after `iat`."),
    ):
        assert forger.refusal(forger.sign(forger.header(), forger.claims(**times))) == reason
    token = forger.sign(forger.header(), forger.claims())
    assert forger.is_taken(token)
    forger.world.services.clock.now += timedelta(minutes=17)  # type: ignore[attr-defined]
    assert "expired" in forger.refusal(token), "also one that was remembered"


@pytest.mark.requirement("TRUST nobody-invented-1: no header makes this service fetch or trust another key")
def test_a_header_brings_no_key_along(forger: Forger) -> None:
    own = ECKey.generate_key("P-256")
    brought = {
        "jwk": own.as_dict(private=False),
        "jku": "http://127.0.0.1:1/keys",
        "x5u": "http://127.0.0.1:1/cert",
        "x5c": ["AAAA"],
    }
    for name, value in brought.items():
        header = forger.header(alg="ES256", kid=forger.es_kid, **{name: value})
        assert "signature" in forger.refusal(forger.sign(header, forger.claims(), own))
        unnamed = forger.header(alg="ES256", kid=None, **{name: value})
        assert "`kid`" in forger.refusal(forger.sign(unnamed, forger.claims(), own))


@pytest.mark.requirement("TRUST nobody-invented-1: a header that must be understood and is not is refused")
@pytest.mark.parametrize("critical", [["exp"], ["b64"], ["nobody-knows"], [], "exp", [1], {"a": 1}])
def test_a_critical_header_that_is_not_understood_is_refused(forger: Forger, critical: Any) -> None:
    header = forger.header(crit=critical, b64=False, **{"nobody-knows": 1})
    assert forger.refusal(forger.sign(header, forger.claims()))


def test_what_is_too_large_or_too_deep_is_refused_before_it_is_read(forger: Forger) -> None:
    good = forger.sign(forger.header(), forger.claims())
    assert forger.refusal(good + "A" * 5000) == "It is longer than 4096 characters."
    deep = f'{{"aud":{"[" * 1200}{"]" * 1200}}}'
    for part in (deep, "[1]", '"text"', "1", "null", "{", '{"aud":NaN}', "\ud800"):
        payload = _in_base64(part.encode("utf-8", "surrogatepass"))
        body = f"{_encoded(forger.header())}.{payload}"
        signature = hmac.digest(forger.world.vendor_secret.encode(), body.encode(), "sha256")
        assert forger.refusal(f"{body}.{_in_base64(signature)}")
    twice = '{"kid":"nobody","alg":"HS256","kid":"nobody-else"}'
    assert "`kid`" in forger.refusal(f"{_in_base64(twice.encode())}.{_encoded(forger.claims())}.AAAA")


@pytest.mark.requirement("TRUST nobody-invented-1: a key that could be guessed is never made or taken")
def test_a_weak_key_is_neither_made_nor_taken(services: Services) -> None:
    def make(algorithm: str, pem: str | None = None) -> str | None:
        with services.database.transaction() as session:
            vault, now = services.secrets.vault, services.clock()
            return create_signing_key(
                session, "one", algorithm, partner_id=None, public_key_pem=pem, vault=vault, now=now
            ).secret

    secrets = {make("HS256") for _ in range(20)}
    assert len(secrets) == 20 and all(secret and len(secret) >= FEWEST_BYTES for secret in secrets)
    # Nobody can bring a shared secret of their own, short or long: it is made here.
    rsa_key = rsa.generate_private_key(public_exponent=65_537, key_size=2048).public_key()
    rsa_pem = rsa_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    strange: tuple[Callable[[], str | None], ...] = (
        lambda: make("ES256"),
        lambda: make("ES256", ""),
        lambda: make("ES256", "short"),
        lambda: make("ES256", rsa_pem),
        lambda: make("ES256", ECKey.generate_key("P-384").as_pem(private=False).decode()),
        lambda: make("ES256", ECKey.generate_key("secp256k1").as_pem(private=False).decode()),
        lambda: make("RS256", rsa_pem),
        lambda: make("none"),
    )
    for one in strange:
        with pytest.raises(Problem) as caught:
            one()
        assert caught.value.code is Code.INVALID
