"""Impressions, responses of both audiences, and the voices that count."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    Uuid,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime

IMPRESSION_STATES = ("granted", "shown", "answered", "dismissed", "later", "left", "withdrawn")
"""`withdrawn`: answered, and the answer was deleted by whoever gave it."""
REASONS = ("price", "value", "effort", "other")
"""What the gap report knows as reasons; a survey may offer others, which stand in its own results."""
SCORE_FITS = (
    "(metric = 'nps' AND score BETWEEN 0 AND 10) OR (metric = 'csat' AND score BETWEEN 1 AND 5)"
    " OR (metric = 'ces' AND score BETWEEN 1 AND 7)"
    " OR (metric = 'recognition' AND score BETWEEN 0 AND 3) OR (metric = 'obstacle' AND score BETWEEN 0 AND 6)"
)
TRUST_FITS = "trust IN ('vendor', 'partner', 'none')"


class Impression(Base):
    """Permission to show a survey once; the first response id binds to it."""

    __tablename__ = "impressions"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    """A UUIDv7 of `granted_at`."""
    survey_id: Mapped[UUID] = mapped_column(Uuid)
    survey_version_id: Mapped[UUID] = mapped_column(Uuid)
    audience: Mapped[str] = mapped_column(String(8))
    respondent_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Empty for somebody whom nobody vouches for."""
    trust: Mapped[str] = mapped_column(String(7))
    live: Mapped[bool]
    state: Mapped[str] = mapped_column(String(9))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    response_id: Mapped[UUID | None] = mapped_column(Uuid)
    notice_version: Mapped[str | None] = mapped_column(String(80))
    card_text_id: Mapped[str | None] = mapped_column(String(64))
    """Of the CardText that was shown last under it; empty: the card was never fetched."""

    __table_args__ = (
        # The only one beside the key: each one more takes as long as anything else that is done for a grant.
        Index(None, "partner_id", "respondent_id", "granted_at"),
        CheckConstraint(
            "state IN ('granted', 'shown', 'answered', 'dismissed', 'later', 'left', 'withdrawn')", name="state"
        ),
        CheckConstraint(TRUST_FITS, name="trust"),
    )


class CardText(Base):
    """The words of a card as they were shown: the question, and all that it says of what becomes of an answer.

    Kept once for all who were shown the same; the database refuses to change one, or to delete one of a partner that
    stays.
    """

    __tablename__ = "card_texts"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of locale and texts."""
    locale: Mapped[str] = mapped_column(String(35))
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    first_shown_at: Mapped[datetime] = mapped_column(UtcDateTime)


CONTACT_OUTCOMES = ("contacted", "talked", "declined", "no_answer")


class Invitation(Base):
    """A personal link to one survey, for one answer; only the SHA-256 of its token is kept."""

    __tablename__ = "invitations"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the part that follows the partner's in the link."""
    survey_id: Mapped[UUID] = mapped_column(Uuid)
    audience: Mapped[str] = mapped_column(String(8))
    respondent_id: Mapped[UUID] = mapped_column(Uuid)
    live: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    impression_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The impression that opening the link was granted last."""

    __table_args__ = (
        Index(None, "partner_id", "respondent_id"),
        CheckConstraint("audience IN ('end_user', 'buyer')", name="audience"),
    )


class Contact(Base):
    """The address of somebody who said yes to being contacted: apart from the answer, encrypted, in no report."""

    __tablename__ = "contacts"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    respondent_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    response_id: Mapped[UUID] = mapped_column(Uuid)
    """The answer with which they said so."""
    address_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(9))
    """One of CONTACT_OUTCOMES; empty: nobody has written or called yet."""
    note: Mapped[str | None] = mapped_column(Text)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handled_by: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (CheckConstraint("outcome IN ('contacted', 'talked', 'declined', 'no_answer')", name="outcome"),)


class Response(Base):
    """One respondent's answer to one survey version, under an id that the client chose; the latest revision."""

    __tablename__ = "responses"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(Uuid)
    survey_version_id: Mapped[UUID] = mapped_column(Uuid)
    audience: Mapped[str] = mapped_column(String(8))
    metric: Mapped[str] = mapped_column(String(11))
    respondent_id: Mapped[UUID] = mapped_column(Uuid)
    """Pseudonym of a seat, id of a buyer, or the response's own id when nobody vouches for the person."""
    impression_id: Mapped[UUID | None] = mapped_column(Uuid)
    import_id: Mapped[UUID | None] = mapped_column(Uuid)
    revision: Mapped[int]
    score: Mapped[int] = mapped_column(SmallInteger)
    comment: Mapped[str | None] = mapped_column(Text)
    comment_purged_on: Mapped[date | None]
    """When what was written here was deleted because of its age; the answer still counts as one with a comment."""
    reason: Mapped[str | None] = mapped_column(String(20))
    complete: Mapped[bool]
    locale: Mapped[str | None] = mapped_column(String(35))
    segment_id: Mapped[int] = mapped_column(BigInteger)
    """Frozen at the first revision."""
    trust: Mapped[str] = mapped_column(String(7))
    live: Mapped[bool]
    """False: made with a test key, never counted."""
    notice_version: Mapped[str | None] = mapped_column(String(80))
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """As the client says, never later than receipt."""
    month: Mapped[int]
    """`months.month_of(answered_at)`: what the voices are counted by."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When this service took the latest revision."""
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """From when on a look at the past may use it: first receipt; for imports `answered_at`."""
    set_aside_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Why staff set it aside, so that it does not count; empty: it was not."""

    __table_args__ = (
        Index(None, "partner_id", "respondent_id", "metric", "month"),
        Index(None, "partner_id", "received_at", "id"),
        # Comments are few among many answers, and are read newest first.
        Index(
            "ix_responses_of_comments",
            "partner_id",
            "answered_at",
            sqlite_where=text("comment IS NOT NULL"),
            postgresql_where=text("comment IS NOT NULL"),
        ),
        CheckConstraint(SCORE_FITS, name="score"),
        CheckConstraint(TRUST_FITS, name="trust"),
    )


class SecondAnswer(Base):
    """A second answer to an impression: refused, and kept here apart, so that staff can see it. Never counted."""

    __tablename__ = "second_answers"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    impression_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    response_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    """The id under which it came."""
    respondent_id: Mapped[UUID | None] = mapped_column(Uuid)
    metric: Mapped[str] = mapped_column(String(11))
    score: Mapped[int] = mapped_column(SmallInteger)
    comment: Mapped[str | None] = mapped_column(Text)
    trust: Mapped[str] = mapped_column(String(7))
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    times: Mapped[int]


WHOSE = ("all", "partner", "new", "unknown")
"""Whose answers of the days: of all; those that the partner vouches for; of people who had never answered before; of
people whom the vendor's own files and backend do not know."""


class SetAside(Base):
    """Answers that staff set aside, and why; they do not count until that is undone."""

    __tablename__ = "set_asides"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    flag_id: Mapped[UUID | None] = mapped_column(Uuid)
    audience: Mapped[str] = mapped_column(String(8))
    metric: Mapped[str] = mapped_column(String(11))
    first_day: Mapped[date]
    last_day: Mapped[date]
    whose: Mapped[str] = mapped_column(String(8))
    answers: Mapped[int]
    """How many there were."""
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(300))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str | None] = mapped_column(String(300))
    undone_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (CheckConstraint("whose IN ('all', 'partner', 'new', 'unknown')", name="whose"),)


class Voice(Base):
    """What counts: one respondent, one voice per calendar month and metric, with the cell and score last counted."""

    __tablename__ = "voices"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    respondent_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    metric: Mapped[str] = mapped_column(String(11), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[UUID] = mapped_column(Uuid)
    audience: Mapped[str] = mapped_column(String(8))
    survey_version_id: Mapped[UUID] = mapped_column(Uuid)
    trust: Mapped[str] = mapped_column(String(7))
    """That of the answer; `aside` for one that staff set aside."""
    segment_id: Mapped[int] = mapped_column(BigInteger)
    next_month: Mapped[int]
    """Month of the same respondent's next voice that was not set aside, `months.NEVER` if none."""
    next_vendor_month: Mapped[int]
    """The same among voices that the vendor vouches for: what counting them alone needs."""
    next_any_month: Mapped[int | None]
    """The same with those that were set aside, of voices for which that is another one, and of these themselves."""
    score: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str | None] = mapped_column(String(20))
    commented: Mapped[bool] = mapped_column(server_default=false())
    day: Mapped[date]

    __table_args__ = (
        # Buyers are few among many: what each of them said last is read one by one.
        Index(
            "ix_voices_of_buyers",
            "partner_id",
            "metric",
            "month",
            sqlite_where=text("audience = 'buyer'"),
            postgresql_where=text("audience = 'buyer'"),
        ),
        # What a survey's second question came to: few of many voices have a reason.
        Index(
            "ix_voices_of_reasons",
            "partner_id",
            "metric",
            "month",
            "survey_version_id",
            sqlite_where=text("reason IS NOT NULL"),
            postgresql_where=text("reason IS NOT NULL"),
        ),
    )


class AnswerIntake(Base):
    """How many answers came in: by the month of the answer, the way on which it came, and who vouches for it.

    Of all partners together: a store that keeps partners apart adds up one such table each.
    """

    __tablename__ = "answer_intake"

    month: Mapped[int] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(String(11), primary_key=True)
    audience: Mapped[str] = mapped_column(String(8), primary_key=True)
    way: Mapped[str] = mapped_column(String(6), primary_key=True)
    """`widget`, `link`, `api` or `import`."""
    trust: Mapped[str] = mapped_column(String(7), primary_key=True)
    live: Mapped[bool] = mapped_column(primary_key=True)
    answers: Mapped[int]
    revised: Mapped[int]
