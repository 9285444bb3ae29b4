"""Metrics of all processes of one machine as one: each keeps a file under FEEDBACK_HOME/metrics, whoever is asked adds.

A process holds a lock for as long as it lives, so that one that was killed is known by its lock being free, whatever
became of its process id. What it had counted is then added to a file of those that ended, so that no counter ever
falls and no files pile up; its levels end with it.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import structlog

from feedback.core import metrics
from feedback.core.counting import Family, merged
from feedback.core.ids import random_text
from feedback.core.processes import FileLock

_EVERY_S = 1.0
_PATIENCE_S = 2.0
_ENDED = "ended.json"

log = structlog.get_logger(__name__)


class _Own:
    """The file of this process, once it shares."""

    path: Path | None = None
    lock: FileLock | None = None
    written = b""


def share(home: Path, part: str) -> None:
    """Let others see what this process counts, from now on and every second. Call it once, after forking.

    Never raises: a service that cannot be watched is better than none.
    """
    folder = home / "metrics"
    try:
        with _alone(folder) as alone:
            # The lock is taken while nobody looks: a lock that is free means that its process ended.
            path = folder / f"{part.replace(' ', '-')}-{os.getpid()}-{random_text(8)}.json"
            lock = FileLock(path.with_suffix(".lock"))
            lock.acquire()
            if alone:
                _bury(folder)
        _Own.path, _Own.lock = path, lock
    except OSError as error:
        log.warning("the metrics of this process stay its own", reason=error.strerror)
        return
    threading.Thread(target=_run, name="metrics", daemon=True).start()


def families(home: Path) -> list[Family]:
    """What all processes of this home counted; what this one did where the folder cannot be used."""
    found = metrics.families()
    folder = home / "metrics"
    try:
        with _alone(folder) as alone:
            if alone:
                _bury(folder)
            for path in folder.glob("*.json"):
                if path != _Own.path:
                    found += _families(_read(path))
    except OSError as error:
        log.warning("the metrics of other processes cannot be read", reason=error.strerror)
    return merged(found)


def write() -> None:
    """Write this process's file anew when anything changed. Raises OSError."""
    text = orjson.dumps({"families": [family.as_json() for family in metrics.families()]})
    if _Own.path is not None and text != _Own.written:
        _replace(_Own.path, text)
        _Own.written = text


def _run() -> None:
    pause = threading.Event()
    told = False
    while not pause.wait(_EVERY_S):
        try:
            write()
            told = False
        except OSError as error:
            # A full disk, most likely: what was counted stays in memory and is written when it can be.
            if not told:
                log.warning("metrics cannot be written", reason=error.strerror)
            told = True


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """The only one at work in the folder; False when another is for too long, as a stopped process may be."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(folder / "lock")
    alone = lock.acquire(wait_s=_PATIENCE_S)
    try:
        yield alone
    finally:
        lock.release()


def _bury(folder: Path) -> None:
    """Add what processes counted that ended to one file, and take theirs away.

    That file names whom it took in last: when we are killed before theirs is away, they are not added again.
    """
    dead = [path for path in folder.glob("*.lock") if not FileLock(path).held()]
    if not dead:
        return
    ended = _read(folder / _ENDED)
    counted = set(ended.get("taken_in", ()))
    files = [path.with_suffix(".json") for path in dead]
    families = _families(ended)
    for path in files:
        if path.name not in counted:
            families += [family for family in _families(_read(path)) if _outlives(family)]
    taken_in = [path.name for path in files]
    text = orjson.dumps({"taken_in": taken_in, "families": [family.as_json() for family in merged(families)]})
    _replace(folder / _ENDED, text)
    for path in files:
        path.unlink(missing_ok=True)
        path.with_suffix(".new").unlink(missing_ok=True)
        path.with_suffix(".lock").unlink(missing_ok=True)


def _outlives(family: Family) -> bool:
    return family.kind != "gauge" or family.name.endswith("_timestamp_seconds")


def _families(data: dict[str, Any]) -> list[Family]:
    return [Family.from_json(one) for one in data.get("families", ())]


def _read(path: Path) -> dict[str, Any]:
    """What a file holds; nothing when it is not there, or is no such file."""
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return found


def _replace(path: Path, text: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(text)
    new.replace(path)
