"""Nobody listens where the queue should be, from the first moment to the last."""

from pathlib import Path

from tests.runtime.place import Place
from tests.runtime.running import free_port
from tests.soak import many

DATABASES = ("sqlite",)
ANSWERS = many(80, 2000)


def test_without_valkey_for_the_whole_run_everything_is_kept_and_counted(database_kind: str, tmp_path: Path) -> None:
    place = Place(database_kind, tmp_path, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    try:
        with place.answerers() as them:
            assert them.wait_for(ANSWERS)
        outcome = place.recount(them, "Valkey gone for the whole run", 1)
    finally:
        place.close()
    assert outcome.clean and outcome.acknowledged >= ANSWERS, outcome
