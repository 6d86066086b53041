"""The core.dialects.postgresql package."""
