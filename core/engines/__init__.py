"""The core.engines package."""
