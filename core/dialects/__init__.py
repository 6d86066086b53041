"""The core.dialects package."""
