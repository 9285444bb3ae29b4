"""Alembic's entry: runs on the connection that `feedback.migrations.run` hands over."""

from alembic import context

from feedback.migrations.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
