"""Settings: the only reader of the environment. One frozen dataclass, units in the names."""

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from feedback.settings_error import SettingsError
from feedback.sign_in_settings import SignIn, sign_in
from feedback.watching_settings import Watching, watching

_LONGEST_SOCKET_PATH_BYTES = 100  # kernels take 104 to 108
TRUST_CLASSES = ("vendor", "partner", "none")
VARIABLES = {
    "vendor_name": "FEEDBACK_VENDOR_NAME",
    "headline_trust": "FEEDBACK_HEADLINE_TRUST",
    "engaged_days": "FEEDBACK_ENGAGED_DAYS",
    "abandoned_days": "FEEDBACK_ABANDONED_DAYS",
    "activation_threshold": "FEEDBACK_ACTIVATION_THRESHOLD_PERCENT",
    "retention_threshold": "FEEDBACK_RETENTION_THRESHOLD_PERCENT",
    "minimum_group": "FEEDBACK_MINIMUM_GROUP",
    "contact_days": "FEEDBACK_CONTACT_DAYS",
    "comment_months": "FEEDBACK_COMMENT_MONTHS",
    "activity_months": "FEEDBACK_ACTIVITY_MONTHS",
    "answer_months": "FEEDBACK_ANSWER_MONTHS",
    "tally_months": "FEEDBACK_TALLY_MONTHS",
    "link_days": "FEEDBACK_LINK_DAYS",
    "staged_days": "FEEDBACK_STAGED_DAYS",
    "audit_months": "FEEDBACK_AUDIT_MONTHS",
}
"""What may be set in the desk too, and the variable that fixes it."""
BOUNDS = {
    "engaged_days": (1, 365),
    "abandoned_days": (1, 365),
    "activation_threshold": (1, 99),
    "retention_threshold": (1, 99),
    "minimum_group": (5, 1000),
    "contact_days": (1, 3650),
    "comment_months": (1, 120),
    "activity_months": (1, 120),
    "answer_months": (3, 120),
    "tally_months": (3, 120),
    "link_days": (1, 3650),
    "staged_days": (1, 3650),
    "audit_months": (12, 240),
}
"""Smallest and largest of each whole number among them; thresholds in percent."""


class ExchangeRate(NamedTuple):
    """One unit of `currency` is `rate` units of the reporting currency, as of `day`."""

    currency: str
    rate: Decimal
    day: date


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set from outside. Build it with `from_environment`, or directly in a test."""

    home: Path
    """Folder for what this deployment keeps: SQLite, Valkey, secret, locks."""
    database_url: str
    """SQLAlchemy URL. SQLite under `home` unless DATABASE_URL is set."""
    redis_url: str | None = None
    """None: a Valkey of our own on a unix socket under `home`."""
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://localhost:8000"
    """Where browsers reach this service; its origin serves the frame."""
    secret: str | None = None
    """Root of every derived key. None: generated once into `home`/secret."""
    vendor_name: str = "Your vendor"
    headline_trust: frozenset[str] = frozenset({"vendor", "partner"})
    """Whose answers count in the headline."""
    engaged_days: int = 30
    """A seat is engaged that was active on one of the last so many days."""
    abandoned_days: int = 14
    """A seat was abandoned that was not active later than so many days after it was deployed."""
    minimum_group: int = 10
    """Smallest group that a partner is ever shown, in people."""
    contact_days: int = 90
    """For so many days the address is kept of somebody who may be contacted; the card says so."""
    comment_months: int = 12
    """What people wrote is deleted after so many whole months; their scores stay."""
    activity_months: int = 13
    """The days on which seats were active are deleted after so many whole months; first and last days stay."""
    answer_months: int = 36
    """Answers are deleted after so many whole months, and no later than what was counted; the counts stay."""
    tally_months: int = 36
    """What was counted is deleted after so many whole months."""
    link_days: int = 90
    """Personal links are forgotten so many days after they ended."""
    staged_days: int = 7
    """Lines of a file that nobody finished importing are deleted after so many days."""
    audit_months: int = 36
    """Entries of the audit log are deleted after so many whole months."""
    retention_threshold: float = 0.85
    """The share of contracts kept, 0..1, above which the buyer side of a portfolio is fine."""
    activation_threshold: float = 0.50
    """The share of licences activated, 0..1, above which the end-user side is fine."""
    request_body_limit_bytes: int = 64 * 1024
    upload_body_limit_bytes: int = 4 * 1024 * 1024
    person_requests_per_minute: int = 120
    """What one person's page may ask of the embed's doors; so many at once too. Each web process counts for itself."""
    unsigned_requests_per_s: int = 50
    """What all people for whom nobody vouches may ask together through one embed key; ten times as many at once."""
    key_requests_per_s: int = 2_000
    """What all pages with one embed key may ask together."""
    ping_delay_s: float = 0.5
    """How long a browser's word that somebody was active waits to be written with others. 0: not at all."""
    import_upload_limit_bytes: int = 200 * 1024 * 1024
    """Largest file that the desk takes for an import."""
    import_folder: Path | None = None
    """Files laid into its folders are imported. None: no folder is watched."""
    trusted_proxies: tuple[str, ...] = ()
    sign_in: SignIn = field(default_factory=SignIn)
    watching: Watching = field(default_factory=Watching)
    smtp_url: str | None = field(default=None, repr=False)
    """The server that takes mails. None: they are written to `home`/mail."""
    mail_from: str = "feedback@localhost"
    """The address that mails come from."""
    webhook_private_addresses: bool = False
    """Webhooks may also be at addresses of a private network, and without TLS."""
    reporting_currency: str | None = None
    """ISO 4217; what values with an exchange rate are converted to. Set in the desk."""
    exchange_rates: tuple[ExchangeRate, ...] = ()
    """At most one for each currency, without the reporting currency itself. Set in the desk."""
    fixed: frozenset[str] = frozenset()
    """Names of `VARIABLES` that the environment sets: what the desk says of them does not count."""

    @property
    def is_sqlite(self) -> bool:
        """True when the database is a file of ours."""
        return self.database_url.startswith("sqlite")

    @property
    def valkey_socket(self) -> Path:
        """Unix socket of the Valkey we start when no REDIS_URL is set."""
        usual = self.home / "valkey.sock"
        if len(os.fsencode(usual)) <= _LONGEST_SOCKET_PATH_BYTES:
            return usual
        name = sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"feedback-{os.geteuid()}-{name}" / "valkey.sock"

    @property
    def queue_url(self) -> str:
        """What redis-py connects to."""
        return self.redis_url or f"unix://{quote(str(self.valkey_socket))}"


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read settings from `environ` (usually `os.environ`). Raises SettingsError with what to change."""
    home = Path(environ.get("FEEDBACK_HOME") or "var").expanduser().resolve()
    port = _integer(environ, "PORT", 8000, low=1, high=65535)
    trust = clean_trust(part.strip() for part in environ.get("FEEDBACK_HEADLINE_TRUST", "vendor,partner").split(","))
    return Settings(
        home=home,
        database_url=_database_url(environ.get("DATABASE_URL"), home),
        redis_url=_redis_url(environ.get("REDIS_URL")),
        host=environ.get("HOST") or "127.0.0.1",
        port=port,
        public_url=(environ.get("FEEDBACK_PUBLIC_URL") or f"http://localhost:{port}").rstrip("/"),
        secret=_secret(environ.get("FEEDBACK_SECRET")),
        vendor_name=environ.get("FEEDBACK_VENDOR_NAME") or "Your vendor",
        headline_trust=trust,
        engaged_days=_bounded(environ, "engaged_days", 30),
        abandoned_days=_bounded(environ, "abandoned_days", 14),
        minimum_group=_bounded(environ, "minimum_group", 10),
        contact_days=_bounded(environ, "contact_days", 90),
        comment_months=_bounded(environ, "comment_months", 12),
        activity_months=_bounded(environ, "activity_months", 13),
        answer_months=_bounded(environ, "answer_months", 36),
        tally_months=_bounded(environ, "tally_months", 36),
        link_days=_bounded(environ, "link_days", 90),
        staged_days=_bounded(environ, "staged_days", 7),
        audit_months=_bounded(environ, "audit_months", 36),
        retention_threshold=_bounded(environ, "retention_threshold", 85) / 100,
        activation_threshold=_bounded(environ, "activation_threshold", 50) / 100,
        fixed=frozenset(name for name, variable in VARIABLES.items() if environ.get(variable)),
        person_requests_per_minute=_integer(environ, "FEEDBACK_PERSON_REQUESTS_PER_MINUTE", 120, low=1, high=1_000_000),
        unsigned_requests_per_s=_integer(environ, "FEEDBACK_UNSIGNED_REQUESTS_PER_SECOND", 50, low=1, high=1_000_000),
        key_requests_per_s=_integer(environ, "FEEDBACK_KEY_REQUESTS_PER_SECOND", 2_000, low=1, high=1_000_000),
        import_upload_limit_bytes=_integer(environ, "FEEDBACK_UPLOAD_LIMIT_MB", 200, low=1, high=4000) * 1024 * 1024,
        import_folder=_folder(environ.get("FEEDBACK_IMPORT_FOLDER")),
        trusted_proxies=tuple(p.strip() for p in environ.get("FEEDBACK_TRUSTED_PROXIES", "").split(",") if p.strip()),
        sign_in=sign_in(environ),
        watching=watching(environ),
        smtp_url=_smtp_url(environ.get("FEEDBACK_SMTP_URL")),
        mail_from=_mail_from(environ.get("FEEDBACK_MAIL_FROM")),
        webhook_private_addresses=_yes(environ, "FEEDBACK_WEBHOOK_PRIVATE_ADDRESSES"),
    )


def clean_trust(names: Iterable[str]) -> frozenset[str]:
    """Whose answers count in the headline. Raises SettingsError for a choice that cannot be."""
    trust = frozenset(names)
    if not trust or not trust <= set(TRUST_CLASSES) or "vendor" not in trust:
        raise SettingsError(
            "FEEDBACK_HEADLINE_TRUST takes a comma-separated list of vendor, partner, none; vendor must be in it."
        )
    if trust == {"vendor", "none"}:
        raise SettingsError("FEEDBACK_HEADLINE_TRUST cannot count `none` and leave out `partner`.")
    return trust


def _database_url(value: str | None, home: Path) -> str:
    if not value:
        return f"sqlite:///{home / 'feedback.sqlite3'}"
    if value.startswith("postgres://"):
        return "postgresql+psycopg://" + value.removeprefix("postgres://")
    if value.startswith("postgresql://"):
        return "postgresql+psycopg://" + value.removeprefix("postgresql://")
    if value.startswith(("postgresql+psycopg://", "sqlite:///")):
        return value
    raise SettingsError(
        "DATABASE_URL takes postgresql://... (version 15 or newer) or sqlite:///path; leave it out for SQLite."
    )


def _redis_url(value: str | None) -> str | None:
    if value and not value.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError(
            "REDIS_URL takes redis://..., rediss://... or unix://path; leave it out for a Valkey of our own."
        )
    return value or None


def _folder(value: str | None) -> Path | None:
    path = Path(value).expanduser() if value else None
    if path is not None and not path.is_absolute():
        raise SettingsError("FEEDBACK_IMPORT_FOLDER takes an absolute path.")
    return path


def _smtp_url(value: str | None) -> str | None:
    if not value:
        return None
    refused = "FEEDBACK_SMTP_URL takes smtp://user:password@host:587 or smtps://user:password@host:465."
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(refused)
    return value


def _mail_from(value: str | None) -> str:
    if value and not re.fullmatch(r"[^\s@<>,]+@[^\s@<>,]+", value):
        raise SettingsError("FEEDBACK_MAIL_FROM takes an address like feedback@example.com.")
    return value or "feedback@localhost"


def _yes(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name) or "no"
    if value not in ("yes", "no"):
        raise SettingsError(f"{name} takes yes or no.")
    return value == "yes"


def _secret(value: str | None) -> str | None:
    if value and len(value) < 32:
        raise SettingsError("FEEDBACK_SECRET needs at least 32 characters, for instance from `openssl rand -hex 32`.")
    return value or None


def _bounded(environ: Mapping[str, str], name: str, default: int) -> int:
    low, high = BOUNDS[name]
    return _integer(environ, VARIABLES[name], default, low=low, high=high)


def _integer(environ: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    text = environ.get(name)
    if not text:
        return default
    try:
        number = int(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise SettingsError(f"{name} takes a whole number from {low} to {high}, not {text!r}.")
    return number
