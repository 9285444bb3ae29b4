"""What the fold is measured against does the same as the fold, and still runs."""

from bench import fold


def test_the_bare_statements_leave_the_same_rows_as_the_fold() -> None:
    with fold.sqlite() as store:
        done = [scenario for scenario, *_seconds in fold.measured(store, count=300, rounds=1)]
    assert done == ["first answers", "repeat answers of known people", "revisions"]
