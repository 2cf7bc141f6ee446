"""The registry's tables: machines as they are, and their history."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

#: One row a machine; times are microseconds UTC. ``birth`` is the last birth as on the wire.
machines = sa.Table(
    "machines",
    metadata,
    sa.Column("path", sa.String(64), primary_key=True),
    sa.Column("birth", sa.LargeBinary, nullable=False),
    sa.Column("presence", sa.String(16), nullable=False),
    sa.Column("session", sa.BigInteger, nullable=False),
    sa.Column("first_seen", sa.BigInteger, nullable=False),
    sa.Column("last_seen", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(256), nullable=False),
    sa.Column("text", sa.String(1024), nullable=False),
    sa.Column("state_since", sa.BigInteger, nullable=False),
    sa.Column("unit", sa.String(128), nullable=False),
    sa.Column("product", sa.String(128), nullable=False),
)

#: Births, deaths, silences and returns; only ever added to.
history = sa.Table(
    "machine_history",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("path", sa.String(64), nullable=False),
    sa.Column("t", sa.BigInteger, nullable=False),
    sa.Column("what", sa.String(16), nullable=False),
    sa.Column("session", sa.BigInteger, nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.String(256), nullable=False),
    sa.Index("machine_history_by_path", "path", "t"),
)
