"""What the tests of the house share: every module of the product, imported."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

import core
import embedded
import web
import worker

NOT_IMPORTED = {"worker.main", "web.wsgi", "web.gunicorn_settings"}
"""Modules that make an application when they are imported; they define nothing else."""


@pytest.fixture(scope="session")
def modules() -> tuple[ModuleType, ...]:
    """Every module of the product, imported, so that all its classes are there."""
    return tuple(
        importlib.import_module(found.name)
        for package in (core, web, worker, embedded)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if found.name not in NOT_IMPORTED and not found.name.endswith(".__main__")
    )
