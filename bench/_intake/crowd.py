"""Who sends what next to one server: people are taken one after the other, because nobody answers or is asked twice."""

from collections.abc import Sequence

from bench._intake import asking
from bench._intake.asking import Addresses, Requests
from bench._intake.people import World

PINGING = 2_000
"""People who ping again and again, some ten times in a round: the last ones of the world.

Between their rounds thousands of others are verified, so each process finds them new once a round. With 10,000 of them
nearly every ping is somebody's first, whose token must be verified: another load, and 0.3 to 0.4 of the floor.
"""
PINGS, GRANTS = 20, 5
"""In the mixture, for each answer."""


class Crowd:
    """The people of a world before one server."""

    def __init__(self, world: World, to: Addresses) -> None:
        self._world = world
        self._to = to
        self._asked = 0
        self._other = world.asked

    def responses(self, count: int) -> Requests:
        """The answers of the next so many who were asked."""
        return asking.responses(self._world, self._to, self._answering(count))

    def impressions(self, count: int) -> Requests:
        """The next so many others want to know whether they are asked."""
        return asking.impressions(self._world, self._to, self._others(count))

    def activity(self, count: int) -> Requests:
        """Pings of the same people again and again."""
        last = len(self._world.people) - 1
        return asking.activity(self._world, self._to, [last - number % PINGING for number in range(count)])

    def mixture(self, count: int) -> Requests:
        """About so many requests: pings and grants of the others, and answers."""
        answers = count // (PINGS + GRANTS + 1)
        return asking.mixture(self._world, self._to, self._answering(answers), self._others(GRANTS * answers))

    def watched(self) -> Requests:
        """Answers of all who are watched."""
        return asking.watched(self._world, self._to)

    def _answering(self, count: int) -> Sequence[int]:
        first, self._asked = self._asked, self._asked + count
        if self._asked > self._world.asked:
            raise RuntimeError("All who were asked have answered.")
        return range(first, self._asked)

    def _others(self, count: int) -> Sequence[int]:
        first, self._other = self._other, self._other + count
        if self._other > len(self._world.people) - PINGING:
            raise RuntimeError("There is nobody left who may be asked.")
        return range(first, self._other)
