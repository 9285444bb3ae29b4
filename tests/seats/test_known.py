"""What the embed's doors know of attributes and segments."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.core.clock import system_clock
from feedback.core.db import Database
from feedback.core.ids import segment_id
from feedback.seats import known
from feedback.seats.attributes import OTHER, Declared, intern, vector

DATABASES = ("sqlite",)
TOLD_APART = {"role": {"nurse", "doctor"}, "site": {"north"}}


def _declare(database: Database, attributes: dict[str, set[str]]) -> None:
    with database.transaction() as session:
        declared = Declared(session)
        declared.declare(attributes, now=system_clock())
        for name, values in attributes.items():
            for value in values:
                declared.learn({name: value})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["role", "site", "else"]), st.sampled_from(["", "nurse", "doctor", "north", "south"])
        ),
        max_size=6,
    )
)
def test_whatever_was_seen_before_the_segment_is_that_of_the_vector(
    database: Database, seen: list[dict[str, str]]
) -> None:
    _declare(database, TOLD_APART)
    for attributes in seen * 2:
        values = vector(TOLD_APART, attributes)
        assert known.frozen(database, attributes)[:2] == (segment_id(values), values)


def test_a_value_that_is_told_apart_from_now_on_is_at_once(database: Database) -> None:
    _declare(database, {"role": {"nurse"}})
    assert known.frozen(database, {"role": "doctor"}).values == {"role": OTHER}
    _declare(database, {"role": {"doctor"}})
    assert known.frozen(database, {"role": "doctor"}).values == {"role": "doctor"}


def test_a_segment_stands_once_it_is_kept(database: Database) -> None:
    _declare(database, {"role": {"nurse"}})
    nurses = known.frozen(database, {"role": "nurse"})
    assert not nurses.stands
    with database.transaction() as session:
        intern(session, {nurses.id: nurses.values})
    assert known.frozen(database, {"role": "nurse"}).stands
    assert known.frozen(database, {}).stands, "nobody keeps the empty one"


def test_only_so_many_are_remembered(database: Database) -> None:
    _declare(database, {"role": {"nurse"}})
    for number in range(known.MOST_SEEN + 10):
        assert known.frozen(database, {"role": "nurse", "else": str(number)}).values == {"role": "nurse"}
    assert len(known._DECLARED.get(database, None)._segments) <= known.MOST_SEEN
