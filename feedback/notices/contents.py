"""What a digest and an alert say, made when they are sent. Numbers of partners, never what one person answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import charts
from feedback.charts import Chart
from feedback.core.services import Services
from feedback.gap import queries
from feedback.gap.values import GapReport
from feedback.notices.models import News, Told
from feedback.notices.routing import ALERT_OF, Fact
from feedback.notices.wording import Named, named, with_names_isolated
from feedback.partners.queries import partner_rows

LINES = 3
_MOST_IN_ALERT = 20


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody is told, however it gets there."""

    subject: str
    heading: str
    lines: tuple[str, ...]
    link: str
    link_words: str
    picture: Chart | None = None
    """Drawn by whoever needs it: drawing takes a second."""


class Writer:
    """Writes what is told; the report of digests and its picture are made once for all of them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = Lock()
        self._report: GapReport | None = None
        self._picture: Chart | None = None

    """Drawn by whoever needs it: drawing takes a second."""

    def digest(self, since: datetime, *, until: datetime, now: datetime) -> Message:
        """What happened since the last one; one line when nothing did."""
        with self._services.database.reading() as session:
            partners = {one.id: one for one in partner_rows(session)}
            found = named(_happened(session, since, until), partners)
        day, link = f"{since.day} {since:%B}", f"{self._services.settings.public_url}/desk"
        if not found:
            return Message("Nothing changed", f"Nothing changed since {day}.", (), link, "Open the desk")
        report = self._about(now)
        names = [one.name for one in report.partners]
        more = [with_names_isolated(one, names) for one in report.changes.sentences]
        stakes = {one.partner: one.licences or 0 for one in report.partners}
        found.sort(key=lambda one: (one.weight, -stakes.get(one.slug, 0)))
        lines = _lines(found, LINES, more)
        number = f"{len(found):,} thing{'' if len(found) == 1 else 's'} changed since {day}"
        return Message(number, with_names_isolated(report.sentence, names), lines, link, "Open the desk", self._picture)

    def alert(self, delivery_id: UUID) -> Message | None:
        """What this delivery promises to tell; None when nothing of it is left."""
        with self._services.database.reading() as session:
            partners = {one.id: one for one in partner_rows(session)}
            own = select(News).join(Told, Told.thing == News.thing).where(Told.delivery_id == delivery_id)
            found = named(map(_fact, session.scalars(own.order_by(News.at, News.thing))), partners)
        return self._alert(found) if found else None

    def test(self) -> Message:
        """That the way works."""
        link = f"{self._services.settings.public_url}/desk"
        return Message("A test", "This is a test: what Feedback has to tell arrives here.", (), link, "Open the desk")

    def _alert(self, found: Sequence[Named]) -> Message:
        slugs = {one.slug for one in found}
        slug = slugs.pop() if len(slugs) == 1 else ""
        base = f"{self._services.settings.public_url}/desk"
        subject = found[0].short if len(found) == 1 else f"{len(found):,} things happened at your partners"
        if len(found) == 1:
            return _one(found[0], f"{base}/partners/{slug}" if slug else base)
        link, words = (f"{base}/partners/{slug}", "Open the partner") if slug else (base, "Open the desk")
        return Message(subject, f"{subject}.", _lines(found, _MOST_IN_ALERT, ()), link, words)

    def _about(self, now: datetime) -> GapReport:
        with self._lock:
            if self._report is None:
                settings = self._services.settings
                with self._services.database.reading() as session:
                    self._report = queries.report(session, settings, now=now)
                self._picture = _charted(self._report, settings.public_url)
            return self._report


def _one(only: Named, link: str) -> Message:
    return Message(only.short, only.words, (), link, "Open the partner" if only.slug else "Open the desk")


def _lines(found: Sequence[Named], most: int, more: Sequence[str]) -> tuple[str, ...]:
    """The first `most`, what else there is counted in the last of them, and `more` as far as there is room."""
    if len(found) > most:
        shown = [one.words for one in found[: most - 1]]
        return (*shown, f"And {len(found) - most + 1:,} more.")
    return tuple([*(one.words for one in found), *more][:most])


def _happened(session: Session, since: datetime, until: datetime) -> list[Fact]:
    wanted = (News.at > since, News.at <= until, News.kind.in_(tuple(ALERT_OF)))
    rows = session.scalars(select(News).where(*wanted).order_by(News.at.desc(), News.thing))
    return list(map(_fact, rows))


def _fact(row: News) -> Fact:
    return Fact(row.thing, row.kind, row.partner_id, row.subject, row.at)


def _charted(report: GapReport, public_url: str) -> Chart | None:
    """The map; of few partners the months."""

    def link(slug: str) -> str:
        return f"{public_url}/desk/partners/{slug}"

    return charts.map(report, link=link) or charts.months(report.months, report.metric)
