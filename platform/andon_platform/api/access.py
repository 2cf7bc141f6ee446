"""Links and sessions: how a person gets in. Secrets are kept as SHA-256 alone (they have 256 random bits)."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from andon_security.tokens import ROLE_SCOPES, Principal, Role
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.api.endings import Ending, Endings
from andon_platform.api.problems import Unavailable
from andon_platform.registry.errors import database_away

COOKIE: Final = "andon_session"
_KNOWN_S: Final = 5.0
"""A session is looked up again after this long, so that ending it elsewhere shows soon."""

_metadata = sa.MetaData()
_links = sa.Table(
    "links",
    _metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("tenant", sa.String(24), nullable=False),
    sa.Column("uses", sa.Integer, nullable=False),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("made_by", sa.String(128), nullable=False),
)
_sessions = sa.Table(
    "sessions",
    _metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("tenant", sa.String(24), nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("link", sa.String(64), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A new link; ``secret`` exists here alone. Times in microseconds UTC."""

    secret: str
    role: Role
    tenant: str
    uses: int
    expires: int


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that came in by a link."""

    subject: str
    role: Role
    tenant: str
    expires: int

    @property
    def principal(self) -> Principal:
        return Principal(self.subject, self.role, ROLE_SCOPES[self.role], self.tenant, self.expires / 1e6)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Access:
    """Links and sessions in the registry's database."""

    def __init__(
        self,
        engine: AsyncEngine,
        session_s: float,
        *,
        now: Callable[[], int] = lambda: time.time_ns() // 1000,
        new_secret: Callable[[], str] = lambda: secrets.token_urlsafe(32),
    ) -> None:
        self._engine, self._session_us = engine, round(session_s * 1e6)
        self._now, self._new_secret = now, new_secret
        self._known: dict[str, tuple[int, Session]] = {}
        #: Those that ended here: a look-up that began before the end must not make one known again.
        self._ended: set[str] = set()
        self._endings = Endings()

    async def open(self) -> None:
        """Make the tables and forget what has expired."""
        async with self._engine.begin() as connection:
            await connection.run_sync(_metadata.create_all)
            for table in (_links, _sessions):
                await connection.execute(sa.delete(table).where(table.c.expires <= self._now()))

    async def make_link(self, role: Role, uses: int, life_s: float, made_by: Principal) -> Link:
        """A link of its maker's tenant, good ``uses`` times for ``life_s`` seconds."""
        now = self._now()
        link = Link(self._new_secret(), role, made_by.tenant, uses, now + round(life_s * 1e6))
        async with self._engine.begin() as connection:
            await connection.execute(
                sa.insert(_links).values(
                    hash=_hash(link.secret),
                    role=role,
                    tenant=link.tenant,
                    uses=uses,
                    used=0,
                    created=now,
                    expires=link.expires,
                    made_by=made_by.subject[:128],
                )
            )
        return link

    async def redeem(self, secret: str) -> tuple[str, Session] | None:
        """(cookie, session) if the link is good, which uses it once; None if it is unknown, used up or expired."""
        now, hashed = self._now(), _hash(secret)
        async with self._engine.begin() as connection:
            # one statement: two browsers at the same moment cannot share the last use
            taken = await connection.execute(
                sa.update(_links)
                .where(_links.c.hash == hashed, _links.c.used < _links.c.uses, _links.c.expires > now)
                .values(used=_links.c.used + 1)
            )
            if taken.rowcount != 1:
                return None
            link = (await connection.execute(sa.select(_links).where(_links.c.hash == hashed))).mappings().one()
            cookie = self._new_secret()
            subject = f"{link['role']}-{hashed[:4]}-{link['used']}"
            session = Session(subject, link["role"], link["tenant"], now + self._session_us)
            await connection.execute(
                sa.insert(_sessions).values(
                    hash=_hash(cookie),
                    subject=session.subject,
                    role=session.role,
                    tenant=session.tenant,
                    created=now,
                    expires=session.expires,
                    link=hashed,
                )
            )
        return cookie, session

    async def session(self, cookie: str) -> Session | None:
        """Whose cookie it is; None if nobody's any more. Raises ``Unavailable`` while the database is away."""
        now, hashed = self._now(), _hash(cookie)
        if hashed in self._ended:
            return None
        known = self._known.get(hashed)
        if known is not None and now - known[0] < _KNOWN_S * 1e6:
            return known[1] if known[1].expires > now else None
        query = sa.select(_sessions).where(_sessions.c.hash == hashed, _sessions.c.expires > now)
        try:
            async with self._engine.connect() as connection:
                row = (await connection.execute(query)).mappings().one_or_none()
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable(database_away(error)) from error
        if row is None or hashed in self._ended:
            self._known.pop(hashed, None)
            return None
        session = Session(row["subject"], row["role"], row["tenant"], row["expires"])
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[hashed] = (now, session)
        return session

    async def count(self) -> int | None:
        """Sessions that are open; None while the database is away."""
        query = sa.select(sa.func.count()).select_from(_sessions).where(_sessions.c.expires > self._now())
        try:
            async with self._engine.connect() as connection:
                return int((await connection.execute(query)).scalar_one())
        except (SQLAlchemyError, OSError):
            return None

    async def end(self, cookie: str) -> None:
        """Sign out: nobody comes in by this cookie any more, and what it has open is cut."""
        hashed = _hash(cookie)
        async with self._engine.begin() as connection:
            await connection.execute(sa.delete(_sessions).where(_sessions.c.hash == hashed))
        if len(self._ended) > 10_000:  # the database knows them no more: this is for what was under way
            self._ended.clear()
        self._ended.add(hashed)
        self._known.pop(hashed, None)
        self._endings.end(hashed)

    @asynccontextmanager
    async def until_end(self, cookie: str | None) -> AsyncIterator[Ending]:
        """While a stream is open that this cookie opened: it is told when the session is signed out. What was opened
        without a cookie has no such end."""
        if cookie is None:
            yield Ending()
            return
        with self._endings.watch(_hash(cookie)) as ending:
            if await self.session(cookie) is None:  # signed out between the first look and this one
                ending.end()
            yield ending
