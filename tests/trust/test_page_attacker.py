"""The buyer attacks: with all pages of a year, with all that is known of who works there, and as three of them."""

import os

import pytest

from feedback.core.services import Services
from feedback.privacy import commands
from feedback.privacy.queries import Released, releases
from feedback.privacy.rule import Answers, apart
from feedback.privacy.scores import Span, shown_score
from feedback.privacy.shown import Shown, percent
from tests.gap.world import World
from tests.trust import attack_table
from tests.trust.attack_table import RULE, SLOW, WEAKER, Outcome, outcome
from tests.trust.attacker import DETRACTORS, PASSIVES, PROMOTERS, SCORE, Known, attack
from tests.trust.years import MONTHS, Setting, Year, latest, year

DATABASES = ("sqlite",)
SCORES = {-1: 3, 0: 8, 1: 10}
FIRST = 2026 * 12


def name(person: int) -> str:
    """What somebody is called where they work."""
    return f"p{person}"


def lived(world: World, of: Year, months: int = MONTHS) -> list[Released]:
    """The year, or its first months, as it happens: who answers, a release whenever the rule makes one, somebody erased
    after each.
    """
    services = world.services
    world.at("2026-01-02")
    world.partner("acme", 80)
    world.policy("acme", may_share_back=True)
    world.seats("acme", [name(person) for person in range(len(of.people))])
    for month in range(months):
        world.at(f"2026-{month + 1:02d}-15")
        for team, site in {(one.team, one.site) for one in of.people}:
            said = {
                name(person): SCORES[one]
                for (person, when), one in of.said.items()
                if when == month and (of.people[person].team, of.people[person].site) == (team, site)
            }
            attributes = {"team": team, "site": site}
            world.answers("acme", "end_user", said, on=f"2026-{month + 1:02d}-14", attributes=attributes)
        world.at(f"{2026 + (month + 1) // 12}-{(month + 1) % 12 + 1:02d}-02")
        with services.database.transaction() as session:
            attribute = "team" if month < months // 2 else "site"
            now = services.clock()
            commands.permit_attribute(session, world.ids["acme"], attribute, actor="cli", now=now)
            made = commands.release_due(session, services.settings, world.ids["acme"], now=now)
        if isinstance(made, Shown):
            before = _released(world)
            world.forget("acme", "end_user", name(of.erased[month]))
            assert _released(world) == before
    return _released(world)


def _released(world: World) -> list[Released]:
    with world.services.database.reading() as session:
        return releases(session, world.ids["acme"])


def read(of: Year, one: Released) -> list[Known]:
    """What a release says to who knows who answered when, and of which team and site they are."""
    voices = latest(of, one.first_month - FIRST, one.last_month - FIRST)
    everybody = frozenset(voices.values())
    if one.shown.groups is None:
        found = [(everybody, one.shown.score)]
    else:
        attribute = one.shown.groups.attribute
        rows = [(row.value, row.score) for row in one.shown.groups.rows]
        found = [
            (
                frozenset(voice for person, voice in voices.items() if getattr(of.people[person], attribute) == value),
                score,
            )
            for value, score in rows
        ]
    pages = []
    for group, score in found:
        span = Span.of(len(group), score)
        pages.append(Known(group, SCORE, span.low, span.high))
    if one.shown.bands is not None:
        bands, people = one.shown.bands, len(everybody)
        for what, shown in ((DETRACTORS, bands.detractors), (PASSIVES, bands.passives), (PROMOTERS, bands.promoters)):
            alike = [count for count in range(people + 1) if percent(count, people) == shown]
            pages.append(Known(everybody, what, alike[0], alike[-1]))
    return pages


@pytest.mark.requirement("TRUST blind-buyer-7: an attacker with a year of pages and three answers recovers no answer")
def test_a_year_of_pages_gives_no_single_answer_away(services: Services) -> None:
    of = year(1)
    released = lived(World(services), of)
    assert len(released) >= 4 and any(one.shown.groups for one in released)
    pages = [known for one in released for known in read(of, one)]
    own = {voice: said for voice, said in of.said.items() if voice[0] in of.own}
    found = attack(pages, own)
    assert not found.contradicts, "the attacker understands the pages"
    assert found.answers == {}
    # What the pages mean is what stands in them: the truth fits.
    for page in pages:
        said = [of.said[voice] for voice in page.answers]  # type: ignore[index]
        counted = sum({1: page.what[0], -1: page.what[1], 0: 0}[one] for one in said)
        assert page.low <= counted + (len(said) if page.what == PASSIVES else 0) <= page.high


@pytest.mark.requirement("TRUST blind-buyer-7: an attacker with a year of pages and three answers recovers no answer")
def test_the_table_of_what_weaker_settings_give_away_is_current() -> None:
    everything = bool(os.environ.get("FEEDBACK_SOAK"))
    written = attack_table.written()
    assert list(written) == [one.name for one in (RULE, *WEAKER)]
    for setting in (RULE, *WEAKER):
        if setting.name in SLOW and not everything:
            continue
        guess = everything or setting == RULE
        found, stands = outcome(setting, guess=guess), written[setting.name]
        assert found == (stands if guess else Outcome(stands.shown, stands.certain)), setting.name
    rule = written.pop(RULE.name)
    assert rule.shown > 400 and (rule.certain, rule.guessed) == (0, 0)
    assert all(one.certain or one.guessed for one in written.values())


def test_two_groups_and_both_with_one_more_are_never_all_shown() -> None:
    """Any two of the three differ by ten people, yet the first two from the third is one person."""
    first, second = frozenset(range(10)), frozenset(range(10, 20))
    third = first | second | {20}
    said = {person: (1, 0, -1, 0)[person % 4] for person in third} | {0: 1, 10: 0, 20: 1}
    groups = [first, second, third]
    xs = [sum(said[person] for person in group) for group in groups]
    spans = [Span.of(len(group), shown_score(x, len(group))) for group, x in zip(groups, xs, strict=True)]
    pages = [Known(group, SCORE, one.low, one.high) for group, one in zip(groups, spans, strict=True)]
    assert attack(pages, {}).answers.get(20) == 1
    assert apart([second], [first], 10) and not apart([third], [first, second], 10)


def test_an_erasure_that_is_counted_anew_gives_the_erased_away() -> None:
    group = frozenset(range(12))
    said = Answers(4, 4, 4)
    pages = [Known(group, SCORE, said.x, said.x), Known(group - {7}, SCORE, said.x - 1, said.x - 1)]
    assert attack(pages, {}).answers == {7: 1}
    assert attack(pages[:1], {}).answers == {}


def test_the_attacker_finds_what_there_is_to_find() -> None:
    everybody = frozenset(range(6))
    assert attack([Known(everybody, SCORE, 6, 6)], {}).answers == dict.fromkeys(everybody, 1)
    assert attack([Known(everybody, SCORE, 5, 5)], {0: 0}).answers == dict.fromkeys(everybody - {0}, 1)
    assert attack([Known(everybody, PASSIVES, 6, 6)], {}).answers == dict.fromkeys(everybody, 0)
    assert attack([Known(everybody, SCORE, -5, -5)], {}).answers == {}
    assert attack([Known(everybody, SCORE, -6, -6)], {0: 1}).contradicts
    both = [Known(everybody, SCORE, 1, 1), Known(everybody - {3}, SCORE, 2, 2)]
    assert attack(both, {}).answers == {3: -1}
    assert attack([], {}).answers == {}


def test_weaker_rules_are_told_apart_from_ours() -> None:
    assert len({one.name for one in (RULE, *WEAKER)}) == len(WEAKER) + 1
    assert all(one != Setting(one.name) for one in WEAKER)
