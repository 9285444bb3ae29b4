"""What people write: sentences by language and mood, put together so that few comments are the same."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

Mood = Literal["promoter", "passive", "detractor"]
BuyerMood = Literal["fine", "price", "value", "effort", "other"]

_FOLDER = Path(__file__).parent / "words"
_MORE = 0.5
_LAST = 0.22
_WITHOUT_SPACES = ("ja",)


def language(locale: str) -> str:
    """The language of a BCP 47 tag."""
    return locale.partition("-")[0]


def comment(of: str, mood: Mood, rng: np.random.Generator) -> str:
    """What an end user writes in language `of`."""
    pool = _pool(of)[mood]
    parts = [_one(pool["first"], rng)]
    if rng.random() < _MORE:
        parts.append(_one(pool["second"], rng))
    if rng.random() < _LAST:
        parts.append(_one(pool["last"], rng))
    return ("" if of in _WITHOUT_SPACES else " ").join(parts)


def buyers_comment(of: str, mood: BuyerMood, rng: np.random.Generator) -> str:
    """What a buyer writes in language `of`."""
    return _one(_pool(of)["buyer"][mood], rng)


@cache
def _pool(of: str) -> Mapping[str, Any]:
    pool: dict[str, Any] = json.loads((_FOLDER / f"{of}.json").read_text(encoding="utf-8"))
    return pool


def _one(texts: Sequence[str], rng: np.random.Generator) -> str:
    return texts[int(rng.integers(len(texts)))]
