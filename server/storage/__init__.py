"""Rows: the committed truth about sessions, staff, customers, cases and secrets.

Terms. A *store* implements a port of `session`, `verification` or `support` over one or two tables and returns their
types; a row never leaves this package. The *database* is one engine: SQLite in one process, PostgreSQL for many
servers, by the same statements.

The data's way through: domain type -> store -> one transaction of `Database.writing()` (SQLite: `BEGIN IMMEDIATE`) ->
committed on return; `Database.reading()` -> row -> domain type. Whatever must happen once (a claim, a used step) is one
conditional UPDATE whose count of changed rows is the answer.

Whatever the database does not do within two seconds becomes DatabaseUnavailable, which each port's consumer knows as
its own StoreUnavailable. Nothing here decides: no rule of access, no clock, no key.
"""
