"""The core.formats package."""
