"""A token that does not prove who speaks is refused, with the reason."""

import base64
import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from sqlalchemy import update

from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.partners.keys import create_signing_key
from feedback.partners.models import SigningKey
from feedback.seats.tokens import Identity, verify
from tests.embed import World, make_world


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services)


def check(world: World, token: str, **options: bool) -> Identity:
    services = world.services
    return verify(services.database, token, services.secrets.vault, now=services.clock(), **options)


def reason(world: World, token: str, **options: bool) -> str:
    with pytest.raises(Problem) as caught:
        check(world, token, **options)
    assert caught.value.code is Code.TOKEN_REFUSED
    return caught.value.detail


def unsigned(header: dict, claims: dict, signature: str = "") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode()]
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), signature])


def test_a_vendors_token_names_the_person_and_what_is_known_of_the_seat(world: World) -> None:
    identity = check(world, world.token("anna", seat={"site": "Oslo", "grade": 7, "odd": ["x"]}))
    assert (identity.subject, identity.audience, identity.trust) == ("anna", "end_user", "vendor")
    assert identity.attributes == {"site": "Oslo", "grade": "7"}
    assert check(world, world.token("anna", signed_by="partner")).trust == "partner"
    assert check(world, world.token("cfo", role="buyer")).audience == "buyer"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"aud": "other"}, "`aud`"),
        ({"aud": None}, "`aud`"),
        ({"sub": None}, "`sub`"),
        ({"sub": 7}, "`sub`"),
        ({"sub": "x" * 201}, "`sub`"),
        ({"sub": "nul\0"}, "`sub`"),
        ({"sub": "\ud800"}, "`sub`"),
        ({"partner": None}, "`partner`"),
        ({"partner": "nobody"}, "names no partner"),
        ({"role": "admin"}, "`role`"),
        ({"seat": "Oslo"}, "`seat`"),
        ({"iat": None}, "`iat`"),
        ({"exp": None}, "`exp`"),
        ({"exp": "soon"}, "`exp`"),
        ({"exp": True}, "`exp`"),
        ({"exp": 1e300}, "`exp`"),
    ],
)
@pytest.mark.requirement("ASVS 9.2.3")
def test_a_claim_that_is_missing_or_does_not_fit_is_named(world: World, claims: dict, said: str) -> None:
    assert said in reason(world, world.token(**claims))


def test_a_token_has_its_time(world: World) -> None:
    now = world.services.clock()
    seconds = int(now.timestamp())
    assert "expired" in reason(world, world.token(now=now - timedelta(minutes=17)))
    assert "future" in reason(world, world.token(now=now + timedelta(minutes=2)))
    assert "one hour" in reason(world, world.token(exp=seconds + 3601))
    assert "after" in reason(world, world.token(exp=seconds))
    assert check(world, world.token(exp=seconds + 3600))
    assert check(world, world.token(now=now - timedelta(days=6)), late=True)
    assert "expired" in reason(world, world.token(now=now - timedelta(days=8)), late=True)


@pytest.mark.requirement("ASVS 9.1.2")
def test_only_the_named_keys_own_algorithm_counts(world: World) -> None:
    claims = {"aud": "feedback", "sub": "anna", "partner": "northwind", "iat": 1, "exp": 2}
    secret = OctKey.import_key(world.vendor_secret)
    for header in ({"alg": "none", "kid": world.vendor_kid}, {"alg": "none"}, {"alg": "HS256"}):
        assert reason(world, unsigned(header, claims))
    assert "HS256" in reason(world, unsigned({"alg": "ES256", "kid": world.vendor_kid}, claims, "AAAA"))
    strange = jwt.encode({"alg": "HS256", "kid": "nobody"}, claims, secret)
    assert "`kid`" in reason(world, strange)
    other_secret = OctKey.import_key("x" * 48)
    forged = jwt.encode({"alg": "HS256", "kid": world.vendor_kid}, claims, other_secret)
    assert "signature" in reason(world, forged)


@pytest.mark.requirement("ASVS 9.1.2")
def test_a_public_key_is_no_shared_secret(world: World) -> None:
    services, private = world.services, ECKey.generate_key("P-256")
    with services.database.transaction() as session:
        made = create_signing_key(
            session,
            "es",
            "ES256",
            partner_id=None,
            public_key_pem=private.as_pem(private=False).decode(),
            vault=services.secrets.vault,
            now=services.clock(),
        )
        kid, pem = made.row.kid, made.row.public_key_pem
    assert pem
    seconds = int(services.clock().timestamp())
    claims = {"aud": "feedback", "sub": "a", "partner": "northwind", "iat": seconds, "exp": seconds + 60}
    assert check(world, jwt.encode({"alg": "ES256", "kid": kid}, claims, private)).trust == "vendor"
    confused = jwt.encode({"alg": "HS256", "kid": kid}, claims, OctKey.import_key("0" * 64))
    assert "ES256" in reason(world, confused)


def test_a_partners_key_speaks_for_no_other_partner(world: World) -> None:
    assert "another partner" in reason(world, world.token(signed_by="partner", partner="contoso"))
    assert check(world, world.token(partner="contoso")).partner.slug == "contoso"


def test_a_revoked_key_ends_at_once(world: World) -> None:
    token = world.token()
    assert check(world, token)
    with world.services.database.transaction() as session:
        session.execute(
            update(SigningKey).where(SigningKey.kid == world.vendor_kid).values(revoked_at=world.services.clock())
        )
    assert "revoked" in reason(world, token)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "....", "é.é.é", "x" * 5000, "bnVsbA.e30.", "W10.W10.W10"])
def test_what_is_no_token_is_said_to_be_none(world: World, token: str) -> None:
    assert reason(world, token)
