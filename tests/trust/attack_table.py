"""What the attacker finds in years of pages under the rule and under weaker ones, as the table of the documentation."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.trust.attacker import Known, attack
from tests.trust.years import Setting, Year, answers_of, pages, year

PAGE = Path(__file__).parents[2] / "docs/explanation/releases.md"
BEGIN, END = "<!-- attacks -->\n", "<!-- end of attacks -->\n"
YEARS = 2
RULE = Setting()
WEAKER = (
    Setting("exact points", exact=True),
    Setting("rounded to ten, not capped", capped=False),
    Setting("unanimous groups left out, no cap", unanimous_left_out=True),
    Setting("groups of five, no cap", minimum=5, capped=False),
    Setting("counted anew when somebody is erased", frozen=False),
    Setting("three months each time instead of those since the last, exact points", sliding=True, exact=True),
    Setting("two attributes at once beside the total, exact points", exact=True, both_filters=True, beside_total=True),
    Setting(
        "all of this together",
        exact=True,
        capped=False,
        both_filters=True,
        beside_total=True,
        newcomers=False,
        sliding=True,
        frozen=False,
    ),
)
SLOW = {one.name for one in WEAKER if one.minimum < RULE.minimum or one.both_filters}
"""Looked at by the long tests only."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Answers on pages, answers that follow for certain, and people whose mind is known if none ever changes theirs."""

    shown: int
    certain: int
    guessed: int | None = None


def certain(of: Year, setting: Setting) -> int:
    """Answers that follow from the pages and three people's own, whatever anybody else thinks."""
    own = {voice: said for voice, said in of.said.items() if voice[0] in of.own}
    found = attack(pages(of, setting), own)
    assert not found.contradicts
    assert all(of.said[voice] == said for voice, said in found.answers.items())  # type: ignore[index]
    return len(found.answers)


def guessed(of: Year, setting: Setting) -> int:
    """People whose answer follows for who takes for granted that nobody ever changes their mind, and is right."""
    own = {voice: said for voice, said in of.said.items() if voice[0] in of.own}
    # What the three said is known month by month.
    persons = [
        Known(
            frozenset(voice if voice[0] in of.own else voice[0] for voice in one.answers), one.what, one.low, one.high
        )  # type: ignore[index]
        for one in pages(of, setting)
    ]
    found = attack(persons, own)
    return sum(of.people[person].thinks == said for person, said in found.answers.items())  # type: ignore[index]


def outcome(setting: Setting, *, guess: bool) -> Outcome:
    """Of all years together."""
    years = [year(seed) for seed in range(YEARS)]
    return Outcome(
        sum(answers_of(one, setting) for one in years),
        sum(certain(one, setting) for one in years),
        sum(guessed(one, setting) for one in years) if guess else None,
    )


def block(outcomes: Mapping[str, Outcome]) -> str:
    """The table, as it stands in the documentation."""
    lines = [
        f"| what is released in {YEARS} years at 72 people | answers | recovered for certain | recovered by a guess |",
        "|---|---|---|---|",
        *(f"| {name} | {one.shown} | {one.certain} | {one.guessed} |" for name, one in outcomes.items()),
    ]
    return "\n".join(lines) + "\n"


def written() -> dict[str, Outcome]:
    """What stands in the documentation."""
    lines = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {name: Outcome(*map(int, numbers)) for name, *numbers in rows}
