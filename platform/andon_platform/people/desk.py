"""One of each, over one database."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from andon_platform.people.calls import Calls
from andon_platform.people.handover import Handovers
from andon_platform.people.labour import Labour
from andon_platform.people.near_miss import NearMisses
from andon_platform.people.scrap import ScrapBookings
from andon_platform.people.stops import StopReasons
from andon_platform.people.tables import metadata


class People:
    """What people say and do."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.calls = Calls(engine)
        self.stops = StopReasons(engine)
        self.scrap = ScrapBookings(engine)
        self.near_misses = NearMisses(engine)
        self.handovers = Handovers(engine)
        self.labour = Labour(engine)

    async def open(self) -> None:
        """Make the tables that are missing."""
        async with self._engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
