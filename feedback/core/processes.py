"""Children that do not outlive their parent, and locks that do not outlive their holder."""

import contextlib
import ctypes
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

UP_LOCK = "up.lock"
"""The file below FEEDBACK_HOME that is locked while `feedback up` runs there."""

_PR_SET_PDEATHSIG = 1
_WATCH_S = 0.5
_prctl: Callable[..., int] | None = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


class StartError(RuntimeError):
    """A part of the service cannot start; the message tells the operator why and what to do."""


def die_with(parent: int, signal_number: int = signal.SIGKILL) -> None:
    """Tie this process to its parent, whose process id is `parent`: when that is gone, so are we, even after kill -9.

    Linux sends `signal_number` when the thread that started us ends, so start children from a main thread.
    Elsewhere a thread watches and kills.
    """
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal_number)
    else:
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()
    # The parent may have died before the kernel was told to watch it.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def tied_to_me(signal_number: int = signal.SIGKILL) -> Callable[[], None] | None:
    """A `preexec_fn` that ties a foreign program to the calling process; None where the kernel cannot do it."""
    if _prctl is None:
        return None
    parent = os.getpid()
    return lambda: die_with(parent, signal_number)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os.kill(os.getpid(), signal.SIGKILL)


def make_home(home: Path) -> None:
    """Make the folder for what is kept, closed to other users. Raises StartError when that cannot be."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"The folder {home} cannot be made ({error.strerror}); set FEEDBACK_HOME.") from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise StartError(f"The folder {home} cannot be written; change its owner, or set FEEDBACK_HOME.")


class FileLock:
    """An exclusive lock on a file, freed by the kernel when its holder ends. The file names the holder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, wait_s: float = 0) -> bool:
        """Try to take the lock, for at most `wait_s` seconds."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(descriptor)
                    return False
                time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor
        return True

    def held(self) -> bool:
        """Whether somebody holds it; looking changes nothing."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def holder(self) -> str:
        """Process id of whoever took the lock last, as text; empty when unknown."""
        with contextlib.suppress(OSError):
            return self.path.read_text().strip()
        return ""

    def fileno(self) -> int:
        """The descriptor, to be handed to a child that shall hold the lock as long as it lives."""
        if self._descriptor is None:
            raise RuntimeError("The lock is not held.")
        return self._descriptor

    def release(self) -> None:
        """Give it up; a child that inherited the descriptor keeps it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
