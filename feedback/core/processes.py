"""Children that do not outlive their parent, even one that was killed with -9."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_POLL_S = 0.5
_prctl: Callable[..., int] | None = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def tied_to_me(signal_number: int = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn` that ties the new process to the calling one: it gets `signal_number` when we are gone.

    Call it in the process that starts the child, from a thread that lives as long as the process (the kernel
    watches the thread). Where the kernel cannot do this (macOS), the child is left alone.
    """
    parent = os.getpid()

    def tie() -> None:
        if _prctl is not None:
            _prctl(_PR_SET_PDEATHSIG, signal_number)
            # The parent may have died before the kernel was told to watch it.
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)

    return tie


def die_with_parent() -> None:
    """Tie this process to its parent from within: SIGKILL when the parent is gone. For children forked by others."""
    parent = os.getppid()
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_S)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
