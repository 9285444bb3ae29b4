"""Whatever breaks while people answer: every acknowledged answer is kept as it was acknowledged, and counted once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest

from feedback.core.clock import system_clock
from tests.runtime.answerers import Answerers, Said, as_sent
from tests.runtime.faults import FAULTS, Fault
from tests.runtime.place import Place
from tests.soak import SOAK, many

RUNS = many(1, 5)
ANSWERS = many(30, 120)
"""Before each fault, and after it."""


@pytest.fixture(scope="module")
def place(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One service for one fault after another."""
    here = Place(database_kind, tmp_path_factory.mktemp("place"))
    yield here
    here.close()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_nothing_that_was_acknowledged_is_lost_and_nothing_counted_twice(
    place: Place, database_kind: str, fault: Fault
) -> None:
    if database_kind not in fault.databases:
        pytest.skip("SQLite has no server: it is killed with the web")
    if fault.long and not SOAK:
        pytest.skip("in the soak only")
    runs = 1 if fault.once else RUNS
    with place.answerers(told=fault.told) as them:
        for _ in range(runs):
            assert them.wait_for(ANSWERS)
            fault.cause(place, them)
            assert them.wait_for(ANSWERS)
    outcome = place.recount(them, fault.name, runs)
    assert outcome.clean and outcome.acknowledged >= ANSWERS, outcome


def test_the_same_response_fifty_times_at_once_is_kept_and_counted_once(place: Place) -> None:
    them = place.answerers()
    for _ in range(many(2, 40)):
        said = Said(1, 9, "the same")
        assert Counter(at_once(them, [said] * 50)) == {"201": 1, "200": 49}
    outcome = place.recount(them, "the same response 50 times at once", len(them.ledger.acknowledged))
    assert outcome.clean, outcome


def test_of_revisions_in_any_order_the_highest_stands(place: Place) -> None:
    them = place.answerers()
    for _ in range(many(2, 40)):
        told = at_once(them, [Said(number, number, f"thought {number}") for number in (3, 1, 6, 2, 5, 4)])
        assert sorted(told)[-1] == "201" and set(told) <= {"200", "201"}
    outcome = place.recount(them, "six revisions at once, in any order", len(them.ledger.acknowledged))
    assert outcome.clean, outcome


def at_once(them: Answerers, revisions: list[Said]) -> list[str]:
    """One person's answer in so many revisions, each from a connection of its own, all in one moment."""
    person, response = str(uuid4()), uuid4()
    about = {"survey": "end-user-nps", "version": 1}
    token = them.world.token(person)
    first = them.line()
    status, granted = first.send(token, "POST", "impressions", about)
    first.close()
    assert status == "201", granted
    about |= {"impression": granted["impression"], "answered_at": system_clock().isoformat()}
    together = Barrier(len(revisions))

    def send(said: Said) -> str:
        line = them.line()
        together.wait(30)
        status, _ = line.send(token, "PUT", f"responses/{response}", {**about, **as_sent(said)})
        line.close()
        return status

    with ThreadPoolExecutor(len(revisions)) as pool:
        told = list(pool.map(send, revisions))
    them.ledger.acknowledged[response] = max(revisions, key=lambda said: said.revision)
    return told
