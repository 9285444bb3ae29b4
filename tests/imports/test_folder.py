"""The watched folder: files that have settled are taken once, imported, and put away with a report."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from feedback.core.services import Services
from feedback.imports import folder, mappings, running
from feedback.imports.folder import FolderWatch
from feedback.imports.lock import only_runner
from feedback.imports.models import ImportOrder
from feedback.imports.running import run_all
from feedback.partners.models import Promotion
from feedback.staff.models import AuditEntry
from tests.conftest import Bell, FakeClock
from tests.imports.files import with_partners
from workers.runtime.schedule import Sweep

GOOD = "partner,day,channel\nacme,2026-02-01,mail\n"
THEIRS = "Account,Date,Medium\nacme,2026-02-01,mail\nacme,soon,=mail\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


@pytest.fixture
def watching(services: Services, root: Path) -> Services:
    """Services with a watched folder, and a partner."""
    with_partners(services, "acme")
    services = replace(services, settings=replace(services.settings, import_folder=root))
    run_all(services, FolderWatch())
    return services


def settle(services: Services, clock: FakeClock, watch: FolderWatch, **amount: float) -> int:
    """Two looks with a pause between them, as the schedule rings; how many files were imported."""
    before = run_all(services, watch)
    clock.forward(**(amount or {"seconds": 5}))
    return before + run_all(services, watch)


def orders(services: Services) -> list[ImportOrder]:
    with services.database.reading() as session:
        return list(session.scalars(select(ImportOrder).order_by(ImportOrder.made_at, ImportOrder.id)))


def promotions(services: Services) -> list[str]:
    with services.database.reading() as session:
        return sorted(session.scalars(select(Promotion.channel)))


def lying(root: Path, name: str) -> dict[str, str]:
    """The files under `done` or `failed`, and what is in them."""
    return {path.name: path.read_text() for path in sorted((root / name).rglob("*")) if path.is_file()}


def test_the_folders_are_made_and_a_file_is_imported_and_put_away(
    watching: Services, root: Path, clock: FakeClock
) -> None:
    kinds = {"contracts", "seats", "buyer-scores", "responses", "activity", "promotions"}
    assert {one.name for one in root.iterdir()} == kinds | {"working", "done", "failed"}
    (root / "promotions" / "p.csv").write_text(GOOD)
    assert settle(watching, clock, FolderWatch()) == 1
    assert promotions(watching) == ["mail"]
    assert lying(root, "done") == {
        "p.csv": GOOD,
        "report.txt": "p.csv: 1 line: 1 new, 0 revised, 0 unchanged, 0 repeated in the file, 0 rejected.\n",
    }
    assert not list((root / "promotions").iterdir()) and not list((root / "working").iterdir())
    with watching.database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "import.finished")).one()
    assert (entry.actor, entry.target, entry.detail["created"]) == ("folder", "p.csv", 1)


def test_the_schedule_rings_for_the_folder_every_few_seconds_and_for_orders_that_wait(
    watching: Services, root: Path, clock: FakeClock, bell: Bell
) -> None:
    sweep = Sweep(watching)
    for _ in range(3):
        sweep()
    assert bell.rung == ["imports"]
    clock.forward(seconds=5)
    sweep()
    assert bell.rung == ["imports"] * 2
    clock.now -= timedelta(days=2)
    sweep()
    assert bell.rung == ["imports"] * 3, "a clock that jumps back does not silence it"
    (root / "promotions" / "p.csv").write_text(GOOD)
    watch = FolderWatch()
    run_all(watching, watch)
    clock.forward(seconds=5)
    assert watch.look(watching) == 1
    sweep()
    clock.forward(seconds=1)
    rung = len(bell.rung)
    sweep()
    assert len(bell.rung) == rung + 1, "it waited a tick ago and still does"
    run_all(watching, watch)
    clock.forward(seconds=1)
    sweep()
    assert len(bell.rung) == rung + 1


def test_without_a_folder_the_schedule_rings_once_a_day_to_tidy_up(
    services: Services, clock: FakeClock, bell: Bell
) -> None:
    sweep = Sweep(services)
    for _ in range(3):
        sweep()
        clock.forward(minutes=1)
    assert bell.rung == ["imports"]
    clock.forward(days=1)
    sweep()
    assert bell.rung == ["imports"] * 2


def test_a_file_that_still_grows_is_left_alone(watching: Services, root: Path, clock: FakeClock) -> None:
    path, watch = root / "promotions" / "p.csv", FolderWatch()
    path.write_text("partner,day,channel\n")
    for number in range(3):
        assert settle(watching, clock, watch, seconds=2) == 0
        with path.open("a") as file:
            file.write(f"acme,2026-02-0{number + 1},mail\n")
    assert settle(watching, clock, watch, seconds=3) == 1
    assert orders(watching)[0].counts["created"] == 3


@pytest.mark.parametrize("name", [".p.csv", "p.csv.part", "p.csv.tmp", "p.csv.filepart", "p.csv~"])
def test_names_of_files_that_are_not_finished_are_left_alone(
    watching: Services, root: Path, clock: FakeClock, name: str
) -> None:
    (root / "promotions" / name).write_text(GOOD)
    (root / "promotions" / "more").mkdir()
    assert settle(watching, clock, FolderWatch()) == 0
    assert (root / "promotions" / name).exists()


def test_a_saved_mapping_that_fits_the_header_is_used(watching: Services, root: Path, clock: FakeClock) -> None:
    header, maps = ["Account", "Date", "Medium"], ["partner=Account", "day=Date", "channel=Medium"]
    with watching.database.transaction() as session:
        mappings.save(session, "promotions", "CRM", maps, header, actor="cli", now=clock())
    (root / "promotions" / "p.csv").write_text(THEIRS)
    settle(watching, clock, FolderWatch())
    done = lying(root, "done")
    assert "1 new, 0 revised, 0 unchanged, 0 repeated in the file, 1 rejected." in done["report.txt"]
    assert "The rejected lines, with their reasons: p.csv.rejected.csv" in done["report.txt"]
    assert "acme,soon,'=mail" in done["p.csv.rejected.csv"]
    assert orders(watching)[0].mapping_name == "CRM"


def test_a_file_that_is_not_understood_fails_with_what_to_do(watching: Services, root: Path, clock: FakeClock) -> None:
    (root / "promotions" / "p.csv").write_text(THEIRS)
    (root / "promotions" / "q.xlsx").write_bytes(b"PK\x03\x04")
    watch = FolderWatch()
    assert settle(watching, clock, watch) == 2
    texts = {path.parent.name[-8:]: path.read_text() for path in (root / "failed").rglob("report.txt")}
    first, second = (texts[one.id.hex[-8:]] for one in orders(watching))
    assert "Missing: partner, day, channel." in first and "--map" not in first
    assert "keep its columns under a name" in first
    assert "Then move the file back into the folder promotions." in first
    assert "q.xlsx is not a CSV file. It is a workbook or an archive" in second
    assert promotions(watching) == []
    assert settle(watching, clock, watch) == 0, "it is not tried again by itself"


def test_an_empty_file_is_given_a_minute(watching: Services, root: Path, clock: FakeClock) -> None:
    (root / "promotions" / "p.csv").touch()
    watch = FolderWatch()
    assert settle(watching, clock, watch, seconds=50) == 0
    assert settle(watching, clock, watch, seconds=10) == 1
    assert "has no header that can be read" in lying(root, "failed")["report.txt"]


def test_links_and_devices_are_not_followed(watching: Services, root: Path, clock: FakeClock, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(GOOD)
    (root / "promotions" / "link.csv").symlink_to(tmp_path / "secret.csv")
    os.mkfifo(root / "promotions" / "pipe.csv")
    settle(watching, clock, FolderWatch(), minutes=2)
    assert promotions(watching) == []
    assert [one.state for one in orders(watching)] == ["failed", "failed"]
    assert "It is a link or a device" in next(iter((root / "failed").rglob("report.txt"))).read_text()
    assert (tmp_path / "secret.csv").read_text() == GOOD


def test_two_files_of_one_name_are_two_imports(watching: Services, root: Path, clock: FakeClock) -> None:
    watch = FolderWatch()
    for channel in ("mail", "banner"):
        (root / "promotions" / "p.csv").write_text(GOOD.replace("mail", channel))
        settle(watching, clock, watch)
    assert promotions(watching) == ["banner", "mail"]
    assert len(list((root / "done").rglob("p.csv"))) == 2


@pytest.mark.parametrize(
    "name", ["report.txt", "x" * 250 + ".csv", "x" * 199 + " y.csv", "a\nb.csv", os.fsdecode(b"\xff.csv")]
)
def test_names_that_are_in_the_way_do_no_harm(watching: Services, root: Path, clock: FakeClock, name: str) -> None:
    (root / "promotions" / name).write_text(GOOD + "acme,soon,mail\n")
    settle(watching, clock, FolderWatch())
    assert promotions(watching) == ["mail"]
    assert len(lying(root, "done")) == 3


class Killed(BaseException):
    """kill -9, as far as a test in one process can have it."""


CRASHES = [
    ("feedback.imports.folder._put_down", "taken and not put down"),
    ("feedback.imports.running.import_file", "put down and not imported"),
    ("feedback.imports.running._conclude", "imported and not said so"),
    ("feedback.imports.folder.put_away", "said so and not put away"),
]


@pytest.mark.parametrize("place", [place for place, _ in CRASHES], ids=[what for _, what in CRASHES])
def test_a_file_is_imported_once_whenever_the_worker_is_killed(
    watching: Services, root: Path, clock: FakeClock, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise Killed

    (root / "promotions" / "p.csv").write_text(GOOD)
    with monkeypatch.context() as broken:
        broken.setattr(place, killed)
        with pytest.raises(Killed):
            settle(watching, clock, FolderWatch())
    settle(watching, clock, FolderWatch())
    assert [(one.state, one.counts["created"]) for one in orders(watching)] == [("done", 1)]
    assert set(lying(root, "done")) == {"p.csv", "report.txt"}
    assert not list((root / "working").iterdir())


def test_an_order_that_kills_its_worker_is_given_up(
    watching: Services, root: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise Killed

    (root / "promotions" / "p.csv").write_text(GOOD)
    watch = FolderWatch()
    monkeypatch.setattr(running, "import_file", killed)
    for _ in range(5):
        with pytest.raises(Killed):
            settle(watching, clock, watch)
    settle(watching, clock, watch)
    assert "It was cut short 5 times" in lying(root, "failed")["report.txt"]


def test_two_workers_do_not_meet(watching: Services, root: Path, clock: FakeClock) -> None:
    (root / "promotions" / "p.csv").write_text(GOOD)
    watch = FolderWatch()
    run_all(watching, watch)
    clock.forward(seconds=5)
    with only_runner(watching.database) as ours:
        assert ours
        assert run_all(watching, watch) == 0
    assert run_all(watching, watch) == 1


def test_a_folder_that_cannot_be_used_stops_nothing_else(watching: Services, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    elsewhere = replace(watching, settings=replace(watching.settings, import_folder=file / "inbox"))
    assert run_all(elsewhere, FolderWatch()) == 0
    assert folder.FolderWatch().look(elsewhere) == 0
