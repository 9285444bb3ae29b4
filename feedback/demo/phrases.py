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
_ANOTHER, _MORE, _LAST = 0.45, 0.5, 0.25
"""How often a second matter, a wish or a detail, and a parting word follow."""
_WITHOUT_SPACES = ("ja",)


def language(locale: str) -> str:
    """The language of a BCP 47 tag."""
    return locale.partition("-")[0]


def comment(of: str, mood: Mood, rng: np.random.Generator) -> str:
    """What an end user writes in language `of`."""
    pool = _pool(of)[mood]
    matters = pool["first"]
    count = 2 if rng.random() < _ANOTHER else 1
    parts = [matters[place] for place in rng.choice(len(matters), size=count, replace=False).tolist()]
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
