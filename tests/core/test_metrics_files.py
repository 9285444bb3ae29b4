"""What the processes of one machine counted, read as one, also when they were killed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback.core import metrics_files

COUNTS = """
import sys, time
from pathlib import Path
from feedback.core import metrics, metrics_files
metrics.acknowledged(int(sys.argv[2]), "repeated")
metrics.waiting("tests", 5)
metrics.swept(0, float(sys.argv[3]))
metrics_files.share(Path(sys.argv[1]), "web")
metrics_files.write()
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def started(home: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes that counted 3 and 4, and go on."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", COUNTS, str(home), count, at],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for count, at in (("3", "1000"), ("4", "2000"))
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def counted(home: Path) -> dict[tuple[str, ...], float]:
    """By name and labels, what all processes of this home counted, without this one."""
    before = _values(home / "nowhere")
    return {key: value - before.get(key, 0) for key, value in _values(home).items()}


def _values(home: Path) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in metrics_files.families(home)
        for sample in family.samples
    }


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)


REPEATED = ("feedback_acknowledged_total", "repeated")
WAITING = ("feedback_commit_waiting", "tests")


def test_what_a_killed_process_counted_stays_once_and_its_levels_and_files_go(
    started: list[subprocess.Popen[str]], home: Path
) -> None:
    assert (counted(home)[REPEATED], counted(home)[WAITING]) == (7, 10)
    kill(started[1])
    for _ in range(2):
        assert (counted(home)[REPEATED], counted(home)[WAITING]) == (7, 5)
        # The latest of all, this process among them, in which another test may have swept.
        swept = ("feedback_schedule_swept_timestamp_seconds",)
        assert _values(home)[swept] == max(2000, _values(home / "nowhere").get(swept, 0))
    kill(started[0])
    assert counted(home)[REPEATED] == 7
    assert WAITING not in counted(home)
    assert sorted(path.name for path in (home / "metrics").iterdir()) == ["ended.json", "lock"]


def test_who_is_killed_while_taking_in_the_dead_takes_nobody_in_twice(
    started: list[subprocess.Popen[str]], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for process in started:
        kill(process)

    def killed(_path: Path, *, missing_ok: bool = False) -> None:
        raise OSError(5, f"killed before {missing_ok=}")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed)
        metrics_files.families(home)
    assert (home / "metrics" / "ended.json").exists()
    assert counted(home)[REPEATED] == 7


def test_where_nothing_can_be_written_a_process_counts_for_itself(home: Path) -> None:
    (home / "metrics").write_text("a file where the folder should be")
    metrics_files.share(home, "web")
    assert ("feedback_folded_rows_total",) in _values(home)
