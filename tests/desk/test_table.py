"""The order and the pages of the partner table."""

import pytest

from feedback.desk import address, overview
from feedback.gap.values import Gap, PartnerRow, Score


def row(
    slug: str, licences: int | None, users: tuple[float, int] | None, buyers: tuple[float, int] | None
) -> PartnerRow:
    sides = [Score() if side is None else Score(side[0], -100, 100, side[1]) for side in (users, buyers)]
    gap = Gap(users[0] - buyers[0], -200, 200, None, provable=False) if users and buyers else None
    return PartnerRow(slug, slug.title(), licences, sides[0], sides[1], gap)


ROWS = [
    row("acme", 400, (-17, 6), (100, 3)),
    row("bolt", 1200, (-50, 4), (100, 2)),
    row("cargo", 90, (75, 5), (-100, 1)),
    row("delft", None, None, (0, 1)),
]


def slugs(query: str, rows: list[PartnerRow] = ROWS) -> list[str]:
    args = dict(pair.split("=") for pair in query.split("&") if pair)
    return [one.partner for one in overview.table(rows, address.read(args)).rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "bolt acme cargo delft"),
        ("sort=-gap", "cargo acme bolt delft"),
        ("sort=name", "acme bolt cargo delft"),
        ("sort=-name", "delft cargo bolt acme"),
        ("sort=licences", "bolt acme cargo delft"),
        ("sort=-licences", "cargo acme bolt delft"),
        ("sort=end_user", "bolt acme cargo delft"),
        ("sort=-end_user", "cargo acme bolt delft"),
        ("sort=end_users", "acme cargo bolt delft"),
        ("sort=buyer", "cargo delft acme bolt"),
        ("sort=buyers", "acme bolt cargo delft"),
        ("sort=-buyers", "cargo delft bolt acme"),
        ("sort=nonsense", "bolt acme cargo delft"),
        ("sort=-nonsense", "bolt acme cargo delft"),
    ],
)
def test_every_column_sorts_both_ways_with_what_is_missing_last(query: str, expected: str) -> None:
    assert slugs(query) == expected.split()


def test_a_partner_is_found_by_any_part_of_its_name_in_either_case() -> None:
    assert slugs("q=CM") == ["acme"]
    assert slugs("q=x") == []


@pytest.mark.parametrize(("page", "first", "shown"), [("1", 1, 50), ("3", 101, 20), ("9999", 101, 20), ("x", 1, 50)])
def test_a_page_holds_fifty_partners(page: str, first: int, shown: int) -> None:
    rows = [row(f"p{number:03}", number, None, None) for number in range(120)]
    table = overview.table(rows, address.read({"sort": "name", "page": page}))
    assert (table.first, len(table.rows), table.pages, table.found) == (first, shown, 3, 120)
    assert table.rows[0].partner == f"p{first - 1:03}"


def test_links_keep_what_was_chosen_and_leave_defaults_out() -> None:
    here = address.read({"from": "2026-05", "to": "2026-06", "q": "a&b", "sort": "-name", "page": "2"})
    assert here.to(page=3) == "/desk?from=2026-05&to=2026-06&q=a%26b&sort=-name&page=3"
    assert here.sorted_by("name") == "/desk?from=2026-05&to=2026-06&q=a%26b&sort=name#partners"
    assert here.sorted_by("gap") == "/desk?from=2026-05&to=2026-06&q=a%26b#partners"
    assert address.Address().to() == "/desk"
