"""Partners, their policies and contracts, and the keys of this deployment."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime

ROLES_OF_DATA = ("controller", "processor")
OUTCOMES = ("open", "renewed", "expanded", "contracted", "churned")


class Partner(Base):
    """A business that bought the vendor's product and offers it to its people."""

    __tablename__ = "partners"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    embed_seen_on: Mapped[date | None]
    """First day on which the widget spoke for this partner: before it, a first sighting says nothing of a first use."""


class Policy(Base):
    """What this partner allows, since `recorded_at`; the latest row holds. No row: the vendor's default policy.

    Rows are only ever added: the database refuses to change one, or to delete one of a partner that stays.
    """

    __tablename__ = "policies"

    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partners.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    role_of_data: Mapped[str | None] = mapped_column(String(10))
    """What the vendor is for this partner's people: one of ROLES_OF_DATA."""
    controller: Mapped[str | None] = mapped_column(String(200))
    """Who decides about the data, by the name that the notice gives them."""
    lawful_basis: Mapped[str | None] = mapped_column(String(200))
    notice_version: Mapped[str | None] = mapped_column(String(80))
    consulted: Mapped[str | None] = mapped_column(Text)
    hosting_region: Mapped[str | None] = mapped_column(String(80))
    may_ask: Mapped[bool]
    may_contact: Mapped[bool]
    may_replay: Mapped[bool]
    may_benchmark: Mapped[bool]
    may_share_back: Mapped[bool]
    branding: Mapped[str] = mapped_column(String(12))
    valid_until: Mapped[date | None]


class NoticeText(Base):
    """What a version of a privacy notice says in one language, as people are told it. Published once, for good.

    Policies and answers name the version; the database refuses to change or delete its text.
    """

    __tablename__ = "notice_texts"

    version: Mapped[str] = mapped_column(String(80), primary_key=True)
    locale: Mapped[str] = mapped_column(String(35), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by: Mapped[str] = mapped_column(String(300))
    """As in the audit log."""


class EmbedKey(Base):
    """Public key of an embed: vendor-wide (the partner comes from the token) or one partner's."""

    __tablename__ = "embed_keys"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partners.id"))
    name: Mapped[str] = mapped_column(String(200))
    origins: Mapped[list[str]] = mapped_column(JSON)
    live: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EmbedSighting(Base):
    """What came of an embed on pages of an origin, since when and when last: what whoever embeds it wants to know."""

    __tablename__ = "embed_sightings"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    """All zeros where nobody said which partner it is."""
    origin: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind: Mapped[str] = mapped_column(String(160), primary_key=True)
    """`loaded`, `signed`, `unsigned`, `refused: ` and why, `blocked: ` and which directive of the page's policy."""
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SecretKey(Base):
    """Key of the vendor's backend; only the SHA-256 of its text is kept."""

    __tablename__ = "secret_keys"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    key_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    live: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SigningKey(Base):
    """Key that vouches for respondents: the vendor's own (`partner_id` empty) or one partner's."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(String(40), primary_key=True)
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partners.id"))
    name: Mapped[str] = mapped_column(String(200))
    algorithm: Mapped[str] = mapped_column(String(5))
    secret_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    public_key_pem: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(
            "(algorithm = 'HS256' AND secret_encrypted IS NOT NULL)"
            " OR (algorithm = 'ES256' AND public_key_pem IS NOT NULL)",
            name="material",
        ),
    )


class Contract(Base):
    """Licences, dates, value and fate of one contract. Money in minor units (cents) of `currency`, per year."""

    __tablename__ = "contracts"

    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partners.id"), primary_key=True)
    contract_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    licences: Mapped[int]
    starts_on: Mapped[date]
    renews_on: Mapped[date]
    yearly_value_minor_units: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    notice_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(String(10))
    decided_on: Mapped[date | None]
    renewed_licences: Mapped[int | None]
    renewed_value_minor_units: Mapped[int | None] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("licences >= 0", name="licences"),
        CheckConstraint("renews_on > starts_on", name="dates"),
        CheckConstraint("outcome IN ('open', 'renewed', 'expanded', 'contracted', 'churned')", name="outcome"),
    )


class Promotion(Base):
    """One time that a partner told its people about the product."""

    __tablename__ = "promotions"

    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partners.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(80), primary_key=True)
    reach: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(Text)


class NetworkCount(Base):
    """How many were asked and answered from one network on one day. No address: a hash whose salt is the day's."""

    __tablename__ = "network_counts"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(String(16), primary_key=True)
    asked: Mapped[int]
    answered: Mapped[int]
