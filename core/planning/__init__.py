"""The core.planning package."""
