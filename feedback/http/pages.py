"""Pages of a list: what every list that can grow takes and answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from marshmallow import Schema, post_load

from feedback.http import cursors
from feedback.http.fields import Digits, Text

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PageQuery:
    """How many rows, and behind which place."""

    limit: int
    after: tuple[datetime, UUID] | None


class PageQuerySchema(Schema):
    """Which page of a list."""

    limit = Digits(1, 200, load_default=50, metadata={"description": "Rows on a page."})
    cursor = Text(200, load_default=None, metadata={"description": "`next_cursor` of the page before."})

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> PageQuery:
        """A value instead of a dict."""
        return PageQuery(data["limit"], cursors.decode(data["cursor"]) if data["cursor"] else None)


def next_cursor(rows: Sequence[Row], page: PageQuery, place: Callable[[Row], tuple[datetime, UUID]]) -> str | None:
    """Where the next page begins; None when this one is not full."""
    return cursors.encode(*place(rows[-1])) if len(rows) == page.limit else None
