"""One machine's state: all that is saved, and nothing that does anything by itself.

Times are *own time*: integer microseconds of plant time without the gaps in which the simulation was off
(:mod:`andon_edge.simulation.course` keeps the difference).
"""

from __future__ import annotations

import msgspec
from andon_contracts.identity import Identity
from andon_contracts.messages import Sample, State

from andon_edge.library.compiled import BASE_NAMES
from andon_edge.library.specs import MachineSpec, StationSpec
from andon_edge.simulation.randomness import Generator, seed_of

SECOND = 1_000_000
MINUTE = 60 * SECOND
Reading = tuple[int, str, float, float, float, float, int]
"""A signal's index and name, the share of the way to its target, noise, low, high, digits (-1: all)."""
N_BASE = len(BASE_NAMES)
#: From here to ``N_BASE``: what is the same for all machines of a world.
N_SUPPLY = BASE_NAMES.index("ambient")


class Unit(msgspec.Struct, array_like=True):
    """A unit of work: its serial number, its product, what went into it. ``order`` grows as units appear."""

    serial: str
    product: str
    work: float
    order: int
    parts: list[str] = []


class ActiveFault(msgspec.Struct):
    """An injected fault. ``until`` None: until cleared; ``signal`` is an index or -1."""

    name: str
    severity: float
    start: int
    until: int | None = None
    signal: int = -1
    held: float = 0.0
    on: bool = True
    toggle: int | None = None
    stopped: bool = False


class MachineState(msgspec.Struct):
    """What a dump holds of a machine."""

    state: State = "idle"
    reason: str = ""
    text: str = ""
    unit: Unit | None = None
    held: Unit | None = None
    buffer: list[Unit] = []
    product: str = ""
    since_changeover: int = 0
    activity: str = ""  # "", "setup" or "work"
    begun: int = 0
    total: int = 0
    end: int = 0  # own time of the end while it runs
    left: int = -1  # what is left while it is interrupted
    made: int = 0
    scrapped: int = 0
    conditions: dict[str, float] = {}
    repairing: str = ""  # a condition, or "" for a short stop
    stopped: str = ""  # a command's reason
    closed: str = ""  # the calendar's reason
    ran: int = 0
    ran_from: int | None = None  # own time from which work is not counted yet; None: it does not work
    timers: dict[str, int] = {}
    faults: list[ActiveFault] = []
    alarms: dict[str, str] = {}
    breached: dict[str, int] = {}  # samples beyond a limit, by signal
    air: int = 0  # what it takes from the utilities now, in millionths: sums of integers are exact
    cooling: int = 0
    values: dict[str, float] = {}
    seen: list[int] = []  # own time of the last sample of each rate group
    ticks: int = 0
    next_tick: int = 0  # wall time
    last_t: int = 0  # wall time of the last message
    pending: list[Sample] = []
    flow_rng: int = 0
    noise_rng: int = 0
    variables: dict[str, float] = {}
    begun_life: bool = False


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(MachineState)


class Machine:
    """A machine at run time: its spec, its saved state ``s`` and caches."""

    __slots__ = (
        "behaviour", "broken", "buffer_places", "changed", "compiled", "down", "env", "groups", "identity", "interval",
        "limited", "model", "names", "no_fault", "operation", "path", "per_message", "period", "rates", "readings",
        "rng", "rounds", "s", "signals", "spec", "station", "up",
    )  # fmt: skip

    def __init__(self, spec: MachineSpec, station: StationSpec | None, seed: int) -> None:
        self.identity: Identity = spec.identity
        self.path = spec.identity.path
        self.model, self.compiled = spec.type.model, spec.type.compiled
        self.s = MachineState()
        self.rng = Generator(seed_of(seed, self.path, "flow"))
        self.s.noise_rng = seed_of(seed, self.path, "noise")
        for name, wear in self.model.wear.items():
            age = spec.config.age.get(name)
            self.s.conditions[name] = self.rng.between(*wear.start) * wear.limit if age is None else age
        self.up: list[Machine] = []
        self.down: list[Machine] = []
        self.changed = True
        self.equip(spec, station)

    def equip(self, spec: MachineSpec, station: StationSpec | None) -> None:
        """Take up a (changed) file; what the state knows and the type does too is kept."""
        self.spec, self.station = spec, station
        self.model, self.compiled = spec.type.model, spec.type.compiled
        model, compiled = self.model, self.compiled
        parameters = {**model.parameters, **spec.config.parameters}
        #: Why the type's own code failed; it is tried anew when its file changes.
        self.broken = ""
        self.behaviour = compiled.behaviour(parameters) if compiled.behaviour else None
        if self.behaviour:
            self.behaviour.values.update({k: v for k, v in self.s.variables.items() if k in self.behaviour.values})
        self.s.conditions = {
            n: self.s.conditions.get(n, spec.config.age.get(n, w.start[0] * w.limit)) for n, w in model.wear.items()
        }
        self.s.faults = [f for f in self.s.faults if f.signal < len(model.signals)]
        self.operation = self._operation()
        if self.operation is None:  # the type has become continuous
            self.s.activity, self.s.left = "", -1
            self.s.timers.pop("finish", None)
        self.buffer_places = station.buffer if station else 0
        self.names = list(model.signals)
        self.env = [0.0] * len(compiled.names)
        self.no_fault = (0.0,) * len(compiled.faults)
        for i, name in enumerate(compiled.parameters):
            self.env[N_BASE + i] = parameters[name]
        self._rates()

    def _operation(self) -> tuple[str, float, float, float, int] | None:
        for name, op in self.model.operations.items():
            mine = self.spec.config.operation
            cycle = mine.get("cycle_s", op.cycle_s)
            return (
                name,
                cycle,
                mine.get("changeover_s", op.changeover_s),
                min(mine.get("spread", op.spread), 0.5),
                op.changeover_every,
            )
        return None

    def _rates(self) -> None:
        rates = [(s.rate_hz or self.model.rate_hz) for s in self.model.signals.values()]
        base = max(rates)
        #: wall microseconds between two samples of the fastest signal
        self.period = round(SECOND / base)
        every = [max(1, round(base / rate)) for rate in rates]
        #: samples a second as they come: every so many ticks of the fastest, which may be a little more than wished for
        self.rates = dict(zip(self.model.signals, (SECOND / self.period / n for n in every), strict=True))
        self.groups = [(n, [i for i, e in enumerate(every) if e == n]) for n in sorted(set(every))]
        #: one message a second, or one a sample where samples are rarer
        self.per_message = max(1, round(base))
        self.interval = self.period * self.per_message / SECOND
        self.rounds = True
        self._forget_readings()
        if len(self.s.seen) != len(self.groups):
            self.s.seen = [-1] * len(self.groups)
        #: name, tau in us, noise, low, high, digits, low limit, high limit
        self.signals = [
            (name, s.tau_s * SECOND, s.noise, s.range[0], s.range[1], digits_of(s.range, s.noise, s.digits), *s.limits)
            for name, s in self.model.signals.items()
        ]
        #: name, its alarm's code, low limit, high limit: of the signals that have one
        self.limited = [
            (name, f"{name.replace('_', '-')}-limit", *s.limits)
            for name, s in self.model.signals.items()
            if s.limits != (None, None)
        ]

    def sample_every(self, period: int | None) -> None:
        """Sample all signals each ``period`` wall microseconds, a message a sample, unrounded (whoever has a day of
        them rounds all at once); None: as the file says."""
        if period is None:
            self._rates()
            return
        self.period, self.per_message, self.interval = period, 1, period / SECOND
        self.groups = [(1, list(range(len(self.names))))]
        self.rounds = False
        self._forget_readings()
        self.s.seen = self.s.seen[:1]

    def _forget_readings(self) -> None:
        #: of each rate group: the time between its last two samples (us), and how its signals are read after that
        self.readings: list[tuple[int, list[Reading]]] = [(-2, [])] * len(self.groups)

    def dump(self) -> bytes:
        """The state as JSON."""
        self.s.flow_rng = self.rng.state
        if self.behaviour:
            self.s.variables = self.behaviour.values
        return _encode(self.s)

    def restore(self, data: bytes) -> None:
        """Take up a dump.

        Raises:
            msgspec.MsgspecError: it is none.
        """
        self.s = s = _decoder.decode(data)
        if s.ran_from is not None:  # work is counted each minute, and of a machine that works
            s.ran_from = max(s.ran_from, s.timers.get("minute", 0) - MINUTE) if s.state == "producing" else None
        self.rng.state = self.s.flow_rng
        self.equip(self.spec, self.station)


def digits_of(bounds: tuple[float, float], noise: float, digits: int | None) -> int:
    """Decimals worth sending: a tenth of the noise, or a ten-thousandth of the range."""
    if digits is not None:
        return digits
    step = noise / 10 if noise else (bounds[1] - bounds[0]) / 10_000
    decimals = 0
    while step < 1.0 and decimals < 6:
        step *= 10
        decimals += 1
    return decimals
