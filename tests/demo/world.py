"""What a demo world looks like from outside: counts by partner, without ids, which differ from place to place."""

from sqlalchemy import func, select

from feedback.core.services import Services
from feedback.partners.models import Contract, Partner, Promotion
from feedback.responses.models import Response
from feedback.seats.models import ActivityMonth, Seat
from feedback.tallies.models import COUNTS, PartnerTally

Picture = dict[str, dict[str, object]]


def picture(services: Services) -> Picture:
    """By partner: how many rows there are of each kind, and the histogram of each audience."""
    with services.database.reading() as session:
        slugs = {row.id: row.slug for row in session.scalars(select(Partner))}
        seen: Picture = {slug: {} for slug in slugs.values()}
        for model in (Contract, Promotion, Seat, ActivityMonth, Response):
            for partner, count in session.execute(select(model.partner_id, func.count()).group_by(model.partner_id)):
                seen[slugs[partner]][model.__tablename__] = count
        for partner, latest in session.execute(
            select(Response.partner_id, func.max(Response.answered_at)).group_by(Response.partner_id)
        ):
            seen[slugs[partner]]["latest"] = latest
        sums = [func.sum(getattr(PartnerTally, name)) for name in COUNTS]
        for partner, audience, *counts in session.execute(
            select(PartnerTally.partner_id, PartnerTally.audience, *sums).group_by(
                PartnerTally.partner_id, PartnerTally.audience
            )
        ):
            seen[slugs[partner]][audience] = tuple(counts)
    return seen


def total(services: Services, model: type[Seat] | type[Response] | type[Partner], **where: object) -> int:
    """How many rows of `model` there are with these values."""
    with services.database.reading() as session:
        statement = select(func.count()).select_from(model).filter_by(**where)
        return session.scalar(statement) or 0
