"""OpenID Connect: send a browser to the identity provider, and read what it says when the browser comes back.

Authorization code flow with PKCE (RFC 7636). The ID token is checked as OpenID Connect Core 1.0, section 3.1.3.7, says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hmac import compare_digest
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from feedback.core.errors import Code, Problem
from feedback.core.ids import random_text
from feedback.sign_in_settings import Oidc, is_safe_address

SCOPE = "openid email profile"
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key that only the provider has: neither `none` nor one that our own client secret could make."""
_KEY_TYPES = ("RSA", "EC")
_TIMEOUT_S = (3.05, 5.0)  # to connect, and between two bytes
_SKEW_S = 60
_REFRESH_S = 3600
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Journey:
    """What a browser takes along to the provider and must bring back; kept in a cookie that only it has."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Journey":
        """An unguessable one."""
        return cls(random_text(52), random_text(52), random_text(64))


@dataclass(frozen=True, slots=True)
class _Known:
    """What a provider says of itself, and its keys."""

    about: Mapping[str, Any]
    keys: KeySet
    read_at: datetime


class Provider:
    """One identity provider. Remembers its endpoints and keys for an hour; a key it does not know is looked up anew."""

    def __init__(self, chosen: Oidc, redirect_uri: str) -> None:
        self._chosen = chosen
        self._redirect_uri = redirect_uri
        self._known: _Known | None = None

    def departure(self, journey: Journey, *, now: datetime) -> str:
        """Where the browser is sent. Raises PROVIDER_DOWN."""
        known = self._read(now)
        url, _ = self._client(known).create_authorization_url(
            known.about["authorization_endpoint"],
            state=journey.state,
            code_verifier=journey.verifier,
            nonce=journey.nonce,
        )
        return str(url)

    def arrival(self, journey: Journey, args: Mapping[str, str], *, now: datetime) -> Mapping[str, Any]:
        """The verified claims about whoever came back with `args`. Raises SIGN_IN_REFUSED or PROVIDER_DOWN."""
        if not compare_digest(args.get("state", "").encode(), journey.state.encode()):
            raise _refused("The answer does not belong to the question that this browser asked.")
        if "error" in args:
            raise _refused(f"The identity provider said: {args.get('error_description') or args['error']}"[:300])
        known = self._read(now)
        if args.get("iss", self._chosen.issuer) != self._chosen.issuer:
            raise _refused("The answer names another identity provider.")  # RFC 9207: mix-up
        return self._claims(self._id_token(known, journey, args.get("code", "")), journey.nonce, now)

    def _id_token(self, known: _Known, journey: Journey, code: str) -> str:
        try:
            with self._client(known) as client:
                token = client.fetch_token(
                    known.about["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=journey.verifier,
                    timeout=_TIMEOUT_S,
                    allow_redirects=False,
                )
        except OAuthError as error:
            raise _refused(f"The identity provider did not take the code ({error.error}).") from error
        except (requests.RequestException, ValueError) as error:
            raise _down() from error
        found = token.get("id_token")
        if not isinstance(found, str):
            raise _refused("The identity provider sent no ID token.")
        return found

    def _claims(self, id_token: str, nonce: str, now: datetime) -> Mapping[str, Any]:
        claims = self._signed(id_token, now)
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        mine = self._chosen.client_id
        if claims.get("iss") != self._chosen.issuer:
            raise _refused("The ID token is another provider's.")
        if mine not in audiences or (len(audiences) > 1 and claims.get("azp") != mine):
            raise _refused("The ID token was made for another application.")
        seconds = now.timestamp()
        if not _number(claims.get("exp")) > seconds - _SKEW_S:
            raise _refused("The ID token has expired; is the clock of this machine right?")
        if not _number(claims.get("iat")) < seconds + _SKEW_S:
            raise _refused("The ID token comes from the future; is the clock of this machine right?")
        if not compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise _refused("The ID token answers another question than the one that this browser asked.")
        return claims

    def _signed(self, id_token: str, now: datetime) -> Mapping[str, Any]:
        try:
            return jwt.decode(id_token, self._read(now).keys, algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError):
            # The provider may have begun to sign with a new key.
            self._known = None
        try:
            return jwt.decode(id_token, self._read(now).keys, algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise _refused("The ID token is not signed by the identity provider.") from error

    def _client(self, known: _Known) -> OAuth2Session:
        offered = known.about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return OAuth2Session(
            self._chosen.client_id,
            self._chosen.client_secret,
            scope=SCOPE,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if "client_secret_basic" in offered else offered[0],
            default_timeout=_TIMEOUT_S,
        )

    def _read(self, now: datetime) -> _Known:
        known = self._known
        if known is None or (now - known.read_at).total_seconds() > _REFRESH_S:
            self._known = known = self._looked_up(now)
        return known

    def _looked_up(self, now: datetime) -> _Known:
        try:
            about = _fetch(f"{self._chosen.issuer.rstrip('/')}/.well-known/openid-configuration")
            if about.get("issuer") != self._chosen.issuer:
                raise ValueError("the provider calls itself otherwise")
            if not all(is_safe_address(str(about.get(name))) for name in _ENDPOINTS):
                raise ValueError("an endpoint is not reached over HTTPS")
            keys = [key for key in _fetch(about["jwks_uri"])["keys"] if _can_verify(key)]
            return _Known(about, KeySet.import_key_set({"keys": keys}), now)
        except (requests.RequestException, JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _down() from error


@lru_cache(4)
def provider(chosen: Oidc, public_url: str) -> Provider:
    """The one of these settings, once for the process."""
    return Provider(chosen, f"{public_url}/login/oidc/done")


def _fetch(address: str) -> Any:
    answer = requests.get(address, timeout=_TIMEOUT_S, allow_redirects=False)
    if answer.status_code != 200:
        raise ValueError(f"{address} answered {answer.status_code}")
    return answer.json()


def _can_verify(key: Mapping[str, Any]) -> bool:
    return key.get("kty") in _KEY_TYPES and key.get("use", "sig") == "sig"


def _number(claim: object) -> float:
    return float(claim) if isinstance(claim, int | float) and not isinstance(claim, bool) else float("nan")


def _refused(why: str) -> Problem:
    return Problem(Code.SIGN_IN_REFUSED, why)


def _down() -> Problem:
    return Problem(Code.PROVIDER_DOWN, "It does not answer as it should.", retry_after_s=60)
