"""Alembic's entry: runs inside the transaction that `server.storage.migrating` gives it."""

from alembic import context

from server.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by making a new one
    transactional_ddl=True,  # also on SQLite: the transaction is ours, so a step happens whole or not at all
)
with context.begin_transaction():
    context.run_migrations()
