"""What the page about the quality of the data shows, gathered from the report and the domains. Nothing is estimated."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.core import chores, inbox
from feedback.core.chores import Done
from feedback.core.garbage import uncollected
from feedback.core.inbox import SetAside
from feedback.core.months import first_day, label, month_of
from feedback.flags.looking import LOOKED
from feedback.flags.queries import StandingFlag, flags_within
from feedback.gap import asked_and_answered, queries, snapshots
from feedback.gap.asked_and_answered import Answered
from feedback.gap.values import GapReport
from feedback.imports.latest import LastImport, last_of_each_kind
from feedback.partners.keys import clean_origin
from feedback.partners.keys_in_use import KeyInUse, keys_in_use
from feedback.partners.queries import KnownPartner, contract_rows, partner_rows
from feedback.responses import intake, second
from feedback.responses.intake import WAYS, Came
from feedback.responses.second import Seconds
from feedback.seats.embed_check import check_all
from feedback.seats.embed_findings import Finding, Level, findings
from feedback.settings import Settings
from feedback.tallies.cube import SEAT, cube

MONTHS = 6
_MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class MonthIn:
    """What came in one month. `ways` by WAYS; None of what was not counted since."""

    month: str
    end_users: int | None
    buyers: int | None
    ways: Mapping[str, int | None]
    replaced: int | None
    shown: int
    active: int | None
    deployed: int | None
    contracts: int


@dataclass(frozen=True, slots=True)
class EmbedRow:
    """A partner's embeds. `findings`: what there is to do, problems first; `seen_at` None: no page was ever seen."""

    slug: str
    name: str
    level: Level
    findings: Sequence[Finding]
    seen_at: datetime | None
    surveys_live: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything of the page, from one look at the database. `came` is of the `months` shown."""

    now: datetime
    report: GapReport
    done: Mapping[str, Done]
    came: Sequence[Came]
    months: Sequence[MonthIn]
    newest_at: datetime | None
    aside: Sequence[SetAside]
    frozen_until: int | None
    imports: Sequence[LastImport]
    keys: Sequence[KeyInUse]
    embeds: Sequence[EmbedRow]
    answered: Sequence[Answered]
    partners: Mapping[UUID, KnownPartner]
    flags: Sequence[StandingFlag]
    looked: Done | None
    seconds: Seconds

    @property
    def came_counted_at(self) -> datetime | None:
        """When what came in was counted; None: never."""
        found = self.done.get(chores.INTAKE_COUNTED)
        return found and found.done_at

    @property
    def verified(self) -> Done | None:
        """The last recount of the tallies; None: there was none."""
        return self.done.get(chores.TALLIES_VERIFIED)

    def answers(self, *, live: bool = True, trust: str | None = None) -> int | None:
        """Answers that came in the months shown; None where they were never counted."""
        if self.came_counted_at is None:
            return None
        return sum(one.answers for one in self.came if one.live == live and trust in (None, one.trust))

    @property
    def replaced(self) -> int | None:
        """Answers of the months shown that another one of the same person and month stands in for."""
        found = [one.replaced for one in self.months if one.replaced is not None]
        return sum(found) if found else None

    @property
    def revised(self) -> int | None:
        """Answers of the months shown that came more than once and grew."""
        return None if self.came_counted_at is None else sum(one.revised for one in self.came if one.live)


def gather(session: Session, settings: Settings, *, now: datetime) -> Facts:
    """The facts as of now, about the report's usual months."""
    with uncollected():
        return _gather(session, settings, now)


def _gather(session: Session, settings: Settings, now: datetime) -> Facts:
    report = queries.report(session, settings, now=now)
    done = chores.last_done(session)
    counted = done.get(chores.INTAKE_COUNTED)
    last = month_of(now)
    first, partners = first_day(last - MONTHS + 1), {one.id: one for one in partner_rows(session)}
    came = [one for one in intake.came_in(session) if last - MONTHS < one.month <= last]
    return Facts(
        now=now,
        report=report,
        done=done,
        came=came,
        months=_months(session, came, last, counted.outcome["voices"] if counted else None),
        newest_at=intake.newest_received_at(session),
        aside=inbox.reasons(session, _MOST_REASONS) if report.quality.freshness.set_aside else (),
        frozen_until=snapshots.frozen_until(session),
        imports=last_of_each_kind(session),
        keys=keys_in_use(session),
        embeds=embeds(session, settings, now=now),
        answered=asked_and_answered.by_partner(session, report),
        partners=partners,
        flags=[one for one in flags_within(session, first, now.date()) if one.partner_id in partners],
        looked=done.get(LOOKED),
        seconds=second.seconds(session),
    )


def embeds(session: Session, settings: Settings, *, now: datetime) -> list[EmbedRow]:
    """Every partner's embeds, those with problems first, those that were seen last of these first."""
    ours = clean_origin(settings.public_url)
    found = []
    for one in check_all(session, now=now):
        told = findings(one, ours)
        seen_at = max((seen.span.last_at for seen in one.seen if seen.partner_known), default=None)
        found.append(EmbedRow(one.partner.slug, one.partner.name, told[0].level, told, seen_at, one.surveys_live))
    order = list(Level)
    return sorted(found, key=lambda one: (order.index(one.level), one.seen_at is None, one.name.casefold()))


def alike(rows: Sequence[EmbedRow]) -> list[Sequence[EmbedRow]]:
    """The rows by what there is to do first, in their order: what a hundred partners have in common is said once."""
    groups: dict[tuple[Level, str], list[EmbedRow]] = {}
    for one in rows:
        groups.setdefault((one.level, one.findings[0].text), []).append(one)
    return list(groups.values())


def _months(session: Session, came: Sequence[Came], last: int, voices: Mapping[str, int] | None) -> Sequence[MonthIn]:
    """The latest first. `voices` of each month; None where nothing was counted yet."""
    begun: dict[int, int] = defaultdict(int)
    for contract in contract_rows(session):
        begun[month_of(contract.starts_on)] += 1
    whole, first = cube(session), last - MONTHS + 1
    shown = whole.reached_by_month("shown", first, last).sum(axis=0).tolist()
    active = whole.reached_by_month("active", first, last).sum(axis=0).tolist()
    seats = whole.seats_by_month(first, last)[..., SEAT["deployed"]].sum(axis=0).tolist()
    found = []
    for place, month in enumerate(range(first, last + 1)):
        live = [one for one in came if one.month == month and one.live]
        counted = voices is not None
        found.append(
            MonthIn(
                month=label(month),
                end_users=_side(live, "end_user") if counted else None,
                buyers=_side(live, "buyer") if counted else None,
                ways={way: sum(one.answers for one in live if one.way == way) if counted else None for way in WAYS},
                replaced=None if voices is None else sum(one.answers for one in live) - voices.get(str(month), 0),
                shown=shown[place],
                active=active[place] if month >= whole.active_since else None,
                deployed=seats[place] if whole.counted_on(month).any() else None,
                contracts=begun[month],
            )
        )
    return found[::-1]


def _side(came: Sequence[Came], audience: str) -> int:
    return sum(one.answers for one in came if one.audience == audience)
