"""Simulated worlds under test: the shipped plant or a folder of files, driven by a clock that is just a number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import msgspec
from andon_contracts.identity import Identity
from andon_contracts.messages import Command, Event, OperationFinished, Telemetry
from andon_contracts.plant_clock import PlantClock
from andon_edge.library import Library, load_library
from andon_edge.ports import Answer, Outgoing
from andon_edge.simulation import SimulatedWorld, build
from support.shipped import shipped_folders

ROOT = Path(__file__).parents[2]
#: 24 Nov 2025, 16:00 UTC: in the midst of the late shift
START = 1_764_000_000_000_000
SECOND = 1_000_000


def shipped() -> Library:
    """The library that comes with Andon."""
    return load_library(*shipped_folders())


class Driver:
    """A world, its clock, and all that it said."""

    def __init__(self, world: SimulatedWorld, pace: float = 1.0) -> None:
        self.world = world
        self.clock = PlantClock.starting(START, pace)
        self.wall = START
        self.said: list[Outgoing] = []
        self.said += world.advance(self.clock, START)

    @classmethod
    def of_plant(cls, seed: int = 1, pace: float = 1.0, library: Library | None = None) -> Driver:
        return cls(build((library or shipped()).worlds["plant:polaris"], seed), pace)

    def run(self, seconds: float, step_s: float = 1.0) -> list[Outgoing]:
        """Live on for some wall seconds; what was said meanwhile."""
        before, end = len(self.said), self.wall + round(seconds * SECOND)
        while self.wall < end:
            self.wall = min(end, self.wall + round(step_s * SECOND))
            self.said += self.world.advance(self.clock, self.wall)
        return self.said[before:]

    def machine(self, name: str) -> Identity:
        return next(m for m in self.world.machines() if m.machine == name)

    def command(self, name: str, command: str, **arguments: str) -> Answer:
        order = Command(
            id="c1", owner=self.machine(name).path, command=command, arguments=arguments, t=self.wall, expires=self.wall
        )
        return self.world.perform(order, self.clock, self.wall)


def events(said: Iterable[Outgoing], machine: str = "") -> list[Event]:
    """The events among what was said, of one machine by its name or of all."""
    return [m for m in said if not isinstance(m, Telemetry) and (not machine or m.machine.endswith(f"/{machine}"))]


def values(said: Iterable[Outgoing], machine: str, signal: str) -> list[float]:
    """A signal's values in order."""
    return [
        sample.values[signal]
        for m in said
        if isinstance(m, Telemetry) and m.machine.endswith(f"/{machine}")
        for sample in m.samples
        if signal in sample.values
    ]


def stamps(said: Iterable[Outgoing]) -> dict[str, list[int]]:
    """All stamps of each machine in the order they were said."""
    found: dict[str, list[int]] = defaultdict(list)
    for m in said:
        found[m.machine] += [s.t for s in m.samples] if isinstance(m, Telemetry) else [m.t]
    return found


def finished(said: Iterable[Outgoing]) -> dict[str, int]:
    """Operations finished per machine."""
    found: dict[str, int] = defaultdict(int)
    for m in said:
        found[m.machine] += isinstance(m, OperationFinished)
    return found


def encoded(said: Iterable[Outgoing]) -> list[bytes]:
    """For comparison to the last digit."""
    return [msgspec.json.encode(m) for m in said]
