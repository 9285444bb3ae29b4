"""What a reader sees of a page, and what it asks the database."""

import gzip
import json
import re
from base64 import b64decode
from html import unescape
from typing import Any

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


def drawn(html: str) -> dict[str, dict[str, Any]]:
    """What the page's script is given to draw, by the chart's name."""
    figures = re.findall(r'<figure class="chart (\w+)">.*?<script type="application/gzip">([^<]*)</script>', html, re.S)
    return {name: json.loads(gzip.decompress(b64decode(data))) for name, data in figures}
