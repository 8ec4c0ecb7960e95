"""Links that stop what somebody changed about a customer's passkeys on their own page."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cancellations", sa.Column("passkey", sa.String(length=32), nullable=True))
    op.add_column("cancellations", sa.Column("since_ms", sa.BigInteger(), nullable=True))
