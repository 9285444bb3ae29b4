"""Which names of a query or a form a view asks for: the request notes them."""

from collections.abc import Iterator

import flask
import pytest
from werkzeug.datastructures import ImmutableMultiDict


def noted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A set that every request from now on adds the names to that are looked for in it."""
    asked: set[str] = set()

    class Noting(ImmutableMultiDict[str, str]):
        """Remembers which names were asked for."""

        def __getitem__(self, key: str) -> str:
            asked.add(key)
            return super().__getitem__(key)

        def __contains__(self, key: object) -> bool:
            asked.add(str(key))
            return super().__contains__(key)

        def get(self, key, *rest, **more):
            asked.add(key)
            return super().get(key, *rest, **more)

        def getlist(self, key, *rest, **more):
            asked.add(key)
            return super().getlist(key, *rest, **more)

        def __iter__(self) -> Iterator[str]:
            asked.update(self.keys())
            return super().__iter__()

    monkeypatch.setattr(flask.Request, "parameter_storage_class", Noting)
    return asked
