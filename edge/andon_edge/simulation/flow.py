"""How units move: from a station's buffer to the next station that has all it needs, oldest first.

A station behind several others that carry different things joins them (a shell and its liner); behind several
that carry the same it takes from either. A finished unit that finds no place behind its station stays on it
and blocks it (blocking after service).
"""

from __future__ import annotations

import msgspec
from andon_contracts.identity import Identity

from andon_edge.library.model import PlantModel, ProductModel
from andon_edge.library.specs import StationSpec, WorldSpec
from andon_edge.simulation.calendar import Calendar
from andon_edge.simulation.machine import Machine, Unit
from andon_edge.simulation.randomness import Generator, seed_of


class Books(msgspec.Struct):
    """What entered and left; always: made = delivered + scrapped + joined + removed + work in progress."""

    created: int = 0
    delivered: int = 0
    scrapped: int = 0
    joined: int = 0
    removed: int = 0
    numbers: dict[str, int] = {}


class Flow:
    """The routes between the machines of one world, and what the sources make next."""

    def __init__(self, plant: PlantModel | None, seed: int, calendar: Calendar) -> None:
        self.books = Books()
        self._plant, self._seed, self._calendar = plant, seed, calendar
        self._products = plant.products if plant else []

    def update(self, plant: PlantModel | None, calendar: Calendar) -> None:
        """Take up a changed plant file."""
        self._plant, self._calendar = plant, calendar
        self._products = plant.products if plant else []

    def route(self, machines: dict[Identity, Machine]) -> None:
        """Connect the machines as their stations say."""
        for machine in machines.values():
            machine.up, machine.down = [], []
        for machine in machines.values():
            for target in machine.station.feeds if machine.station else ():
                if target in machines:
                    machine.down.append(machines[target])
                    machines[target].up.append(machine)

    def hand_on(self, machine: Machine) -> bool:
        """Put the finished unit behind the station; False where there is no place."""
        s = machine.s
        if s.held is None:
            return True
        if not machine.down:
            self.books.delivered += 1
        elif len(s.buffer) < machine.buffer_places:
            s.buffer.append(s.held)
        else:
            return False
        s.held = None
        return True

    def take(self, machine: Machine, plant_now: int) -> tuple[Unit | None, list[Machine]]:
        """The next unit to work on, and the stations that gave it; (None, what is missing from) otherwise."""
        if not machine.up:
            return self._source(machine, plant_now), []
        groups: dict[str, list[Machine]] = {}
        for before in machine.up:
            groups.setdefault(before.station.carries if before.station else "", []).append(before)
        chosen: list[Machine] = []
        missing: list[Machine] = []
        for givers in groups.values():
            ready = [(first.order, giver.path, giver) for giver in givers if (first := _first(giver)) is not None]
            if ready:
                chosen.append(min(ready)[2])
            else:
                missing += givers
        if missing:
            return None, missing
        units = [_pop(giver) for giver in chosen]
        main = next((u for u in units if self._plant and u.serial.startswith(f"{self._plant.serials}-")), units[0])
        main.parts = [*main.parts, *(u.serial for u in units if u is not main)]
        self.books.joined += len(units) - 1
        return main, chosen

    def _source(self, machine: Machine, plant_now: int) -> Unit:
        prefix = machine.station.serials if machine.station else ""
        if self._plant is None or machine.station is None:
            prefix = machine.identity.machine.upper()
        prefix = prefix or (self._plant.serials if self._plant else "U")
        books = self.books
        number = books.numbers.get(prefix, 0) + 1
        books.numbers[prefix] = number
        books.created += 1
        product = self.product(number) if machine.station else None
        name, work = (product.name, product.work) if product else (machine.spec.config.product, 1.0)
        return Unit(f"{prefix}-{self._calendar.month(plant_now)}-{number:04d}", name, work, books.created)

    def product(self, number: int) -> ProductModel | None:
        """What the programme asks for as the ``number``-th unit: batches of one product after another."""
        if not self._products or self._plant is None:
            return None
        batch = (number - 1) // self._plant.batch
        draw = Generator(seed_of(self._seed, "programme", batch)).uniform() * sum(p.weight for p in self._products)
        for product in self._products:
            draw -= product.weight
            if draw <= 0:
                return product
        return self._products[-1]


def stations_of(spec: WorldSpec) -> dict[Identity, StationSpec]:
    """The places of the world's machines in the flow; one without a place works for itself."""
    return {s.identity: s for s in spec.plant.stations} if spec.plant else {}


def _first(machine: Machine) -> Unit | None:
    if machine.s.buffer:
        return machine.s.buffer[0]
    return machine.s.held  # without places behind it a station hands over from itself


def _pop(machine: Machine) -> Unit:
    s = machine.s
    if s.buffer:
        return s.buffer.pop(0)
    unit = s.held
    assert unit is not None
    s.held = None
    return unit
