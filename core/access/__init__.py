"""Who may do what: workspaces, members, API keys, tokens of a provider, and the audit log."""
