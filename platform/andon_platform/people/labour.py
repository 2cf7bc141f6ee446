"""Who works where: clocked on and off, at a station or at a line. From it come labour hours, and hours a good piece.

A person is at one place at a time: who clocks on elsewhere has left where they were. Hours are plant time. Who has not
clocked off for :data:`LONGEST_US` forgot to, and counts no longer than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.people.deed import Deed, Shelf, clean, within
from andon_platform.people.tables import WHO
from andon_platform.people.tables import labour as table

#: Directive 2003/88/EC, article 3: eleven hours of rest in every 24, so nobody works more than thirteen.
LONGEST_US: Final = 13 * 3_600_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """A person at a place from ``began`` to ``ended`` (microseconds UTC); 0: still there."""

    id: int
    person: str
    place: str
    began: int
    ended: int
    by: str
    ended_by: str = ""


def labour_us(spans: Iterable[Span], plant: Callable[[int], int], start: int, stop: int, now: int) -> int:
    """Labour of the wall range [start, stop) in microseconds of plant time; who is still there counts until now."""
    first, last = plant(start), plant(min(stop, now))

    def until(span: Span) -> int:
        return plant(span.ended) if span.ended else plant(span.began) + LONGEST_US

    return sum(max(0, min(until(span), last) - max(plant(span.began), first)) for span in spans)


class Labour:
    """All spans."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._shelf = Shelf(engine, table)

    async def on(self, person: str, place: str, deed: Deed) -> Span:
        """Begin work at a place; who is there already stays."""
        async with self._shelf.busy:
            if (again := await self._shelf.keyed(deed.key, Span)) is not None:
                return again
            person = clean(person, WHO)
            for span in await self._there(person, place.partition("/")[0]):
                if span.place == place:
                    return span
                await self._end(span, deed)
            made = Span(0, person, place, deed.t, 0, deed.by)
            values = asdict(made)
            del values["id"]
            return Span(**{**values, "id": await self._shelf.add(values, deed.key)})

    async def off(self, person: str, enterprise: str, deed: Deed) -> list[Span]:
        """End work wherever it was; nothing if it was nowhere."""
        async with self._shelf.busy:
            there = await self._there(clean(person, WHO), enterprise)
            for span in there:
                await self._end(span, deed)
            found = [await self._shelf.get(span.id, Span) for span in there]
            return [span for span in found if span is not None]

    async def _end(self, span: Span, deed: Deed) -> None:
        await self._shelf.change(span.id, ended=max(deed.t, span.began), ended_by=deed.by)

    async def _there(self, person: str, enterprise: str) -> list[Span]:
        c = table.c
        return await self._shelf.rows(Span, c.person == person, c.ended == 0, within(c.place, [enterprise]))

    async def there(self, places: Sequence[str]) -> list[Span]:
        """Who is at work now, at or below any of the places; everywhere without places. Who came first comes first."""
        where = [within(table.c.place, places)] if places else []
        return await self._shelf.rows(Span, table.c.ended == 0, *where, newest=False)

    async def find(self, places: Sequence[str], start: int, stop: int) -> list[Span]:
        """Spans that touch [start, stop), at or below any of the places."""
        c = table.c
        touches = (c.began < stop, sa.or_(c.ended == 0, c.ended > start))
        return await self._shelf.rows(Span, *touches, within(c.place, places), newest=False)
