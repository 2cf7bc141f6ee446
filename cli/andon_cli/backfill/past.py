"""Lives through the past: rarely sampled long ago, which makes minutes and hours, and as it is for the last hours."""

from __future__ import annotations

import gc
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from andon_contracts.codec import encode
from andon_contracts.messages import Sample, Telemetry
from andon_contracts.plant_clock import PlantClock
from andon_edge.library import load_library
from andon_edge.ports import Truth
from andon_edge.simulation import SimulatedWorld, build
from andon_edge.simulation.machine import digits_of
from andon_platform.data.aggregate import DAY, HOUR, MINUTE
from andon_platform.data.history import RolledUp, roll
from numpy.typing import NDArray

#: Of a minute long ago there are two samples: enough for its ends, its mean and that it moved.
STEP = 30_000_000
#: The last hours come at full rate, in pieces of this length (us).
PIECE = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Wish:
    """What to live through: from ``start`` on, raw from ``until`` on, up to ``stop`` (us UTC; the first two full
    hours)."""

    machines: Path
    plants: Path
    seed: int
    start: int
    until: int
    stop: int


@dataclass(frozen=True, slots=True)
class Table:
    """What a machine was sampled with long ago: a row of ``values`` for each of ``names``, and in it one for each of
    ``times`` (us UTC, growing)."""

    machine: str
    epoch: int
    names: tuple[str, ...]
    times: NDArray[np.int64]
    values: NDArray[np.float64]

    def rolled(self) -> Iterator[RolledUp]:
        """Minutes and hours of every signal."""
        for i, name in enumerate(self.names):
            for every in (MINUTE, HOUR):
                yield roll(self.machine, self.epoch, name, every, self.times, self.values[i])


@dataclass(slots=True)
class Stretch:
    """What happened up to ``stop``: messages as (topic, payload), and values of long ago as tables. Whoever takes them
    rolls them up: the process that lives through the past has more to do than any other."""

    stop: int
    messages: list[tuple[bytes, bytes]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    #: World's key to its state, at the end: an edge that never ran goes on from there.
    states: dict[str, dict[str, bytes]] = field(default_factory=dict)


def lived(wish: Wish) -> Iterator[Stretch]:
    """The stretches of the past, oldest first, in a process of its own; whoever stops asking ends it.

    Raises:
        RuntimeError: it failed; says how.
    """
    context = get_context("spawn")
    queue: Any = context.Queue(maxsize=3)
    process = context.Process(target=_live, args=(wish, queue), daemon=True)
    process.start()
    try:
        while True:
            found = queue.get()
            if isinstance(found, str):
                raise RuntimeError(found)
            if found is None:
                return
            yield found
    finally:
        process.terminate()
        process.join()


def _live(wish: Wish, queue: Any) -> None:
    # looking for circles takes a tenth of the time; this process has few of them, and ends with its work
    gc.disable()
    try:
        for stretch in live(wish):
            queue.put(stretch)
        queue.put(None)
    except Exception as error:  # said by the process that somebody looks at
        queue.put(f"the past could not be lived through: {type(error).__name__}: {error}")


def live(wish: Wish) -> Iterator[Stretch]:
    """The same in this process."""
    library = load_library(wish.machines, wish.plants)
    worlds = {key: build(spec, wish.seed) for key, spec in library.worlds.items()}
    clock = PlantClock.starting(wish.start, 1.0)
    digits = {
        identity.path: {name: digits_of(s.range, s.noise, s.digits) for name, s in machine.type.model.signals.items()}
        for spec in library.worlds.values()
        for identity, machine in spec.machines.items()
    }
    numbers: dict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))
    first = Stretch(wish.start)
    for world in worlds.values():
        world.advance(clock, wish.start)
        world.sample_every(STEP, wish.start)
        for identity in world.machines():
            birth = world.birth(identity)
            birth.t, birth.epoch, birth.session = wish.start, wish.start, wish.start
            first.messages.append((f"{_topic(identity.path)}/birth".encode(), encode(birth)))
    yield first
    ends = [*range(wish.start + DAY, wish.until, DAY), wish.until]
    for stop in ends:
        stretch, samples = _long_ago(wish, worlds, clock, numbers, stop)
        stretch.tables = [_table(m, wish.start, taken, digits[m]) for m, taken in samples.items()]
        yield stretch
    for world in worlds.values():
        world.sample_every(None, wish.until)
    said_again = Stretch(wish.until)
    for world in worlds.values():  # some never change theirs, and who starts now looks back a day
        _messages(wish, world.states(wish.until), numbers, said_again)
    yield said_again
    for stop in [*range(wish.until + PIECE, wish.stop, PIECE), wish.stop]:
        stretch = Stretch(stop)
        for world in worlds.values():
            _messages(wish, world.advance(clock, stop), numbers, stretch)
            stretch.truths += world.truth()
        if stop == wish.stop:
            stretch.states = {key: dict(world.dump()) for key, world in worlds.items()}
        yield stretch


def _topic(path: str) -> str:
    return f"andon/v1/{path}"


def _long_ago(
    wish: Wish, worlds: dict[str, SimulatedWorld], clock: PlantClock, numbers: dict[str, Iterator[int]], stop: int
) -> tuple[Stretch, dict[str, list[Sample]]]:
    """A day: events as they are, and what each machine was sampled with."""
    stretch = Stretch(stop)
    samples: dict[str, list[Sample]] = defaultdict(list)
    for world in worlds.values():
        said = world.advance(clock, stop - 1)
        for message in said:
            if isinstance(message, Telemetry):
                samples[message.machine] += message.samples
        _messages(wish, [m for m in said if not isinstance(m, Telemetry)], numbers, stretch)
        stretch.truths += world.truth()
    return stretch, samples


def _table(machine: str, epoch: int, taken: list[Sample], digits: dict[str, int]) -> Table:
    """All of a machine's signals: sampled rarely, each sample has every one of them, in the same order. Values are
    rounded to as many digits as the machine sends."""
    names = tuple(taken[0].values)
    times = np.fromiter((sample.t for sample in taken), np.int64, len(taken))
    flat = itertools.chain.from_iterable(sample.values.values() for sample in taken)
    rows = np.fromiter(flat, np.float64).reshape(len(taken), len(names)).T.copy()
    for row, name in zip(rows, names, strict=True):
        row[:] = row.round(digits.get(name, 0))
    return Table(machine, epoch, names, times, rows)


def _messages(wish: Wish, said: list[Any], numbers: dict[str, Iterator[int]], stretch: Stretch) -> None:
    """Number them as a journal would, in an epoch of their own, and encode them."""
    for message in said:
        message.epoch, message.seq = wish.start, next(numbers[message.machine])
        channel = "telemetry" if isinstance(message, Telemetry) else "event"
        stretch.messages.append((f"{_topic(message.machine)}/{channel}".encode(), encode(message)))
