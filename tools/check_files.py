"""No source file over 400 lines: beyond that it is two ideas."""

import subprocess
import sys
from pathlib import Path

LONGEST = 400
KINDS = {".py", ".ts", ".html", ".css", ".js"}
EXEMPT = ("feedback/migrations/versions/",)


def tracked() -> list[str]:
    """Names of the files that git tracks."""
    command = ["git", "ls-files"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True)  # nosec B603 # noqa: S603 - git, of PATH
    return listed.stdout.splitlines()


def main() -> int:
    """Exit code 1 when a file that git tracks is too long."""
    long = {
        name: lines
        for name in tracked()
        if Path(name).suffix in KINDS
        and not name.startswith(EXEMPT)
        and Path(name).exists()
        and (lines := len(Path(name).read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    for name, lines in sorted(long.items()):
        print(f"{name}: {lines} lines, {LONGEST} at most")
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
