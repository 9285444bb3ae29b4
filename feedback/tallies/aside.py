"""What counting the answers that staff set aside would change: exact, and by addition like everything counted."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import BindParameter, Select, Table, bindparam, case, func, select
from sqlalchemy.orm import Session

from feedback.core.rows import plain_rows
from feedback.surveys.models import AUDIENCES
from feedback.tallies.desired import ASIDE
from feedback.tallies.models import COUNTS, AsideTally
from feedback.tallies.queries import People

_ASIDE: Table = AsideTally.__table__  # type: ignore[assignment]


def people_with_aside(
    session: Session, metric: str, first_month: int, last_month: int, *, trust: Collection[str]
) -> dict[UUID, People]:
    """By partner, what the people of the months would be more if nothing was set aside; a count may be negative.

    In a month in which somebody also gave an answer that counts, that one speaks either way. Raises ValueError for a
    `trust` without `partner`: who vouched for what was set aside is not counted apart.
    """
    if "partner" not in trust:
        raise ValueError("what was set aside is counted together with what partners vouch for only")
    window = {"metric": metric, "first_month": first_month, "last_month": last_month}
    found: dict[UUID, People] = {}
    for partner_id, audience, *counts in plain_rows(session, _more(tuple(sorted(trust))), window):
        sides = found.setdefault(partner_id, np.zeros((len(AUDIENCES), len(COUNTS)), np.int64))
        sides[AUDIENCES.index(audience)] = counts
    return found


@lru_cache
def _more(trust: tuple[str, ...]) -> Select[Any]:
    cells = _ASIDE.c
    last: BindParameter[int] = bindparam("last_month")
    vouched = cells.trust.in_(trust)
    with_all = case(((vouched | (cells.trust == ASIDE)) & (cells.next_any_month > last), 1), else_=0)
    without = case((vouched & (cells.next_month > last), 1), else_=0)
    keys = cells.partner_id, cells.audience
    sums = (func.sum(cells[name] * (with_all - without)) for name in COUNTS)
    inside = cells.metric == bindparam("metric"), cells.month.between(bindparam("first_month"), last)
    return select(*keys, *sums).where(*inside).group_by(*keys)
