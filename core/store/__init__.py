"""The store: our own records in PostgreSQL, behind the ports of the use cases."""

from core.store.database import MigrationTarget, make_engine
from core.store.errors import StoreBusyError, StoreNotOpenError, StoreUnavailableError
from core.store.tables import metadata
from core.store.unit_of_work import SqlStore, StoreFactory

__all__ = [
    "MigrationTarget",
    "SqlStore",
    "StoreBusyError",
    "StoreFactory",
    "StoreNotOpenError",
    "StoreUnavailableError",
    "make_engine",
    "metadata",
]
