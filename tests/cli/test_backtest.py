"""`feedback backtest` as it is typed."""

from datetime import date

import orjson
import pytest

from feedback.cli.backtest import _print
from feedback.gap.backtest import SIGNALS, Backtest, Bin, Replayed, Share, Signal
from tests.cli.conftest import Run

NAMES = ("Acme", "Rindfleischetikettierungsüberwachungsgesellschaft mit beschränkter Haftung", "[red]Bolt\x1b[2J")
NOTHING = Share(0, 0, None, None, None)


def replay() -> Backtest:
    """Big enough to be too wide: hundreds of contracts, a name as long as a line, one that would obey a terminal."""
    share = Share(126, 309, 126 / 309, 0.354, 0.464)
    bins = tuple(Bin(low / 5, (low + 1) / 5, 0.1, Share(101, 120, 0.84, 0.7, 0.9)) for low in range(4))
    signals = tuple(
        Signal(name, share, share, NOTHING, 12, 110.0, 0.33, 0.25, (*bins, Bin(0.8, 1, None, NOTHING)), "Words.")
        for name in SIGNALS
    )
    losses = tuple(
        Replayed(
            f"p{place}",
            name,
            "one",
            "churned",
            True,
            date(2026, 7, 1),
            dict.fromkeys(SIGNALS[:3], date(2026, 2, 28)) | {SIGNALS[3]: None},
        )
        for place, name in enumerate(NAMES)
    )
    kept = Replayed("p9", "Kept", "one", "renewed", False, date(2026, 7, 1), dict.fromkeys(SIGNALS))
    return Backtest(
        as_of=date(2026, 11, 15),
        first_month="2025-09",
        last_month="2026-10",
        contracts=618,
        losses=309,
        months=5000,
        reconstructed=4000,
        without_history=1,
        can_tell=True,
        signals=signals,
        replayed=(*losses, kept),
        sentence="State: flagged 126 of 309 losses, median 110 days ahead, 126 false alarms in 309 kept.",
    )


def test_at_80_columns_every_lost_contract_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _print(replay())
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert out.startswith("State: flagged 126 of 309 losses, median 110 days ahead, 126 false alarms in 309")
    lost = lines[next(number for number, line in enumerate(lines) if line.startswith("Lost")) + 1 :]
    assert len(lost) == 3
    assert lost[0].split() == ["Acme", "churned", "2026-07-01", "123", "d", "123", "d", "123", "d", "–"]
    assert lost[1].startswith("Rindfleischetikettierung") and "…" in lost[1]
    assert lost[2].startswith("[red]Bolt�[2J") and "\x1b" not in out
    rows = [line for line in lines if line.startswith("buyer score")]
    assert rows[0].split() == ["buyer", "score", *["126", "of", "309,", "35–46", "%"] * 2, "0", "of", "0", "110", "d"]
    assert rows[1].split() == ["buyer", "score", *["101", "of", "120"] * 4, "–", "12", "0.33"]


def test_nothing_to_replay_is_one_sentence(feedback: Run) -> None:
    code, out, _ = feedback("backtest")
    assert code == 0
    assert " ".join(out.split()) == (
        "No decided contract has a month of history before it: there is nothing to replay yet."
    )
    found = orjson.loads(feedback("backtest", "--format", "json")[1])
    assert (found["contracts"], found["can_tell"], [one["name"] for one in found["signals"]]) == (0, False, [*SIGNALS])
