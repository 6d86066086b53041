"""Alembic's environment for the store: one upgrade at a time, and none that blocks others for long.

Flask-Migrate names the engine and the tables, see `core.store.database.MigrationTarget`.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine, MetaData, text
from sqlalchemy.dialects.postgresql.base import ischema_names

from core.store.tables import TransactionNumber

LOCK_TIMEOUT_SECONDS = 5
"""How long a statement waits for a table that others use before the migration gives up."""

TURN_TIMEOUT_SECONDS = 300
"""How long a migration waits for another one to end."""

TURN = 0x5CE3A_B1DE4
"""Number of the advisory lock that migrations take in turn."""


def migrate_offline(engine: Engine, metadata: MetaData, options: dict[str, Any]) -> None:
    """Print the statements instead of running them."""
    context.configure(
        url=engine.url,
        target_metadata=metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
        **options,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate_online(engine: Engine, metadata: MetaData, options: dict[str, Any]) -> None:
    """Run the revisions, each in a transaction of its own, while nobody else does."""
    with engine.connect() as connection:
        _wait_for_turn(connection)
        context.configure(
            connection=connection,
            target_metadata=metadata,
            transaction_per_migration=True,
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()


def _wait_for_turn(connection: Connection) -> None:
    """Take the advisory lock for the session; closing the connection for good gives it back."""
    # The pool would keep the session, and the lock with it.
    connection.detach()
    connection.execute(text(f"SET lock_timeout = '{TURN_TIMEOUT_SECONDS}s'"))
    connection.execute(text(f"SET statement_timeout = '{TURN_TIMEOUT_SECONDS}s'"))
    connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_lock(:turn)"), {"turn": TURN})
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"))
    connection.execute(text("SET statement_timeout = 0"))
    connection.commit()


def _without_empty_revisions(_context: object, _revision: object, directives: list[Any]) -> None:
    """Make no revision when there is nothing to change."""
    if (
        getattr(context.config.cmd_opts, "autogenerate", False)
        and directives[0].upgrade_ops.is_empty()
    ):
        directives.clear()


def run() -> None:
    """Do what the command asks for."""
    # SQLAlchemy reads no `xid8` from a live table unless it is told of it.
    ischema_names["xid8"] = TransactionNumber
    migrate = current_app.extensions["migrate"]
    options = {
        **migrate.configure_args,
        "compare_type": True,
        "compare_server_default": True,
        "render_as_batch": False,
        "process_revision_directives": _without_empty_revisions,
    }
    act = migrate_offline if context.is_offline_mode() else migrate_online
    act(migrate.db.engine, migrate.db.metadata, options)


run()
