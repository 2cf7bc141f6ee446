"""The ground a machine's life stands on: timers, states, what is taken from air and water, alarms.

Each machine has a few timers by name; a heap orders those of all machines. After anything happens the machines
it concerns are *settled*: each does what it can do now. Messages go to ``say``, ground truth to ``tell``.
"""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from typing import Literal

from andon_contracts.messages import AlarmRaised, Event, Severity, State, StateChanged

from andon_edge.simulation.flow import Flow
from andon_edge.simulation.machine import SECOND, Machine
from andon_edge.simulation.sampling import evaluate, fill

Say = Callable[[Machine, int, Event], None]
TruthKind = Literal["condition", "fault", "failure", "repair"]
Tell = Callable[[Machine, int, TruthKind, dict[str, float | str]], None]


class States(ABC):
    """Timers and states; what a machine does in them is :class:`~andon_edge.simulation.work.Work`'s. ``offset`` is
    plant time minus own time."""

    def __init__(self, flow: Flow, say: Say, tell: Tell) -> None:
        self.flow, self._say, self._tell = flow, say, tell
        self.offset = 0
        #: ambient, air_pressure, water_temperature, air_demand, cooling_demand
        self.supply = [21.0, 6.8, 7.0, 0.0, 0.0]
        self._drawn = [0, 0]
        self._heap: list[tuple[int, str, str, Machine]] = []
        self._todo: deque[Machine] = deque()
        self.closed: Callable[[Machine, int], str] = lambda machine, now: ""

    # --- timers --------------------------------------------------------------------------------------------

    def set(self, machine: Machine, kind: str, at: int | None) -> None:
        """Set, move or (None) clear a timer."""
        if at is None:
            machine.s.timers.pop(kind, None)
            return
        machine.s.timers[kind] = at
        heapq.heappush(self._heap, (at, machine.path, kind, machine))

    def arm(self, machine: Machine) -> None:
        """Put all timers of a machine that was restored back into the heap."""
        for kind, at in machine.s.timers.items():
            heapq.heappush(self._heap, (at, machine.path, kind, machine))

    def forget(self, machine: Machine) -> None:
        """The machine is gone: none of its timers fires any more."""
        machine.s.timers.clear()

    def next(self) -> int | None:
        """Own time of the next timer."""
        heap = self._heap
        while heap:
            at, _, kind, machine = heap[0]
            if machine.s.timers.get(kind) == at:
                return at
            heapq.heappop(heap)
        return None

    def fire(self) -> None:
        """Let the next timer happen."""
        now = self.next()
        if now is None:
            return
        _, _, kind, machine = heapq.heappop(self._heap)
        del machine.s.timers[kind]
        machine.changed = True
        getattr(self, f"_on_{kind}")(machine, now)
        self.settle_all(now)

    def want(self, *machines: Machine) -> None:
        """These may be able to do something: settle them."""
        self._todo.extend(machines)

    def settle_all(self, now: int) -> None:
        """Let every machine that waits to be looked at do what it can."""
        while self._todo:
            self._settle(self._todo.popleft(), now)

    @abstractmethod
    def _settle(self, machine: Machine, now: int) -> None:
        """Let the machine do what it can do now, and enter the state that it is in then."""

    # --- states --------------------------------------------------------------------------------------------

    def _enter(self, machine: Machine, now: int, state: State, reason: str, text: str = "") -> None:
        s = machine.s
        if state != "producing":
            self._count_work(machine, now)
            s.ran_from = None
        elif s.ran_from is None:
            s.ran_from = now
        if (s.state, s.reason, s.text) == (state, reason, text):
            return
        s.state, s.reason, s.text = state, reason, text
        s.breached.clear()
        self._demand(machine, now)
        self._say(machine, now, self.state_event(machine))

    @staticmethod
    def _count_work(machine: Machine, now: int) -> None:
        """What was worked since it was last counted is what wears; the unseen warm-up before 0 wears nothing."""
        s = machine.s
        if s.ran_from is not None:
            s.ran += max(0, now - max(0, s.ran_from))
            s.ran_from = now

    @staticmethod
    def state_event(machine: Machine) -> StateChanged:
        """The event that says in which state the machine is."""
        s = machine.s
        return StateChanged(machine=machine.path, epoch=0, seq=0, t=0, state=s.state, reason=s.reason, text=s.text)

    def _demand(self, machine: Machine, now: int) -> None:
        """What the machine takes from the compressed air and the chilled water in this state."""
        if machine.model.uses:
            self._take(machine, fill(machine, now, self.supply))

    def _take(self, machine: Machine, env: list[float]) -> None:
        """The same, with the values of all names at hand."""
        if not machine.model.uses:
            return
        used = dict(zip(machine.model.uses, evaluate(machine.compiled.uses, env, ()), strict=False))
        air, cooling = max(0.0, used.get("air", 0.0)), max(0.0, used.get("cooling", 0.0))
        self.draw(machine, round(air * 1e6), round(cooling * 1e6))

    def draw(self, machine: Machine, air: int, cooling: int) -> None:
        """The machine takes this much from the utilities from now on (millionths of m3/min and kW)."""
        s = machine.s
        self._drawn[0] += air - s.air
        self._drawn[1] += cooling - s.cooling
        s.air, s.cooling = air, cooling
        self.supply[3], self.supply[4] = self._drawn[0] / 1e6, self._drawn[1] / 1e6

    def count_draws(self, machines: Iterable[Machine]) -> None:
        """Sum up anew what all machines take."""
        self._drawn = [0, 0]
        for machine in machines:
            air, machine.s.air = machine.s.air, 0
            cooling, machine.s.cooling = machine.s.cooling, 0
            self.draw(machine, air, cooling)

    def _interrupt(self, machine: Machine, now: int) -> None:
        s = machine.s
        if s.activity and s.left < 0:
            s.left = max(0, s.end - now)
            self.set(machine, "finish", None)

    def stop(self, machine: Machine, now: int, reason: str) -> None:
        """A person stops the machine: planned, until :meth:`start`."""
        machine.s.stopped = reason
        self.want(machine)
        self.settle_all(now)

    def start(self, machine: Machine, now: int) -> None:
        """A person lets the machine go on."""
        machine.s.stopped = ""
        self.want(machine)
        self.settle_all(now)

    def _go_down(self, machine: Machine, now: int, reason: str, text: str, lasts_s: float, repairing: str) -> None:
        s = machine.s
        s.repairing = repairing
        self._interrupt(machine, now)
        self.set(machine, "repair", now + max(SECOND, round(lasts_s * SECOND)))
        self._enter(machine, now, "down", reason, text)

    def alarm(
        self, machine: Machine, now: int, code: str, active: bool, text: str, severity: Severity = "critical"
    ) -> None:
        """Raise or end an alarm, once."""
        known = machine.s.alarms
        if active == (code in known):
            return
        if active:
            known[code] = text
        else:
            text = known.pop(code)
        self._say(
            machine,
            now,
            AlarmRaised(
                machine=machine.path, epoch=0, seq=0, t=0, code=code, severity=severity, active=active, text=text
            ),
        )
