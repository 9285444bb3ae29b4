"""Run the orders that wait: check or import their files, one after the other, and put down what came of each."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from feedback.core.errors import Problem
from feedback.core.services import Services
from feedback.imports import folder, orders, uploads
from feedback.imports.commands import By, import_file
from feedback.imports.folder import FolderWatch
from feedback.imports.lock import only_runner
from feedback.imports.models import ImportBatch, ImportOrder
from feedback.imports.telling import refusal

_MOST_ATTEMPTS = 5
_TELL_EVERY_S = 0.5

log = structlog.get_logger(__name__)


def run_all(services: Services, watch: FolderWatch) -> int:
    """Do everything that waits, and look into the watched folder; how many orders were run.

    Does nothing while another process is at it: that one looks again before it stops.
    """
    run = 0
    with only_runner(services.database) as ours:
        if not ours:
            return 0
        with services.database.transaction() as session:
            uploads.tidy(session, services.settings, now=services.clock())
        while True:
            watch.look(services)
            with services.database.reading() as session:
                order = orders.first_waiting(session)
            if order is None:
                return run
            _run(services, order)
            run += 1


def _run(services: Services, order: ImportOrder) -> None:
    path = _path(services, order)
    if _finished_before(services, order):
        return
    attempts = order.attempts + 1
    if not _take_up(services, order, attempts):
        return
    reporting = _Reporting(services, order.id)
    checking = order.state == "checking"
    try:
        if attempts > _MOST_ATTEMPTS:
            _fail(services, order, f"It was cut short {_MOST_ATTEMPTS} times and is not tried again by itself.")
            return
        outcome = import_file(
            services,
            order.kind,
            path,
            maps=order.maps,
            dry_run=checking,
            progress=reporting.progress,
            tell=reporting.tell,
            by=By(order.actor, order.id, order.file_name),
        )
    except Problem as problem:
        _refuse(services, order, problem)
    except Exception as error:
        _fail(services, order, _why(order, error))
    else:
        counts = {**orders.counts_of(outcome), "ignored": list(outcome.ignored_columns)}
        if checking:
            _note(services, order.id, state="checked", counts=counts, began_at=None, phase=None, problem=None)
        else:
            _conclude(services, order, counts)


def _why(order: ImportOrder, error: Exception) -> str:
    """Why an import was stopped, for whoever wants the file in; the rest is for the log."""
    if isinstance(error, FileNotFoundError):
        return _gone(order)
    log.error("an import was stopped", order=str(order.id), exc_info=error)
    if isinstance(error, SQLAlchemyError):
        return f"The database stopped it ({type(error).__name__}). Nothing is half; try again."
    if isinstance(error, OSError):
        return f"It was stopped: {error.strerror or type(error).__name__}. Nothing is half; try again."
    return "Something went wrong on our side; the log of the worker says what. Nothing is half."


def _take_up(services: Services, order: ImportOrder, attempts: int) -> bool:
    """Say that we are at it; False when it was thrown away since we looked."""
    own = ImportOrder.id == order.id, ImportOrder.state == order.state
    begun = {"attempts": attempts, "began_at": services.clock(), "phase": None, "told": None, "done": 0, "total": 0}
    with services.database.transaction() as session:
        taken = session.execute(update(ImportOrder).where(*own).values(begun).returning(ImportOrder.id))
        return taken.first() is not None


def _finished_before(services: Services, order: ImportOrder) -> bool:
    """Was it imported, and the process gone before it could say so? A second time nothing would be new."""
    own = ImportBatch.order_id == order.id, ImportBatch.state == "done"
    with services.database.reading() as session:
        batch = session.scalar(select(ImportBatch).where(*own).limit(1))
    if batch is None or order.state != "importing":
        return False
    _conclude(services, order, orders.counts_of(batch))
    return True


def _conclude(services: Services, order: ImportOrder, counts: dict[str, Any]) -> None:
    now = services.clock()
    _note(services, order.id, state="done", counts=counts, finished_at=now, problem=None)
    uploads.forget_file(services.settings, order.id)
    _put_away(services, order.id, now)


def _refuse(services: Services, order: ImportOrder, problem: Problem) -> None:
    words = refusal(problem)
    if order.source == "desk" and order.state == "checking":
        _note(services, order.id, state="mapping", problem=words, began_at=None, phase=None)
        return
    if problem.details.get("missing"):
        words += (
            "\nHand a file like this one in once on the desk (Settings, Imports) and keep its columns under a name: "
            "from then on files with this header are understood."
        )
    _fail(services, order, words)


def _fail(services: Services, order: ImportOrder, words: str) -> None:
    now = services.clock()
    _note(services, order.id, state="failed", problem=words, finished_at=now)
    _put_away(services, order.id, now)


def _put_away(services: Services, order_id: UUID, now: datetime) -> None:
    root = services.settings.import_folder
    with services.database.reading() as session:
        order = session.get_one(ImportOrder, order_id)
    if order.source != "folder" or root is None:
        return
    try:
        folder.put_away(root, order, now=now)
    except OSError as error:
        log.warning("a file of the watched folder could not be put away", reason=error.strerror)


def _path(services: Services, order: ImportOrder) -> Path:
    root = services.settings.import_folder
    if order.source == "folder" and root is not None:
        return folder.claimed(root, order)
    return uploads.uploaded(services.settings, order.id)


def _gone(order: ImportOrder) -> str:
    if order.source == "folder":
        return "The file was taken out of the folder before it was imported."
    return (
        "The file is not there any more. It is kept for a week; the worker `imports` must share the folder "
        "FEEDBACK_HOME with the web part. Upload it again."
    )


def _note(services: Services, order_id: UUID, **values: Any) -> None:
    with services.database.transaction() as session:
        session.execute(update(ImportOrder).where(ImportOrder.id == order_id).values(**values))


class _Reporting:
    """Puts down how far an import is, now and then."""

    def __init__(self, services: Services, order_id: UUID) -> None:
        self._note: Callable[..., None] = lambda **values: _note(services, order_id, **values)
        self._phase = ""
        self._told_s = 0.0

    def progress(self, phase: str, done: int, total: int) -> None:
        """A phase began or went on."""
        if phase != self._phase or monotonic() - self._told_s > _TELL_EVERY_S:
            self._phase, self._told_s = phase, monotonic()
            self._note(phase=phase, done=done, total=total)

    def tell(self, sentence: str) -> None:
        """Something is waited for or resumed."""
        self._note(told=sentence)
