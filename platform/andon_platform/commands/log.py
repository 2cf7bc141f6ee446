"""Every command that was asked for, with its answer: the table behind ``GET /commands``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

Status = Literal["pending", "done", "refused", "failed", "timeout"]

_metadata = sa.MetaData()
_commands = sa.Table(
    "commands",
    _metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("t", sa.BigInteger, nullable=False, index=True),
    sa.Column("owner", sa.String(64), nullable=False, index=True),
    sa.Column("command", sa.String(64), nullable=False),
    sa.Column("arguments", sa.Text, nullable=False),
    sa.Column("issued_by", sa.String(128), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("reply_ms", sa.Float, nullable=True),
)


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """A command and what became of it; ``t`` in microseconds UTC, ``reply_ms`` from publish to reply."""

    id: str
    t: int
    owner: str
    command: str
    arguments: dict[str, str]
    issued_by: str
    status: Status
    text: str = ""
    reply_ms: float | None = None


class CommandLog:
    """The table, in the registry's database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self) -> None:
        """Make the table; what was pending when the process ended has no answer any more."""
        async with self._engine.begin() as connection:
            await connection.run_sync(_metadata.create_all)
            await connection.execute(
                sa.update(_commands)
                .where(_commands.c.status == "pending")
                .values(status="timeout", text="the API ended before the answer came")
            )

    async def begin(self, record: CommandRecord) -> None:
        """Write the command down before it is sent."""
        async with self._engine.begin() as connection:
            await connection.execute(
                sa.insert(_commands).values(
                    id=record.id,
                    t=record.t,
                    owner=record.owner,
                    command=record.command,
                    arguments=json.dumps(record.arguments),
                    issued_by=record.issued_by[:128],
                    status=record.status,
                    text=record.text,
                )
            )

    async def end(self, record: CommandRecord) -> None:
        """Write down what became of it."""
        async with self._engine.begin() as connection:
            await connection.execute(
                sa.update(_commands)
                .where(_commands.c.id == record.id)
                # PostgreSQL knows no NUL, and the text is a machine's
                .values(status=record.status, text=record.text.replace("\0", ""), reply_ms=record.reply_ms)
            )

    async def read(
        self, *, limit: int = 100, owner: str | None = None, tenant: str | None = None, before: int | None = None
    ) -> list[CommandRecord]:
        """Newest first; of one owner, or of all of an enterprise."""
        query = sa.select(_commands).order_by(_commands.c.t.desc()).limit(limit)
        if owner is not None:
            query = query.where(_commands.c.owner == owner)
        if tenant is not None:
            query = query.where(sa.or_(_commands.c.owner == tenant, _commands.c.owner.startswith(f"{tenant}/")))
        if before is not None:
            query = query.where(_commands.c.t < before)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [CommandRecord(**{**row, "arguments": json.loads(row["arguments"])}) for row in rows]
