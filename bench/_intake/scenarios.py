"""What floor and service are asked in turn, and what must hold for what comes of it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench._intake import asking, freshness, load, profile, recount, sides
from bench._intake.crowd import GRANTS, PINGING, PINGS, Crowd
from bench._intake.floor import FLUSH_S
from bench._intake.people import World
from bench._intake.places import Place
from bench._intake.rounds import AT_LEAST, WARM_UP_S, Result, Rounds
from bench._intake.sides import Side

MOST_PER_S = {"responses": 12_000, "impressions": 10_000, "activity": 40_000, "mixture": 20_000}
"""Requests that are made for a second of load: a round ends early when they do not last."""
FRESHNESS = "freshness"
_SIDES = {"responses": ("route", "floor", "service"), "impressions": ("service", "floor")}
"""In this order, so that what is compared follows each other: a machine's mood lasts longer than a turn."""
_FLUSHED_S = 4 * FLUSH_S


@dataclass(frozen=True, slots=True)
class Plan:
    """Which scenarios, how long, how often, with how many connections, and threads of each process of the floor."""

    scenarios: Sequence[str]
    seconds: float
    rounds: int
    connections: int
    threads: int
    profiled: bool = False

    def people(self) -> tuple[int, int]:
        """How many must have been asked, and how many others there must be."""
        length_s, rounds = WARM_UP_S + self.seconds * (self.rounds + self.profiled), self.rounds + 2
        most = {name: MOST_PER_S[name] for name in self.scenarios if name in MOST_PER_S}
        each = {name: int(length_s * per_s) + rounds * AT_LEAST for name, per_s in most.items()}
        mixed = each.get("mixture", 0) // (PINGS + GRANTS + 1)
        fresh = freshness.people(self.seconds) if FRESHNESS in self.scenarios else 0  # on a copy of its own
        return max(fresh, each.get("responses", 0) + mixed), each.get("impressions", 0) + GRANTS * mixed + PINGING


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one scenario. `wrong`, in words: what was lost, refused, or written by one side only."""

    results: Mapping[str, Result]
    wrong: list[str]


@dataclass(frozen=True, slots=True)
class Bench:
    """The servers on one kind of database, and who stands before each of them."""

    plan: Plan
    world: World
    sides: Mapping[str, Side]
    crowds: Mapping[str, Crowd] = field(default_factory=dict)

    def run(self, scenarios: Sequence[str]) -> Mapping[str, Ran]:
        """Each scenario against all sides that take part in it: a round of one, then of the next, and so on.

        So that all of them are measured on a machine in the same mood and on databases that grow alike. How much each
        writes is looked up around its warm-up.
        """
        rounds = {name: self._rounds(name) for name in scenarios}
        unlike = {name: self._unlike(name, own) for name, own in rounds.items()}
        for _ in range(self.plan.rounds):
            for own in rounds.values():
                own.measure()
        if {"activity", "mixture"} & set(scenarios):
            time.sleep(_FLUSHED_S)
        found = {name: own.results for name, own in rounds.items()}
        return {
            name: Ran(results, [*self._lost(results), *self._refused(results), *unlike[name]])
            for name, results in found.items()
        }

    def _rounds(self, scenario: str) -> Rounds:
        names = _SIDES.get(scenario, ("floor", "service"))
        return Rounds(
            [(name, self.sides[name], getattr(self.crowds[name], scenario)) for name in names],
            connections=self.plan.connections,
            seconds=self.plan.seconds,
            most_per_s=MOST_PER_S[scenario],
        )

    def profiled(self, scenario: str, output: Path) -> None:
        """One more round against the service, with py-spy beside one of its processes."""
        side, seconds = self.sides["service"], self.plan.seconds
        requests = getattr(self.crowds["service"], scenario)(int(seconds * MOST_PER_S[scenario]))
        watching = profile.beside(side.workers()[0].pid, seconds, output)
        load.closed(side.port, requests.whole, connections=self.plan.connections, seconds=seconds + 1)
        watching.wait(30)

    def _written(self, name: str) -> Mapping[str, int]:
        return recount.written(self.sides[name].database, self.world.made_at)

    def _lost(self, results: Mapping[str, Result]) -> Iterator[str]:
        for name, result in results.items():
            lost = result.acked - recount.stored(self.sides[name].database, self.world.made_at)
            if lost:
                yield f"{name}: {len(lost)} of {len(result.acked)} acknowledged are not stored"

    def _refused(self, results: Mapping[str, Result]) -> Iterator[str]:
        for name, result in results.items():
            if set(result.statuses) - {201, 202}:
                yield f"{name}: {dict(result.statuses)}, such as {result.refused[:600].decode(errors='replace')!r}"

    def _unlike(self, scenario: str, rounds: Rounds) -> Sequence[str]:
        """Warm up, and say what the service writes other than the floor. Pings are flushed as often as it takes: what
        they write is not compared.
        """
        if scenario not in ("responses", "impressions"):
            rounds.warm_up()
            return []
        before = {name: self._written(name) for name in ("floor", "service")}
        rounds.warm_up()
        added = {
            name: recount.per_request(was, self._written(name), len(rounds.results[name].acked))
            for name, was in before.items()
        }
        return recount.unlike(added["floor"], added["service"])


@contextmanager
def opened(place: Place, plan: Plan) -> Iterator[Bench]:
    """The world and all servers that the plan needs."""
    asked, others = plan.people()
    world = place.fill(asked=asked, others=others)
    with ExitStack() as stack:
        servers = {}
        if set(plan.scenarios) & set(MOST_PER_S):
            servers["service"] = stack.enter_context(sides.service(*place.copy("service")))
            servers["floor"] = stack.enter_context(sides.floor(*place.copy("floor"), "bare", plan.threads))
        if "responses" in plan.scenarios:
            servers["route"] = stack.enter_context(sides.floor(*place.copy("route"), "flask_route", plan.threads))
        crowds = {
            name: Crowd(world, asking.Service(world) if name == "service" else asking.Floor()) for name in servers
        }
        yield Bench(plan, world, servers, crowds)
