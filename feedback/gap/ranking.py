"""Partners ranked fairly: shrunken scores, and who is probably among the worst tenth.

The worst tenth takes half a second for a thousand partners. The schedule computes that of the default window after
what is counted changed, and keeps it for exactly these counts: so a report never shows ranks of other numbers than its
own, and computes them itself when nothing is kept for them yet.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import Engine, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.gap.inputs import read
from feedback.gap.measures import END_USER, Counts, tallies
from feedback.gap.models import Ranking
from feedback.gap.once import once
from feedback.gap.window import window
from feedback.settings import Settings
from feedback.stats import rollup
from feedback.surveys.models import METRICS

Ranks = Sequence[float | None]

_RANKINGS: Table = Ranking.__table__  # type: ignore[assignment]
_MOST_STORED = 24
_MOST_REMEMBERED = 12
_remembered: WeakKeyDictionary[Engine, OrderedDict[str, Ranks]] = WeakKeyDictionary()
_lock = Lock()


@once
def shrunken(metric: str, histograms: Counts) -> Ranks:
    """End users' scores of partners (partners, 11), drawn towards what partners are like, in points."""
    return rollup.shrink(tallies(metric, histograms))


def worst_tenth(session: Session, metric: str, histograms: Counts) -> Ranks:
    """Each partner's probability of truly being among the worst tenth, 0..1; `histograms` (partners, 11)."""
    digest = _digest(metric, histograms)
    with _lock:
        kept = _remembered.setdefault(session.get_bind().engine, OrderedDict())
        found = kept.get(digest)
    if found is None:
        found = session.scalar(select(_RANKINGS.c["values"]).where(_RANKINGS.c.digest == digest))
        if found is None:
            found = rollup.worst_tenth(tallies(metric, histograms))
        with _lock:
            kept[digest] = found
            while len(kept) > _MOST_REMEMBERED:
                kept.popitem(last=False)
    return found


def keep(database: Database, settings: Settings, *, now: datetime) -> int:
    """Compute and store the worst tenth of the default window where it is missing; returns for how many metrics."""
    wanted = {}
    with database.reading() as session:
        for metric in METRICS:
            found = read(session, settings, metric, window(None, None, now=now), None, now=now).sides[:, END_USER]
            if found.any():
                wanted[_digest(metric, found)] = metric, found
        known = set(session.scalars(select(_RANKINGS.c.digest).where(_RANKINGS.c.digest.in_(wanted))))
    # Computed while no transaction is open.
    rows = [
        {"digest": digest, "computed_at": now, "values": rollup.worst_tenth(tallies(metric, histograms))}
        for digest, (metric, histograms) in wanted.items()
        if digest not in known
    ]
    if rows:
        with database.transaction() as session:
            make = sqlite.insert if database.is_sqlite else postgresql.insert
            session.execute(make(_RANKINGS).on_conflict_do_nothing(), rows)
            newest = select(_RANKINGS.c.digest).order_by(_RANKINGS.c.computed_at.desc()).limit(_MOST_STORED)
            session.execute(delete(_RANKINGS).where(_RANKINGS.c.digest.not_in(newest)))
    return len(rows)


def _digest(metric: str, histograms: Counts) -> str:
    """Names these very counts in this order."""
    counts = np.ascontiguousarray(histograms, dtype="<i8")
    return blake2b(counts.data, digest_size=16, person=metric.encode()).hexdigest()
