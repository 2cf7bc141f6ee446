"""A simulated world: the machines of a plant together, or one machine that stands alone. Who is here, what is asked
of them, what is saved; what happens when is its :class:`~andon_edge.simulation.course.Course`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from andon_contracts.identity import Identity
from andon_contracts.messages import Birth, Command, Event, LayoutMessage, Telemetry
from andon_contracts.plant_clock import PlantClock

from andon_edge.library.specs import MachineSpec, WorldSpec
from andon_edge.ports import Answer, Truth
from andon_edge.simulation import announce, faults
from andon_edge.simulation.calendar import calendar_of
from andon_edge.simulation.control import perform
from andon_edge.simulation.course import Course
from andon_edge.simulation.flow import Books, stations_of
from andon_edge.simulation.machine import Machine

_WORLD_KEY = "world"


class _Saved(msgspec.Struct):
    now: int
    offset: int
    supply: list[float]
    books: Books
    started: bool
    #: messages that a command brought about and nobody fetched yet
    telemetry: list[Telemetry] = []
    events: list[Event] = []


@dataclass(frozen=True, slots=True)
class Changes:
    """What :meth:`SimulatedWorld.update` changed; births of added and changed machines are new."""

    added: list[Identity] = field(default_factory=list)
    removed: list[Identity] = field(default_factory=list)
    changed: list[Identity] = field(default_factory=list)
    layout: bool = False


class SimulatedWorld(Course):
    """Implements :class:`andon_edge.ports.World`; the same seed, clock and calls say the same."""

    # --- the port ------------------------------------------------------------------------------------------

    @property
    def key(self) -> str:
        """The world's name: ``plant:ENTERPRISE`` or ``alone:PATH``."""
        return self._spec.key

    @property
    def enterprise(self) -> str:
        return self._spec.enterprise

    @property
    def books(self) -> Books:
        """Units that entered and left, for whoever checks that none is lost."""
        return self._flow.books

    def machines(self) -> list[Identity]:
        return sorted(self._machines)

    def birth(self, machine: Identity) -> Birth:
        return announce.birth(self._machines[machine])

    def layout(self) -> LayoutMessage | None:
        return announce.layout(self._spec)

    def link_down(self, machine: Identity) -> bool:
        """Whether a fault cuts the machine's network now: the runtime must drop its connection."""
        return faults.is_link_down(self._machines[machine])

    def states(self, wall: int) -> list[Event]:
        """The state of each machine, said again at ``wall``: for whoever does not look further back."""
        found: list[Event] = []
        for machine in self._machines.values():
            s, event = machine.s, self._engine.state_event(machine)
            event.t = s.last_t = max(wall, s.last_t + 1)
            found.append(event)
        return found

    def perform(self, command: Command, clock: PlantClock, wall: int) -> Answer:
        machine = next((m for m in self._machines.values() if m.path == command.owner), None)
        if machine is None:
            return Answer("refused", f"there is no machine {command.owner} here")
        if not self._started:
            return Answer("refused", f"{machine.identity.machine} has not started yet; try again in a second")
        self._clock = clock
        machine.changed = True
        # what is due until now happens before the command and is said with the next advance
        self._out = self.advance(clock, wall)
        return perform(self._engine, machine, command, self._now)

    def dump(self) -> dict[str, bytes]:
        changed: dict[str, bytes] = {}
        for machine in self._machines.values():
            if machine.changed:
                changed[machine.path] = machine.dump()
                machine.changed = False
        if self._world_changed:
            self._world_changed = False
            saved = _Saved(
                now=self._now,
                offset=self._engine.offset,
                supply=self._engine.supply,
                books=self._flow.books,
                started=self._started,
                telemetry=[m for m in self._out if isinstance(m, Telemetry)],
                events=[m for m in self._out if not isinstance(m, Telemetry)],
            )
            changed[_WORLD_KEY] = msgspec.json.encode(saved)
        return changed

    def restore(self, state: Mapping[str, bytes]) -> None:
        if _WORLD_KEY not in state:
            return
        saved = msgspec.json.decode(state[_WORLD_KEY], type=_Saved)
        self._now, self._engine.offset, self._started = saved.now, saved.offset, saved.started
        self._engine.supply[:3] = saved.supply[:3]
        self._flow.books = saved.books
        self._timetable.clear()
        self._out = [*saved.telemetry, *saved.events]
        self._out.sort(key=lambda m: m.samples[0].t if isinstance(m, Telemetry) else m.t)
        newcomers = []
        for machine in self._machines.values():
            if machine.path in state:
                machine.restore(state[machine.path])
                self._engine.arm(machine)
            if machine.s.begun_life:
                self._timetable.resume(machine)
            else:
                newcomers.append(machine)
        self._engine.count_draws(self._machines.values())
        self._newcomers = newcomers if self._started else []

    def truth(self) -> list[Truth]:
        found = list(self._truth)
        self._truth.clear()
        return found

    # --- machines that come, change and go while the others run --------------------------------------------

    def add(self, spec: MachineSpec) -> None:
        """Take in a machine (or its changed file); it begins at the next :meth:`advance`."""
        stations = stations_of(self._spec)
        known = self._machines.get(spec.identity)
        if known is not None:
            known.equip(spec, stations.get(spec.identity))
            known.changed = True
        else:
            machine = Machine(spec, stations.get(spec.identity), self._seed)
            self._machines[spec.identity] = machine
            self._newcomers = [*self._newcomers, machine]
        self._flow.route(self._machines)

    def remove(self, identity: Identity) -> None:
        """Drop a machine with what it holds; the flow passes it by."""
        machine = self._machines.pop(identity)
        s = machine.s
        self._engine.forget(machine)
        self._engine.draw(machine, 0, 0)
        self._flow.books.removed += len(s.buffer) + (s.held is not None) + (s.unit is not None)
        self._timetable.remove(machine)
        self._flow.route(self._machines)

    def update(self, spec: WorldSpec) -> Changes:
        """Become what the files say now; machines whose files did not change are not disturbed."""
        before, self._spec = self._spec, spec
        self._calendar = calendar_of(spec)
        self._zones = {s.site: calendar_of(spec, s.time_zone) for s in spec.plant.model.sites} if spec.plant else {}
        self._hall = (-1, 0.0)
        self._flow.update(spec.plant.model if spec.plant else None, self._calendar)
        removed = [i for i in self._machines if i not in spec.machines]
        for identity in removed:
            self.remove(identity)
        added = [i for i in spec.machines if i not in self._machines]
        changed = [
            i
            for i, m in spec.machines.items()
            if i in self._machines and self._machines[i].spec.signature != m.signature
        ]
        for identity in [*added, *changed]:
            self.add(spec.machines[identity])
        stations = stations_of(spec)
        for identity, machine in self._machines.items():
            machine.station = stations.get(identity)
            machine.buffer_places = machine.station.buffer if machine.station else 0
        self._flow.route(self._machines)
        self._engine.want(*self._machines.values())
        return Changes(added, removed, changed, announce.layout(before) != announce.layout(spec))
