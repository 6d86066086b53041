"""Recipes of PostgreSQL: what each change does to a live database, and how it is taken back."""

from core.dialects.postgresql.recipes.composing import all_moves

__all__ = ["all_moves"]
