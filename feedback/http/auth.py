"""Who calls: the secret key of the vendor's backend. How a key is looked up is injected by the app."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

import flask

from feedback.core.errors import Code, Problem

EXTENSION = "feedback.key_lookup"
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a secret key; `live` False: a test key, whose answers are never counted."""

    key_id: str
    scopes: frozenset[str]
    live: bool

    @property
    def actor(self) -> str:
        """As the audit log names it."""
        return f"key:{self.key_id}"


KeyLookup = Callable[[str], Caller]
"""From the text of a key to its holder. Raises KEY_REFUSED."""


def register(app: flask.Flask, lookup: KeyLookup) -> None:
    """Tell `app` how secret keys are looked up."""
    app.extensions[EXTENSION] = lookup


def caller() -> Caller:
    """Who holds the key of this request; only behind `secret_key_required`."""
    return cast("Caller", flask.g.caller)


def secret_key_required(scope: str, *, test_keys: bool = False) -> Callable[[View], View]:
    """Let only secret keys with `scope` reach the view, before its body is read. The outermost decorator.

    Test keys read; they write only where `test_keys` says that what they write is never counted.
    """

    def decorator(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            found = cast("KeyLookup", flask.current_app.extensions[EXTENSION])(_bearer())
            if scope not in found.scopes:
                raise Problem(Code.KEY_NOT_ALLOWED, f"This needs a key with the scope {scope!r}.")
            if not (found.live or test_keys or scope == "read"):
                raise Problem(Code.KEY_NOT_ALLOWED, "A test key reads, and sends test answers; this needs a live key.")
            flask.g.caller = found
            return view(*args, **kwargs)

        doc = deepcopy(getattr(view, "_apidoc", {}))
        manual = doc.setdefault("manual_doc", {})
        manual["security"] = [{"secret_key": []}]
        manual["responses"] = {
            **manual.get("responses", {}),
            "401": "UNAUTHORIZED",
            "403": "FORBIDDEN",
            "default": "DEFAULT_ERROR",
        }
        manual["x-scope"] = scope
        guarded._apidoc = doc  # type: ignore[attr-defined]  # noqa: SLF001  # where flask-smorest keeps it
        return cast("View", guarded)

    return decorator


def _bearer() -> str:
    scheme, _, text = flask.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Problem(Code.KEY_MISSING)
    return text.strip()
