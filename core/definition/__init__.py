"""The core.definition package."""
