"""The core.store package."""
