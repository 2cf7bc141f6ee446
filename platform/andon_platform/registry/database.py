"""The API's own database: SQLite in a file by default, PostgreSQL by URL.

Each part of the API brings its own tables (registry, commands, sessions); this opens the engine and keeps the
version of the whole. Tables are made when they are missing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from andon_platform.registry.errors import RegistryError, SchemaTooNew

#: Grows with every change of a table; a database with a higher number is refused rather than guessed at.
SCHEMA = 1

_metadata = sa.MetaData()
_version = sa.Table("andon_schema", _metadata, sa.Column("version", sa.Integer, primary_key=True))


async def open_database(url: str) -> AsyncEngine:
    """Connect, check the version, and return the engine; the caller disposes of it.

    Raises:
        SchemaTooNew: a newer Andon made this database.
        RegistryError: it cannot be reached or read; says where it is, without a password.
    """
    engine, shown = _engine(url)
    try:
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine.sync_engine, "connect", _tune_sqlite)
            await asyncio.to_thread(_try_sqlite, engine.url.database or ":memory:")
        await create_tables(engine, _metadata)
        async with engine.begin() as connection:
            found = (await connection.execute(sa.select(sa.func.max(_version.c.version)))).scalar()
            if found is None:
                await connection.execute(sa.insert(_version).values(version=SCHEMA))
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        await engine.dispose()
        why = getattr(error, "orig", None) or error  # what the driver says, without SQLAlchemy's pointers to its pages
        raise RegistryError(f"the registry's database {shown} cannot be used: {why}") from error
    if found is not None and found > SCHEMA:
        await engine.dispose()
        raise SchemaTooNew(f"{shown} has schema {found}, this Andon knows {SCHEMA}; start the newer Andon again")
    return engine


def _engine(url: str) -> tuple[AsyncEngine, str]:
    """The engine, and its address without a password. Raises ``RegistryError``."""
    try:
        address = sa.make_url(url)
        if address.drivername in ("postgres", "postgresql"):  # as people and providers write it
            address = address.set(drivername="postgresql+asyncpg")
        shown = address.render_as_string(hide_password=True)
        return create_async_engine(address, pool_pre_ping=address.get_backend_name() != "sqlite"), shown
    except ModuleNotFoundError as error:
        raise RegistryError(
            f"the driver {error.name} is not installed; PostgreSQL needs the extra: andon[postgres]"
        ) from error
    except SQLAlchemyError as error:  # an address with a mistake may hold a password: it is not repeated
        raise RegistryError(f"ANDON_REGISTRY_URL is no address of a database ({type(error).__name__})") from error


async def create_tables(engine: AsyncEngine, metadata: sa.MetaData) -> None:
    """Make the tables of ``metadata`` that are missing."""
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)


def _try_sqlite(path: str) -> None:
    """Open the file once, as every connection will. A failed connection of aiosqlite's tells its event loop of it
    from a thread that nobody waits for, which the loop may not outlive. Raises ``sqlite3.Error``."""
    with closing(sqlite3.connect(path)) as connection:
        _tune_sqlite(connection, None)


def _tune_sqlite(connection: Any, _record: object) -> None:
    """WAL, so that readers and the writer do not wait for each other; what is lost with the power is announced anew."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()
