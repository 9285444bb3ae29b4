"""Releases of the vendor's product: days on every timeline."""

import re

import pytest

from tests.desk.conftest import Visitor
from tests.desk.reading import text
from tests.desk.speaking import audited

PAGE = "/desk/settings/product-releases"
NAUGHTY = "<b>4.2</b> العربية"


@pytest.fixture
def reader(visitor: Visitor) -> Visitor:
    """An analyst who is signed in."""
    visitor.come_in(role="analyst")
    visitor.get(PAGE)
    return visitor


def test_a_release_is_put_down_and_taken_away(reader: Visitor) -> None:
    assert "No release is on record" in reader.get(PAGE).text
    assert reader.post(PAGE, name="Offline mode", day="2026-10-02").status_code == 303
    assert reader.post(PAGE, name=NAUGHTY, day="2026-12-24").status_code == 303
    page = reader.get(PAGE).text
    assert "<b>4.2" not in page
    assert re.search(r"العربية 24 Dec 2026 to come .*Offline mode 2 Oct 2026", text(page))
    paths = re.findall(rf'action="({PAGE}/[^"]*/remove)"', page)
    assert reader.post(paths[1]).status_code == 303
    assert "Offline mode" not in reader.get(PAGE).text
    assert reader.post(paths[1]).status_code == 404
    assert [one.target for one in audited(reader.services, "product_release.removed")] == ["Offline mode"]


@pytest.mark.parametrize("fields", [{"name": " ", "day": "2026-10-02"}, {"name": "A", "day": "soon"}])
def test_a_release_without_name_or_day_is_refused(reader: Visitor, fields: dict[str, str]) -> None:
    assert reader.post(PAGE, **fields).status_code == 422
    assert "No release is on record" in reader.get(PAGE).text


def test_a_forged_form_changes_nothing(reader: Visitor) -> None:
    assert reader.post(PAGE, name="A", day="2026-10-02", token="forged").status_code == 403
    assert "No release is on record" in reader.get(PAGE).text


def test_account_managers_put_nothing_down(visitor: Visitor) -> None:
    visitor.come_in(role="account")
    assert visitor.post(PAGE, name="A", day="2026-10-02").status_code == 403
    assert "Put down a release" not in visitor.get(PAGE).text
