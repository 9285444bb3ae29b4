"""What tests of the embed need: a partner, a live survey, keys and signed people."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.jwk import OctKey

from feedback.core.services import Services
from feedback.partners.commands import create_partner
from feedback.partners.keys import create_embed_key, create_signing_key
from feedback.partners.models import Partner
from feedback.surveys.commands import create_survey, publish
from feedback.surveys.definition import Definition

ORIGIN = "https://portal.example"


@dataclass
class World:
    """One partner with a live NPS survey, both kinds of embed keys and the vendor's and partner's signing keys."""

    services: Services
    partner: Partner
    other: Partner
    key: str
    partner_key: str
    vendor_kid: str
    vendor_secret: str
    partner_kid: str
    partner_secret: str

    def token(
        self, subject: str = "anna", *, signed_by: str = "vendor", now: datetime | None = None, **claims: Any
    ) -> str:
        """A token as the vendor's (or the partner's) backend signs it; a claim of None is left out."""
        kid, secret = (
            (self.vendor_kid, self.vendor_secret) if signed_by == "vendor" else (self.partner_kid, self.partner_secret)
        )
        issued = now or self.services.clock()
        standard = {
            "aud": "feedback",
            "sub": subject,
            "partner": self.partner.slug,
            "iat": int(issued.timestamp()),
            "exp": int((issued + timedelta(minutes=15)).timestamp()),
        }
        body = {name: value for name, value in {**standard, **claims}.items() if value is not None}
        # As ASCII JSON, so that a test can also sign what is no text (lone surrogates).
        return jws.serialize_compact({"alg": "HS256", "kid": kid}, json.dumps(body).encode(), OctKey.import_key(secret))

    def headers(self, token: str | None, origin: str | None = ORIGIN) -> dict[str, str]:
        """As a browser on `origin` sends them."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return headers if origin is None else {**headers, "Origin": origin}


def make_world(services: Services, origins: Sequence[str] = (ORIGIN,)) -> World:
    """Through the same commands as everybody."""
    now = services.clock()
    with services.database.transaction() as session:
        partner = create_partner(session, "northwind", "Northwind", now=now)
        other = create_partner(session, "contoso", "Contoso", now=now)
        for name, audience, metric in (("end-user-nps", "end_user", "nps"), ("buyer-nps", "buyer", "nps")):
            survey = create_survey(session, name, audience, metric, Definition(delay_s=5), now=now)
            publish(session, survey, now=now)
        key = create_embed_key(session, "app", list(origins), partner_id=None, live=True, now=now)
        own = create_embed_key(session, "portal", list(origins), partner_id=partner.id, live=True, now=now)
        vault = services.secrets.vault
        vendor = create_signing_key(
            session, "vendor", "HS256", partner_id=None, public_key_pem=None, vault=vault, now=now
        )
        partners = create_signing_key(
            session, "partner", "HS256", partner_id=partner.id, public_key_pem=None, vault=vault, now=now
        )
    return World(
        services,
        partner,
        other,
        key.key,
        own.key,
        vendor.row.kid,
        vendor.secret or "",
        partners.row.kid,
        partners.secret or "",
    )
