"""Officers' case files: the files, what belongs to each, and who keeps away from it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_files",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.String(32), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.String(32), nullable=True),
        sa.Column("closed_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_case_files"),
        sa.ForeignKeyConstraint(["opened_by"], ["staff.id"], name="fk_case_files_opened_by"),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name="fk_case_files_closed_by"),
    )
    op.create_table(
        "case_file_items",
        sa.Column("log_index", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("file", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("named", sa.String(64), nullable=False),
        sa.Column("officer", sa.String(32), nullable=False),
        sa.Column("added_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log_index", name="pk_case_file_items"),
        sa.ForeignKeyConstraint(["file"], ["case_files.id"], name="fk_case_file_items_file"),
        sa.ForeignKeyConstraint(["officer"], ["staff.id"], name="fk_case_file_items_officer"),
        sa.UniqueConstraint("file", "kind", "named", name="uq_case_file_items_named"),
    )
    op.create_table(
        "case_file_people",
        sa.Column("file", sa.String(32), nullable=False),
        sa.Column("staff", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("file", "staff", name="pk_case_file_people"),
        sa.ForeignKeyConstraint(["file"], ["case_files.id"], name="fk_case_file_people_file"),
    )
