"""The list of surveys: what its address says, and the rows that it asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

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
_LARGEST_FIRST = {"asked", "answered", "wrote", "people", "result"}
_CHOICES = {"audience": AUDIENCES, "metric": METRICS, "state": STATES}


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters after the question mark: months, filters, order."""

    start: str | None = None
    end: str | None = None
    search: str = ""
    audience: str = ""
    metric: str = ""
    state: str = ""
    sort: str = "state"
    turned: bool = False

    def to(self, path: str = PATH, **changes: Any) -> str:
        """The address of `path` with some parameters changed; defaults are left out."""
        other = replace(self, **changes)
        sort = f"-{other.sort}" if other.turned else other.sort
        parameters = {
            "from": other.start,
            "to": other.end,
            "q": other.search,
            "audience": other.audience,
            "metric": other.metric,
            "state": other.state,
            "sort": sort if sort != "state" else None,
        }
        given = {name: value for name, value in parameters.items() if value}
        return f"{path}?{urlencode(given)}" if given else path

    def sorted_by(self, sort: str) -> str:
        """The address of the list sorted by `sort`; turned round when it is sorted so already."""
        return self.to(sort=sort, turned=self.sort == sort and not self.turned)

    @property
    def downward(self) -> bool:
        """Whether what is largest stands first."""
        return self.turned != (self.sort in _LARGEST_FIRST)

    @property
    def filtered(self) -> bool:
        """Whether some surveys may be left out."""
        return bool(self.search or self.audience or self.metric or self.state)


def read(args: Mapping[str, str]) -> Address:
    """The address of a request. A filter or an order that is not there is none; dates stay as they are."""
    sort = args.get("sort", "state")
    name = sort.removeprefix("-")
    chosen = {key: args.get(key, "") for key in _CHOICES}
    return Address(
        start=args.get("from") or None,
        end=args.get("to") or None,
        search=args.get("q", "").strip()[:100],
        **{key: value if value in _CHOICES[key] else "" for key, value in chosen.items()},
        sort=name if name in SORTS else "state",
        turned=name in SORTS and sort.startswith("-"),
    )


def found(rows: Sequence[Row], address: Address) -> list[Row]:
    """The rows that the address asks for, in its order; those without what is sorted by come last either way."""
    wanted = address.search.casefold()
    fitting = [
        row
        for row in rows
        if wanted in row.survey.name
        and all(getattr(address, key) in ("", getattr(row.survey, key)) for key in _CHOICES)
    ]
    fitting.sort(key=lambda row: row.survey.name, reverse=address.sort == "name" and address.turned)
    if address.sort == "name":
        return fitting
    key = _KEYS[address.sort]
    known = [row for row in fitting if key(row) is not None]
    known.sort(key=key, reverse=address.downward)
    return known + [row for row in fitting if key(row) is None]


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
