"""${message}

Expand first (new tables, nullable columns), backfill in a job, contract in a later release. Indexes on existing
tables are made concurrently, in a migration of their own. Policies, grants, functions and views do not belong here:
`backend/db/access.py` and `migrations/repeatable/` are applied again after every upgrade.
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
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
