"""How often 95 % intervals hold the truth: one score, the gap, and the gap of a portfolio.

The single score and the gap are enumerated: every tally that can happen, weighted by its probability. Nothing is
left to chance. The portfolio is simulated, with a fixed seed.
"""

from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.special import gammaln, ndtri, xlogy

from feedback.stats import gap, nps, rollup

Floats = NDArray[np.float64]
Shares = tuple[float, float, float]

# Shares of detractors, passives and promoters.
END_USERS: dict[str, Shares] = {
    "delighted": (0.05, 0.15, 0.80),
    "happy": (0.10, 0.30, 0.60),
    "typical": (0.20, 0.35, 0.45),
    "lukewarm": (0.15, 0.70, 0.15),
    "divided": (0.45, 0.10, 0.45),
    "cool": (0.40, 0.40, 0.20),
    "frustrated": (0.60, 0.30, 0.10),
    "hostile": (0.85, 0.10, 0.05),
}
BUYERS: dict[str, Shares] = {
    "champions": (0.05, 0.15, 0.80),
    "content": (0.10, 0.40, 0.50),
    "typical": (0.15, 0.40, 0.45),
    "cautious": (0.15, 0.70, 0.15),
    "divided": (0.40, 0.20, 0.40),
    "doubtful": (0.40, 0.45, 0.15),
    "unhappy": (0.65, 0.25, 0.10),
    "leaving": (0.80, 0.15, 0.05),
}
N_USER, N_BUYER, PARTNERS = (10, 50, 500), (1, 2, 3, 5, 20), (5, 10, 50)
ONE_BUYER_FLOOR, FLOOR, PORTFOLIO_FLOOR = 0.87, 0.92, 0.90
PORTFOLIOS, ALIKE, PARTICIPATION, MOST_BUYERS = 1_000, 10.0, 0.3, 3
_NEVER = 1e-10


def main() -> int:
    """Print the tables; 1 when any cell is under its floor."""
    console = Console()
    low = sum(report(console) for report in (_single, _gap, _portfolio))
    console.print(
        f"[bold red]{low} cells under their floor[/bold red]" if low else "[green]No cell under its floor[/green]"
    )
    return int(low > 0)


def single_coverage(shares: Shares, people: int) -> float:
    """The probability that the score interval of so many people holds the score of `shares`."""
    probabilities, limits = _outcomes(shares, people)
    truth = 100 * (shares[2] - shares[0])
    return float(probabilities[_holds(limits[1], limits[2], truth)].sum())


def gap_coverage(end_user: Shares, n_user: int, buyer: Shares, n_buyer: int) -> float:
    """The probability that the (predictive) interval of the gap holds the gap of the two populations."""
    users_chance, users = _outcomes(end_user, n_user)
    buyers_chance, buyers = _outcomes(buyer, n_buyer)
    truth = 100 * (end_user[2] - end_user[0] - buyer[2] + buyer[0])
    low, high = gap.mover((users[0][:, None], users[1][:, None], users[2][:, None]), (buyers[0], buyers[1], buyers[2]))
    return float(users_chance @ _holds(np.asarray(low), np.asarray(high), truth) @ buyers_chance)


def portfolio_coverage(end_user: Shares, buyer: Shares, seats: Floats, portfolios: int) -> tuple[float, float]:
    """How often the rolled-up interval holds the gap of partners like these, and that of these very partners.

    Each partner's own shares are drawn around the population's (Dirichlet, concentration `ALIKE`), then its people:
    about `PARTICIPATION` of its seats, and one to `MOST_BUYERS` buyers.
    """
    random = np.random.default_rng(8)
    like_these, these = 0, 0
    weights = seats / seats.sum()
    expected = 100 * (end_user[2] - end_user[0] - buyer[2] + buyer[0])
    for _ in range(portfolios):
        users_shares = random.dirichlet(ALIKE * np.array(end_user), len(seats))
        buyers_shares = random.dirichlet(ALIKE * np.array(buyer), len(seats))
        users = random.multinomial(1 + random.binomial(seats.astype(int), PARTICIPATION), users_shares)
        buyers = random.multinomial(random.integers(1, MOST_BUYERS, len(seats), endpoint=True), buyers_shares)
        found = rollup.gap(
            [nps.Tally(*row) for row in users.tolist()], [nps.Tally(*row) for row in buyers.tolist()], seats.tolist()
        )
        if found is None or found.low is None or found.high is None:
            raise AssertionError("every portfolio here has several partners with both sides")
        gaps = users_shares[:, 2] - users_shares[:, 0] - buyers_shares[:, 2] + buyers_shares[:, 0]
        like_these += found.low <= expected <= found.high
        these += found.low <= 100 * float(weights @ gaps) <= found.high
    return like_these / portfolios, these / portfolios


def unequal_seats(partners: int) -> Floats:
    """Licences of so many partners, from a dozenfold range (5 partners) to a hundredfold one (50): lognormal."""
    ranks = (np.arange(partners) + 0.5) / partners
    return np.asarray(np.round(60 * np.exp(ndtri(ranks))), dtype=float)


def _single(console: Console) -> int:
    table = Table("side", "people", "lowest", "where", "mean", title="One score: the score interval")
    low = 0
    for side, populations, sizes in (("end users", END_USERS, N_USER), ("buyers", BUYERS, N_BUYER)):
        for people in sizes:
            cells = {name: single_coverage(shares, people) for name, shares in populations.items()}
            low += _add_row(table, (side, str(people)), cells, FLOOR if people > 1 else ONE_BUYER_FLOOR)
    console.print(table)
    _anywhere(console)
    return low


def _anywhere(console: Console) -> None:
    """Where so few people cover least, among all populations in steps of 5 %: shown, and no floor is promised.

    One person can only give three intervals, and none but a promoter's holds a score above 79.
    """
    table = Table("people", "lowest", "where", "mean", title="One score: any population in steps of 5 %")
    steps = [(d / 20, (20 - d - p) / 20, p / 20) for d in range(21) for p in range(21 - d)]
    for people in N_BUYER:
        cells = {shares: single_coverage(shares, people) for shares in steps}
        worst = min(cells, key=lambda shares: cells[shares])
        where = ", ".join(f"{share:.2f}" for share in worst)
        table.add_row(str(people), f"{cells[worst]:.3f}", where, f"{np.mean(list(cells.values())):.3f}")
    console.print(table)


def _gap(console: Console) -> int:
    table = Table("end users", "buyers", "lowest", "where", "mean", title="The gap: MOVER, 64 pairs of populations")
    low = 0
    for n_user, n_buyer in product(N_USER, N_BUYER):
        cells = {
            f"{users} / {buyers}": gap_coverage(END_USERS[users], n_user, BUYERS[buyers], n_buyer)
            for users, buyers in product(END_USERS, BUYERS)
        }
        low += _add_row(table, (str(n_user), str(n_buyer)), cells, FLOOR if n_buyer > 1 else ONE_BUYER_FLOOR)
    console.print(table)
    return low


def _portfolio(console: Console) -> int:
    table = Table("partners", "of", "lowest", "where", "mean", title="The gap of a portfolio: partners as clusters")
    low = 0
    for partners in PARTNERS:
        pairs = [*zip(END_USERS, BUYERS, strict=True), *zip(END_USERS, reversed(BUYERS), strict=True)]
        both = {
            f"{users} / {buyers}": portfolio_coverage(
                END_USERS[users], BUYERS[buyers], unequal_seats(partners), PORTFOLIOS
            )
            for users, buyers in pairs
        }
        for place, estimand in enumerate(("partners like these", "these partners")):
            cells = {name: covered[place] for name, covered in both.items()}
            low += _add_row(table, (str(partners), estimand), cells, PORTFOLIO_FLOOR)
    console.print(table)
    return low


def _add_row(table: Table, head: tuple[str, str], cells: dict[str, float], floor: float) -> int:
    """Add the lowest of the cells and their mean; return how many are under the floor."""
    lowest = min(cells, key=lambda name: cells[name])
    under = sum(covered < floor for covered in cells.values())
    style = "bold red" if under else ""
    table.add_row(*head, f"{cells[lowest]:.3f}", lowest, f"{np.mean(list(cells.values())):.3f}", style=style)
    return under


@cache
def _outcomes(shares: Shares, people: int) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Every tally that happens at all: its probability; its score and the ends of its interval in points."""
    detractors, promoters = (side.ravel() for side in np.mgrid[0 : people + 1, 0 : people + 1])
    possible = detractors + promoters <= people
    counts = np.stack([detractors, people - detractors - promoters, promoters], axis=1)[possible]
    logarithms = gammaln(people + 1) - gammaln(counts + 1).sum(axis=1) + xlogy(counts, np.array(shares)).sum(axis=1)
    happens = np.exp(logarithms) > _NEVER / len(counts)
    limits = np.array([_limits(*row) for row in counts[happens].tolist()])
    return np.exp(logarithms[happens]), (limits[:, 0], limits[:, 1], limits[:, 2])


@cache
def _limits(detractors: int, passives: int, promoters: int) -> tuple[float, float, float]:
    tally = nps.Tally(detractors, passives, promoters)
    points, interval = nps.score(tally), nps.interval(tally)
    if points is None or interval is None:
        raise AssertionError("a tally of at least one person has a score")
    return points, interval.low, interval.high


def _holds(low: Floats, high: Floats, truth: float) -> NDArray[np.bool_]:
    """Which intervals hold the truth; a float's breadth beyond an end is held too."""
    return (low <= truth + 1e-9) & (truth - 1e-9 <= high)
