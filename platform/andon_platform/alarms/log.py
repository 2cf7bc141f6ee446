"""How alarms and their history lie in the database, and what a line of the history is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

metadata = sa.MetaData()
alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("machine", sa.String(64), primary_key=True),
    sa.Column("code", sa.String(64), primary_key=True),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("severity", sa.String(16), nullable=False),
    sa.Column("text", sa.String(1024), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("acknowledged", sa.Boolean, nullable=False),
    sa.Column("raised", sa.BigInteger, nullable=False),
    sa.Column("cleared", sa.BigInteger, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("acknowledged_at", sa.BigInteger, nullable=False),
    sa.Column("acknowledged_by", sa.String(128), nullable=False),
    sa.Column("shelved_until", sa.BigInteger, nullable=False),
    sa.Column("out_of_service", sa.Boolean, nullable=False),
)
entries = sa.Table(
    "alarm_log",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("machine", sa.String(64), nullable=False, index=True),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("t", sa.BigInteger, nullable=False, index=True),
    sa.Column("what", sa.String(24), nullable=False),
    sa.Column("by", sa.String(128), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
#: What rings: a condition that comes, or is there when its alarm comes back from silence.
RINGS: Final = ("came", "again")
#: What makes an alarm silent, and what lets it speak again.
SILENCE: Final = ("shelved", "unshelved", "out-of-service", "returned-to-service")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an alarm's history: ``what`` is came, went, changed, acknowledged, shelved, unshelved, out-of-service,
    returned-to-service, again (it came back from silence with its condition: unacknowledged once more) or comment;
    ``t`` in microseconds UTC. Nobody (``by`` empty) unshelves what has had its time."""

    machine: str
    code: str
    t: int
    what: str
    by: str = ""
    text: str = ""


async def history(engine: AsyncEngine, machine: str, code: str, limit: int) -> list[Entry]:
    """Of one alarm, newest first."""
    query = (
        sa.select(entries)
        .where(entries.c.machine == machine, entries.c.code == code)
        .order_by(entries.c.id.desc())
        .limit(limit)
    )
    return await _rows(engine, query)


async def told(engine: AsyncEngine, enterprise: str, start: int, stop: int, limit: int) -> list[Entry]:
    """What rang in [start, stop), and all that silenced an alarm or let it speak again before ``stop``, oldest first.
    At most ``limit`` and one more."""
    rang = sa.and_(entries.c.what.in_(RINGS), entries.c.t >= start)
    query = (
        sa.select(entries)
        .where(
            entries.c.machine.startswith(f"{enterprise}/", autoescape=True),
            entries.c.t < stop,
            sa.or_(rang, entries.c.what.in_(SILENCE)),
        )
        .order_by(entries.c.t, entries.c.id)
        .limit(limit + 1)
    )
    return await _rows(engine, query)


async def _rows(engine: AsyncEngine, query: sa.Select[tuple[object, ...]]) -> list[Entry]:
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).mappings().all()
    return [Entry(*(row[f.name] for f in fields(Entry))) for row in rows]
