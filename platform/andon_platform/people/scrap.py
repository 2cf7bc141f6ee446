"""Scrap that a person found: pieces that the machine had counted as good.

A booking means pieces that were counted: the named unit, or the last good ones before the booking. So they are scrap
at the time at which they were made, all pieces together stay as many, and no range of time has fewer than no good
pieces. A unit that is still in the machine waits: it counts when the machine counts it. A booking can be taken back;
it stays in the list, with who took it back and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.people.deed import Deed, Refused, Shelf, clean, within
from andon_platform.people.tables import WHO, WORDS, scrap_bookings, scrap_pieces

#: Pieces that one booking may have, and how far back (wall time) they may have been made.
MOST = 1_000
BACK_US = 7 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Booking:
    """Booked at ``t`` for ``pieces`` of a machine; ``unit`` is a serial number, or empty."""

    id: int
    machine: str
    t: int
    pieces: int
    reason: str
    unit: str
    by: str
    undone: int = 0
    undone_by: str = ""
    undone_why: str = ""


@dataclass(frozen=True, slots=True)
class Pieces:
    """So many of those that were counted as good at ``t`` are scrap; ``t`` 0: not counted yet."""

    machine: str
    t: int
    pieces: int
    product: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """Good pieces that a machine counted at ``t``."""

    t: int
    good: int
    product: str = ""


def last_good(counted: Iterable[Counted], taken: Iterable[Pieces], wanted: int, machine: str) -> list[Pieces]:
    """The last ``wanted`` good pieces that nobody booked as scrap yet, newest first.

    Raises:
        Refused: there are fewer.
    """
    gone: Counter[int] = Counter()
    for bad in taken:
        gone[bad.t] += bad.pieces
    found: list[Pieces] = []
    left = wanted
    for one in sorted(counted, key=lambda c: -c.t):
        hidden = min(gone[one.t], one.good)
        gone[one.t] -= hidden
        take = min(one.good - hidden, left)
        if take > 0:
            found.append(Pieces(machine, one.t, take, one.product))
            left -= take
        if not left:
            return found
    raise Refused(
        f"{machine.rpartition('/')[2]} has made {wanted - left} good pieces lately that are not scrap already, "
        f"so {wanted} cannot be booked"
    )


class ScrapBookings:
    """All bookings."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._shelf = Shelf(engine, scrap_bookings)

    async def again(self, key: str) -> Booking | None:
        """The booking that this action made before."""
        return await self._shelf.keyed(key, Booking)

    async def book(self, machine: str, pieces: Sequence[Pieces], reason: str, unit: str, deed: Deed) -> Booking:
        """Book pieces. Raises ``Refused``: the unit is booked already."""
        async with self._shelf.busy:
            if (again := await self._shelf.keyed(deed.key, Booking)) is not None:
                return again
            c, unit = scrap_bookings.c, clean(unit, WHO)
            if unit and await self._shelf.rows(Booking, c.machine == machine, c.unit == unit, c.undone == 0, limit=1):
                raise Refused(f"{unit} is booked as scrap already")
            count = sum(p.pieces for p in pieces)
            made = Booking(0, machine, deed.t, count, clean(reason, WORDS), unit, deed.by)
            values = asdict(made)
            del values["id"]
            async with self._engine.begin() as connection:
                done = await connection.execute(sa.insert(scrap_bookings).values(**values, key=deed.key or None))
                assert done.inserted_primary_key is not None
                id = int(done.inserted_primary_key[0])
                await connection.execute(sa.insert(scrap_pieces), [{"booking": id, **asdict(p)} for p in pieces])
        return Booking(**{**values, "id": id})

    async def undo(self, id: int, why: str, deed: Deed) -> Booking:
        """Take it back. Raises ``KeyError``, and ``Refused``: it was taken back already."""
        async with self._shelf.busy:
            before = await self._shelf.get(id, Booking)
            if before is None:
                raise KeyError(id)
            if before.undone and before.undone_by != deed.by:
                raise Refused(f"{before.undone_by} has taken it back already")
            if not before.undone:
                await self._shelf.change(id, undone=deed.t, undone_by=deed.by, undone_why=clean(why, WORDS))
        found = await self._shelf.get(id, Booking)
        assert found is not None
        return found

    async def get(self, id: int) -> Booking | None:
        """By its id."""
        return await self._shelf.get(id, Booking)

    async def find(self, places: Sequence[str], start: int, stop: int, limit: int = 1_000) -> list[Booking]:
        """Booked in [start, stop) at or below any of the places, also what was taken back; newest first."""
        c = scrap_bookings.c
        return await self._shelf.rows(Booking, within(c.machine, places), c.t >= start, c.t < stop, limit=limit)

    async def pieces(self, places: Sequence[str], start: int, stop: int) -> list[Pieces]:
        """What stands, of pieces counted in [start, stop) at or below any of the places; of all without places."""
        p = scrap_pieces.c
        where = [p.t >= max(start, 1), p.t < stop]
        return [pieces for _, pieces in await self._pieces(*where, *([within(p.machine, places)] if places else []))]

    # --- units that the machine has not counted yet ----------------------------------------------------------------

    async def waiting(self, places: Sequence[str]) -> list[tuple[Booking, Pieces]]:
        """Bookings of units that were in the machine, and may have been counted since."""
        p = scrap_pieces.c
        found = await self._pieces(p.t == 0, p.pieces > 0, *([within(p.machine, places)] if places else []))
        return [(booking, pieces) for id, pieces in found if (booking := await self.get(id)) is not None]

    async def counted(self, booking: Booking, at: Counted | None) -> None:
        """The machine counted the unit then; None: it found it bad itself, so there is nothing to change."""
        values = {"t": at.t, "product": at.product} if at else {"pieces": 0}
        async with self._engine.begin() as connection:
            await connection.execute(
                sa.update(scrap_pieces)
                .where(scrap_pieces.c.booking == booking.id, scrap_pieces.c.t == 0)
                .values(**values)
            )

    async def _pieces(self, *where: sa.ColumnElement[bool]) -> list[tuple[int, Pieces]]:
        p, b = scrap_pieces.c, scrap_bookings.c
        query = (
            sa.select(p.booking, p.machine, p.t, p.pieces, p.product)
            .join(scrap_bookings, b.id == p.booking)
            .where(b.undone == 0, *where)
            .order_by(p.t, p.id)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [(int(row[0]), Pieces(*row[1:])) for row in rows]
