"""The gap with and without what staff set aside is that of a recount from raw rows, in random histories."""

import csv
import json
from collections.abc import Iterable
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from feedback.cli.gap_table import as_table
from feedback.core.errors import Problem
from feedback.core.months import month_of
from feedback.gap.formats import as_csv, as_html, as_json, as_xlsx
from feedback.gap.values import Gap, GapReport
from feedback.partners import keys
from feedback.responses.aside import Chosen, set_aside, take_back
from feedback.responses.models import WHOSE, Response
from feedback.tallies.verify import verify
from tests.desk.conftest import Visitor
from tests.desk.reading import text
from tests.emptying import take_all_out
from tests.gap.world import World
from tests.soak import many

DATABASES = ("sqlite",)
LICENCES = {"acme": 50, "bolt": 20}
_FIRST = date(2026, 8, 20)
_RANK = {"vendor": 0, "partner": 1}

days = st.integers(0, 85).map(lambda number: _FIRST + timedelta(days=number))
slugs = st.sampled_from([*LICENCES])
answers = st.tuples(
    slugs,
    st.sampled_from(["end_user", "end_user", "end_user", "buyer"]),
    st.integers(0, 4).map("p{}".format),
    days,
    st.integers(0, 10),
    st.sampled_from(["vendor", "partner", "none"]),
)
asides = st.tuples(slugs, days, st.integers(0, 60), st.sampled_from(WHOSE), st.booleans())
histories = st.tuples(
    st.lists(answers, min_size=8, max_size=40, unique_by=lambda one: one[:4]), st.lists(asides, min_size=1, max_size=3)
)
relaxed = hypothesis_settings(
    max_examples=many(8, 300),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def build(world: World, said: Iterable[tuple[Any, ...]], chosen: Iterable[tuple[Any, ...]]) -> None:
    """Partners with both sides, answers, and what of them is set aside; some of it is taken back."""
    with world.services.database.transaction() as session:
        take_all_out(session)
    world.ids.clear()
    world.counts_at_once = False
    for slug, licences in LICENCES.items():
        world.partner(slug, licences)
        world.seats(slug, ["p0", "p1"])
        world.answers(slug, "buyer", {"cfo": 8}, on="2026-10-05")
    for slug, audience, person, day, score, trust in said:
        world.answers(slug, audience, {person: score}, on=day.isoformat(), trust=trust)
    world.catch_up()
    for slug, first, length, whose, back in chosen:
        days_of = first, first + timedelta(days=length)
        with world.services.database.transaction() as session:
            now = world.services.clock()
            try:
                one = set_aside(
                    session, Chosen(world.ids[slug], "end_user", "nps", *days_of, whose), "x", actor="a", now=now
                )
            except Problem:
                continue
            if back:
                take_back(session, world.ids[slug], one.id, "y", actor="a", now=now)
        world.catch_up()


def latest(world: World, slug: str, audience: str, first: int, last: int, *, with_aside: bool) -> dict[Any, Response]:
    """Everybody's latest voice of the months, by the definition of a voice: what counts speaks before what does not."""
    with world.services.database.reading() as session:
        rows = session.scalars(select(Response).where(Response.partner_id == world.ids[slug])).all()
    voices: dict[tuple[Any, int], tuple[Any, Response]] = {}
    for one in rows:
        month, aside = month_of(one.answered_at.date()), one.set_aside_id is not None
        inside = one.audience == audience and one.trust in _RANK and first <= month <= last
        if not inside or (aside and not with_aside):
            continue
        rank = (not aside, -_RANK[one.trust], one.answered_at, one.received_at, one.id)
        key = one.respondent_id, month
        if key not in voices or rank > voices[key][0]:
            voices[key] = rank, one
    return {person: one for (person, _), (_, one) in sorted(voices.items(), key=lambda item: item[0][1])}


def nps(scores: list[int]) -> float:
    return 100 * sum((score >= 9) - (score <= 6) for score in scores) / len(scores)


def recounted(world: World, *, with_aside: bool) -> tuple[float, float, list[int]] | None:
    """End users' and buyers' scores weighted by licences of partners with both sides, and the end users' histogram."""
    sides, histogram = [], [0] * 11
    for slug, licences in LICENCES.items():
        scores = [
            [one.score for one in latest(world, slug, audience, *_WINDOW, with_aside=with_aside).values()]
            for audience in ("end_user", "buyer")
        ]
        if all(scores):
            sides.append((licences, *map(nps, scores)))
            for score in scores[0]:
                histogram[score] += 1
    total = sum(one[0] for one in sides)
    if not total:
        return None
    end_user, buyer = (sum(one[0] * one[side] for one in sides) / total for side in (1, 2))
    return end_user, buyer, histogram


_WINDOW = month_of(date(2026, 9, 1)), month_of(date(2026, 11, 1))


def same(found: tuple[float, float, list[int]] | None, end_user: Any, buyer: Any, gap: Gap | None) -> None:
    if found is None:
        assert gap is None
        return
    assert gap is not None
    assert (end_user.score, buyer.score) == pytest.approx(found[:2])
    assert gap.points == pytest.approx(found[0] - found[1])
    assert list(end_user.histogram) == found[2]


def told(world: World, report: GapReport) -> None:
    """The report says of both what a recount does; where nothing was set aside it says nothing of it."""
    headline, instead = report.headline, report.quality.with_set_aside
    same(recounted(world, with_aside=False), headline.end_user, headline.buyer, headline.gap)
    if instead is None:
        assert recounted(world, with_aside=True) == recounted(world, with_aside=False)
    else:
        same(recounted(world, with_aside=True), instead.end_user, instead.buyer, instead.gap)


@pytest.mark.requirement("TRUST nobody-invented-2: the gap with and without is that of a recount from raw rows")
@given(history=histories)
@relaxed
def test_the_gap_with_and_without_what_was_set_aside_is_a_recounts(
    world: World, history: tuple[list[Any], list[Any]]
) -> None:
    build(world, *history)
    told(world, world.values(start="2026-09", end="2026-11"))
    shares = world.values(start="2026-09", end="2026-11").quality.trust.end_user
    counted = [latest(world, slug, "end_user", *_WINDOW, with_aside=False) for slug in LICENCES]
    everybody = [latest(world, slug, "end_user", *_WINDOW, with_aside=True) for slug in LICENCES]
    assert shares.vendor + shares.partner == sum(map(len, counted))
    assert shares.aside == sum(one.set_aside_id is not None for voices in everybody for one in voices.values())
    with world.services.database.transaction() as session:
        assert verify(session, now=world.services.clock()).clean


def _words(points: float) -> str:
    return f"{abs(round(points))} points {'below' if points < 0 else 'above'}"


@pytest.mark.requirement("TRUST nobody-invented-2: API, command, files and pages say the same of what was set aside")
def test_every_form_says_the_recounts_numbers(world: World, visitor: Visitor) -> None:
    scores = (7, 8, 9, 3, 10, 6, 9, 8, 2, 10)
    said = [("acme", "end_user", f"q{place}", date(2026, 10, 1 + place), score, "vendor")
            for place, score in enumerate(scores)]  # fmt: skip
    said += [("bolt", "end_user", f"q{place}", date(2026, 10, 1), 6 + place, "vendor") for place in range(4)]
    said += [("acme", "end_user", f"ghost{place}", date(2026, 11, 3), 10, "partner") for place in range(15)]
    said += [
        ("acme", "end_user", "q3", date(2026, 11, 3), 10, "partner"),
        ("acme", "end_user", "ghost0", date(2026, 10, 25), 10, "partner"),
        ("acme", "end_user", "", date(2026, 11, 3), 0, "none"),
    ]
    build(world, said, [("acme", date(2026, 10, 25), 9, "all", False)])
    without, instead = (recounted(world, with_aside=one) for one in (False, True))
    assert without is not None and instead is not None and instead[0] - without[0] > 20
    gap, gap_with = without[0] - without[1], instead[0] - instead[1]
    own = [
        nps([one.score for one in latest(world, "acme", "end_user", *_WINDOW, with_aside=one).values()])
        for one in (False, True)
    ]

    report = world.values()
    told(world, report)
    (acme, bolt) = report.partners
    # One of the sixteen counts with what they said before; the answer that nobody vouches for is not set aside.
    assert (acme.trust.vendor, acme.trust.partner, acme.trust.none, acme.trust.aside) == (10, 0, 1, 16)
    assert acme.gap is not None and acme.gap.points == pytest.approx(own[0])
    assert acme.with_set_aside == pytest.approx(own[1]) and bolt.with_set_aside is None
    with world.services.database.transaction() as session:
        _, text_of_key = keys.create_secret_key(session, "reads", ["read"], live=True, now=world.services.clock())
    api = visitor.client.get("/v1/gap", headers={"Authorization": f"Bearer {text_of_key}"}).json
    command = json.loads(as_json(report, indented=True))
    for form in (api, command):
        assert form["headline"]["gap"]["points"] == pytest.approx(gap)
        assert form["quality"]["with_set_aside"]["gap"]["points"] == pytest.approx(gap_with)
        assert form["quality"]["trust"]["end_user"]["aside"] == 16
        assert form["partners"][0]["with_set_aside"] == pytest.approx(own[1])
    lines = list(csv.DictReader(StringIO(as_csv(report))))
    assert [float(lines[row]["gap_with_set_aside"]) for row in (0, 1)] == pytest.approx([gap_with, own[1]])
    assert lines[2]["gap_with_set_aside"] == "" and lines[1]["end_users_set_aside"] == "16"
    book = openpyxl.load_workbook(BytesIO(as_xlsx(report)))
    facts = {row[:2]: row[2] for row in book["Quality"].iter_rows(min_row=2, values_only=True)}
    assert facts["With what was set aside", "gap"] == pytest.approx(gap_with)
    assert facts["With what was set aside", "end users"] == pytest.approx(instead[0])
    assert facts["Trust", "end users: set aside"] == 16
    counting = "Counting what was set aside as well"
    table = " ".join(as_table(report, to_file=True).split())
    assert f"{counting}: {_words(gap_with)}" in table and "16 set aside" in table
    page = text(as_html(report))
    assert counting in page and f"{_words(gap_with)}" in page.partition(counting)[2][:300]
    visitor.come_in("analyst")
    desk = text(visitor.get("/desk/quality").text)
    assert f"The gap as it is counted {_words(gap)}" in desk and f"{counting} {_words(gap_with)}" in desk
    assert f"{counting}: {_words(gap_with)}" in text(visitor.get("/desk").text)
