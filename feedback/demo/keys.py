"""The keys of the demo page: an embed key for its origins and a signing key for its people."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from feedback.core.services import Services
from feedback.partners.keys import (
    all_embed_keys,
    all_signing_keys,
    clean_origin,
    create_embed_key,
    create_signing_key,
)
from feedback.partners.models import SigningKey

NAME = "Demo page"


@dataclass(frozen=True, slots=True)
class DemoKeys:
    """What the demo page needs to show the embed."""

    embed_key: str
    signing_key: SigningKey


def ensure(session: Session, services: Services, *, now: datetime) -> None:
    """Make the keys that are missing for the origins that the demo page has under these settings."""
    origins = demo_origins(services)
    if find(session, origins[0]) is None:
        create_embed_key(session, NAME, origins, partner_id=None, live=True, now=now)
    if not _signing_keys(session):
        create_signing_key(
            session, NAME, "HS256", partner_id=None, public_key_pem=None, vault=services.secrets.vault, now=now
        )


def demo_origins(services: Services) -> list[str]:
    """Where the demo page may be opened: on 127.0.0.1 first, which is another origin than localhost."""
    parts = urlsplit(services.settings.public_url)
    port = parts.port or services.settings.port
    origins = [f"http://127.0.0.1:{port}", f"http://localhost:{port}", services.settings.public_url]
    return list(dict.fromkeys(clean_origin(origin) for origin in origins))


def find(session: Session, origin: str) -> DemoKeys | None:
    """The keys for a demo page at `origin`; None when the demo world was not made for it."""
    embeds = [
        row.key
        for row in all_embed_keys(session)
        if row.name == NAME and row.revoked_at is None and row.partner_id is None and origin in row.origins
    ]
    signing = _signing_keys(session)
    return DemoKeys(embeds[-1], signing[-1]) if embeds and signing else None


def _signing_keys(session: Session) -> list[SigningKey]:
    return [
        row
        for row in all_signing_keys(session)
        if row.name == NAME and row.revoked_at is None and row.partner_id is None
    ]
