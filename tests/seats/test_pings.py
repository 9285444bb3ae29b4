"""What browsers say of who was active is gathered and written together."""

import threading
import time
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from feedback.app import create_asgi
from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.http.asgi import Message
from feedback.partners.models import Partner
from feedback.seats import pings
from feedback.seats.commands import seat_id
from feedback.seats.models import ActivityMonth
from feedback.seats.pings import Pings
from tests.asgi import run
from tests.embed import World, make_world

DATABASES = ("sqlite",)
DAY = date(2026, 11, 15)


@pytest.fixture
def world(services: Services) -> World:
    return make_world(services)


def gathering(services: Services, delay_s: float) -> Pings:
    return Pings(replace(services, settings=replace(services.settings, ping_delay_s=delay_s)))


def written(services: Services) -> int:
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(ActivityMonth)) or 0


def until(what: object) -> None:
    end = time.monotonic() + 10
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.005)


def test_they_are_written_together_a_moment_later(world: World, services: Services) -> None:
    together = gathering(services, 0.1)
    seats = [seat_id(services.secrets.pepper, world.partner.id, f"s{number}") for number in range(20)]
    for seat in (*seats, *seats):
        together.add(world.partner, seat, DAY)
    assert written(services) == 0
    until(lambda: written(services))
    assert written(services) == 20
    with services.database.reading() as session:
        assert session.get_one(Partner, world.partner.id).embed_seen_on == DAY


def test_without_a_delay_they_are_on_disk_when_they_are_acknowledged(world: World, services: Services) -> None:
    gathering(services, 0).add(world.partner, world.partner.id, DAY)
    assert written(services) == 1


def test_what_cannot_be_written_now_is_written_later(
    world: World, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pings, "_AFTER_FAILURE_S", 0.05)
    together = gathering(services, 0.01)
    broken = threading.Event()
    whole = together._write

    def fail_first(*given: object) -> None:
        if not broken.is_set():
            broken.set()
            raise OperationalError("INSERT", None, Exception("disk full"))
        whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(together, "_write", fail_first)
    together.add(world.partner, world.partner.id, DAY)
    assert broken.wait(5)
    until(lambda: written(services) == 1)


def test_when_too_much_waits_the_next_is_sent_away(
    world: World, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pings, "_MOST", 2)
    together = gathering(services, 60)
    for number in range(2):
        together.add(world.partner, seat_id(b"p" * 32, world.partner.id, str(number)), DAY)
    with pytest.raises(Problem) as refused:
        together.add(world.partner, world.partner.id, DAY)
    assert refused.value.code is Code.BUSY
    together.flush()
    together.add(world.partner, world.partner.id, DAY)
    together.flush()
    assert written(services) == 3


def test_a_day_that_is_written_is_not_written_again_for_a_minute(
    world: World, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = gathering(services, 60)
    rounds: list[int] = []
    whole = together._write
    monkeypatch.setattr(together, "_write", lambda days, partners: (rounds.append(len(days)), whole(days, partners)))
    one, other = (seat_id(b"p" * 32, world.partner.id, name) for name in ("one", "other"))
    for seats in ([one], [one, other], [one, other]):
        for seat in seats:
            together.add(world.partner, seat, DAY)
        together.flush()
    together.add(world.partner, one, date(2026, 11, 16))
    together.flush()
    assert rounds == [1, 1, 0, 1]
    monkeypatch.setattr(pings, "monotonic", lambda: time.monotonic() + 61)
    together.flush()
    together.add(world.partner, one, DAY)
    together.flush()
    assert rounds[-1] == 1


def test_when_the_server_stops_what_it_gathered_is_written_first(world: World, services: Services) -> None:
    slow = replace(services, settings=replace(services.settings, ping_delay_s=600))
    app = create_asgi(slow.settings, slow)
    told: list[Message] = []

    async def live() -> None:
        steps = iter(["startup", "shutdown"])

        async def receive() -> Message:
            if told:
                pings.pings(slow).add(world.partner, world.partner.id, DAY)
            return {"type": f"lifespan.{next(steps)}"}

        async def send(message: Message) -> None:
            told.append(message)

        await app({"type": "lifespan"}, receive, send)

    run(live())
    assert written(services) == 1
    assert [one["type"] for one in told] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_when_what_was_gathered_cannot_be_written_at_the_end_the_log_says_so(
    world: World, services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slow = replace(services, settings=replace(services.settings, ping_delay_s=600))
    own = pings.pings(slow)
    own.add(world.partner, world.partner.id, DAY)

    def full(*_: object) -> None:
        raise OperationalError("INSERT", None, Exception("disk full"))

    monkeypatch.setattr(own, "_write", full)
    pings.end_pings(slow)
    assert "the last activity that was gathered could not be written" in caplog.text
