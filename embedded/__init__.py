"""The embedded package."""
