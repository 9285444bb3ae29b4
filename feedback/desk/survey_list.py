"""The list of surveys: what its address says, and the rows that it asks for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from feedback.desk.listing import Listing
from feedback.desk.survey_words import AUDIENCES, METRICS, STATES
from feedback.gap.participation import Outcome
from feedback.surveys.models import Survey

PATH = "/desk/surveys"


@dataclass(frozen=True, slots=True)
class Row:
    """One survey. `version`: the latest published; `languages`: with words of the vendor's own."""

    survey: Survey
    version: int | None
    changed: bool
    languages: tuple[str, ...]
    outcome: Outcome

    @property
    def answered(self) -> float | None:
        """The share of the cards shown that were answered; None when none was."""
        counted = self.outcome.participation
        return counted.answered / counted.asked if counted.asked else None


_KEYS: dict[str, Callable[[Row], Any]] = {
    "state": lambda row: list(STATES).index(row.survey.state),
    "asked": lambda row: row.outcome.participation.asked,
    "answered": lambda row: row.answered,
    "wrote": lambda row: row.outcome.wrote,
    "people": lambda row: row.outcome.people,
    "result": lambda row: None if row.outcome.score is None else row.outcome.score.score,
}
SORTS = ("name", *_KEYS)
_CHOICES = {"audience": AUDIENCES, "metric": METRICS, "state": STATES}


@dataclass(frozen=True, slots=True)
class Address(Listing):
    """The parameters after the question mark: months, filters, order."""

    path: ClassVar = PATH
    sorts: ClassVar = SORTS
    largest_first: ClassVar = frozenset({"asked", "answered", "wrote", "people", "result"})
    choices: ClassVar = _CHOICES

    sort: str = "state"
    audience: str = ""
    metric: str = ""
    state: str = ""


def found(rows: Sequence[Row], address: Address) -> list[Row]:
    """The rows that the address asks for, in its order; those without what is sorted by come last either way."""
    wanted = address.search.casefold()
    fitting = [
        row
        for row in rows
        if wanted in row.survey.name
        and all(getattr(address, key) in ("", getattr(row.survey, key)) for key in _CHOICES)
    ]
    return address.in_order(fitting, _KEYS, lambda row: row.survey.name)


TITLES = (
    "survey",
    "audience",
    "metric",
    "state",
    "version",
    "languages",
    "asked",
    "answered",
    "wrote",
    "people",
    "score",
    "low",
    "high",
)


def line(row: Row) -> tuple[str | int | float | None, ...]:
    """A row of a file, under TITLES."""
    survey, outcome, score = row.survey, row.outcome, row.outcome.score
    numbers = (score.score, score.low, score.high) if score else (None, None, None)
    counted = outcome.participation
    named = (survey.name, survey.audience, survey.metric, survey.state, row.version, " ".join(row.languages))
    return (*named, counted.asked, counted.answered, outcome.wrote, outcome.people, *numbers)
