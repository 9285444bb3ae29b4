"""What a check of a partner's embeds means, in plain words: what has to be done first."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from feedback.partners.sightings import LOADED, SIGNED, UNSIGNED
from feedback.seats.embed_check import SUBJECTS_WITHIN, EmbedCheck, Seen, Span, spanning

_QUIET_AFTER = timedelta(days=7)
_MEANWHILE = timedelta(hours=1)
"""A page that stays open sends an old token now and then; for so long that is no sign."""
_RUNS_OUT_WITHIN = timedelta(days=30)
"""A works council does not agree within a week."""
_ENOUGH_KNOWN = 0.8
"""People who are new since the last file are no sign of a wrong id; every fifth is."""


class Level(Enum):
    """How a finding is meant."""

    PROBLEM = "problem"
    NOTE = "note"
    FINE = "fine"


class Finding(NamedTuple):
    """One sentence or two about what was found."""

    level: Level
    text: str


def findings(found: EmbedCheck, our_origin: str) -> list[Finding]:
    """What there is to do, problems first; `our_origin` is what policies of pages must name."""
    parts = (_settings(found), _pages(found), _tokens(found), _people(found), _policies(found, our_origin))
    told = [finding for part in parts for finding in part]
    order = list(Level)
    return sorted(told, key=lambda one: order.index(one.level))


def _settings(found: EmbedCheck) -> Iterator[Finding]:
    slug = found.partner.slug
    if not found.keys:
        add = f"`feedback keys add-embed NAME --origin URL --partner {slug}`"
        yield Finding(Level.PROBLEM, f"No embed key in use serves this partner: {add} makes one.")
    elif not any(key.live for key in found.keys):
        yield Finding(Level.PROBLEM, "All keys that serve this partner are for trying out: nothing they send counts.")
    if not found.can_sign:
        yield Finding(Level.PROBLEM, "There is no signing key: `feedback keys add-signing NAME` makes one.")
    if found.partner.left_at is not None:
        yield Finding(Level.NOTE, f"The partner left on {_time(found.partner.left_at)}.")
    yield from _policy(found)
    if not found.surveys_live:
        yield Finding(Level.PROBLEM, "No survey is live: `feedback surveys publish end-user-nps` publishes one.")


def _policy(found: EmbedCheck) -> Iterator[Finding]:
    """Of the page nobody hears of it: there is no question to it, and that is all."""
    policy, today = found.policy, found.checked_at.date()
    refused = policy.refuses(today)
    if refused is not None:
        yield Finding(Level.PROBLEM, refused)
    elif policy.valid_until is not None and policy.valid_until - today < _RUNS_OUT_WITHIN:
        text = f"This partner's policy runs out on {policy.valid_until.isoformat()}: from then on nobody is asked."
        yield Finding(Level.NOTE, text)
    if policy.notice_version is not None and not policy.notice_known:
        text = f"The text of the notice {policy.notice_version!r}, by which people are told, is not on record."
        yield Finding(Level.NOTE, f"{text} `feedback policies publish-notice` keeps it.")


def _pages(found: EmbedCheck) -> Iterator[Finding]:
    span = found.span(LOADED, SIGNED, UNSIGNED)
    if span is None:
        yield Finding(Level.PROBLEM, f"No page of this partner was seen. {_nearest(found)}")
    elif found.checked_at - span.last_at > _QUIET_AFTER:
        yield Finding(Level.PROBLEM, f"No page of this partner was seen since {_last(span)}: is the tag still there?")
    else:
        yield Finding(Level.FINE, f"Pages of this partner were seen, last on {_last(span)}.")
    for one in found.turned_away:
        what = f"Pages of {one.origin} were turned away, last on {_last(one.span)}: the key {_short(one)} does not list"
        yield Finding(Level.NOTE, f"{what} that origin. If they are yours, make a key that does.")


def _nearest(found: EmbedCheck) -> str:
    """What was seen of keys that any partner could have used."""
    if any(not one.partner_known for one in found.refused):
        return "Tokens that name no partner here were refused: they may have been this one's."
    loaded = spanning(one.span for one in found.seen)
    if loaded is not None:
        return (
            f"A vendor-wide key was loaded, last on {_last(loaded)}; only a token with this partner's slug tells whose"
            " page it is."
        )
    return "Is the tag in the page, with the right data-key? Does the page's policy allow its script?"


def _tokens(found: EmbedCheck) -> Iterator[Finding]:
    signed, unsigned = found.span(SIGNED), found.span(UNSIGNED)
    lately = [one for one in found.refused if found.checked_at - one.span.last_at <= SUBJECTS_WITHIN]
    for reason in dict.fromkeys(one.what for one in lately):
        told = [one for one in lately if one.what == reason]
        span = spanning(one.span for one in told)
        if span is not None:
            yield _refused(reason, span, signed, of_partner=any(one.partner_known for one in told))
    if signed is not None:
        yield Finding(Level.FINE, f"Tokens are accepted, last on {_last(signed)}.")
    elif not lately and (unsigned is not None or found.span(LOADED) is not None):
        text = "No token came from this partner's pages. What people answer without one does not count: sign one each."
        yield Finding(Level.PROBLEM, text)


def _refused(reason: str, span: Span, signed: Span | None, *, of_partner: bool) -> Finding:
    if not of_partner:
        return Finding(Level.NOTE, f"A token that named no partner here was refused, last on {_last(span)}: {reason}")
    if signed is None:
        return Finding(Level.PROBLEM, f"Tokens are refused since {_time(span.first_at)}: {reason}")
    if span.last_at - signed.last_at > _MEANWHILE:
        text = f"Tokens are refused, last on {_last(span)}: {reason} The last one accepted came on {_last(signed)}."
        return Finding(Level.PROBLEM, text)
    return Finding(Level.NOTE, f"Some tokens were refused, last on {_last(span)}, while others are accepted: {reason}")


def _people(found: EmbedCheck) -> Iterator[Finding]:
    seen, known, on_file = found.subjects
    if not seen:
        return
    text = f"Of {seen} people whom tokens named in {SUBJECTS_WITHIN.days} days, {known} are known from your own files."
    if not on_file:
        text = "Your own files and backend said of no seat of this partner yet; so whom tokens name cannot be compared."
        yield Finding(Level.NOTE, text)
    elif known < _ENOUGH_KNOWN * seen:
        text += " Is a token's `sub` the same id as `seat` in your seats and activity files? Else people count twice."
        yield Finding(Level.PROBLEM, text)
    else:
        yield Finding(Level.FINE, text)


def _policies(found: EmbedCheck, our_origin: str) -> Iterator[Finding]:
    for directive in sorted({one.what for one in found.violations if one.ours}):
        span = spanning(one.span for one in found.violations if one.ours and one.what == directive)
        if span is not None:
            name = directive.removesuffix("-elem")
            text = f"A page's policy blocked us ({directive}), last on {_last(span)}: add {our_origin} to {name}."
            yield Finding(Level.PROBLEM, text)


def _short(one: Seen) -> str:
    """Enough of a key to find it: the part that is its name."""
    return "_".join(one.key.split("_")[:4])


def _last(span: Span) -> str:
    return _time(span.last_at)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
