"""A small identity provider on loopback: discovery, keys, codes with PKCE, tokens. It can be told to misbehave."""

import hmac
import json
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from feedback.core.ids import random_text
from tests.conftest import FakeClock

CLIENT, SECRET = "feedback-desk", "s3cret & long enough for a client"


@dataclass
class Provider:
    """What it says about whoever signs in next is `claims`; `sign` makes the ID token of all claims."""

    issuer: str
    clock: FakeClock
    claims: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": "u-1",
            "email": "Ann@example.com",
            "email_verified": True,
            "name": "Ann Lee",
            "feedback_role": "researcher",
        }
    )
    changed: dict[str, Any] = field(default_factory=dict)
    """Claims of the protocol that are not as they should be."""
    about: dict[str, Any] = field(default_factory=dict)
    """What the discovery says otherwise."""
    status: int = 200
    """Of every answer; 503 when it is down."""
    key: RSAKey | ECKey = field(default_factory=lambda: rsa_key())  # noqa: PLW0108 - defined below
    algorithm: str = "RS256"
    sign: Callable[[dict[str, Any]], str] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def answer(self, path: str, sent: dict[str, str], authorization: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        self.seen.append(path)
        if self.status != 200:
            return self.status, {}, b"down"
        if path == "/.well-known/openid-configuration":
            return self._json(200, self._discovery())
        if path == "/jwks":
            return self._json(200, {"keys": [self.key.as_dict(private=False)]})
        if path == "/authorize":
            code = random_text(20)
            self.codes[code] = sent
            back = urlencode({"code": code, "state": sent["state"], "iss": self.issuer})
            return 302, {"Location": f"{sent['redirect_uri']}?{back}"}, b""
        return self._token(sent, authorization)

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "code_challenge_methods_supported": ["S256"],
            **self.about,
        }

    def _token(self, sent: dict[str, str], authorization: str) -> tuple[int, dict[str, str], bytes]:
        name, _, password = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if (unquote(name), unquote(password)) != (CLIENT, SECRET):
            return self._json(401, {"error": "invalid_client"})
        asked = self.codes.pop(sent["code"], None)
        challenge = _text(sha256(sent.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != sent["redirect_uri"]:
            return self._json(400, {"error": "invalid_grant"})
        seconds = int(self.clock.now.timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": seconds, "exp": seconds + 300, "nonce": asked["nonce"]}
        claims |= self.claims | self.changed
        token = (self.sign or self.signed)({name: value for name, value in claims.items() if value is not None})
        return self._json(200, {"access_token": "a", "token_type": "Bearer", "id_token": token})

    def signed(self, claims: dict[str, Any]) -> str:
        """As it should be: with the provider's key."""
        return jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, claims, self.key)

    def _json(self, status: int, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def unsigned(claims: dict[str, Any]) -> str:
    """A token with `alg: none`."""
    return f"{_parts({'alg': 'none'}, claims)}."


def signed_by_secret(secret: bytes) -> Callable[[dict[str, Any]], str]:
    """HS256 with something that is no secret of the provider's: its public key, or the client's own secret."""

    def sign(claims: dict[str, Any]) -> str:
        parts = _parts({"alg": "HS256", "kid": "one"}, claims)
        return f"{parts}.{_text(hmac.digest(secret, parts.encode(), 'sha256'))}"

    return sign


def _parts(*parts: dict[str, Any]) -> str:
    return ".".join(_text(json.dumps(part).encode()) for part in parts)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


@cache
def rsa_key() -> RSAKey:
    """The same for all tests of a process: making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@contextmanager
def listening(clock: FakeClock) -> Iterator[Provider]:
    """A provider on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer(parts.path, parts.query)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(self.path, body)

        def _answer(self, path: str, query: str) -> None:
            sent = {name: values[0] for name, values in parse_qs(query).items()}
            status, headers, body = provider.answer(path, sent, self.headers.get("Authorization", ""))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}", clock)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
