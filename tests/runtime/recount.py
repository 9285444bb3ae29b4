"""The recount after a fault: is every acknowledged answer kept as it was acknowledged, and counted once?"""

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, select

from feedback.core.clock import system_clock
from feedback.core.db import Database
from feedback.responses.models import Response
from feedback.tallies.models import COUNTS, PartnerTally
from feedback.tallies.verify import verify
from tests.runtime.answerers import Ledger

TABLE = os.environ.get("FEEDBACK_DURABILITY")
"""The file into which outcomes are written, a line of JSON each; not set: nowhere."""
_SCORES = COUNTS[:11]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row of the table. `stored`: of what was acknowledged; `lost`: acknowledged, but gone or other than it was."""

    fault: str
    database: str
    runs: int
    acknowledged: int
    stored: int
    lost: int
    twice: int
    told_503: int
    cut: int
    odd: str
    differences: int

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing twice, nothing that a fault does not explain, and the tallies are the recount."""
        return not (self.lost or self.twice or self.odd or self.differences)


def recount(database: Database, ledger: Ledger, fault: str, runs: int) -> Outcome:
    """Compare what was acknowledged with what is kept, and what is kept with what is counted."""
    with database.reading() as session:
        columns = (Response.id, Response.revision, Response.score, Response.comment, Response.respondent_id)
        kept = {row.id: row for row in session.execute(select(*columns))}
        sums = session.execute(select(*(func.sum(getattr(PartnerTally, name)) for name in _SCORES))).one()
    stored = sum(one in kept for one in ledger.acknowledged)
    same = sum(one in kept and _is(kept[one], said) for one, said in ledger.acknowledged.items())
    people = Counter(row.respondent_id for row in kept.values())
    counted = [int(number or 0) for number in sums]
    scores = Counter(row.score for row in kept.values())
    with database.transaction() as session:
        found = verify(session, now=system_clock())
    return Outcome(
        fault=fault,
        database="SQLite" if database.is_sqlite else "PostgreSQL",
        runs=runs,
        acknowledged=len(ledger.acknowledged),
        stored=stored,
        lost=len(ledger.acknowledged) - same,
        # A person once; and in each cell no more than was answered.
        twice=sum(people.values()) - len(people) + sum(max(0, n - scores[score]) for score, n in enumerate(counted)),
        told_503=ledger.told["503"],
        cut=ledger.told["no answer"],
        odd=json.dumps(_odd(ledger)) if _odd(ledger) else "",
        differences=len(found.differences) + sum(max(0, scores[score] - n) for score, n in enumerate(counted)),
    )


def tell(outcome: Outcome) -> None:
    """Put it into the table."""
    if TABLE:
        with Path(TABLE).open("a") as file:
            file.write(json.dumps(asdict(outcome)) + "\n")


def _is(row: Row[Any], said: Any) -> bool:
    return (row.revision, row.score, row.comment) == (said.revision, said.score, said.comment)


def _odd(ledger: Ledger) -> dict[str, int]:
    return ledger.odd | ({"unanswered": len(ledger.unanswered)} if ledger.unanswered else {})
