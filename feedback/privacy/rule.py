"""The release rule: what of one partner's numbers may be shown to it. Pure: counts in, what is shown out.

No answer is in two releases, because a release is about the months since the last one, and none is in two scores of
a release. So no score can be subtracted from another, and each one rules out no answer of anybody, even for somebody
who knows three of the answers and this rule: what is shown of whom depends on how many they are, never on what they
said. Counts of people are audited by linear programming (`stats.privacy`), those that grow against all releases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feedback.privacy.scores import shown_score
from feedback.privacy.shown import Activated, Bands, Group, Groups, Shown, percent, tens
from feedback.stats import privacy
from feedback.stats.crowds import all_in_crowds

FEWEST = 10
"""Fewer seats, or fewer people who answered since the last release, and nothing is shown, whatever is set."""


@dataclass(frozen=True, slots=True)
class Answers:
    """End users of a group by what they said: 0-6, 7-8, 9-10."""

    detractors: int = 0
    passives: int = 0
    promoters: int = 0

    @property
    def people(self) -> int:
        """How many there are."""
        return self.detractors + self.passives + self.promoters

    @property
    def x(self) -> int:
        """Promoters minus detractors."""
        return self.promoters - self.detractors

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(
            self.detractors + other.detractors, self.passives + other.passives, self.promoters + other.promoters
        )


@dataclass(frozen=True, slots=True)
class Seats:
    """People at the end of the last month: how many, how many of them activated, how many were shown a survey."""

    deployed: int
    activated: int
    reached: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier releases showed of activation: the tables [activated, not], and the share that stands."""

    tables: tuple[privacy.Release, ...] = ()
    activated: Activated | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What is shown, and the table of activation if it is shown anew."""

    shown: Shown
    table: privacy.Release | None


def decide(
    answers: Mapping[str, Answers],
    seats: Seats,
    *,
    month: int,
    minimum: int,
    attribute: str | None = None,
    earlier: Earlier = Earlier(),
) -> Decided | None:
    """What may be shown of the months that end with `month`; None while there are too few people.

    `answers` by value of `attribute` ("" for those of whom it is not known), or all under "" without one.
    """
    everybody = sum(answers.values(), Answers())
    if seats.deployed < max(FEWEST, minimum) or everybody.people < max(FEWEST, minimum):
        return None
    groups = None if attribute is None else _groups(answers, attribute, minimum)
    reached, answered = _participation(seats, everybody.people, minimum)
    activated, table = _activation(seats, month, minimum, earlier)
    shown = Shown(
        minimum=minimum,
        seats=tens(seats.deployed),
        people=tens(everybody.people),
        score=shown_score(everybody.x, everybody.people) if groups is None else None,
        reached_percent=reached,
        answered_percent=answered,
        activated=activated,
        bands=_bands(everybody, minimum) if groups is None else None,
        groups=groups,
    )
    return Decided(shown, table)


def _participation(seats: Seats, people: int, minimum: int) -> tuple[int | None, int | None]:
    """Percent of the seats that were reached and that answered; not when it could tell of a few who did not."""
    asked, unasked = seats.reached - people, seats.deployed - seats.reached
    if min(people, asked, unasked) >= minimum:
        return percent(seats.reached, seats.deployed), percent(people, seats.deployed)
    if min(people, seats.deployed - people) >= minimum:
        return None, percent(people, seats.deployed)
    return None, None


def _activation(
    seats: Seats, month: int, minimum: int, earlier: Earlier
) -> tuple[Activated | None, privacy.Release | None]:
    """The share of seats that is shown: what stands, until it moved by so many people that none can be told."""
    counts = [[seats.activated, seats.deployed - seats.activated]]
    if min(counts[0]) < minimum:
        return earlier.activated, None
    found = privacy.release(counts, earlier.tables, minimum, newcomers=max(FEWEST, minimum))
    if found is None or None in found.shown[0]:
        return earlier.activated, None
    return Activated(percent(seats.activated, seats.deployed), month), found


def _bands(everybody: Answers, minimum: int) -> Bands | None:
    counts = everybody.detractors, everybody.passives, everybody.promoters
    if min(counts) < minimum:
        return None
    return Bands(*(percent(count, everybody.people) for count in counts))


def _groups(answers: Mapping[str, Answers], attribute: str, minimum: int) -> Groups | None:
    """The groups that may be told apart, the small ones hidden among others; None when fewer than two may."""
    # Who said nothing of the attribute is nobody's group, and hides with the small ones.
    values = sorted((value for value in answers if answers[value].people), key=lambda value: (not value, value))
    hidden = privacy.suppress([[answers[value].people for value in values]], minimum)[0]
    rows = []
    for value, count in zip(values, hidden, strict=True):
        score = shown_score(answers[value].x, answers[value].people)
        if value and count is not None and score is not None:
            rows.append(Group(value, tens(count), score))
    return Groups(attribute, tuple(rows), complete=len(rows) == len(values)) if len(rows) > 1 else None


def apart(new: Sequence[frozenset[object]], before: Sequence[frozenset[object]], minimum: int) -> bool:
    """Whether every group of people differs by at least `minimum` people from all that was shown before.

    From every one group, and from whatever comes of adding and subtracting any of them, audited by linear programming.
    Else what changed could be laid at the door of a few, by somebody who thinks that the others said the same again.
    """
    return all(
        abs(len(one) - len(other)) >= minimum or len(one ^ other) >= minimum for one in new for other in before
    ) and (not before or all_in_crowds(new, minimum, before))
