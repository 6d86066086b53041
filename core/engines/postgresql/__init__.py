"""Live PostgreSQL servers, 13 and later."""

from core.engines.postgresql.engine import PostgresqlEngine
from core.engines.postgresql.keeping import Keeper

__all__ = ["Keeper", "PostgresqlEngine"]
