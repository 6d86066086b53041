"""How it is proven to the server, with everybody going on, that a column has no NULL."""

from __future__ import annotations

from core.dialects.postgresql.altering_columns import set_not_null
from core.dialects.postgresql.altering_constraints import (
    add_check,
    drop_constraint,
    validate_constraint,
)
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote
from core.dialects.postgresql.recipes.making import line
from core.dialects.statement import Line


def not_null_lines(at: Place, name: str, cause: str, check: str) -> tuple[Line, ...]:
    """Forbid NULL by way of a check, which is validated while everybody goes on.

    Source: PostgreSQL manual, SQL Commands, ALTER TABLE, SET NOT NULL: no scan when a valid check
    proves it.

    Args:
        at: The table.
        name: The column.
        cause: Id of the column.
        check: A name for the check, which goes in the end.
    """
    return (
        line(add_check(at, check, f"{quote(name)} IS NOT NULL", cause, is_valid=False)),
        line(validate_constraint(at, check, cause)),
        line(
            set_not_null(at, name, cause, is_proven=True),
            drop_constraint(at, check, cause),
        ),
    )
