"""Years at a partner, and the pages that it would get under the rule and under weaker ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from feedback.privacy.rule import Answers, Seats, apart, decide
from feedback.privacy.scores import ShownScore, Span, shown_score
from feedback.privacy.shown import Shown, percent
from tests.trust.attacker import DETRACTORS, PASSIVES, PROMOTERS, SCORE, Answer, Known

MONTHS = 12
TEAMS, SITES = ("care", "lab", "sales", "board"), ("Bonn", "Ulm")
Voice = tuple[int, int]
"""A person and the month of the answer."""
Group = tuple[frozenset[Voice], Shown | None]
"""Whose score is shown together, and what else is shown of them."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the buyer knows of somebody, and what it does not: what they think."""

    team: str
    site: str
    thinks: int


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """Who said what in which month; `own` are the three who are the buyer's; `erased` goes after each release."""

    people: Sequence[Person]
    said: Mapping[Voice, int]
    own: frozenset[int]
    erased: Sequence[int]


@dataclass(frozen=True, slots=True)
class Setting:
    """A rule, weaker than ours in what is not as by default."""

    name: str = "the rule"
    exact: bool = False
    capped: bool = True
    minimum: int = 10
    unanimous_left_out: bool = False
    beside_total: bool = False
    both_filters: bool = False
    newcomers: bool = True
    sliding: bool = False
    frozen: bool = True


@cache
def year(seed: int) -> Year:
    """Some seventy people: teams that agree and teams that do not. A third answers each month, few change their mind.

    The buyer's three answer each month as their colleagues do: where all agree, that says the most.
    """
    random = np.random.default_rng(seed)
    sizes = {"care": 24, "lab": 22, "sales": 22, "board": 4}
    leaning = {"care": (0.3, 0.3, 0.4), "lab": (0.95, 0.05, 0.0), "sales": (0.0, 0.0, 1.0), "board": (0.2, 0.2, 0.6)}
    people = [
        Person(team, str(random.choice(SITES)), int(random.choice((-1, 0, 1), p=leaning[team])))
        for team in TEAMS
        for _ in range(sizes[team])
    ]
    own = frozenset(next(place for place, one in enumerate(people) if one.team == team) for team in TEAMS[:3])
    said = {}
    for month in range(MONTHS):
        for place, person in enumerate(people):
            if random.random() < (1 if place in own else 0.35):
                changed = random.random() < 0.02
                said[place, month] = int(random.integers(-1, 2)) if changed else person.thinks
    return Year(people, said, own, [int(one) for one in random.permutation(len(people))])


def pages(of: Year, setting: Setting) -> list[Known]:
    """All that the pages of the year say."""
    found: list[Known] = []
    for last, shown in _looks(
        of, replace(setting, name="", exact=False, capped=True, unanimous_left_out=False, frozen=True)
    ):
        for group, score in shown:
            found += _say(of, setting, group, score)
            gone = next((voice for voice in group if voice[0] == of.erased[last]), None)
            if gone is not None and not setting.frozen:
                found += _say(of, setting, group - {gone}, score)
    return found


def answers_of(of: Year, setting: Setting) -> int:
    """How many answers are on pages at all."""
    return len(frozenset[Answer]().union(*(one.answers for one in pages(of, setting))))


@cache
def _looks(of: Year, setting: Setting) -> list[tuple[int, list[Group]]]:
    """Month by month which groups are shown, whatever is said of them."""
    found = []
    before: list[frozenset[object]] = []
    first = 0
    for last in range(MONTHS):
        start = max(0, last - 2) if setting.sliding else first
        shown = list(_released(of, setting, latest(of, start, last), last))
        people = [frozenset(person for person, _ in group) for group, _ in shown]
        people += [frozenset[object]().union(*people)] if len(people) > 1 else []
        if shown and (setting.sliding or not setting.newcomers or apart(people, before, setting.minimum)):
            first = last + 1
            before += people
            found.append((last, shown))
    return found


def latest(of: Year, first: int, last: int) -> dict[int, Voice]:
    """Each person's latest answer of the months."""
    return {
        person: (person, month) for person, month in sorted(of.said, key=lambda one: one[1]) if first <= month <= last
    }


def _released(of: Year, setting: Setting, voices: Mapping[int, Voice], last: int) -> Iterator[Group]:
    """The groups that are told apart: by team in the first half of the year, by site in the second."""
    chosen = ("team", "site") if setting.both_filters else (("team",) if last < MONTHS // 2 else ("site",))
    for attribute in chosen:
        groups: dict[str, set[Voice]] = {}
        for person, voice in voices.items():
            groups.setdefault(getattr(of.people[person], attribute), set()).add(voice)
        counts = {name: _answers(of, group) for name, group in groups.items()}
        decided = decide(counts, Seats(len(of.people), 0, 0), month=last, minimum=setting.minimum, attribute=attribute)
        if decided is None:
            continue
        shown = decided.shown
        if shown.groups is None or setting.beside_total:
            yield frozenset(voices.values()), replace(shown, groups=None)
        for row in shown.groups.rows if shown.groups else ():
            yield frozenset(groups[row.value]), None


def _answers(of: Year, group: Sequence[Voice] | set[Voice] | frozenset[Voice]) -> Answers:
    said = [of.said[voice] for voice in group]
    return Answers(said.count(-1), said.count(0), said.count(1))


def _say(of: Year, setting: Setting, group: frozenset[Voice], shown: Shown | None) -> Iterator[Known]:
    """What a page says of a group."""
    answers = _answers(of, group)
    everybody: frozenset[Answer] = frozenset(group)
    people, x = answers.people, answers.x
    counts = {DETRACTORS: answers.detractors, PASSIVES: answers.passives, PROMOTERS: answers.promoters}
    if setting.unanimous_left_out and people in counts.values():
        said = {of.said[voice] for voice in group if voice[0] in of.own}
        if said:  # one of the three knows what all of them said
            what = {1: PROMOTERS, 0: PASSIVES, -1: DETRACTORS}[said.pop()]
            yield Known(everybody, what, people, people)
        return
    low, high = _span(setting, x, people)
    yield Known(everybody, SCORE, low, high)
    if shown is not None and shown.bands is not None:
        for what, count in counts.items():
            alike = [one for one in range(people + 1) if percent(one, people) == percent(count, people)]
            yield Known(everybody, what, alike[0], alike[-1])


def _span(setting: Setting, x: int, people: int) -> tuple[int, int]:
    if setting.exact:
        return x, x
    score = shown_score(x, people) if setting.capped and not setting.unanimous_left_out else None
    if score is None:
        tens = (20 * abs(x) + people) // (2 * people)
        score = ShownScore(10 * tens if x >= 0 else -10 * tens)
    span = Span.of(people, score)
    return span.low, span.high
