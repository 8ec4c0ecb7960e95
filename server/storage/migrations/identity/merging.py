"""Customers' records that were merged into another."""

import sqlalchemy as sa
from alembic import op


def make_merging() -> None:
    with op.batch_alter_table("customers") as batch:
        batch.add_column(sa.Column("merged_into", sa.String(length=32), nullable=True))
        batch.create_foreign_key("fk_customers_merged_into", "customers", ["merged_into"], ["id"])
    op.create_index(op.f("ix_customers_merged_into"), "customers", ["merged_into"], unique=False)
