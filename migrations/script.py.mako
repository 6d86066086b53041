"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

The rule for every revision: the release before this one still runs while and after it is applied.
So add first, fill in the background, and remove only in a later release. On tables that are in use:
- new columns are nullable or have a constant default;
- indexes are built with `postgresql_concurrently=True` inside `with op.get_context().autocommit_block():`;
- constraints are added NOT VALID and validated in a later statement;
- nothing is renamed, and no column changes its type.
The environment gives up after a few seconds of waiting for a lock, so that nobody queues behind us.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Bring the store to this revision."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take the store back to the revision before."""
    ${downgrades if downgrades else "pass"}
