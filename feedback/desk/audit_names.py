"""What the ids in entries of the audit log stand for, where there still is something of that id.

Nobody's answer and nobody's pseudonym is looked up: of those an entry tells the id, and no more.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from feedback.decisions.models import Claim, Decision
from feedback.flags.models import Flag
from feedback.notices.models import Endpoint
from feedback.partners.models import EmbedKey, Partner, SecretKey, SigningKey
from feedback.privacy.models import Paraphrase
from feedback.responses.models import SetAside
from feedback.staff.models import AuditEntry

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_END = 8
_NAMED = ((Partner, Partner.name, "{}"), (Decision, Decision.title, "“{}”"), (Endpoint, Endpoint.name, "“{}”"))
_AT_A_PARTNER = ((Claim, "at {} ({})"), (Flag, "at {} ({})"), (SetAside, "at {} ({})"), (Paraphrase, "for {} ({})"))
_KEYS = ((SecretKey, SecretKey.id), (EmbedKey, EmbedKey.key), (SigningKey, SigningKey.kid))


def names_in(session: Session, entries: Sequence[AuditEntry]) -> dict[str, str]:
    """What to call each id that these entries hold; one that nothing has any more is not among them."""
    held = [found for entry in entries for found in _strings((entry.actor, entry.target, entry.detail))]
    ids = {UUID(one.partition(":")[2] or one) for one in held if _ID.fullmatch(one.partition(":")[2] or one)}
    keys = {one.removeprefix("key:") for one in _keys_in(entries)}
    return {**_things(session, ids), **_key_names(session, keys)}


def short(identifier: str) -> str:
    """The end of an id, enough to tell it from others and to look for it: `40a5bd3a`. What is no id stays whole."""
    return identifier[-_END:] if _ID.fullmatch(identifier) else identifier


def _apart(name: str) -> str:
    """The name between signs that keep the direction of its writing from what stands beside it."""
    return f"\u2068{name}\u2069"


def _things(session: Session, ids: Iterable[UUID]) -> dict[str, str]:
    wanted = list(ids)
    if not wanted:
        return {}
    asked = [select(model.id, literal(words), name).where(model.id.in_(wanted)) for model, name, words in _NAMED]
    asked += [
        select(model.id, literal(words), Partner.name)
        .join(Partner, Partner.id == model.partner_id)
        .where(model.id.in_(wanted))
        for model, words in _AT_A_PARTNER
    ]
    rows = session.execute(union_all(*asked))
    return {str(found): words.format(_apart(name), short(str(found))) for found, words, name in rows}


def _key_names(session: Session, keys: Iterable[str]) -> dict[str, str]:
    wanted = list(keys)
    if not wanted:
        return {}
    asked = [select(column, model.name).where(column.in_(wanted)) for model, column in _KEYS]
    return {found: f"“{_apart(name)}”" for found, name in session.execute(union_all(*asked))}


def _keys_in(entries: Iterable[AuditEntry]) -> Iterator[str]:
    for entry in entries:
        if entry.actor.startswith("key:"):
            yield entry.actor
        if "_key." in entry.action:
            yield entry.target


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _strings(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)
