"""Privacy notices: what people are told, by version and language. What was published stays word for word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.partners.models import NoticeText


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to publish: `version` as policies name it, `locale` a BCP 47 tag, `text` all of it."""

    version: str
    locale: str
    text: str


def publish_notice(session: Session, new: NewNotice, *, actor: str, now: datetime) -> tuple[NoticeText, bool]:
    """Publish a version in one language, for good; and whether it is new: the same text again changes nothing.

    Raises CONFLICT where that version says something else in that language.
    """
    found = session.get(NoticeText, (new.version, new.locale))
    if found is not None and found.text != new.text:
        raise Problem(
            Code.CONFLICT,
            f"The notice {new.version!r} was published in {new.locale!r} on {found.published_at:%Y-%m-%d} and says"
            " something else. Publish another version, and record policies that name it.",
        )
    if found is not None:
        return found, False
    row = NoticeText(version=new.version, locale=new.locale, text=new.text, published_at=now, published_by=actor)
    session.add(row)
    session.flush()
    return row, True


def notices(session: Session, version: str | None = None) -> Sequence[NoticeText]:
    """Everything that was published, or one version in its languages; the newest first."""
    statement = select(NoticeText).order_by(NoticeText.published_at.desc(), NoticeText.version, NoticeText.locale)
    return session.scalars(statement if version is None else statement.where(NoticeText.version == version)).all()
