"""Many requests, one commit: a thread that takes all that wait, writes them at once, and lets those go that waited."""

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any

Row = tuple[Any, ...]
Write = Callable[[Sequence[Row]], None]


class Batches:
    """`put` returns when the row is committed. What fails ends the process: a floor has no excuses."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._queue: SimpleQueue[tuple[Row, threading.Lock]] = SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def put(self, row: Row) -> None:
        """Wait for the commit that has it."""
        done = threading.Lock()
        done.acquire()
        self._queue.put((row, done))
        done.acquire()

    def _run(self) -> None:
        queue = self._queue
        while True:
            waiting = [queue.get()]
            try:
                while True:
                    waiting.append(queue.get_nowait())
            except Empty:
                pass
            self._write([row for row, _done in waiting])
            for _row, done in waiting:
                done.release()
