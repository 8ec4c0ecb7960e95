"""Links that stop something are done with when all that they end has ended."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cancellations", sa.Column("settled_at_ms", sa.BigInteger(), nullable=True))
    op.execute("UPDATE cancellations SET settled_at_ms = used_at_ms")
