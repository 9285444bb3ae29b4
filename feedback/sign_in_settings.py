"""Settings about signing in: second factors, passwords, and an identity provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from feedback.settings_error import SettingsError

STAFF_ROLES = ("admin", "researcher", "analyst", "account")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Oidc:
    """The identity provider that vouches for staff, by OpenID Connect."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "single sign-on"
    """What the button calls it."""
    role_claim: str = "feedback_role"
    roles: tuple[tuple[str, str], ...] = tuple((role, role) for role in STAFF_ROLES)
    """A role of ours, and what the claim says for it."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How staff may sign in. A link that the command line printed works whatever is set."""

    second_factor_required: bool = False
    """Whether everybody who signs in by password or link needs a second factor."""
    by_password: bool = True
    oidc: Oidc | None = None
    """None: nobody but this service vouches for staff."""


def sign_in(environ: Mapping[str, str]) -> SignIn:
    """Read the settings about signing in. Raises SettingsError."""
    oidc = _oidc(environ)
    by_password = _choice(environ, "FEEDBACK_PASSWORD_SIGN_IN", ("on", "off")) == "on"
    if not by_password and oidc is None:
        raise SettingsError("FEEDBACK_PASSWORD_SIGN_IN=off needs FEEDBACK_OIDC_ISSUER; else only links would let in.")
    required = _choice(environ, "FEEDBACK_SECOND_FACTOR", ("optional", "required")) == "required"
    return SignIn(second_factor_required=required, by_password=by_password, oidc=oidc)


def is_safe_address(address: str) -> bool:
    """True for what may carry secrets: HTTPS, or HTTP that does not leave this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def _oidc(environ: Mapping[str, str]) -> Oidc | None:
    issuer = environ.get("FEEDBACK_OIDC_ISSUER")
    client_id, client_secret = environ.get("FEEDBACK_OIDC_CLIENT_ID"), environ.get("FEEDBACK_OIDC_CLIENT_SECRET")
    if not issuer:
        if client_id or client_secret:
            raise SettingsError("FEEDBACK_OIDC_ISSUER is missing beside FEEDBACK_OIDC_CLIENT_ID or _CLIENT_SECRET.")
        return None
    if not is_safe_address(issuer):
        raise SettingsError("FEEDBACK_OIDC_ISSUER takes https://..., written as the provider writes it itself.")
    if not client_id or not client_secret:
        raise SettingsError("FEEDBACK_OIDC_ISSUER needs FEEDBACK_OIDC_CLIENT_ID and FEEDBACK_OIDC_CLIENT_SECRET too.")
    return Oidc(
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        name=environ.get("FEEDBACK_OIDC_NAME") or "single sign-on",
        role_claim=environ.get("FEEDBACK_OIDC_ROLE_CLAIM") or "feedback_role",
        roles=_roles(environ.get("FEEDBACK_OIDC_ROLES") or ",".join(f"{role}={role}" for role in STAFF_ROLES)),
    )


def _roles(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    found = tuple((role.strip(), said.strip()) for role, _, said in pairs)
    if not found or not all(role in STAFF_ROLES and said for role, said in found):
        raise SettingsError(
            "FEEDBACK_OIDC_ROLES takes pairs like admin=feedback-admins,analyst=product; "
            f"the roles are {', '.join(STAFF_ROLES)}."
        )
    return found


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, str]) -> str:
    text = environ.get(name) or choices[0]
    if text not in choices:
        raise SettingsError(f"{name} takes {' or '.join(choices)}, not {text!r}.")
    return text
