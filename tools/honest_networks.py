"""From which networks the demo world's people would be asked and answer: offices, home offices, phones, gateways.

Nobody is invented here. Of ten partners two send everybody through one gateway, three the offices and home offices; at
the others each office is one address. Who is at home has an address of their own, who is in the field one of twelve of
a mobile network, another one each day. On one day in twenty an office is reminded: half of those who were asked there
and had not answered do. One answer in twenty comes from elsewhere than where its question was shown.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

import numpy as np

from feedback.core.months import first_day, month_of
from feedback.demo.answers import answers
from feedback.demo.asked import asked
from feedback.demo.cast import CAST, Member
from feedback.demo.deals import deal
from feedback.demo.people import Person, people
from feedback.demo.plan import Share, shares
from feedback.demo.season import Era, era
from feedback.flags.networks import Network

_GATEWAYS_OF_ALL, _GATEWAYS = 0.2, 0.3
_PEOPLE_IN_A_BRANCH = 25
_MOBILE_NETWORKS = 12
_REMINDED = 0.05
_THEN_ANSWER = 0.5
_FROM_ELSEWHERE = 0.05
_OFFICES = ("headquarters", "branch", "gateway", "everybody")


class Visit(NamedTuple):
    """Somebody was shown the question."""

    partner: str
    day: date
    network: str
    answered: bool


def visits(seed: int, scale: float, now: datetime, *, months_as_days: bool = False) -> list[Visit]:
    """Everybody who was asked in the demo world of this seed, with the network from where.

    `months_as_days`: as if all of a month had come on its first day.
    """
    when = era(now)
    found: list[Visit] = []
    for member, share in zip(CAST, shares(CAST, scale, when), strict=True):
        found += _of_partner(seed, member, share, when, months_as_days)
    return found


def counted(seen: Sequence[Visit]) -> list[Network]:
    """Counts as the service keeps them."""
    cells: dict[tuple[str, date, str], Counter[bool]] = defaultdict(Counter)
    for one in seen:
        cells[one.partner, one.day, one.network][one.answered] += 1
    return [Network(partner, day, said.total(), said[True]) for (partner, day, _), said in cells.items()]


def _of_partner(seed: int, member: Member, share: Share, when: Era, months_as_days: bool) -> Iterator[Visit]:
    rng = np.random.default_rng([seed, crc32(member.slug.encode())])
    own = deal(member, UUID(int=0), share.seats, when, rng)
    everybody = people(member, share.seats, own.since, own.until, rng)
    given = answers(member, everybody, share.answers, when, rng)
    answered = {(one.person, one.answered_at.date()) for one in given}
    shown = asked(everybody, given, when, rng)
    through = _company(rng)
    reminded: dict[tuple[str, date], bool] = {}
    for place, shown_on in shown:
        day = first_day(month_of(shown_on)) if months_as_days else shown_on
        network = through(place, everybody[place], day)
        office = network.partition(" ")[0] in _OFFICES
        if office and (network, day) not in reminded:
            reminded[network, day] = bool(rng.random() < _REMINDED)
        said = (place, shown_on) in answered or (office and reminded[network, day] and rng.random() < _THEN_ANSWER)
        if said and rng.random() < _FROM_ELSEWHERE:
            yield Visit(member.slug, day, network, False)
            network = f"elsewhere {place}"
        yield Visit(member.slug, day, network, bool(said))


def _company(rng: np.random.Generator) -> Callable[[int, Person, date], str]:
    """How one partner's people reach the world."""
    kind = rng.random()

    def network(place: int, person: Person, day: date) -> str:
        site = person.attributes["site"]
        if kind < _GATEWAYS_OF_ALL:
            return "everybody"
        if site == "Field":
            return f"mobile {crc32(f'{place} {day}'.encode()) % _MOBILE_NETWORKS}"
        if kind < _GATEWAYS_OF_ALL + _GATEWAYS:
            return "gateway"
        if site == "Home office":
            return f"home {place}"
        return "headquarters" if site == "Headquarters" else f"branch {place // _PEOPLE_IN_A_BRANCH}"

    return network
