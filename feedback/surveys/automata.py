"""Patterns as tables that a page walks along a text, one look-up for each character, whatever the pattern.

Thompson's construction of a machine that may be in several states, then the subset construction of one that is in
exactly one, then Moore's merging of states that behave alike. Aho, Lam, Sethi, Ullman: Compilers (2006), 3.7 and 3.9.
"""

from dataclasses import dataclass
from functools import lru_cache

from feedback.surveys.patterns import ANY, BEGIN, END, OTHER, Chars, Either, Node, Repeat, Row, Unreadable, tree

MOST_STATES = 200
_MOST_PARTS = 4_000
_MOST_BEFORE_MERGING = 1_000
_MOST_STEPS = 400_000
_TOO_LARGE = f"It needs more than {MOST_STATES} states; write a shorter text, or * instead of counted repetitions."


@dataclass(frozen=True, slots=True)
class Table:
    """State 0 is where a text begins. A move is a character's, else that under `""`; without either no text fits."""

    accept: tuple[int, ...]
    moves: tuple[dict[str, int], ...]


@lru_cache(maxsize=1024)
def table(kind: str, text: str) -> Table:
    """The table of a text as `exact`, `prefix`, `contains`, `glob` or `regex`. Raises Unreadable."""
    machine = _Machine()
    classes, moves, accepts = _determined(machine, machine.search(tree(kind, text)))
    block = _merged(moves, accepts)
    return _numbered(classes, moves, accepts, block)


class _Machine:
    """States that read one symbol of a set and go on, or go on to several without reading. State 0 is the end."""

    def __init__(self) -> None:
        self.reads: list[tuple[int, int]] = [(ANY, 0)]
        self.jumps: list[list[int]] = [[]]
        self._parts = 0

    def search(self, node: Node) -> int:
        """The state from which `node` is looked for anywhere in a text."""
        loop = self._state((0, 0), [])
        self.jumps[loop] = [self._state((ANY, loop), []), self._part(node, 0)]
        return loop

    def _state(self, read: tuple[int, int], jumps: list[int]) -> int:
        self.reads.append(read)
        self.jumps.append(jumps)
        return len(self.reads) - 1

    def _part(self, node: Node, after: int) -> int:
        """The state that reads `node` and goes on to `after`."""
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise Unreadable(_TOO_LARGE)
        match node:
            case Chars(mask):
                return self._state((mask, after), [])
            case Row(parts):
                for part in reversed(parts):
                    after = self._part(part, after)
                return after
            case Either(parts):
                return self._state((0, 0), [self._part(part, after) for part in parts])
            case Repeat(part, least, most):
                if most is None:
                    loop = self._state((0, 0), [after])
                    self.jumps[loop].append(self._part(part, loop))
                    after = loop
                for _ in range((most or least) - least):
                    after = self._state((0, 0), [after, self._part(part, after)])
                for _ in range(least):
                    after = self._part(part, after)
                return after

    def closed(self, states: set[int], symbol: int | None = None) -> frozenset[int]:
        """All states reached without reading, or reading `symbol` any number of times."""
        found, new = set(states), list(states)
        while new:
            state = new.pop()
            mask, target = self.reads[state]
            ahead = self.jumps[state] + ([target] if symbol is not None and mask >> symbol & 1 else [])
            new += [one for one in ahead if one not in found]
            found.update(ahead)
        # Found is found: what else could still be found does not matter.
        return frozenset([0]) if 0 in found else frozenset(found)

    def classes(self) -> list[list[int]]:
        """Symbols of texts that no state tells apart."""
        masks = sorted({mask for mask, _ in self.reads})
        alike: dict[tuple[int, ...], list[int]] = {}
        for symbol in range(OTHER + 1):
            alike.setdefault(tuple(mask >> symbol & 1 for mask in masks), []).append(symbol)
        return list(alike.values())


def _determined(machine: _Machine, start: int) -> tuple[list[list[int]], list[list[int]], list[bool]]:
    """Classes of symbols, each state's move by class, and whether a text may end there. State 0 is the start."""
    classes = machine.classes()
    # The ends of a text are there to be read as often as a pattern names them.
    first = machine.closed({start}, BEGIN)
    states, moves = {first: 0}, list[list[int]]()
    order, steps = [first], 0
    for state in order:
        row = []
        for symbols in classes:
            steps += len(state) + 1
            reached = {target for mask, target in map(machine.reads.__getitem__, state) if mask >> symbols[0] & 1}
            after = machine.closed(reached)
            if after not in states:
                states[after] = len(order)
                order.append(after)
            row.append(states[after])
        moves.append(row)
        if len(order) > _MOST_BEFORE_MERGING or steps > _MOST_STEPS:
            raise Unreadable(_TOO_LARGE)
    return classes, moves, [0 in machine.closed(set(state), END) for state in order]


def _merged(moves: list[list[int]], accepts: list[bool]) -> list[int]:
    """For each state the number of its block: states of one block accept the same texts."""
    block, count = [int(accept) for accept in accepts], 0
    while len(set(block)) > count:
        count = len(set(block))
        # One more for the state that leads nowhere, which need not be in the table.
        if count > MOST_STATES + 1:
            raise Unreadable(_TOO_LARGE)
        numbers: dict[tuple[int, ...], int] = {}
        for state, row in enumerate(moves):
            behaviour = (block[state], *(block[target] for target in row))
            numbers.setdefault(behaviour, len(numbers))
        block = [numbers[block[state], *(block[target] for target in row)] for state, row in enumerate(moves)]
    return block


def _numbered(classes: list[list[int]], moves: list[list[int]], accepts: list[bool], block: list[int]) -> Table:
    """The blocks as a table, in the order in which they are reached; the dead one only where a move needs it."""
    rows = {number: [block[target] for target in moves[state]] for state, number in enumerate(block)}
    accepted = {number for state, number in enumerate(block) if accepts[state]}
    dead = next((one for one, row in rows.items() if one not in accepted and set(row) == {one}), None)
    if block[0] == dead:
        raise Unreadable("It fits no address at all; look at its ^ and $.")
    other = next(index for index, symbols in enumerate(classes) if OTHER in symbols)
    numbers, order = {block[0]: 0}, [block[0]]
    made = []
    for one in order:
        row = rows[one]
        keyed = {
            chr(symbol): row[index] for index, symbols in enumerate(classes) for symbol in symbols if index != other
        }
        step = {character: to for character, to in sorted(keyed.items()) if to != row[other]}
        step |= {} if row[other] == dead else {"": row[other]}
        for to in step.values():
            if to not in numbers:
                numbers[to] = len(order)
                order.append(to)
        made.append({character: numbers[to] for character, to in step.items()})
    if len(made) > MOST_STATES:
        raise Unreadable(_TOO_LARGE)
    return Table(tuple(numbers[one] for one in order if one in accepted), tuple(made))
