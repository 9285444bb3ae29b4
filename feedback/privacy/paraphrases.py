"""What many people wrote, in a researcher's words: the only thing about comments that ever reaches a partner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.comments import groups
from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.core.preferences import in_force
from feedback.partners.models import Partner
from feedback.privacy import facts
from feedback.privacy.facts import Months
from feedback.privacy.models import Paraphrase, Release
from feedback.privacy.rule import FEWEST
from feedback.settings import Settings
from feedback.staff import audit

LONGEST = 600


@dataclass(frozen=True, slots=True)
class NewParaphrase:
    """What stands for the comments with `label` from the months of the release that begins with `first_month`."""

    first_month: int
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a partner reads, and the first month of the release that it belongs to."""

    text: str
    first_month: int


def write(
    session: Session, settings: Settings, partner: Partner, new: NewParaphrase, *, actor: str, now: datetime
) -> Paraphrase:
    """Put a paraphrase down; nobody outside sees it before it is approved.

    Raises INVALID when the text is empty, too long or somebody's own, NOT_FOUND without such a release, and CONFLICT
    when it stands for too few people, or for nearly all who answered.
    """
    text = new.text.strip()
    if not text or len(text) > LONGEST or "\0" in text:
        _refuse(f"A paraphrase has 1 to {LONGEST} characters.")
    _require_enough(session, settings, partner.id, new.first_month, new.label)
    _require_own_words(session, partner.id, text)
    row = Paraphrase(
        partner_id=partner.id,
        id=new_id(),
        first_month=new.first_month,
        label=new.label,
        text=text,
        written_at=now,
        written_by=actor,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "paraphrase.written", str(row.id), {"partner": partner.slug}, now)
    return row


def approve(
    session: Session, settings: Settings, partner: Partner, paraphrase_id: UUID, *, actor: str, now: datetime
) -> Paraphrase:
    """Let the partner read it from now on. Looks again at all that `write` does. Raises as that, and NOT_FOUND."""
    row = _paraphrase(session, partner.id, paraphrase_id)
    if row.approved_at is None:
        _require_enough(session, settings, partner.id, row.first_month, row.label)
        _require_own_words(session, partner.id, row.text)
        row.approved_at, row.approved_by = now, actor
        audit.record(session, actor, "paraphrase.approved", str(row.id), {"partner": partner.slug}, now)
    return row


def take_back(session: Session, partner: Partner, paraphrase_id: UUID, *, actor: str, now: datetime) -> None:
    """Delete it, approved or not. Raises NOT_FOUND."""
    row = _paraphrase(session, partner.id, paraphrase_id)
    session.delete(row)
    detail = {"partner": partner.slug, "approved": row.approved_at is not None}
    audit.record(session, actor, "paraphrase.taken_back", str(row.id), detail, now)


def paraphrases(session: Session, partner_id: UUID) -> Sequence[Paraphrase]:
    """All of a partner, for who writes them: those that wait first, then the newest."""
    found = session.scalars(select(Paraphrase).where(Paraphrase.partner_id == partner_id)).all()
    return sorted(found, key=lambda one: (one.approved_at is not None, -one.first_month, one.id))


def approved(session: Session, partner_id: UUID) -> list[Told]:
    """What the partner may read, by release, newest first.

    For how many it stands is not looked at again: that it went away would say that somebody took a comment back.
    """
    columns = select(Paraphrase.text, Paraphrase.first_month)
    own = columns.where(Paraphrase.partner_id == partner_id, Paraphrase.approved_at.is_not(None))
    newest_first = own.order_by(Paraphrase.first_month.desc(), Paraphrase.approved_at, Paraphrase.id)
    return [Told(text, month) for text, month in session.execute(newest_first)]


def _paraphrase(session: Session, partner_id: UUID, paraphrase_id: UUID) -> Paraphrase:
    row = session.get(Paraphrase, (partner_id, paraphrase_id), with_for_update=True)
    if row is None:
        raise Problem(Code.NOT_FOUND, "There is no such paraphrase; somebody may have taken it back.")
    return row


def _require_enough(session: Session, settings: Settings, partner_id: UUID, first_month: int, label: str) -> None:
    """Ten or more wrote it and ten or more answered without: else it says of somebody that they did, or did not."""
    release = session.get(Release, (partner_id, first_month))
    if release is None:
        raise Problem(Code.NOT_FOUND, "Nothing was released about these months.")
    settings = in_force(session, settings)
    fewest, months = max(FEWEST, settings.minimum_group), Months(release.first_month, release.last_month)
    trust = settings.headline_trust
    wrote = groups.authors(session, partner_id, label, months.first, months.last, trust)
    (answered,) = facts.Audience(session, settings, partner_id, months.first).groups(months, None, ())
    if len(wrote) < fewest:
        what = f"Fewer than {fewest} people wrote comments with this label in these months: label more, or wait."
        raise Problem(Code.CONFLICT, what)
    if len(answered - wrote) < fewest:
        what = f"All but fewer than {fewest} people of these months wrote it: then it says so of everybody."
        raise Problem(Code.CONFLICT, what)


def _require_own_words(session: Session, partner_id: UUID, text: str) -> None:
    if groups.repeats(session, partner_id, text):
        _refuse("Some words in a row are somebody's own: say it in yours.")


def _refuse(what: str) -> None:
    raise Problem(Code.INVALID, what, errors={"text": [what]})
