"""What people write into the forms about claims and decisions, checked."""

from dataclasses import dataclass
from datetime import date
from typing import NoReturn
from uuid import UUID

from feedback.core.errors import Code, Problem
from feedback.decisions.models import NUMBERS, VERDICTS

LONGEST_NAME = 200
LONGEST_LINE = 400
LONGEST_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class NewClaim:
    """Who at the partner said what about its users, and on which day."""

    said_by: str
    said_on: date
    words: str

    def __post_init__(self) -> None:
        require_text("said_by", self.said_by, LONGEST_NAME)
        require_text("words", self.words, LONGEST_TEXT)


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """Something for (`supports`) or against a claim; `response_id` names the comment that it is drawn from."""

    words: str
    supports: bool
    response_id: UUID | None = None

    def __post_init__(self) -> None:
        require_text("words", self.words, LONGEST_TEXT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence comes to: one of VERDICTS, and why."""

    verdict: str
    note: str = ""

    def __post_init__(self) -> None:
        _choice("verdict", self.verdict, VERDICTS)
        require_at_most("note", self.note, LONGEST_TEXT)


@dataclass(frozen=True, slots=True)
class NewDecision:
    """What is done because of which finding; `number`, one of NUMBERS, is what it should move."""

    title: str
    finding: str
    owner: str
    number: str
    expected: str
    review_on: date

    def __post_init__(self) -> None:
        require_text("title", self.title, LONGEST_NAME)
        require_text("finding", self.finding, LONGEST_TEXT)
        require_text("owner", self.owner, LONGEST_NAME)
        require_text("expected", self.expected, LONGEST_LINE)
        _choice("number", self.number, NUMBERS)


@dataclass(frozen=True, slots=True)
class Review:
    """What came of a decision, and what partners and end users are told of it; empty: nothing."""

    outcome: str
    told: str = ""

    def __post_init__(self) -> None:
        require_text("outcome", self.outcome, LONGEST_TEXT)
        require_at_most("told", self.told, LONGEST_TEXT)


def refuse(name: str, what: str) -> NoReturn:
    """INVALID: what is wrong with the field of this name."""
    raise Problem(Code.INVALID, what, errors={name: [what]})


def require_text(name: str, text: str, most: int) -> None:
    """INVALID for a text that is empty, too long or cannot be kept."""
    if not text.strip():
        refuse(name, f"`{name}` is empty: say something.")
    require_at_most(name, text, most)


def require_at_most(name: str, text: str, most: int) -> None:
    """INVALID for a text that is too long or cannot be kept; an empty one passes."""
    if len(text) > most:
        refuse(name, f"`{name}` has {len(text):,} characters; {most:,} is the most.")
    if "\0" in text:
        refuse(name, f"`{name}` has a character that cannot be kept (NUL).")


def _choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        refuse(name, f"`{name}` is one of {', '.join(choices)}, not {value!r}.")
