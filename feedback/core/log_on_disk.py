"""SQLite's write-ahead log on the disk: waited for after a commit, while the next writer is let in already.

With `synchronous=FULL` SQLite waits for the disk with its one lock for writers in hand. With NORMAL it commits in the
same order and with the same checksums, and leaves the waiting to us; for checkpoints it still waits itself
(sqlite.org/pragma.html#pragma_synchronous).
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from sqlalchemy.exc import OperationalError

_LOG = logging.getLogger(__name__)
_to_disk: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
"""Also the length of the file, but not when it was changed; not every system has it."""


class LogOnDisk:
    """The log of one database. For threads; whoever asks has a connection to it.

    `path`: where SQLite has it; None as long as nobody connected, or where SQLite keeps none and so waits by itself.
    """

    def __init__(self) -> None:
        self.path: Path | None = None
        self._mutex = Lock()
        self._file: int | None = None
        self._failed: OSError | None = None

    def check(self) -> None:
        """Raises OperationalError once the disk did not take the log: what comes behind a gap may be lost with it.

        Until the process is started again. A second try would succeed, because the system forgets what it could not
        write.
        """
        if self._failed is not None:
            raise OperationalError("COMMIT", None, self._failed) from self._failed

    def wait(self) -> None:
        """Until everything that was committed so far, by whomever, is on the disk. Raises OperationalError."""
        self.check()
        if self.path is None:
            return
        try:
            _to_disk(self._descriptor(self.path))
        except FileNotFoundError:
            return  # it ended with the last connection, and what was in it is in the database
        except OSError as error:
            self._failed = error
            _LOG.critical("the disk did not take the log of the database; nothing is written until a new start")
            self.check()

    def close(self) -> None:
        """Let go of the file."""
        with self._mutex:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _descriptor(self, path: Path) -> int:
        # Kept open: whoever opens it anew is not told of what failed before.
        with self._mutex:
            there = path.stat()
            if self._file is None or not os.path.samestat(os.fstat(self._file), there):
                if self._file is not None:
                    os.close(self._file)
                self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            return self._file
