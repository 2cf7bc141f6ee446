"""A person's reason for a stop: it stands in the losses in place of the machine's own, as soon as it is said.

A reason names a moment of the stop (its beginning, as the sender saw it) and the state the machine stood in; it is
for the whole stop, however long that lasts and whatever the machine itself says meanwhile. The last word counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.people.deed import Deed, Refused, Shelf, clean
from andon_platform.people.tables import WORDS, stop_reasons

#: A reason that was given for a stop so long before a range is still looked for (microseconds of wall time).
LOOK_BACK_US = 7 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class StopReason:
    """Given for the stop that ``t`` lies in; ``said`` is when. Times are microseconds UTC."""

    id: int
    machine: str
    t: int
    state: str
    code: str
    reason: str
    by: str
    said: int
    undone: int = 0
    undone_by: str = ""


class StopReasons:
    """All that was said."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._shelf = Shelf(engine, stop_reasons)

    async def say(self, machine: str, t: int, state: str, code: str, reason: str, deed: Deed) -> StopReason:
        """Give the reason of a stop."""
        async with self._shelf.busy:
            if (again := await self._shelf.keyed(deed.key, StopReason)) is not None:
                return again
            found = StopReason(0, machine, t, state, code, clean(reason, WORDS), deed.by, deed.t)
            values = asdict(found)
            del values["id"]
            id = await self._shelf.add(values, deed.key)
            return StopReason(**{**values, "id": id})

    async def undo(self, id: int, deed: Deed) -> StopReason:
        """Take it back; what it hid shows again. Raises ``KeyError``, and ``Refused``: it was taken back already."""
        async with self._shelf.busy:
            before = await self._shelf.get(id, StopReason)
            if before is None:
                raise KeyError(id)
            if before.undone and before.undone_by != deed.by:
                raise Refused(f"{before.undone_by} has taken it back already")
            if not before.undone:
                await self._shelf.change(id, undone=deed.t, undone_by=deed.by)
        found = await self._shelf.get(id, StopReason)
        assert found is not None
        return found

    async def get(self, id: int) -> StopReason | None:
        """By its id."""
        return await self._shelf.get(id, StopReason)

    async def of(self, machines: Sequence[str], start: int, stop: int) -> list[StopReason]:
        """Reasons that stand, for stops of [start - :data:`LOOK_BACK_US`, stop); the one said last comes last."""
        c = stop_reasons.c
        where = (c.machine.in_(machines), c.t >= start - LOOK_BACK_US, c.t < stop, c.undone == 0)
        return await self._shelf.rows(StopReason, *where, newest=False)
