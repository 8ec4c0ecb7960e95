"""Cases that agents open: until when they are provisional, and what was typed for the customer."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("ends_at_ms", sa.BigInteger(), nullable=True))
    op.add_column("cases", sa.Column("named", sa.LargeBinary(), nullable=True))
