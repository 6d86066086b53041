"""The core.jobs package."""
