"""Whoever sees a release, knows the rule by heart and three of the answers, can rule out nothing for anybody else."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.privacy.rule import Answers, Decided, Earlier, Seats, apart, decide
from feedback.privacy.scores import KNOWN, ShownScore, Span, cap, shown_score
from feedback.privacy.shown import Shown, as_json, from_json, percent, tens
from feedback.stats import privacy

SEATS = Seats(100, 50, 60)
Bands = tuple[int, int, int]
World = tuple[Bands, ...]
TRIPLES = [known for known in product(range(KNOWN + 1), repeat=3) if sum(known) <= KNOWN]


def shown(answers: Sequence[Bands], minimum: int = 10) -> Shown | None:
    """What is shown of groups, `a` the first of them; of one group as of all."""
    named = {chr(ord("a") + place): Answers(*bands) for place, bands in enumerate(answers)}
    attribute = "team" if len(answers) > 1 else None
    given = named if attribute else {"": Answers(*answers[0])}
    decided = decide(given, SEATS, month=1, minimum=minimum, attribute=attribute)
    return None if decided is None else decided.shown


def splits(people: int) -> list[Bands]:
    """All ways in which so many people can have answered."""
    return [(low, middle, people - low - middle) for low in range(people + 1) for middle in range(people - low + 1)]


def ruled_out(worlds: Sequence[World]) -> Iterator[tuple[int, int, Bands, int]]:
    """What follows for a group (of known answers in another or the same) when all that is known is `worlds`.

    By trying every world: no theory, so nothing that the rule could have wrong as well.
    """
    for own, other in product(range(len(worlds[0])), repeat=2):
        for known in TRIPLES:
            fitting = [one for one in worlds if all(map(int.__ge__, one[other], known))]
            left_over = sum(worlds[0][own]) - (sum(known) if own == other else 0)
            if not fitting or left_over <= 0:
                continue
            for band in range(3):
                mine = known[band] if own == other else 0
                if max(one[own][band] - mine for one in fitting) < 1:
                    yield own, other, known, band


def by_what_is_shown(people: Sequence[int], minimum: int = 10) -> dict[Hashable, list[World]]:
    """All worlds of groups of so many people, by what is shown of them: what an onlooker can tell apart."""
    found: dict[Hashable, list[World]] = defaultdict(list)
    for world in product(*map(splits, people)):
        found[shown(world, minimum)].append(world)
    return found


@pytest.mark.parametrize(
    ("people", "minimum"), [([10], 10), ([11], 10), ([17], 10), ([31], 10), ([33], 10), ([16], 5), ([10, 10], 10)]
)
def test_every_answer_stays_possible_for_everybody_by_trying_all_worlds(people: list[int], minimum: int) -> None:
    found = by_what_is_shown(people, minimum)
    assert None not in found
    assert len(found) > 4  # it does show something
    for worlds in found.values():
        assert not list(ruled_out(worlds))


def test_groups_beside_their_total_would_rule_answers_out() -> None:
    """Why a release has either: what this rule gives up."""
    leaks: dict[Hashable, list[World]] = defaultdict(list)
    for world in product(splits(10), splits(10)):
        whole = Answers(*world[0]) + Answers(*world[1])
        leaks[shown(world), shown_score(whole.x, whole.people)].append(world)
    assert any(next(ruled_out(worlds), None) for worlds in leaks.values())


@pytest.mark.parametrize("weaker", ["exact", "uncapped", "hidden when unanimous"])
def test_weaker_rules_would_rule_answers_out(weaker: str) -> None:
    leaks: dict[Hashable, list[World]] = defaultdict(list)
    for low, middle, high in splits(12):
        x = high - low
        unanimous = 12 in (low, middle, high)
        seen = {
            "exact": x,
            "uncapped": round(100 * x / 12, -1),
            "hidden when unanimous": None if unanimous else min(80, max(-80, round(100 * x / 12, -1))),
        }[weaker]
        leaks[seen].append(((low, middle, high),))
    assert any(next(ruled_out(worlds), None) for worlds in leaks.values())


@settings(max_examples=60)
@given(st.integers(9, 400).flatmap(lambda people: st.tuples(st.just(people), st.integers(-people, people))))
def test_what_a_score_says_of_x_is_what_it_is_taken_to_say(one: tuple[int, int]) -> None:
    people, x = one
    score = shown_score(x, people)
    assert score is not None
    alike = [other for other in range(-people, people + 1) if shown_score(other, people) == score]
    span = Span.of(people, score)
    assert (span.low, span.high) == (alike[0], alike[-1])
    assert span.leaves_open
    assert score.points % 10 == 0
    if not score.end:
        assert abs(score.points - 100 * x / people) <= 5


def test_the_cap_comes_from_the_size_of_the_group_alone() -> None:
    assert [cap(people) for people in (8, 9, 10, 12, 20, 32, 1000)] == [None, 10, 20, 30, 60, 80, 80]
    assert shown_score(10, 10) == ShownScore(20, "more")
    assert shown_score(-10, 10) == ShownScore(-20, "less")
    assert shown_score(0, 10) == ShownScore(0)


def test_a_unanimous_group_looks_like_others_that_are_not() -> None:
    for unanimous, other in (((0, 0, 40), (2, 2, 36)), ((40, 0, 0), (36, 2, 2)), ((0, 40, 0), (9, 21, 10))):
        assert shown([unanimous]) == shown([other])


def test_of_few_people_or_seats_nothing_is_shown() -> None:
    assert shown([(3, 3, 3)]) is None
    assert shown([(3, 3, 4)]) is not None
    assert shown([(5, 5, 4)], minimum=15) is None
    few_seats = decide({"": Answers(3, 3, 4)}, Seats(9, 5, 0), month=1, minimum=5)
    assert few_seats is None


def test_with_a_lower_minimum_ten_must_still_have_answered() -> None:
    assert shown([(3, 3, 3)], minimum=5) is None


def test_bands_are_shown_in_tens_when_each_is_large_enough() -> None:
    enough, not_enough = shown([(10, 14, 20)]), shown([(9, 15, 20)])
    assert enough is not None and enough.bands is not None
    assert (enough.bands.detractors, enough.bands.passives, enough.bands.promoters) == (20, 30, 50)
    assert not_enough is not None and not_enough.bands is None


def test_small_groups_hide_among_others_and_there_is_no_total() -> None:
    found = shown([(8, 8, 8), (2, 0, 1), (4, 4, 4), (10, 10, 10)])
    assert found is not None and found.groups is not None
    assert found.score is None and found.bands is None
    assert [row.value for row in found.groups.rows] == ["a", "d"]
    assert not found.groups.complete


def test_people_of_whom_the_attribute_is_not_known_are_no_group() -> None:
    answers = {"": Answers(9, 9, 9), "a": Answers(4, 4, 4), "b": Answers(4, 4, 4)}
    decided = decide(answers, SEATS, month=1, minimum=10, attribute="team")
    assert decided is not None and decided.shown.groups is not None
    assert [row.value for row in decided.shown.groups.rows] == ["a", "b"]
    assert not decided.shown.groups.complete


def test_one_group_alone_is_not_told_apart() -> None:
    found = shown([(8, 8, 8), (2, 0, 1)])
    assert found is not None and found.groups is None
    assert found.score == ShownScore(0)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=6))
def test_how_many_are_in_a_hidden_group_cannot_be_told_within_the_minimum(sizes: list[int]) -> None:
    found = shown([(size, 0, 0) for size in sizes])
    if found is None or found.groups is None:
        return
    visible = {row.value for row in found.groups.rows}
    values = [chr(ord("a") + place) for place in range(len(sizes))]
    rest = [size for value, size in zip(values, sizes, strict=True) if value not in visible and size]
    # At worst the onlooker knows exactly how many are in each group that is shown, and in all.
    assert not rest or sum(rest) >= 10
    assert all(size >= 10 for value, size in zip(values, sizes, strict=True) if value in visible)
    if [size for size in rest if size < 10]:
        assert len(rest) > 1 and sum(rest) > 10


def participation(deployed: int, reached: int, answered: int) -> tuple[int | None, int | None]:
    decided = decide({"": Answers(answered)}, Seats(deployed, 0, reached), month=1, minimum=10)
    assert decided is not None
    return decided.shown.reached_percent, decided.shown.answered_percent


def test_the_few_who_kept_silent_are_not_counted() -> None:
    assert participation(100, 60, 40) == (60, 40)
    assert participation(100, 47, 40) == (None, 40)  # seven were asked and said nothing
    assert participation(100, 95, 40) == (None, 40)  # five were not asked
    assert participation(45, 0, 40) == (None, None)  # five of all said nothing
    assert participation(40, 40, 40) == (None, None)
    assert participation(1000, 0, 970) == (None, 100)


def activation(tables: Sequence[tuple[int, int]]) -> list[Decided]:
    """Releases one after the other, by activated and deployed."""
    made: list[Decided] = []
    for month, (activated, deployed) in enumerate(tables):
        earlier = Earlier(
            tuple(one.table for one in made if one.table is not None), made[-1].shown.activated if made else None
        )
        decided = decide(
            {"": Answers(5, 5, 5)}, Seats(deployed, activated, 0), month=month, minimum=10, earlier=earlier
        )
        assert decided is not None
        made.append(decided)
    return made


def test_activation_stands_until_it_moved_by_enough_people() -> None:
    made = activation([(44, 100), (45, 100), (60, 120), (60, 116)])
    seen = [(one.shown.activated.percent, one.shown.activated.month) for one in made if one.shown.activated]
    assert seen == [(40, 0), (40, 0), (40, 0), (50, 3)]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), min_size=1, max_size=4))
def test_tables_of_activation_are_wide_open_given_all_of_them(steps: list[tuple[int, int]]) -> None:
    standing, tables = [40, 45], [(40, 85)]
    for more, others in steps:
        standing = [standing[0] + more, standing[1] + others]
        tables.append((standing[0], sum(standing)))
    released = [one.table for one in activation(tables) if one.table is not None]
    for before, after in pairwise(released):
        for was, now in zip(before.counts[0], after.counts[0], strict=True):
            assert was == now or abs(now - was) >= 10
    for release in privacy.audit(released):
        assert all(cell is None for row in release for cell in row)


def test_activation_of_all_or_of_nearly_all_is_not_shown() -> None:
    assert [one.shown.activated for one in activation([(95, 100)])] == [None]
    assert [one.shown.activated for one in activation([(100, 100)])] == [None]
    assert [one.shown.activated for one in activation([(0, 100)])] == [None]


def test_groups_that_differ_by_few_people_are_not_apart() -> None:
    many, more = frozenset(range(40)), frozenset(range(41))
    assert not apart([more], [many], 10)
    assert not apart([many], [many], 10)
    assert apart([frozenset(range(50))], [many], 10)
    assert apart([frozenset(range(5, 45))], [many], 10)
    assert not apart([frozenset(range(50)), more], [many], 10)


@pytest.mark.parametrize("people", [[40], [20, 20, 3]])
def test_what_is_stored_is_what_was_shown(people: list[int]) -> None:
    found = shown([(size - 2 * (size // 3), size // 3, size // 3) for size in people])
    assert found is not None
    assert from_json(as_json(found)) == found


def test_rounding_goes_to_the_nearest_ten() -> None:
    assert [tens(people) for people in (3, 14, 15, 104)] == [10, 10, 20, 100]
    assert [percent(part, 100) for part in (4, 5, 14, 96)] == [0, 10, 10, 100]
