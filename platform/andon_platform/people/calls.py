"""The andon cord: somebody at a machine calls for help, somebody answers by coming, and the call is resolved.

The time from the call to the answer is what the cord is judged by; it is measured from the moment it was pulled,
not from the moment the call was sent. A cord that is pulled already is pulled: pulling again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, Literal, get_args

from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.people.deed import Deed, Refused, Shelf, clean, within
from andon_platform.people.tables import TEXT, calls

Help = Literal["material", "quality", "maintenance", "safety"]
State = Literal["open", "answered", "resolved"]
KINDS: Final = get_args(Help)


@dataclass(frozen=True, slots=True)
class Call:
    """Times are microseconds UTC, 0: not yet."""

    id: int
    machine: str
    kind: Help
    text: str
    called: int
    called_by: str
    answered: int = 0
    answered_by: str = ""
    resolved: int = 0
    resolved_by: str = ""
    resolution: str = ""

    @property
    def state(self) -> State:
        """Nobody came yet; somebody did; it is over."""
        return "resolved" if self.resolved else "answered" if self.answered else "open"

    def answer(self, deed: Deed) -> Call:
        """Somebody is there. Nobody comes before the call. Raises ``Refused``: somebody else came, or it is over."""
        if self.answered and self.answered_by == deed.by:
            return self
        if self.answered:
            raise Refused(f"call {self.id}: {self.answered_by} has answered it already")
        return replace(self, answered=max(deed.t, self.called), answered_by=deed.by)

    def resolve(self, deed: Deed, text: str) -> Call:
        """It is over; who resolves what nobody had answered, answers it by that. Raises ``Refused``: it was over."""
        if self.resolved and self.resolved_by == deed.by:
            return self
        if self.resolved:
            raise Refused(f"call {self.id}: {self.resolved_by} has resolved it already")
        there = self if self.answered else self.answer(deed)
        return replace(there, resolved=max(deed.t, there.answered), resolved_by=deed.by, resolution=clean(text, TEXT))


class Calls:
    """All calls; whoever listens hears each one that changed."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._shelf = Shelf(engine, calls)
        self._listeners: list[Callable[[Call], None]] = []

    def listen(self, heard: Callable[[Call], None]) -> None:
        """Call ``heard`` with every call that is new or changed, after it was written."""
        self._listeners.append(heard)

    async def pull(self, machine: str, kind: Help, text: str, deed: Deed) -> tuple[Call, bool]:
        """(the call, whether it is new)."""
        async with self._shelf.busy:
            again = await self._shelf.keyed(deed.key, Call)
            if again is None:
                c = calls.c
                rows = await self._shelf.rows(Call, c.machine == machine, c.kind == kind, c.resolved == 0)
                again = rows[0] if rows else None
            if again is not None:
                return again, False
            call = Call(0, machine, kind, clean(text, TEXT), deed.t, deed.by)
            values = asdict(call)
            del values["id"]
            call = replace(call, id=await self._shelf.add(values, deed.key))
        self._tell(call)
        return call, True

    async def change(self, id: int, do: Callable[[Call], Call]) -> Call:
        """Answer or resolve. Raises ``Refused``, and ``KeyError``: there is no such call."""
        async with self._shelf.busy:
            before = await self._shelf.get(id, Call)
            if before is None:
                raise KeyError(id)
            after = do(before)
            if after == before:
                return before
            values = asdict(after)
            del values["id"]
            await self._shelf.change(id, **values)
        self._tell(after)
        return after

    def _tell(self, call: Call) -> None:
        for heard in self._listeners:
            heard(call)

    async def get(self, id: int) -> Call | None:
        """By its id."""
        return await self._shelf.get(id, Call)

    async def find(
        self,
        places: Sequence[str] = (),
        *,
        start: int = 0,
        stop: int | None = None,
        over: bool | None = None,
        limit: int = 1_000,
    ) -> list[Call]:
        """Called in [start, stop), at or below any of the places; ``over``: resolved, or not. Newest first."""
        c = calls.c
        where = [c.called >= start]
        if stop is not None:
            where.append(c.called < stop)
        if over is not None:
            where.append(c.resolved > 0 if over else c.resolved == 0)
        if places:
            where.append(within(c.machine, places))
        return await self._shelf.rows(Call, *where, limit=limit)
