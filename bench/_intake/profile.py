"""Where a process spends its time under load: py-spy beside it, and its samples by function."""

import shutil
import subprocess
from collections import Counter
from pathlib import Path

from rich.console import Console

_RATE = 200
_SHOWN = 30


def beside(pid: int, seconds: float, output: Path) -> "subprocess.Popen[bytes]":
    """Start py-spy on that process: who holds the interpreter's lock, by function. Raises FileNotFoundError."""
    program = shutil.which("py-spy")
    if program is None:
        raise FileNotFoundError("py-spy is not installed: `pip install py-spy`, and put it on the PATH.")
    options = ["--format", "raw", "--function", "--gil", "--rate", str(_RATE), "--duration", str(round(seconds))]
    return subprocess.Popen(
        [program, "record", "--pid", str(pid), *options, "--output", str(output)], stdout=subprocess.DEVNULL
    )


def show(output: Path, console: Console, title: str) -> None:
    """The functions in which most samples were, and those below which most were, in percent."""
    own, below = Counter[str](), Counter[str]()
    for line in output.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        own[frames[-1]] += int(count)
        below.update(dict.fromkeys(frames, int(count)))
    total = max(1, own.total())
    console.print(f"{title}: {total} samples, kept in {output}", style="bold")
    for name, counts in (("in it", own), ("in it and below", below)):
        console.print(f"% {name}", style="bold")
        for function, count in counts.most_common(_SHOWN):
            console.print(f"{100 * count / total:5.1f}  {function}", markup=False, highlight=False, soft_wrap=True)
