"""What is remembered is at most five seconds old, and never older than what this process itself changed."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from feedback.core import cached
from feedback.core.cached import STALE_S, Cached, KeptFresh, NotRemembered
from feedback.core.clock import system_clock
from feedback.core.db import Database
from feedback.core.errors import Problem
from feedback.partners.commands import create_partner
from feedback.partners.models import Partner, Promotion
from feedback.partners.queries import partner_by_slug

DATABASES = ("sqlite",)


class Asked:
    """Looks partners up, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, session: Session, slug: str) -> str:
        self.times += 1
        return partner_by_slug(session, slug).name


@pytest.fixture
def asked(database: Database) -> Asked:
    with database.transaction() as session:
        create_partner(session, "acme", "Acme", now=system_clock())
    return Asked()


def test_it_is_looked_up_once(database: Database, asked: Asked) -> None:
    names = Cached(asked, Partner)
    assert [names.get(database, "acme") for _ in range(3)] == ["Acme"] * 3
    assert asked.times == 1


def test_it_is_never_older_than_five_seconds(database: Database, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    names, now = Cached(asked, Partner), [100.0]
    monkeypatch.setattr(cached, "monotonic", lambda: now[0])
    names.get(database, "acme")
    now[0] = 102.9
    names.get(database, "acme")
    assert asked.times == 1
    now[0] = 105.0
    names.get(database, "acme")
    assert asked.times == 2


def test_it_is_looked_up_ahead_by_one_and_the_others_do_not_wait(
    database: Database, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, others = [100.0], []

    def slow(session: Session, slug: str) -> str:
        if asked.times == 1:
            others.append(names.get(database, slug))  # as another thread would, while this one looks it up
        return asked(session, slug)

    names: Cached[str, str] = Cached(slow, Partner)
    monkeypatch.setattr(cached, "monotonic", lambda: now[0])
    names.get(database, "acme")
    now[0] = 104.0
    names.get(database, "acme")
    assert (asked.times, others) == (2, ["Acme"])
    now[0] = 106.9  # its five seconds began with the second look
    names.get(database, "acme")
    assert asked.times == 2


def test_many_who_ask_for_the_same_at_once_look_it_up_once(database: Database, asked: Asked) -> None:
    began = threading.Barrier(8)
    names = Cached(asked, Partner)

    def ask() -> str:
        began.wait()
        return names.get(database, "acme")

    with ThreadPoolExecutor(8) as pool:
        assert {one.result() for one in [pool.submit(ask) for _ in range(8)]} == {"Acme"}
    assert asked.times == 1


@pytest.mark.parametrize("how", ["as an object", "as a statement"])
def test_a_change_in_this_process_is_seen_at_once(database: Database, asked: Asked, how: str) -> None:
    names = Cached(asked, Partner)
    assert names.get(database, "acme") == "Acme"
    with database.transaction() as session:
        if how == "as an object":
            partner_by_slug(session, "acme").name = "Apex"
        else:
            session.execute(update(Partner).where(Partner.slug == "acme").values(name="Apex"))
    assert names.get(database, "acme") == "Apex"


def test_what_was_taken_back_is_not_forgotten_for(database: Database, asked: Asked) -> None:
    names = Cached(asked, Partner)
    names.get(database, "acme")
    with pytest.raises(RuntimeError), database.transaction() as session:
        session.execute(delete(Partner))
        raise RuntimeError
    assert names.get(database, "acme") == "Acme"
    assert asked.times == 1


def test_a_change_of_something_else_changes_nothing(database: Database, asked: Asked) -> None:
    names = Cached(asked, Promotion)
    names.get(database, "acme")
    with database.transaction() as session:
        partner_by_slug(session, "acme").name = "Apex"
    assert names.get(database, "acme") == "Acme"


def test_what_was_not_there_is_looked_up_again(database: Database, asked: Asked) -> None:
    names = Cached(asked, Partner)
    for _ in range(2):
        with pytest.raises(Problem):
            names.get(database, "nobody")
    assert asked.times == 2


def test_what_runs_out_together_is_looked_up_together_unless_nobody_asks_for_it(
    database: Database, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        for name in ("bravo", "contoso", "delta"):
            create_partner(session, name, name.title(), now=system_clock())
    together: list[set[str]] = []

    def many(session: Session, slugs: Sequence[str]) -> dict[str, str]:
        together.append(set(slugs))
        return {slug: f"{partner_by_slug(session, slug).name} again" for slug in slugs if slug != "bravo"}

    names, now = Cached(asked, Partner, many=many), [100.0]
    monkeypatch.setattr(cached, "monotonic", lambda: now[0])
    for slug in ("acme", "bravo", "contoso", "delta"):
        names.get(database, slug)
    assert (asked.times, together) == (4, [])
    now[0] = 129.0
    for slug in ("acme", "bravo", "contoso"):
        names.get(database, slug)
    together.clear()
    now[0] = 133.0
    assert names.get(database, "contoso") == "Contoso again"
    assert together == [{"acme", "bravo", "contoso"}]
    assert names.get(database, "acme") == "Acme again"
    before = asked.times
    assert names.get(database, "bravo") == "Bravo", "what was not among them is looked up on its own"
    assert (asked.times, len(together)) == (before + 1, 2)
    now[0] = 136.0
    assert names.get(database, "delta") == "Delta again", "as old as it may be, and asked for again"


@pytest.mark.parametrize("together", [False, True], ids=["each", "together"])
def test_what_was_asked_for_of_late_is_kept_fresh(
    database: Database, asked: Asked, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    def many(session: Session, slugs: Sequence[str]) -> dict[str, str]:
        return {slug: asked(session, slug) for slug in slugs}

    names, now = Cached(asked, Partner, many=many if together else None), [100.0]
    monkeypatch.setattr(cached, "monotonic", lambda: now[0])
    names.get(database, "acme")
    for later_s, times in ((2.9, 1), (3.0, 2), (5.9, 2), (6.0, 3), (30.0, 4)):
        now[0] = 100.0 + later_s
        names.refresh(database)
        assert asked.times == times, f"after {later_s} s"
    with cached.hurried:
        assert names.get(database, "acme") == "Acme"
    now[0] = 160.1
    names.refresh(database)
    assert asked.times == 4, "nobody asked for it for more than half a minute"
    with cached.hurried, pytest.raises(NotRemembered):
        names.get(database, "acme")


def test_what_is_gone_is_not_kept_fresh_and_keeps_nothing_else_from_it(
    database: Database, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        create_partner(session, "bravo", "Bravo", now=system_clock())
    names, now = Cached(asked, Partner), [100.0]
    monkeypatch.setattr(cached, "monotonic", lambda: now[0])
    for slug in ("acme", "bravo"):
        names.get(database, slug)
    with database.engine.begin() as another_process:
        another_process.execute(update(Partner.__table__).where(Partner.slug == "acme").values(slug="apex"))
    now[0] = 104.0
    names.refresh(database)
    now[0] = 105.5
    with cached.hurried:
        assert names.get(database, "bravo") == "Bravo"
    with pytest.raises(Problem):
        names.get(database, "acme")


def test_a_thread_keeps_it_fresh_until_it_is_told_to_end(
    database: Database, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached, "_AHEAD_S", STALE_S)
    monkeypatch.setattr(cached, "_EVERY_S", 0.01)
    names = Cached(asked, Partner)
    names.get(database, "acme")
    keeper = KeptFresh(database)
    keeper.start()
    end = time.monotonic() + 10
    while asked.times < 3 and time.monotonic() < end:
        time.sleep(0.005)
    keeper.end()
    times = asked.times
    assert times >= 3
    time.sleep(0.1)
    assert asked.times == times


def test_it_never_grows_beyond_its_room(database: Database, asked: Asked) -> None:
    with database.transaction() as session:
        for number in range(5):
            create_partner(session, f"p{number}", "P", now=system_clock())
    names = Cached(asked, Partner, most=3)
    for number in range(5):
        names.get(database, f"p{number}")
        assert len(names._known[id(database.engine)]) <= 3


def test_what_was_read_before_a_change_is_not_kept_after_it(database: Database, asked: Asked) -> None:
    names: Cached[str, str]

    def slow(session: Session, slug: str) -> str:
        found = asked(session, slug)
        if asked.times == 1:
            with database.transaction() as other:
                partner_by_slug(other, "acme").name = "Apex"
        return found

    names = Cached(slow, Partner)
    assert names.get(database, "acme") == "Acme"
    assert names.get(database, "acme") == "Apex"
