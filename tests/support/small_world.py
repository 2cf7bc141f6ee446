"""A small world for tests of the runtime: machines that count, at a rate, in two dozen lines."""

from __future__ import annotations

from collections.abc import Mapping

from andon_contracts.identity import Identity
from andon_contracts.messages import Birth, Command, LayoutMessage, Sample, SignalSpec, StateChanged, Telemetry
from andon_contracts.plant_clock import PlantClock
from andon_edge.ports import Answer, Outgoing, Truth


class SmallWorld:
    """Each machine says a telemetry message every ``period_us``, whose value counts up; state is that count."""

    def __init__(self, paths: list[str], period_us: int = 100_000, start: int = 0) -> None:
        self._machines = [Identity.parse(path) for path in paths]
        self._period, self._last = period_us, start
        self.count = 0
        self.skipped: list[int] = []
        self.performed: list[str] = []
        self.down: set[str] = set()
        self.size = 0
        self._stopped: list[str] = []

    @property
    def enterprise(self) -> str:
        return self._machines[0].enterprise

    def machines(self) -> list[Identity]:
        return list(self._machines)

    def birth(self, machine: Identity) -> Birth:
        signal = SignalSpec(name="count", unit="1", minimum=0, maximum=1e9, rate_hz=1e6 / self._period)
        return Birth(machine=machine.path, session=0, t=0, epoch=0, type="counter", signals=[signal])

    def layout(self) -> LayoutMessage | None:
        return LayoutMessage(enterprise=self.enterprise, title="Small")

    def due(self, clock: PlantClock) -> int:
        return self._last + self._period

    def advance(self, clock: PlantClock, wall: int) -> list[Outgoing]:
        said: list[Outgoing] = []
        if not self._last:
            self._last = wall - self._period
        while self._last + self._period <= wall:
            self._last += self._period
            self.count += 1
            for machine in self._machines:
                values = {"count": float(self.count), **{f"x{i}": 0.0 for i in range(self.size)}}
                sample = Sample(t=self._last, values=values)
                said.append(Telemetry(machine=machine.path, epoch=0, seq=0, samples=[sample]))
        for path in self._stopped:
            said.append(StateChanged(machine=path, epoch=0, seq=0, t=self._last + 1, state="planned"))
        self._stopped.clear()
        return said

    def skip(self, clock: PlantClock, wall: int) -> None:
        self.skipped.append(wall)
        self._last = wall

    def perform(self, command: Command, clock: PlantClock, wall: int) -> Answer:
        self.performed.append(command.id)
        if command.command != "stop":
            return Answer("refused", f"unknown {command.command}")
        self._stopped.append(command.owner)
        return Answer("done", "stopped")

    def link_down(self, machine: Identity) -> bool:
        return machine.path in self.down

    def dump(self) -> dict[str, bytes]:
        return {"count": str(self.count).encode(), "last": str(self._last).encode()}

    def restore(self, state: Mapping[str, bytes]) -> None:
        self.count, self._last = int(state["count"]), int(state["last"])

    def truth(self) -> list[Truth]:
        return []
