"""What the facts about the data mean: of each block one line in words, and whether somebody has to look there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from feedback.core.months import label, month_of
from feedback.desk.quality import MONTHS, Facts
from feedback.flags.queries import MOST
from feedback.gap.asked_and_answered import FEWEST
from feedback.gap.words import count, day, people, share
from feedback.seats.embed_findings import Level
from feedback.settings import TRUST_CLASSES

PROBLEM, NOTE, UNKNOWN, FINE = "problem", "note", "unknown", "fine"
_ORDER = (PROBLEM, NOTE, UNKNOWN, FINE)
LEVELS = {PROBLEM: "look here", NOTE: "to know", UNKNOWN: "unknown", FINE: "fine"}

_WAITS_TOO_LONG = timedelta(minutes=5)
_QUIET = timedelta(days=31)
_UNUSED = timedelta(days=90)
_NEW = timedelta(days=7)
_STUCK = timedelta(hours=1)
_VERIFIED_FOR = timedelta(days=31)
_LOW = 0.1
"""Below this share of those who could have, who answers says little of who does not."""
_ALIKE = 0.8
"""R-indicators below are usually taken for a sign that some groups are hardly heard."""
_MANY_REJECTED = 0.1
_MANY_UNVOUCHED = 0.2

Verdict = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """`name` is that of its template, `verdict` one of LEVELS in words. `path` or `command`: where it is mended."""

    name: str
    title: str
    level: str
    verdict: str
    path: str
    path_words: str
    command: str


def blocks(facts: Facts) -> Sequence[Block]:
    """All blocks of the page, those first that somebody has to look at."""
    found = [
        Block(name, title, *judge(facts), path, path_words, command)
        for name, title, judge, path, path_words, command in _BLOCKS
    ]
    return sorted(found, key=lambda one: _ORDER.index(one.level))


def answer(found: Sequence[Block]) -> str:
    """The answer to the page's question, in a sentence."""
    bad = [one.title for one in found if one.level == PROBLEM]
    unknown = sum(one.level == UNKNOWN for one in found)
    also = f" {people(unknown, 'thing is', 'things are')} unknown." if unknown else ""
    if bad:
        return f"Mend first: {_listed([title[0].lower() + title[1:] for title in bad])}.{also}"
    if unknown > len(found) / 2:
        return f"Too little came in to tell.{also}"
    return f"Nothing has to be mended.{also}"


def unused(facts: Facts) -> frozenset[str]:
    """Identifiers of keys that nobody used for so long that they had better be revoked."""
    now = facts.now
    return frozenset(
        one.identifier
        for one in facts.keys
        if one.use_known and now - (one.used_at or one.created_at) > (_UNUSED if one.used_at else _NEW)
    )


def _fresh(facts: Facts) -> Verdict:
    fresh = facts.report.quality.freshness
    if facts.newest_at is None:
        return UNKNOWN, "No answer ever came, so nothing can be fresh or old."
    if fresh.waiting_since is not None and facts.now - fresh.waiting_since > _WAITS_TOO_LONG:
        waits = people(fresh.waiting, "change waits", "changes wait")
        return PROBLEM, f"{waits} since {day(fresh.waiting_since)} {fresh.waiting_since:%H:%M} UTC: nobody counts them."
    if fresh.seats_counted_on is not None and (facts.now.date() - fresh.seats_counted_on).days > 1:
        return PROBLEM, f"Seats were last counted as of {day(fresh.seats_counted_on)}: the schedule does not run."
    if facts.now - facts.newest_at > _QUIET:
        return NOTE, f"The newest answer came on {day(facts.newest_at)}; none since."
    if (facts.frozen_until or 0) < month_of(facts.now) - 1 and facts.report.partners:
        return NOTE, f"The end of {label(month_of(facts.now) - 1)} is not frozen yet: looks at the past may change."
    return FINE, f"The newest answer came on {day(facts.newest_at)}, and what came is counted."


def _aside(facts: Facts) -> Verdict:
    rows = facts.report.quality.freshness.set_aside
    if rows:
        return PROBLEM, f"{people(rows, 'change', 'changes')} could not be counted; the reasons stand below."
    rejected = sum(one.rejected for one in facts.imports)
    if rejected:
        lines = people(rejected, "line of files was", "lines of files were")
        return NOTE, f"Nothing that was taken is left out; {lines} rejected."
    if facts.came_counted_at is None:
        return UNKNOWN, "What came in was not counted yet: the schedule does it once a day."
    return FINE, "Nothing is left out that ought to count."


def _trust(facts: Facts) -> Verdict:
    trust = facts.report.quality.trust
    by_class = {name: getattr(trust.end_user, name) + getattr(trust.buyer, name) for name in TRUST_CLASSES}
    everybody = sum(by_class.values())
    left_out = sum(number for name, number in by_class.items() if name not in trust.counted)
    if not everybody:
        return UNKNOWN, "Nobody answered in these months."
    if left_out == everybody:
        return PROBLEM, "Nobody who answered is vouched for in a way that counts, so nothing counts."
    if left_out:
        level = PROBLEM if left_out > _MANY_UNVOUCHED * everybody else NOTE
        return level, f"{count(left_out)} of {people(everybody, 'person', 'people')} who answered do not count."
    if by_class["none"]:
        return NOTE, f"{people(by_class['none'], 'person counts', 'people count')} whom nobody vouches for."
    if by_class["partner"] > everybody / 2:
        return NOTE, f"{share(by_class['partner'] / everybody)} of those who answered rest on their partner’s word."
    return FINE, "Everybody who answered is vouched for."


def _flags(facts: Facts) -> Verdict:
    waiting = [one for one in facts.flags if one.open]
    if waiting:
        partners = len({one.partner_id for one in waiting})
        which = people(len(waiting), "flag waits for a decision", "flags wait for a decision")
        which = f"At least {which}" if len(facts.flags) == MOST else which
        return PROBLEM, f"{which} at {people(partners, 'partner', 'partners')}; until then these answers count."
    if facts.looked is None:
        return UNKNOWN, "Nobody looked yet: the schedule does it once a day."
    if facts.now - facts.looked.done_at > timedelta(days=2):
        return PROBLEM, f"Looked at last on {day(facts.looked.done_at)}: the schedule does not run."
    aside = [one for one in facts.flags if one.set_aside_id is not None]
    if aside:
        answers = sum(one.answers_aside or 0 for one in aside)
        return NOTE, f"{people(answers, 'answer was', 'answers were')} set aside; every flag is decided."
    return FINE, "Nothing is improbable in what came in, as far as counts can tell."


def _came(facts: Facts) -> Verdict:
    total = facts.answers()
    if total is None or facts.came_counted_at is None:
        return UNKNOWN, "What came in was not counted yet: the schedule does it once a day."
    if facts.now - facts.came_counted_at > timedelta(days=2):
        return PROBLEM, f"Counted last on {day(facts.came_counted_at)}: the schedule does not run."
    if not total:
        return NOTE, f"No answer came in the last {MONTHS} months."
    this = facts.months[0]
    so_far = (this.end_users or 0) + (this.buyers or 0)
    return FINE, f"{people(total, 'answer', 'answers')} in {MONTHS} months, {count(so_far)} in this one so far."


def _participation(facts: Facts) -> Verdict:
    silent = facts.report.silent
    if silent.participation is None:
        return UNKNOWN, "Neither seats nor activity are on record: nobody knows how many could have answered."
    few = [one for one in facts.answered if one.share is not None and one.share < _LOW and (one.could or 0) >= FEWEST]
    unlike = [one.attribute for one in silent.representativity if one.r < _ALIKE]
    heard = f"{share(silent.participation)} of those who could have did answer"
    if silent.participation < _LOW:
        return PROBLEM, f"{heard}: what the others think can move every number."
    if few:
        return NOTE, f"{heard}, but fewer than {share(_LOW)} at {people(len(few), 'partner', 'partners')}."
    if unlike:
        return NOTE, f"{heard}, but not alike by {_listed(unlike)}."
    return FINE, f"{heard}."


def _counting(facts: Facts) -> Verdict:
    if facts.verified is None:
        return UNKNOWN, "The tallies were never verified by a recount."
    at, found = facts.verified
    if found["differences"]:
        return PROBLEM, f"The recount of {day(at)} found differences: the tallies have to be made anew."
    if facts.now - at > _VERIFIED_FOR:
        return NOTE, f"The last recount, of {day(at)}, found no difference. It is some time ago."
    return FINE, f"The recount of {day(at)} found no difference in {people(found['answers'], 'answer', 'answers')}."


def _imports(facts: Facts) -> Verdict:
    if not facts.imports:
        return UNKNOWN, "No file was ever imported."
    stuck = [one.kind for one in facts.imports if one.finished_at is None and facts.now - one.started_at > _STUCK]
    if stuck:
        return PROBLEM, f"The last import of {_listed(stuck)} did not end: give it the same file again."
    many = [one.kind for one in facts.imports if one.rejected > _MANY_REJECTED * one.lines]
    if many:
        return PROBLEM, f"More than {share(_MANY_REJECTED)} of the last file of {_listed(many)} were rejected."
    some = [one.kind for one in facts.imports if one.rejected]
    if some:
        return NOTE, f"Some lines of the last file of {_listed(some)} were rejected."
    dropped = [one.kind for one in facts.imports if one.state == "dropped"]
    if dropped:
        return NOTE, f"The last import of {_listed(dropped)} was given up before its end."
    return FINE, "The last file of each kind was taken whole."


def _keys(facts: Facts) -> Verdict:
    if not facts.keys:
        return UNKNOWN, "There are no keys: nobody can send or sign anything."
    idle = len(unused(facts))
    if idle:
        idle_words = people(idle, "key is not in use", "keys are not in use")
        return NOTE, f"{idle_words}: whoever finds one could use it. Revoke what nobody needs."
    if any(not one.use_known for one in facts.keys):
        return FINE, "Every key is in use, as far as is known."
    return FINE, "Every key is in use."


def _embeds(facts: Facts) -> Verdict:
    if not any(one.kind == "embed" for one in facts.keys):
        return UNKNOWN, "No key for pages is in use, so the widget asks nobody."
    if facts.embeds and not any(one.surveys_live for one in facts.embeds):
        return PROBLEM, "No survey is live, so nobody is asked anywhere."
    bad = [one for one in facts.embeds if one.level is Level.PROBLEM]
    if bad:
        what = people(len(bad), "partner has", "partners have")
        return PROBLEM, f"{what} something to mend, of {count(len(facts.embeds))}."
    if any(one.level is Level.NOTE for one in facts.embeds):
        return NOTE, "Every partner’s pages are wired up; some have something to know."
    return FINE, "Every partner’s pages are wired up." if facts.embeds else "There are no partners yet."


def _notes(facts: Facts) -> Verdict:
    notes = facts.report.quality.notes
    if notes:
        return NOTE, f"{people(len(notes), 'thing', 'things')} that a reader of the report must know."
    return FINE, "Nothing stands out."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_Judge = Callable[[Facts], Verdict]
_BLOCKS: tuple[tuple[str, str, _Judge, str, str, str], ...] = (
    ("fresh", "How fresh it is", _fresh, "", "", "feedback doctor"),
    ("aside", "What was set aside", _aside, "", "", "feedback doctor"),
    ("trust", "Who vouches for the people", _trust, "/desk/settings/keys", "Keys", "feedback keys add-signing NAME"),
    ("flags", "What speaks against some answers", _flags, "", "", ""),
    ("counting", "Whether it is counted right", _counting, "", "", ""),
    ("imports", "The last files", _imports, "/desk/settings/imports", "Imports", "feedback import KIND FILE"),
    ("embeds", "The widget at the partners", _embeds, "", "", "feedback embed-check SLUG"),
    ("participation", "Who answers", _participation, "/desk/surveys", "Surveys", "feedback invite PEOPLE.csv"),
    ("keys", "Keys", _keys, "/desk/settings/keys", "Keys", "feedback keys list"),
    ("came", "What came in", _came, "", "", ""),
    ("notes", "What the report itself says", _notes, "/desk", "Overview", ""),
)
