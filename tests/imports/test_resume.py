"""kill -9 in the middle leaves nothing half, and the same command goes on; two imports at once do not meet."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from feedback.core.errors import Problem
from feedback.core.services import Services
from feedback.imports import merging
from feedback.imports.lock import one_at_a_time
from feedback.imports.models import ImportBatch, RejectedLine, StagedLine
from feedback.responses.models import Response
from feedback.tallies.models import PartnerTally
from feedback.tallies.verify import verify
from tests.imports.files import bring_in, counts, everything, rejected, with_partners
from tests.soak import many

LINES = many(4_000, 8_000)
HEAD = "partner,respondent,audience,metric,score,answered_at\n"


def answers(lines: int = LINES) -> str:
    """`lines` good lines of different people, and a bad one after every thousand."""
    text = [HEAD]
    for number in range(lines):
        text.append(f"acme,person {number},end_user,nps,{number % 11},2025-0{1 + number % 9}-10\n")
        if number % 1000 == 999:
            text.append(f"acme,person {number},end_user,nps,eleven,2025-01-10\n")
    return "".join(text)


# The command in a process of its own, which stands still in the transaction of its second chunk until it is killed.
STANDS_STILL = """
import sys, time
from feedback.cli import main
from feedback.imports import merging, staging

owner, name = {"staging": (staging.Staging, "_stage"), "merging": (merging.Merge, "_account")}[sys.argv.pop(1)]
whole, calls = getattr(owner, name), []

def stand_still(*arguments):
    whole(*arguments)
    calls.append(1)
    if len(calls) == 2:
        print("here", flush=True)
        time.sleep(300)

setattr(owner, name, stand_still)
staging._LINES_AT_ONCE = 1_000
main()
"""


def killed_in_its_second_chunk(services: Services, state: str, path: Path) -> None:
    """`feedback import responses path`, killed by kill -9 after its second chunk was written and before its commit."""
    settings = services.settings
    environment = {**os.environ, "FEEDBACK_HOME": str(settings.home), "DATABASE_URL": settings.database_url}
    command = [sys.executable, "-c", STANDS_STILL, state, "import", "responses", str(path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert "here\n" in iter(process.stdout.readline, "")
        finally:
            process.kill()


@pytest.mark.parametrize("state", ["staging", "merging"])
def test_an_import_that_was_killed_goes_on(services: Services, state: str, tmp_path: Path) -> None:
    with_partners(services, "acme")
    path = tmp_path / "answers.csv"
    path.write_text(answers())
    killed_in_its_second_chunk(services, state, path)
    assert not path.with_name("answers.csv.rejected.csv").exists()
    with services.database.reading() as session:
        assert session.scalars(select(ImportBatch.state)).one() == state
        answered = session.scalar(select(func.count()).select_from(Response))
        waiting = session.scalar(select(func.count()).select_from(StagedLine))
    if state == "staging":
        assert answered == 0
        assert 0 < waiting < LINES
    else:
        # Every line is either an answer or waits to be one.
        assert answered + waiting == LINES
        assert 0 < answered < LINES
    heard: list[str] = []
    outcome = bring_in(services, "responses", path, tell=heard.append)
    assert counts(outcome) == (LINES, 0, 0, 0, LINES // 1000)
    assert outcome.resumed == (state == "merging") == bool(heard)
    assert rejected(path).count("\n") == 1 + LINES // 1000
    with services.database.transaction() as session:
        verified = verify(session, now=services.clock())
        assert verified.clean
        assert (verified.responses, verified.voices) == (LINES, LINES)
        assert not session.scalars(select(StagedLine.line)).all()
        assert not session.scalars(select(RejectedLine.line)).all()
    assert counts(bring_in(services, "responses", path)) == (0, 0, LINES, 0, LINES // 1000)


def test_one_that_failed_before_the_fold_ends_in_the_tallies_when_given_again(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_partners(services, "acme")
    path = tmp_path / "answers.csv"
    with monkeypatch.context() as patch:
        patch.setattr("feedback.gap.daily.fold_all", _full_disk)
        with pytest.raises(OSError, match="disk"):
            bring_in(services, "responses", path, HEAD + "acme,anna,end_user,nps,9,2026-01-01\n")
    assert counts(bring_in(services, "responses", path)) == (1, 0, 0, 0, 0)
    with services.database.reading() as session:
        assert session.scalar(select(PartnerTally.h9)) == 1


def _full_disk(*_arguments, **_named) -> None:
    raise OSError("No space left on disk")


def test_a_chunk_is_tried_again_when_somebody_else_was_quicker(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_partners(services, "acme")
    failures = iter([IntegrityError("insert", {}, Exception("taken"))] * 2)
    account = merging.Merge._account

    def once_more(self: merging.Merge, *arguments) -> None:
        account(self, *arguments)
        if (failure := next(failures, None)) is not None:
            raise failure

    monkeypatch.setattr(merging.Merge, "_account", once_more)
    path = tmp_path / "answers.csv"
    assert counts(bring_in(services, "responses", path, HEAD + "acme,anna,end_user,nps,9,2026-01-01\n")) == (
        1,
        0,
        0,
        0,
        0,
    )


def test_a_file_that_is_still_being_written_is_refused(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    path = tmp_path / "answers.csv"

    def write_on(_phase: str, _done: int, _total: int) -> None:
        with path.open("a") as file:
            file.write("acme,anna,end_user,nps,8,2026-02-01\n")

    text = HEAD + "acme,anna,end_user,nps,9,2026-01-01\n"
    with pytest.raises(Problem, match="was changed while it was read"):
        bring_in(services, "responses", path, text, progress=write_on)
    with services.database.reading() as session:
        assert not session.scalars(select(Response.id)).all()
        assert not session.scalars(select(StagedLine.line)).all()
    assert counts(bring_in(services, "responses", path)) == (2, 0, 0, 0, 0)


def test_a_second_import_waits_for_the_first(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    path, heard = tmp_path / "answers.csv", []
    path.write_text(HEAD + "acme,anna,end_user,nps,9,2026-01-01\n")
    outcomes = []
    second = threading.Thread(target=lambda: outcomes.append(bring_in(services, "responses", path, tell=heard.append)))
    with one_at_a_time(services.database, pytest.fail):
        second.start()
        deadline = time.monotonic() + 30
        while not heard and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.3)
        assert not outcomes
        with services.database.reading() as session:
            assert not session.scalars(select(ImportBatch)).all()
    second.join(timeout=30)
    assert heard == ["Another import is running; waiting for it to end."]
    assert counts(outcomes[0]) == (1, 0, 0, 0, 0)


def test_two_imports_of_a_file_at_once_take_each_line_once(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    path, outcomes = tmp_path / "answers.csv", []
    path.write_text(answers(3000))
    threads = [threading.Thread(target=lambda: outcomes.append(bring_in(services, "responses", path))) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert sorted(map(counts, outcomes)) == [(0, 0, 3000, 0, 3), (3000, 0, 0, 0, 3)]


def test_what_is_left_of_a_file_starts_over_when_a_newer_one_came_between(
    services: Services, clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_partners(services, "acme")
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    with monkeypatch.context() as patch:
        patch.setattr(merging.Merge, "run", _full_disk)
        with pytest.raises(OSError, match="disk"):
            bring_in(services, "responses", old, HEAD + "acme,anna,end_user,nps,9,2026-01-01\n")
    clock.forward(hours=1)
    heard: list[str] = []
    bring_in(services, "responses", new, HEAD + "acme,anna,end_user,nps,8,2026-01-01\n", tell=heard.append)
    assert heard == ["The import of old.csv (responses), begun 2026-11-15 12:00 UTC, is not finished; run it again."]
    clock.forward(hours=1)
    outcome = bring_in(services, "responses", old)
    assert (counts(outcome), outcome.resumed) == ((0, 1, 0, 0, 0), False)


def test_an_import_that_nobody_finished_is_dropped_after_a_week(
    services: Services, clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_partners(services, "acme")
    with monkeypatch.context() as patch:
        patch.setattr(merging.Merge, "run", _full_disk)
        with pytest.raises(OSError, match="disk"):
            bring_in(services, "responses", tmp_path / "old.csv", HEAD + "acme,anna,end_user,nps,9,2026-01-01\n")
    clock.forward(days=8)
    bring_in(services, "promotions", tmp_path / "other.csv", "partner,day,channel\nacme,2026-01-01,mail\n")
    with services.database.reading() as session:
        assert session.scalars(select(ImportBatch.state).order_by(ImportBatch.started_at)).all() == ["dropped", "done"]
        assert not session.scalars(select(StagedLine.line)).all()


def test_a_list_that_cannot_be_written_is_written_when_there_is_room(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    path = tmp_path / "answers.csv"
    blocked = path.with_name("answers.csv.rejected.csv")
    blocked.mkdir()
    text = HEAD + "acme,anna,end_user,nps,9,2026-01-01\nacme,anna,end_user,nps,x,2026-01-01\n"
    with pytest.raises(Exception, match="The good lines are in, but the list of rejected ones could not be written"):
        bring_in(services, "responses", path, text)
    blocked.rmdir()
    outcome = bring_in(services, "responses", path)
    assert (counts(outcome), outcome.resumed) == ((1, 0, 0, 0, 1), True)
    assert "score is 'x'" in rejected(path)


def test_a_dry_run_counts_like_a_real_one_and_changes_nothing(services: Services, tmp_path: Path) -> None:
    with_partners(services, "acme")
    path = tmp_path / "answers.csv"
    text = answers(5000) + "acme,person 7,end_user,nps,1,2025-08-10\n"
    before = everything(services.database)
    dry = bring_in(services, "responses", path, text, dry_run=True)
    assert everything(services.database) == before
    with services.database.reading() as session:
        assert not session.scalars(select(ImportBatch)).all()
    real = bring_in(services, "responses", path)
    assert counts(dry) == counts(real) == (5000, 0, 0, 1, 5)
    with services.database.transaction() as session:
        session.execute(update(Response).where(Response.score == 5).values(score=6))
    dry = bring_in(services, "responses", path, dry_run=True)
    assert counts(dry) == counts(bring_in(services, "responses", path))
    assert dry.revised == 455


def test_the_future_is_a_day_ahead_of_the_clock(services: Services, clock, tmp_path: Path) -> None:
    with_partners(services, "acme")
    path = tmp_path / "answers.csv"
    ahead = (clock.now + timedelta(hours=23)).isoformat()
    assert counts(bring_in(services, "responses", path, f"{HEAD}acme,anna,end_user,nps,9,{ahead}\n")) == (1, 0, 0, 0, 0)
    with services.database.reading() as session:
        assert session.scalars(select(Response.answered_at)).one() == clock.now
    later = replace(services, clock=lambda: clock.now + timedelta(days=3))
    assert counts(bring_in(later, "responses", path)) == (0, 0, 1, 0, 0)
