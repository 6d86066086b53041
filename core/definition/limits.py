"""How large a document may be. What an engine can hold is the rules' affair, in `validation`."""

from __future__ import annotations

SCHEMA_NAME = 100
"""Characters of the schema's name. Source: DESIGN, section 5."""
SCHEMA_DESCRIPTION = 500
"""Characters of the schema's description. Source: DESIGN, section 5."""
NAME = 1_000
"""Characters of any other name; engines allow fewer, and rules say so."""
ID = 255
"""Characters of an id."""
DESCRIPTION = 10_000
"""Characters of a comment."""
EXPRESSION = 10_000
"""Characters of an SQL expression or of a default's JSON text."""
NATIVE_TYPE = 1_000
"""Characters of a native type."""
COLOR = 100
"""Characters of a colour."""
TABLES = 2_000
"""Tables in a definition."""
COLUMNS = 1_600
"""Columns in a table. Source: PostgreSQL manual, appendix K."""
COLUMN_LIST = 1_600
"""Columns named by a key or an index."""
TABLE_CONSTRAINTS = 2_000
"""Constraints of one sort, or indexes, in a table."""
FOREIGN_KEYS = 20_000
"""Foreign keys in a definition."""
ENUMS = 2_000
"""Enums in a definition."""
ENUM_VALUES = 10_000
"""Values of an enum."""
NAMESPACES = 1_000
"""Namespaces in a definition."""
