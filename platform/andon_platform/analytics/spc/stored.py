"""Limits that are kept, with the data they came from: the table behind ``/spc/limits``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

_metadata = sa.MetaData()
_limits = sa.Table(
    "spc_limits",
    _metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("machine", sa.String(64), nullable=False, index=True),
    sa.Column("characteristic", sa.String(64), nullable=False),
    sa.Column("chart", sa.String(16), nullable=False),
    sa.Column("made", sa.BigInteger, nullable=False),
    sa.Column("made_by", sa.String(128), nullable=False),
    sa.Column("limits", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """``limits`` as :meth:`Limits.to_dict <.chart.Limits.to_dict>` gives them, one a panel; ``made`` in us UTC."""

    id: str
    machine: str
    characteristic: str
    chart: str
    made: int
    made_by: str
    limits: list[dict[str, Any]]


class StoredLimits:
    """The table, in the API's database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self) -> None:
        """Make the table where it is missing."""
        async with self._engine.begin() as connection:
            await connection.run_sync(_metadata.create_all)

    async def add(self, stored: Stored) -> None:
        """Keep one; those before it stay, since points were judged by them."""
        row = {name: getattr(stored, name) for name in Stored.__dataclass_fields__}
        async with self._engine.begin() as connection:
            await connection.execute(sa.insert(_limits).values(row | {"limits": json.dumps(stored.limits)}))

    async def find(self, machine: str | None = None, characteristic: str | None = None) -> list[Stored]:
        """Newest first."""
        query = sa.select(_limits).order_by(_limits.c.made.desc(), _limits.c.id).limit(500)
        if machine is not None:
            query = query.where(_limits.c.machine == machine)
        if characteristic is not None:
            query = query.where(_limits.c.characteristic == characteristic)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_stored(row) for row in rows]

    async def get(self, id: str) -> Stored | None:
        """By its id."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(sa.select(_limits).where(_limits.c.id == id))).mappings().first()
        return _stored(row) if row else None

    async def remove(self, id: str) -> bool:
        """Whether there was one."""
        async with self._engine.begin() as connection:
            return bool((await connection.execute(sa.delete(_limits).where(_limits.c.id == id))).rowcount)


def _stored(row: Any) -> Stored:
    return Stored(**(dict(row) | {"limits": json.loads(row["limits"])}))
