"""Live PostgreSQL servers, 13 and later."""

from core.engines.postgresql.engine import PostgresqlEngine

__all__ = ["PostgresqlEngine"]
