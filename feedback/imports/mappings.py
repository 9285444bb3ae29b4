"""Saved mappings: which column of a file is which of ours, for the next file with the same header."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.imports.models import ImportMapping
from feedback.staff import audit

LONGEST_NAME = 80


def fingerprint(header: Sequence[str]) -> str:
    """What two headers share that name the same columns, in whatever order and case."""
    names = sorted(" ".join(name.split()).casefold() for name in header)
    return hashlib.sha256("\0".join(names).encode("utf-8", "replace")).hexdigest()


def clean_name(name: str) -> str:
    """A name to save a mapping under, its blanks single. Raises INVALID."""
    cleaned = " ".join(name.split())
    if not 1 <= len(cleaned) <= LONGEST_NAME or not cleaned.isprintable():
        what = f"A mapping's name has 1 to {LONGEST_NAME} characters."
        raise Problem(Code.INVALID, what, errors={"name": [what]})
    return cleaned


def save(
    session: Session, kind: str, name: str, maps: Sequence[str], header: Sequence[str], *, actor: str, now: datetime
) -> None:
    """Keep `maps` (OURS=THEIRS) under `name`; one of that name is replaced. Raises INVALID for an unusable name."""
    name = clean_name(name)
    own = session.get(ImportMapping, (kind, name), with_for_update=True)
    if own is not None and (own.maps, own.fingerprint) == (list(maps), fingerprint(header)):
        return
    if own is None:
        own = ImportMapping(kind=kind, name=name)
        session.add(own)
    own.maps, own.fingerprint = list(maps), fingerprint(header)
    own.changed_at, own.changed_by = now, actor
    audit.record(session, actor, "import_mapping.saved", name, {"kind": kind, "maps": list(maps)}, now)


def remove(session: Session, kind: str, name: str, *, actor: str, now: datetime) -> None:
    """Forget a mapping. Raises NOT_FOUND."""
    own = session.get(ImportMapping, (kind, name))
    if own is None:
        raise Problem(Code.NOT_FOUND, f"There is no mapping {name!r} for {kind}.")
    session.delete(own)
    audit.record(session, actor, "import_mapping.removed", name, {"kind": kind}, now)


def saved(session: Session, kind: str | None = None) -> list[ImportMapping]:
    """Every mapping, or those of one kind, by name."""
    statement = select(ImportMapping).order_by(ImportMapping.kind, ImportMapping.name)
    return list(session.scalars(statement if kind is None else statement.where(ImportMapping.kind == kind)))


def fitting(session: Session, kind: str, header: Sequence[str]) -> ImportMapping | None:
    """The mapping that was made for a header like this one; of several the latest."""
    chosen = ImportMapping.kind == kind, ImportMapping.fingerprint == fingerprint(header)
    return session.scalar(select(ImportMapping).where(*chosen).order_by(ImportMapping.changed_at.desc()).limit(1))


def named(session: Session, kind: str, name: str) -> ImportMapping:
    """The mapping of this name. Raises NOT_FOUND, naming those that there are."""
    own = session.get(ImportMapping, (kind, name))
    if own is None:
        there = ", ".join(repr(one.name) for one in saved(session, kind)) or "none"
        raise Problem(Code.NOT_FOUND, f"There is no saved mapping {name!r} for {kind}; there are: {there}.")
    return own


def with_more(saved_maps: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    """`saved_maps` with `more` said on top: what both map is as `more` says."""
    said = {one.partition("=")[0].strip().casefold() for one in more}
    return (*(one for one in saved_maps if one.partition("=")[0].strip().casefold() not in said), *more)
