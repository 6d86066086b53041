"""How long requests may be; needs nothing, as gunicorn's first process loads it too."""

from __future__ import annotations

LONGEST_TARGET = 7000
"""Characters of a path with its query; the longest that the parameters allow has some 6300."""
LONGEST_HEADER = 8000
"""Characters of one header, name included."""
MOST_HEADERS = 100
"""Headers of one request."""
