"""Webhooks: addresses of others that are told, signed, of ends of jobs and of alarms."""
