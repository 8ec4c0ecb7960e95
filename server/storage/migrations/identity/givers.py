"""Who gave a link to enrol by."""

import sqlalchemy as sa
from alembic import op


def make_givers() -> None:
    with op.batch_alter_table("enrolments") as batch:
        batch.add_column(sa.Column("issued_by", sa.Text(), nullable=True))
