"""The core.validation package."""
