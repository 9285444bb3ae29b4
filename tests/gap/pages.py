"""The report's page as a reader meets it: its text, its tables, and whatever could load or run."""

import re
from html.parser import HTMLParser

_LOADING = {"src", "href", "srcset", "action", "data", "xlink:href"}


class Page(HTMLParser):
    """`tables`: rows of cells by the id of their section; where a section has several, all rows one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self.tables: dict[str, list[list[str]]] = {}
        self.front_renewals: list[list[str]] = []
        self._section = ""
        self._body = self._front = self._cell = False

    @classmethod
    def of(cls, html: str) -> "Page":
        """Read `html`."""
        page = cls()
        page.feed(html)
        page.text = _one_line(page.text)
        return page

    @property
    def _rows(self) -> list[list[str]]:
        return self.front_renewals if self._front else self.tables.setdefault(self._section, [])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes += list(given)
        self.loads += [name for name in given if name in _LOADING]
        if tag == "section":
            self._section = given.get("id") or ""
        if tag == "table":
            self._front = given.get("class") == "due"
        if tag in ("thead", "tbody"):
            self._body = tag == "tbody"
        if tag == "tr" and self._body:
            self._rows.append([])
        if tag in ("td", "th"):
            self._cell = self._body
            if self._body:
                self._rows[-1].append("")
        if tag in ("small", "td", "th", "p", "li", "span"):
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False
            if self._body:
                self._rows[-1][-1] = _one_line(self._rows[-1][-1])

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._cell:
            self._rows[-1][-1] += data


def _one_line(text: str) -> str:
    """As a browser joins white space; other spaces are letters of a name."""
    return re.sub(r"[ \n]+", " ", text).strip()
