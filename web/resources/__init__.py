"""The web.resources package."""
