"""Alembic's environment: runs the migrations on a connection that `backend.db.migrate` hands over."""

from alembic import context

from backend.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=True,
    include_object=lambda _object, name, kind, _reflected, _to: (
        not (kind == "table" and name is not None and name.startswith(("events_", "event_keys_")))
    ),
)
with context.begin_transaction():
    context.run_migrations()
