"""The course of a world: what happens next, and what is said of it.

Three times: *wall* (stamps), *plant* (durations; the plant clock maps wall to it) and *own* (plant time
without the gaps in which nothing ran: own = plant - offset). Events are in own time, so that a gap moves none
of them; samples are taken at wall times. One run merges both in the order of their wall times.
"""

from __future__ import annotations

import math
from collections import deque

from andon_contracts.identity import Identity
from andon_contracts.messages import Event, Telemetry
from andon_contracts.plant_clock import PlantClock

from andon_edge.library.specs import WorldSpec
from andon_edge.ports import Outgoing, Truth
from andon_edge.simulation.calendar import calendar_of
from andon_edge.simulation.engine import HOUR, Engine
from andon_edge.simulation.flow import Flow, stations_of
from andon_edge.simulation.limits import watch
from andon_edge.simulation.machine import MINUTE, SECOND, Machine
from andon_edge.simulation.randomness import seed_of
from andon_edge.simulation.sampling import sample
from andon_edge.simulation.states import TruthKind
from andon_edge.simulation.timetable import Timetable

#: A plant is this old when it is first seen, so that buffers and stations are as they are in the midst of work.
WARM_UP = 3 * HOUR
#: Lines of ground truth kept for whoever fetches them.
MAX_TRUTH = 50_000


class Course:
    """Machines, engine and timetable in the order of time; who is here, and what is saved, is the world's."""

    def __init__(self, spec: WorldSpec, seed: int = 0) -> None:
        self._spec, self._seed = spec, seed
        self._started = False
        self._muted = False
        self._now = 0
        self._clock: PlantClock | None = None
        self._out: list[Outgoing] = []
        self._truth: deque[Truth] = deque(maxlen=MAX_TRUTH)
        self._newcomers: list[Machine] = []
        self._hall = (-1, 0.0)
        self._world_changed = True
        self._calendar = calendar_of(spec)
        self._zones = {s.site: calendar_of(spec, s.time_zone) for s in spec.plant.model.sites} if spec.plant else {}
        self._flow = Flow(spec.plant.model if spec.plant else None, seed, self._calendar)
        self._engine = Engine(self._flow, self._say, self._tell)
        self._engine.closed = self._closed
        self._machines: dict[Identity, Machine] = {}
        self._timetable = Timetable(self._machines, seed)
        stations = stations_of(spec)
        for identity, machine in spec.machines.items():
            self._machines[identity] = Machine(machine, stations.get(identity), seed)
        self._flow.route(self._machines)

    def due(self, clock: PlantClock) -> int:
        if not self._started:
            return 0
        if self._out or self._newcomers:
            return 0
        event = self._engine.next()
        complete = self._timetable.next_complete()
        moments = [] if complete is None else [complete]
        if event is not None:
            moments.append(clock.wall(event + self._engine.offset))
        return min(moments, default=clock.segments[-1].wall + SECOND)

    def advance(self, clock: PlantClock, wall: int) -> list[Outgoing]:
        self._clock = clock
        if not self._started:
            self._begin(clock, wall)
        if self._newcomers:
            self._welcome(wall)
        engine, ticks = self._engine, self._timetable.ticks
        end = clock.plant(wall) - engine.offset
        self._world_changed = True
        known, event_wall = None, None  # of many ticks between two events, each sees the same event ahead
        while True:
            event = engine.next()
            if event is not None and event > end:
                event = None
            if event != known:
                known, event_wall = event, clock.wall(event + engine.offset) if event is not None else None
            tick_wall = ticks[0][0] if ticks and ticks[0][0] <= wall else None
            if tick_wall is not None and (event_wall is None or tick_wall <= event_wall):
                self._tick(clock, tick_wall)
            elif event is not None:
                self._now = max(self._now, event)
                engine.fire()
            else:
                break
        self._now = max(self._now, end)
        said, self._out = self._out, []
        return said

    def skip(self, clock: PlantClock, wall: int) -> None:
        self._clock = clock
        if not self._started:
            return
        self._engine.offset = clock.plant(wall) - self._now
        self._world_changed = True
        self._timetable.clear()
        for machine in self._machines.values():
            s = machine.s
            if not s.begun_life:
                continue
            if s.last_t > wall:  # the wall clock was set back: stamps begin anew from there
                s.last_t, s.pending = wall, []
            s.next_tick = wall + 1 + (s.next_tick - wall - 1) % machine.period
            self._flush(machine)
            machine.changed = True
            self._timetable.resume(machine)

    def sample_every(self, period: int | None, wall: int) -> None:
        """From ``wall`` on (not before what was advanced to), sample each machine every ``period`` wall microseconds,
        or as its file says (None): a past of months is lived through at few samples."""
        self._timetable.clear()
        for machine in self._machines.values():
            self._flush(machine)
            machine.sample_every(period)
            if machine.s.begun_life:
                self._timetable.begin(machine, wall)
        self._world_changed = True

    # --- inside --------------------------------------------------------------------------------------------

    def _begin(self, clock: PlantClock, wall: int) -> None:
        """The first moment: live through a warm-up unseen, then say in which state everything is."""
        self._started = True
        plant = clock.plant(wall)
        alone = self._spec.plant is None
        longest = max((m.operation[1] for m in self._machines.values() if m.operation), default=1.0)
        share = seed_of(self._seed, self._spec.key, "warm-up") / 2**64
        warm = round(longest * SECOND * share) if alone else WARM_UP
        self._engine.offset = plant
        self._now = -warm
        self._muted = True
        for number, machine in enumerate(self._machines.values()):
            self._engine.begin(machine, self._now + (0 if alone else number * SECOND))
        for prefix in {m.station.serials for m in self._machines.values() if m.station} | {""}:
            if self._spec.plant:
                self._flow.books.numbers.setdefault(prefix or self._spec.plant.model.serials, 400)
        self._engine.settle_all(self._now)
        while (event := self._engine.next()) is not None and event <= 0:
            self._now = event
            self._engine.fire()
        self._muted = False
        self._now = 0
        self._truth.clear()
        for machine in self._machines.values():
            self._appear(machine, wall)

    def _appear(self, machine: Machine, wall: int) -> None:
        s = machine.s
        self._timetable.begin(machine, wall)
        self._say(machine, self._now, self._engine.state_event(machine))
        if s.activity == "work" and s.unit is not None:
            self._say(machine, self._now, self._engine.started(machine))

    def _welcome(self, wall: int) -> None:
        for machine in self._newcomers:
            self._engine.begin(machine, self._now)
            self._timetable.begin(machine, wall)
        self._newcomers = []
        self._engine.settle_all(self._now)

    def _tick(self, clock: PlantClock, tick_wall: int) -> None:
        machine = self._timetable.ticks[0][2]
        s = machine.s
        own = clock.plant(tick_wall) - self._engine.offset
        supply = self._engine.supply
        supply[0] = self._ambient(own)
        found = sample(machine, max(tick_wall, s.last_t + 1), own, supply)
        for utility, signal in machine.model.provides.items():
            supply[1 if utility == "air_pressure" else 2] = s.values[signal]
        if found is not None:
            s.last_t = found.t
            s.pending.append(found)
            watch(self._engine, machine, found, own)
        if machine.broken and s.state != "down":
            self._engine.want(machine)
            self._engine.settle_all(own)
        machine.changed = True
        if self._timetable.sampled(tick_wall):
            self._flush(machine)

    def _flush(self, machine: Machine) -> None:
        s = machine.s
        if s.pending:
            self._out.append(Telemetry(machine=machine.path, epoch=0, seq=0, samples=s.pending))
            s.pending = []

    def _ambient(self, own: int) -> float:
        """The hall: 21 Cel, 2 K warmer in the afternoon (a usual heated factory; no source but experience)."""
        plant = own + self._engine.offset
        minute = plant // MINUTE
        if self._hall[0] != minute:  # hundreds of samples are of the same one
            day = self._calendar.day_fraction(plant)
            self._hall = (minute, 21.0 + 2.0 * math.sin(2 * math.pi * (day - 0.375)))
        return self._hall[1]

    def _closed(self, machine: Machine, now: int) -> str:
        calendar = self._zones.get(machine.identity.site, self._calendar)
        return calendar.closed(now + self._engine.offset)

    def _say(self, machine: Machine, own: int, event: Event) -> None:
        if self._muted:
            return
        assert self._clock is not None
        self._flush(machine)
        s = machine.s
        event.t = s.last_t = max(self._clock.wall(own + self._engine.offset), s.last_t + 1)
        self._out.append(event)

    def _tell(self, machine: Machine, own: int, kind: TruthKind, detail: dict[str, float | str]) -> None:
        if self._muted or self._clock is None:
            return
        plant = own + self._engine.offset
        self._truth.append(Truth(self._clock.wall(plant), plant, machine.path, kind, detail))
