"""The migrations and the models say the same."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from feedback.core.db import Database
from feedback.migrations.models import metadata
from feedback.migrations.run import migrate, versions


def test_migrating_from_nothing_gives_the_schema_of_the_models(empty_url: str) -> None:
    database = Database(empty_url)
    migrate(database)
    migrate(database)
    current, wanted = versions(database)
    assert current == wanted
    with database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_facts_and_tallies_are_led_by_their_partner() -> None:
    led = {"contracts", "promotions", "policies", "seats", "seat_attributes", "activity", "buyers", "impressions"}
    led |= {"responses", "voices", "tallies", "partner_tallies", "daily_tallies", "erasures"}
    for name in led:
        table = metadata.tables[name]
        assert next(iter(table.primary_key)).name == "partner_id", name
        for index in table.indexes:
            assert index.columns[0].name == "partner_id", index.name
        assert not [key for key in table.foreign_keys if key.column.table.name in led], name
