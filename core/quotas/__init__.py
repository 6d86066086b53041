"""How much a workspace may have: counting what is there, refusing more, and setting the limits."""
