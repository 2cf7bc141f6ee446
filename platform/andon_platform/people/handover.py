"""A shift handed over: what happened, what the one who leaves says, and that the one who comes has read it.

The facts are put together from the figures when it is signed, and kept as they were then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.people.deed import Deed, Refused, Shelf, clean, person, within
from andon_platform.people.tables import TEXT, handovers


@dataclass(frozen=True, slots=True)
class Handover:
    """Of one line and shift; ``start`` and ``stop`` are wall times, ``facts`` JSON. ``came`` 0: nobody accepted it."""

    id: int
    line: str
    shift: str
    day: str
    start: int
    stop: int
    notes: str
    facts: str
    left: int
    left_by: str
    came: int = 0
    came_by: str = ""
    came_notes: str = ""


class Handovers:
    """All of them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._shelf = Shelf(engine, handovers)

    async def sign(
        self, line: str, shift: str, day: str, span: tuple[int, int], notes: str, facts: dict[str, Any], deed: Deed
    ) -> Handover:
        """Sign for the shift that ends. Raises ``Refused``: one of this line waits to be accepted."""
        async with self._shelf.busy:
            if (again := await self._shelf.keyed(deed.key, Handover)) is not None:
                return again
            h = handovers.c
            open_ones = await self._shelf.rows(Handover, h.line == line, h.came == 0, h.day == day, h.shift == shift)
            if day and open_ones:
                raise Refused(f"{person(open_ones[0].left_by)} has signed this shift already; it waits to be accepted")
            made = Handover(0, line, shift, day, *span, clean(notes, 4 * TEXT), json.dumps(facts), deed.t, deed.by)
            values = asdict(made)
            del values["id"]
            return Handover(**{**values, "id": await self._shelf.add(values, deed.key)})

    async def accept(self, id: int, notes: str, deed: Deed) -> Handover:
        """Accept it. Raises ``KeyError``, and ``Refused``: by whom it was signed, or it was accepted."""
        async with self._shelf.busy:
            before = await self._shelf.get(id, Handover)
            if before is None:
                raise KeyError(id)
            if before.came and before.came_by != deed.by:
                raise Refused(f"{before.came_by} has accepted it already")
            if person(before.left_by).casefold() == person(deed.by).casefold():
                raise Refused("who signed a handover cannot accept it: the one who comes does; say your own name")
            if not before.came:
                await self._shelf.change(id, came=deed.t, came_by=deed.by, came_notes=clean(notes, TEXT))
        found = await self._shelf.get(id, Handover)
        assert found is not None
        return found

    async def get(self, id: int) -> Handover | None:
        """By its id."""
        return await self._shelf.get(id, Handover)

    async def find(self, places: Sequence[str], limit: int = 50) -> list[Handover]:
        """Of lines at or below any of the places; of all without places. Newest first."""
        where = [within(handovers.c.line, places)] if places else []
        return await self._shelf.rows(Handover, *where, limit=limit)
