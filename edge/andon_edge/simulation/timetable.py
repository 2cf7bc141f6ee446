"""When each machine is sampled next, and when its next message is complete. All times are wall microseconds."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

from andon_contracts.identity import Identity

from andon_edge.simulation.machine import Machine
from andon_edge.simulation.randomness import seed_of


class Timetable:
    """Two heaps over the same machines; the caller samples whoever is first and then says :meth:`sampled`."""

    def __init__(self, machines: Mapping[Identity, Machine], seed: int) -> None:
        self._machines, self._seed = machines, seed
        #: (wall time, path, machine); the path decides between machines of the same moment, so that a seed fixes a run
        self.ticks: list[tuple[int, str, Machine]] = []
        self._complete: list[tuple[int, str, Machine]] = []

    def clear(self) -> None:
        self.ticks, self._complete = [], []

    def begin(self, machine: Machine, wall: int) -> None:
        """Sample the machine from ``wall`` on, at a phase of its own, so that not all sample at once."""
        s = machine.s
        s.next_tick = wall + 1 + round(seed_of(self._seed, machine.path, "tick") / 2**64 * machine.period)
        s.ticks = 0
        self.resume(machine)

    def resume(self, machine: Machine) -> None:
        """Go on from the machine's own ``next_tick``."""
        s = machine.s
        heapq.heappush(self.ticks, (s.next_tick, machine.path, machine))
        rest = machine.per_message - 1 - s.ticks % machine.per_message
        heapq.heappush(self._complete, (s.next_tick + rest * machine.period, machine.path, machine))

    def sampled(self, wall: int) -> bool:
        """The first machine was sampled at ``wall``; whether that completes its message."""
        machine = self.ticks[0][2]
        s = machine.s
        s.ticks += 1
        complete = s.ticks % machine.per_message == 0
        if complete:
            following = (wall + machine.per_message * machine.period, machine.path, machine)
            if self._complete and self._complete[0][2] is machine:
                heapq.heapreplace(self._complete, following)
            else:
                heapq.heappush(self._complete, following)
        s.next_tick = wall + machine.period
        heapq.heapreplace(self.ticks, (s.next_tick, machine.path, machine))
        return complete

    def remove(self, machine: Machine) -> None:
        self.ticks = [entry for entry in self.ticks if entry[2] is not machine]
        heapq.heapify(self.ticks)

    def next_complete(self) -> int | None:
        """When the next message will be complete; None while nothing is sampled."""
        while self._complete and self._is_stale(*self._complete[0]):
            heapq.heappop(self._complete)
        return self._complete[0][0] if self._complete else None

    def _is_stale(self, wall: int, path: str, machine: Machine) -> bool:
        """Whether the machine is gone or its message of this moment was completed before."""
        return self._machines.get(machine.identity) is not machine or wall < machine.s.next_tick
