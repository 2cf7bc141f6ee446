"""Products and grants in the API's database. Nothing is remembered between questions: what is revoked is closed at
once, whoever else asks at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.sharing.errors import NameTaken
from andon_platform.sharing.product import Column, Grant, Licence, Product, Question

T = TypeVar("T")
_metadata = sa.MetaData()
_products = sa.Table(
    "data_products",
    _metadata,
    sa.Column("owner", sa.String(24), primary_key=True),
    sa.Column("name", sa.String(48), primary_key=True),
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("licence", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("columns", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("made", sa.BigInteger, nullable=False),
    sa.Column("made_by", sa.String(128), nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Column("reads", sa.BigInteger, nullable=False),
    sa.Column("last_read", sa.BigInteger, nullable=False),
)
_grants = sa.Table(
    "data_grants",
    _metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("owner", sa.String(24), nullable=False),
    sa.Column("name", sa.String(48), nullable=False),
    sa.Column("grantee", sa.String(64), nullable=False, index=True),
    sa.Column("partner", sa.String(64), nullable=False),
    sa.Column("formats", sa.String(64), nullable=False),
    sa.Column("granted", sa.BigInteger, nullable=False),
    sa.Column("granted_by", sa.String(128), nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("revoked", sa.BigInteger, nullable=False),
    sa.Column("revoked_by", sa.String(128), nullable=False),
    sa.Column("reads", sa.BigInteger, nullable=False),
    sa.Column("last_read", sa.BigInteger, nullable=False),
    sa.Index("data_grants_by_product", "owner", "name"),
)
_JSON = {"licence": Licence, "question": Question, "columns": tuple[Column, ...]}


class ProductBook:
    """``now``: microseconds UTC."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], int]) -> None:
        self._engine, self._now = engine, now

    async def open(self) -> None:
        """Make the tables that are missing."""
        async with self._engine.begin() as connection:
            await connection.run_sync(_metadata.create_all)

    # --- products -------------------------------------------------------------------------------------------------

    async def add(self, product: Product) -> None:
        """Keep a new one. Raises ``NameTaken``."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(sa.insert(_products).values(_row(product)))
        except IntegrityError as error:
            raise NameTaken(f"{product.owner} has a product {product.name!r} already; choose another name") from error

    async def change(self, product: Product) -> bool:
        """Put title, description, licence, question and columns in place of what there is; whether there was one."""
        row = _row(product)
        changed = {k: row[k] for k in ("title", "description", "licence", "question", "columns", "version", "changed")}
        return await self._update(product.owner, product.name, changed)

    async def announced(self, product: Product, columns: tuple[Column, ...]) -> Product:
        """The product with the columns as the machines announce them now: other ones make a new version."""
        if columns == product.columns:
            return product
        found = msgspec.structs.replace(product, columns=columns, version=product.version + 1, changed=self._now())
        row = _row(found)
        values = {k: row[k] for k in ("columns", "version", "changed")}
        where = sa.update(_products).where(*_is(product.owner, product.name), _products.c.version == product.version)
        async with self._engine.begin() as connection:
            taken = (await connection.execute(where.values(values))).rowcount
        return found if taken else await self.get(product.owner, product.name) or found

    async def find(self) -> list[Product]:
        """All, by owner and name."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(sa.select(_products).order_by(_products.c.owner, _products.c.name))
            return [_product(row) for row in rows.mappings()]

    async def get(self, owner: str, name: str) -> Product | None:
        """One, or None."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(sa.select(_products).where(*_is(owner, name)))).mappings().first()
        return _product(row) if row else None

    async def remove(self, owner: str, name: str, by: str) -> bool:
        """Forget it, and revoke what was granted of it: one that is called the same later is another one."""
        async with self._engine.begin() as connection:
            gone = (await connection.execute(sa.delete(_products).where(*_is(owner, name)))).rowcount
            await connection.execute(self._revoking(by).where(_grants.c.owner == owner, _grants.c.name == name))
        return bool(gone)

    async def _update(self, owner: str, name: str, values: dict[str, Any]) -> bool:
        async with self._engine.begin() as connection:
            done = await connection.execute(sa.update(_products).where(*_is(owner, name)).values(values))
        return bool(done.rowcount)

    # --- grants ---------------------------------------------------------------------------------------------------

    async def grant(self, grant: Grant) -> None:
        """Keep a grant; one of the same product to the same grantee before it ends."""
        same = (_grants.c.owner == grant.owner, _grants.c.name == grant.name, _grants.c.grantee == grant.grantee)
        async with self._engine.begin() as connection:
            await connection.execute(self._revoking(grant.granted_by).where(*same))
            row = msgspec.structs.asdict(grant) | {"formats": " ".join(grant.formats)}
            await connection.execute(sa.insert(_grants).values(row))

    async def grants(self, owner: str, name: str) -> list[Grant]:
        """All of a product, the newest first; those that ended too."""
        query = sa.select(_grants).where(_grants.c.owner == owner, _grants.c.name == name)
        return await self._granted(query.order_by(_grants.c.granted.desc(), _grants.c.id).limit(500))

    async def granted_to(self, grantee: str) -> list[Grant]:
        """What a tenant, or a partner, may read now."""
        found = await self._granted(sa.select(_grants).where(_grants.c.grantee == grantee, _grants.c.revoked == 0))
        return [grant for grant in found if grant.good(self._now())]

    async def revoke(self, owner: str, name: str, id: str, by: str) -> Grant | None:
        """End a grant; None if there is no such one that holds."""
        mine = (_grants.c.id == id, _grants.c.owner == owner, _grants.c.name == name)
        async with self._engine.begin() as connection:
            done = (await connection.execute(self._revoking(by).where(*mine))).rowcount
        return (await self._granted(sa.select(_grants).where(*mine)))[0] if done else None

    def _revoking(self, by: str) -> sa.Update:
        return sa.update(_grants).where(_grants.c.revoked == 0).values(revoked=self._now(), revoked_by=by)

    async def _granted(self, query: sa.Select[Any]) -> list[Grant]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [Grant(**(dict(row) | {"formats": tuple(row["formats"].split())})) for row in rows]

    # --- reads ----------------------------------------------------------------------------------------------------

    async def was_read(self, product: Product, grant: Grant | None) -> None:
        """Count a read of a product, and of the grant that allowed it."""
        seen = {"last_read": self._now()}
        async with self._engine.begin() as connection:
            count = sa.update(_products).where(*_is(product.owner, product.name))
            await connection.execute(count.values(reads=_products.c.reads + 1, **seen))
            if grant is not None:
                count = sa.update(_grants).where(_grants.c.id == grant.id)
                await connection.execute(count.values(reads=_grants.c.reads + 1, **seen))


def _is(owner: str, name: str) -> Iterable[sa.ColumnElement[bool]]:
    return (_products.c.owner == owner, _products.c.name == name)


def _row(product: Product) -> dict[str, Any]:
    row = msgspec.structs.asdict(product)
    return row | {name: msgspec.json.encode(row[name]).decode() for name in _JSON}


def _product(row: Any) -> Product:
    return Product(**(dict(row) | {name: msgspec.json.decode(row[name], type=kind) for name, kind in _JSON.items()}))
