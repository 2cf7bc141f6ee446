"""Worlds advance here: what they say goes into the journal together with their state, and then out.

One call of :meth:`Driver.tick` is synchronous, so that a transaction holds exactly what the worlds said in it
and the state in which they said it.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from andon_contracts.identity import Identity
from andon_contracts.messages import Command, GapMarked
from andon_contracts.plant_clock import PlantClock

from andon_edge.journal import Entry, Journal
from andon_edge.ports import Answer, Truth, World
from andon_edge.runtime.time import Times

_log = structlog.get_logger()

#: A process that did not run for this long (microseconds) was asleep or off: its machines measured nothing.
GAP_US: Final = 2_000_000
#: Wall time that went back by more than this was set; less is the clock's own correction and is waited out.
STEP_US: Final = 500_000
_WALL = "~wall"
"""The key under which a world's last wall time lies beside its own state."""


@dataclass(slots=True)
class Hosted:
    """A world at work; ``wall`` is the time up to which it has lived."""

    name: str
    world: World
    machines: list[Identity]
    wall: int
    failed: str = ""
    turn: int = field(default=0)


class Driver:
    """``clock`` gives an enterprise's plant clock; ``link_down`` is told of machines that lost their network."""

    def __init__(
        self,
        journal: Journal,
        times: Times,
        clock: Callable[[str], PlantClock],
        link_down: Callable[[Identity, bool], None],
        truth: Callable[[list[Truth]], None],
    ) -> None:
        self._journal, self._times, self._clock = journal, times, clock
        self._link_down, self._write_truth = link_down, truth
        self.worlds: dict[str, Hosted] = {}
        self._of: dict[Identity, Hosted] = {}
        self._queue: list[tuple[int, int, str]] = []
        self._turns = itertools.count(1)
        self._wall = times.now()
        self._truths: list[Truth] = []
        #: Why the machines stood still, if not because the computer slept.
        self.stalled = ""

    # --- worlds -----------------------------------------------------------------------------------------------

    def add(self, name: str, world: World) -> None:
        """Take up a world where the journal left it, or begin it."""
        now = self._times.now()
        state = self._journal.state(name)
        lived = int(state.pop(_WALL, b"0"))
        machines = world.machines()
        hosted = Hosted(name, world, machines, now)
        if state:
            world.restore(state)
            hosted.wall = lived
            if lived > now or now - lived > GAP_US:
                self._skip(hosted, now, "stopped")
        self.worlds[name] = hosted
        for machine in machines:
            self._of[machine] = hosted
        self._schedule(hosted)

    def update(self, name: str, change: Callable[[World], None]) -> bool:
        """Change a running world; False if it could not (it is built anew then)."""
        hosted = self.worlds[name]
        if hosted.failed:
            return False
        try:
            change(hosted.world)
        except Exception:  # the new files ask for something that the running world cannot become
            _log.exception("a running world cannot be changed: it is built anew", world=name)
            return False
        for machine in hosted.machines:
            if self._of.get(machine) is hosted:
                del self._of[machine]
        hosted.machines = hosted.world.machines()
        for machine in hosted.machines:
            self._of[machine] = hosted
        self._keep(hosted)
        self._schedule(hosted)
        return True

    def remove(self, name: str) -> None:
        """The world's files are gone, or it is built anew."""
        hosted = self.worlds.pop(name)
        self._keep(hosted)
        for machine in hosted.machines:
            if self._of.get(machine) is hosted:
                del self._of[machine]

    def _skip(self, hosted: Hosted, now: int, reason: str) -> None:
        clock = self._clock(hosted.world.enterprise)
        for machine in hosted.machines:
            stream = self._journal.stream(machine.path)
            start = min(stream.last_t or hosted.wall, now)
            self._journal.put(GapMarked(machine=machine.path, epoch=0, seq=0, t=now, start=start, reason=reason))
        hosted.world.skip(clock, now)
        hosted.wall = now
        self._keep(hosted)

    def _keep(self, hosted: Hosted) -> None:
        self._journal.keep_state(hosted.name, {**hosted.world.dump(), _WALL: str(hosted.wall).encode()})
        self._truths += hosted.world.truth()

    def _schedule(self, hosted: Hosted) -> None:
        hosted.turn = next(self._turns)
        # a world that has lived up to `wall` is not asked again for that moment: `tick` would never end
        due = max(hosted.world.due(self._clock(hosted.world.enterprise)), hosted.wall + 1)
        heapq.heappush(self._queue, (due, hosted.turn, hosted.name))

    def begin(self) -> None:
        """Time counts from now on: what loading took is no sleep."""
        self._wall = self._times.now()

    def pace_changed(self, enterprise: str) -> None:
        """What is due is due at another wall time now."""
        for hosted in self.worlds.values():
            if hosted.world.enterprise == enterprise:
                self._schedule(hosted)

    # --- living -----------------------------------------------------------------------------------------------

    def due(self) -> int:
        """When the next world has something to say (wall time; far away if there is none)."""
        while self._queue:
            due, turn, name = self._queue[0]
            if name in self.worlds and self.worlds[name].turn == turn:
                return due
            heapq.heappop(self._queue)
        return self._times.now() + 3_600_000_000

    def tick(self) -> None:
        """Let every world that is due live up to now; what it says is put into the journal, not yet written."""
        now = self._times.now()
        since, self._wall = now - self._wall, max(now, self._wall)
        if since < -STEP_US:
            self._step_back(now)
            return
        if since <= 0:
            return  # the clock corrects itself: stamps must grow, so wait until it is past the last one
        if since > GAP_US:
            self._gap(now)
            return
        while self.due() <= now:
            _, _, name = heapq.heappop(self._queue)
            self._live(self.worlds[name], now)

    def _live(self, hosted: Hosted, now: int) -> None:
        world = hosted.world
        try:
            clock = self._clock(world.enterprise)
            for message in world.advance(clock, now):
                self._journal.put(message)
            hosted.wall = now
            self._keep(hosted)
            self._schedule(hosted)
        except Exception as error:  # a mistake in one machine's own code must not silence the others
            hosted.failed = f"{hosted.name}: stopped by a mistake in its code: {error!r}"
            _log.exception("a world failed and stands still", world=hosted.name)
            return
        down = getattr(world, "link_down", None)
        if down is not None:
            for machine in hosted.machines:
                self._link_down(machine, bool(down(machine)))

    def _gap(self, now: int) -> None:
        reason = self.stalled or "asleep"
        _log.warning("machines stood still; going on at the present", reason=reason)
        for hosted in self.worlds.values():
            if not hosted.failed:
                self._skip(hosted, now, reason)
                self._schedule(hosted)

    def _step_back(self, now: int) -> None:
        """The wall clock was set back: every machine counts in a new epoch, from the time that it is now."""
        _log.warning("the wall clock was set back: new epochs begin", seconds=(self._wall - now) / 1e6)
        before, self._wall = self._wall, now
        self.stepped_back(before, now)
        for hosted in self.worlds.values():
            for machine in hosted.machines:
                self._journal.begin_epoch(self._journal.stream(machine.path))
            if not hosted.failed:
                hosted.world.skip(self._clock(hosted.world.enterprise), now)
                hosted.wall = now
                self._keep(hosted)
                self._schedule(hosted)

    def stepped_back(self, before: int, now: int) -> None:
        """Replaced by who keeps the plant clocks."""

    def perform(self, machine: Identity, command: Command, now: int) -> Answer:
        """A command for a machine, carried out by its world."""
        hosted = self._of.get(machine)
        if hosted is None or hosted.failed:
            return Answer("failed", "the machine does not run; see the edge's problems")
        answer = hosted.world.perform(command, self._clock(hosted.world.enterprise), max(now, hosted.wall))
        self._keep(hosted)
        self._schedule(hosted)
        return answer

    def commit(self) -> list[Entry]:
        """Write the journal, then the ground truth; returns what may be published."""
        entries = self._journal.commit()
        truths, self._truths = self._truths, []
        if truths:
            self._write_truth(truths)
        return entries
