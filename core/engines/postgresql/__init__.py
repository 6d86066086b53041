"""The core.engines.postgresql package."""
