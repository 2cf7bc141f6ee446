"""Reading ahead: what the figures of the running and of the last shift are made of is here before anyone asks.

A store that answers over HTTP takes a fifth of a second for the events of a line's shift, and whoever opens a page
would wait for it. Only what is over is read, and once, so a turn costs nothing most of the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import structlog

from andon_platform.api.routes.oee import MAX_MACHINES, plant_of, shift_run, wall_ahead
from andon_platform.api.services import Services
from andon_platform.data.errors import StoreError
from andon_platform.registry.record import Machine

_log = structlog.get_logger(__name__)
#: Seconds from turn to turn: machines may come after their plant's layout, and a block ends every ten minutes.
EVERY_S: Final = 15.0


class ReadingAhead:
    """Of as many machines as one question may be about; others are read when they are asked for."""

    def __init__(self, have: Services) -> None:
        self._have = have
        self._trouble = ""

    async def run(self) -> None:
        """Turn after turn, until cancelled."""
        wake = self._have.history.wanted
        while True:
            wake.clear()
            await self.turn()
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await wake.wait()

    async def turn(self) -> None:
        """Machine by machine, so that nobody's question waits behind all of them."""
        try:
            shifts: dict[str, list[tuple[int, int]]] = {}
            for machine in self._have.registry.find()[:MAX_MACHINES]:
                plant = machine.identity.enterprise
                if plant not in shifts:
                    shifts[plant] = list(self._shifts(machine))
                for start, stop in shifts[plant]:
                    await self._have.history.read_ahead(machine.path, start, stop)
            self._trouble = ""
        except StoreError as error:
            if (trouble := type(error).__name__) != self._trouble:  # once, and not at every turn
                _log.warning("could not read events ahead; they are read when they are asked for", error=str(error))
            self._trouble = trouble

    def _shifts(self, machine: Machine) -> Iterator[tuple[int, int]]:
        """Wall ranges of what the figures of its plant's shifts are made of; none without a calendar."""
        clock, calendar = plant_of(self._have, machine)
        now = self._have.now()
        for which in ("current", "previous"):
            if run := shift_run(calendar, clock, now, which):
                yield clock.wall(run.start), wall_ahead(clock, clock.wall(run.stop), now)
