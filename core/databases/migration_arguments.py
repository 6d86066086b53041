"""The arguments of jobs about migrations: their names in the record of a job."""

from __future__ import annotations

from typing import Final

MIGRATION_ID: Final = "migrationId"
"""Of `migrate` and `revert`: the stored plan; without it a `migrate` plans by itself."""

TO_VERSION: Final = "toVersion"
"""Of `migrate`: the number of the version to lead to."""

ALLOW_LOSS: Final = "allowLoss"
"""Of `migrate` and `revert`: what may lose values, by name."""

AS_PLANNED: Final = "asPlanned"
"""Of `migrate`: whether only the stored plan may run, and no newer one in its place."""

REHEARSE: Final = "rehearse"
"""Of `migrate`: the extent of the rehearsal, None for none."""

RENAMED_VALUES: Final = "renamedValues"
"""Of `migrate`: by enum id, labels that were renamed, old to new."""
