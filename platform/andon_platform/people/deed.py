"""What every action of a person has, and how it is kept from being done twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

Row = TypeVar("Row")


class Refused(ValueError):
    """What is asked does not fit what is there; says why."""


@dataclass(frozen=True, slots=True)
class Deed:
    """``by`` did it at ``t`` (microseconds UTC). ``key`` names the action, so that a phone that was offline may send it
    again: the second time it changes nothing. Empty: it has no name."""

    by: str
    t: int
    key: str = ""


def person(by: str) -> str:
    """Who that is, whatever session they came with: the name that was said, or the session where none was."""
    name, _, session = by.partition(" (")
    return name if ":" in session else by


def clean(text: str, limit: int) -> str:
    """What every database takes: PostgreSQL knows no NUL, and none knows half a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:limit].strip()


def within(column: sa.ColumnElement[str], places: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a path is one of the places, or lies in one."""
    return sa.or_(
        *(sa.or_(column == place, column.startswith(f"{place}/", autoescape=True)) for place in places), sa.false()
    )


class Shelf:
    """A table whose rows are ``shape``: all that reads and writes it goes through here.

    Changes are made one after another (``busy``): the API is the only process that has this database.
    """

    def __init__(self, engine: AsyncEngine, table: sa.Table) -> None:
        self.engine, self.table = engine, table
        self.busy = asyncio.Lock()

    async def add(self, values: Mapping[str, Any], key: str = "") -> int:
        """A new row; its id."""
        async with self.engine.begin() as connection:
            done = await connection.execute(sa.insert(self.table).values(**values, key=key or None))
            assert done.inserted_primary_key is not None
            return int(done.inserted_primary_key[0])

    async def change(self, id: int, **values: Any) -> None:
        """Some columns of a row."""
        async with self.engine.begin() as connection:
            await connection.execute(sa.update(self.table).where(self.table.c.id == id).values(**values))

    async def keyed(self, key: str, shape: type[Row]) -> Row | None:
        """The row that this action made before."""
        if not key:
            return None
        found = await self.rows(shape, self.table.c.key == key)
        return found[0] if found else None

    async def get(self, id: int, shape: type[Row]) -> Row | None:
        """By its id."""
        found = await self.rows(shape, self.table.c.id == id)
        return found[0] if found else None

    async def rows(
        self, shape: type[Row], *where: sa.ColumnElement[bool], newest: bool = True, limit: int | None = None
    ) -> list[Row]:
        """Rows by their id."""
        order = self.table.c.id.desc() if newest else self.table.c.id
        query = sa.select(self.table).where(*where).order_by(order).limit(limit)
        async with self.engine.connect() as connection:
            found = (await connection.execute(query)).mappings().all()
        names = [f.name for f in fields(shape)]  # type: ignore[arg-type]
        return [shape(**{name: row[name] for name in names}) for row in found]
