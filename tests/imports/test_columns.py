"""Which column is which: headers in any case, other people's names, columns missing, unknown or there twice."""

import re
from pathlib import Path

import pytest

from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.imports.columns import Columns, match
from feedback.imports.kinds import KINDS
from tests.imports.files import bring_in, everything, with_partners

PROMOTION = ["partner", "day", "channel"]


def find(header: list[str], *maps: str, kind: str = "promotions", declared: tuple[str, ...] = ()) -> Columns:
    return match(header, KINDS[kind], maps, declared)


def refused(header: list[str], *maps: str, kind: str = "promotions") -> str:
    with pytest.raises(Problem) as refusal:
        find(header, *maps, kind=kind)
    assert refusal.value.code is Code.FILE_REFUSED
    return refusal.value.detail


def test_names_are_trimmed_and_in_any_case_and_order() -> None:
    assert dict(find([" Channel ", "PARTNER", "Day"]).places) == {"channel": 0, "partner": 1, "day": 2}


def test_other_names_are_mapped_and_mapping_wins() -> None:
    found = find(["Account  Name", "day", "channel", "partner"], "partner=account name")
    assert dict(found.places) == {"partner": 0, "day": 1, "channel": 2}
    assert found.ignored == ("partner",)


def test_a_column_that_is_mapped_is_not_read_under_its_own_name_too() -> None:
    found = find(["partner", "day", "channel", "note"], "reach=note")
    assert dict(found.places) == {"partner": 0, "day": 1, "channel": 2, "reach": 3}


def test_columns_of_no_meaning_are_named() -> None:
    assert find([*PROMOTION, "Owner", "", "attr.team"]).ignored == ("Owner", "attr.team")


@pytest.mark.parametrize(
    ("header", "maps", "reason"),
    [
        (["partner", "datum"], [], "Missing: day, channel. The file has: partner, datum."),
        ([*PROMOTION, "Day"], [], "The column day is there twice"),
        (PROMOTION, ["partner"], "--map takes OURS=THEIRS"),
        (PROMOTION, ["partner="], "--map takes OURS=THEIRS"),
        (PROMOTION, ["owner=day"], "there is no column 'owner'; promotions have partner, day, channel, reach, note"),
        (PROMOTION, ["note=text"], "the file has no column named 'text'. It has: partner, day, channel"),
        ([*PROMOTION, "a", "A"], ["note=a"], "more than one column named 'a'"),
        (PROMOTION, ["note=day", "NOTE=channel"], "note is mapped twice"),
        (PROMOTION, ["attr.team=day"], "there is no column 'attr.team'"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_there_is(header: list[str], maps: list[str], reason: str) -> None:
    assert reason in refused(header, *maps)


def test_attributes_keep_their_case_unless_declared_in_another() -> None:
    header = ["partner", "seat", "Attr.Department", "attr.COUNTRY", "Team name"]
    found = find(header, "attr.team=team name", kind="seats", declared=("country",))
    assert dict(found.attributes) == {"team": 4, "Department": 2, "country": 3}
    assert "attr.A is there twice" in refused(["partner", "seat", "attr.a", "attr.A"], kind="seats")


def test_a_seventh_attribute_refuses_the_file_and_changes_nothing(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    head = "partner,seat," + ",".join(f"attr.a{number}" for number in range(6))
    bring_in(services, "seats", tmp_path / "six.csv", head + "\nacme,anna,1,2,3,4,5,6\n")
    before = everything(services.database)
    path = tmp_path / "seven.csv"
    with pytest.raises(Problem, match=re.escape("'a7' would be a seventh attribute; six are declared: a0, a1")):
        bring_in(services, "seats", path, "partner,seat,attr.a7\nacme,ben,x\n")
    with pytest.raises(Problem, match="An attribute's name has 1 to 40 letters"):
        bring_in(services, "seats", path, "partner,seat,attr.what ever\nacme,ben,x\n")
    assert everything(services.database) == before
