"""No secret in the repository: keys of ours, private keys, signed tokens, keys of clouds and of other services."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from feedback.partners.keys import checksum_fits
from tools.check_files import tracked

KINDS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a signed token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{16,}",
    "a key of AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a key of Google": r"\bAIza[\w-]{35}\b",
    "a key of Azure": r"\bAccountKey=[\w+/=]{40,}",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{30,})",
    "a token of GitLab": r"\bglpat-[\w-]{20,}",
    "a token of Slack": r"\bxox[abeoprs]-[\w-]{20,}",
    "a webhook of Slack": r"\bhooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{20,}",
    "a key of Stripe": r"\b[rs]k_live_[A-Za-z0-9]{20,}",
    "a token of npm": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a token of PyPI": r"\bpypi-AgEIcHlwaS5vcmc[\w-]{40,}",
    "a password in an address": r"\b(?:postgres(?:ql)?|rediss?|smtps?|https?)://[\w.-]+:(?!password@|secret@)"
    r"[^\s\"'@/{}$<>]{8,}@[\w.-]{4,}",
    "the secret of a deployment": r"\bFEEDBACK_SECRET=[\"']?[0-9A-Za-z+/]{32,}",
}
_OURS = re.compile(r"\bfb_[sr]k_(?:live|test)_[0-9a-z]+_[0-9a-z]+_[0-9a-f]{8}\b")
_OTHERS = {what: re.compile(pattern) for what, pattern in KINDS.items()}
_LARGEST_BYTES = 2_000_000


def found(text: str) -> Iterator[tuple[int, str]]:
    """Number of the line and what is in it, for each secret in a text."""
    for number, line in enumerate(text.splitlines(), 1):
        if any(checksum_fits(key) for key in _OURS.findall(line)):
            yield number, "a secret key of ours"
        for what, pattern in _OTHERS.items():
            if pattern.search(line):
                yield number, what


def main() -> int:
    """Exit code 1 when a file that git tracks holds a secret. Which is not repeated."""
    secrets = [
        f"{name}:{number}: {what}"
        for name in tracked()
        if (path := Path(name)).is_file() and path.stat().st_size < _LARGEST_BYTES
        for number, what in found(path.read_text(encoding="utf-8", errors="replace"))
    ]
    print(*secrets, sep="\n", end="\n" if secrets else "")
    return 1 if secrets else 0


if __name__ == "__main__":
    sys.exit(main())
