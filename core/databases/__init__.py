"""The core.databases package."""
