"""The core.backups package."""
