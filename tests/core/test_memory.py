"""What is remembered has an end, and what came last is not what is forgotten."""

from hypothesis import given
from hypothesis import strategies as st

from feedback.core.memory import remember


@given(keys=st.lists(st.integers(0, 30)), most=st.integers(1, 12))
def test_never_more_than_so_many_and_always_the_latest(keys: list[int], most: int) -> None:
    known: dict[int, int] = {}
    for place, key in enumerate(keys):
        remember(known, key, place, most=most)
        assert known[key] == place
        assert len(known) <= most
    latest = list(dict.fromkeys(reversed(keys)))[: most // 2]
    if len(set(keys)) == len(keys):
        assert set(latest) <= set(known)
