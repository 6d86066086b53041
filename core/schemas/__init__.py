"""The core.schemas package."""
