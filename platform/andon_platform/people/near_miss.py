"""What nearly hurt somebody: reported in a moment by whoever saw it, and worked off until it is closed.

After Heinrich's and Bird's accident pyramids: many near misses stand below each injury, so each one is a cheap
warning. ``worst`` is what could have come of it, not what did. Source: F. E. Bird, G. L. Germain, *Practical Loss
Control Leadership* (1985).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.people.deed import Deed, Refused, Shelf, clean, within
from andon_platform.people.tables import TEXT, WORDS, near_misses

#: Damage to things alone, first aid, an injury with lost time, lasting harm or death.
Worst = Literal["damage", "first-aid", "injury", "severe"]
State = Literal["open", "in-work", "closed"]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """``place`` is a machine or a line, ``spot`` where there in words; ``changed`` when its state last changed."""

    id: int
    place: str
    t: int
    what: str
    spot: str
    worst: Worst
    by: str
    state: State = "open"
    changed: int = 0
    changed_by: str = ""
    note: str = ""


class NearMisses:
    """All reports."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._shelf = Shelf(engine, near_misses)

    async def report(self, place: str, what: str, spot: str, worst: Worst, deed: Deed) -> NearMiss:
        """A new one."""
        async with self._shelf.busy:
            if (again := await self._shelf.keyed(deed.key, NearMiss)) is not None:
                return again
            made = NearMiss(0, place, deed.t, clean(what, TEXT), clean(spot, WORDS), worst, deed.by)
            values = asdict(made)
            del values["id"]
            return NearMiss(**{**values, "id": await self._shelf.add(values, deed.key)})

    async def move(self, id: int, state: State, note: str, deed: Deed) -> NearMiss:
        """Take it up, close it, or open it again. Raises ``KeyError``, and ``Refused``: it is in that state."""
        async with self._shelf.busy:
            before = await self._shelf.get(id, NearMiss)
            if before is None:
                raise KeyError(id)
            if before.state == state and before.changed_by != deed.by:
                raise Refused(f"near miss {id} is {state} already")
            if state == "closed" and not clean(note, TEXT):
                raise Refused("say what was done before you close it")
            await self._shelf.change(
                id, state=state, note=clean(note, TEXT) or before.note, changed=deed.t, changed_by=deed.by
            )
        found = await self._shelf.get(id, NearMiss)
        assert found is not None
        return found

    async def get(self, id: int) -> NearMiss | None:
        """By its id."""
        return await self._shelf.get(id, NearMiss)

    async def find(
        self,
        places: Sequence[str] = (),
        states: Sequence[State] = (),
        start: int = 0,
        stop: int | None = None,
        limit: int = 500,
    ) -> list[NearMiss]:
        """Seen in [start, stop) at or below any of the places; newest first."""
        c = near_misses.c
        where = [c.t >= start]
        if stop is not None:
            where.append(c.t < stop)
        if places:
            where.append(within(c.place, places))
        if states:
            where.append(c.state.in_(states))
        return await self._shelf.rows(NearMiss, *where, limit=limit)
