"""Fixtures of the store's tests."""

from __future__ import annotations

from tests.store_fixtures import open_store, store_engine, store_template, store_url

__all__ = ["open_store", "store_engine", "store_template", "store_url"]
