"""What a reader sees of a page, and what it asks the database."""

import re
from html import unescape

from sqlalchemy import event

from tests.desk.conftest import Visitor


def text(html: str) -> str:
    """The words of a page or a part of it, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def statements(visitor: Visitor, path: str) -> int:
    """How many statements a page takes."""
    engine = visitor.services.database.engine
    seen: list[str] = []

    def count(_connection, _cursor, statement, *_rest) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        assert visitor.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(seen)
