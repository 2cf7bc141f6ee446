"""Detectors at work: one per machine and operation, fed by what the broker says, asked by who wants an opinion.

What is normal while a machine produces is not normal while it waits, and differs from operation to operation; so a
detector learns one of them, from the first values it sees, and is silent elsewhere. It takes at most one row a second
of plant time: a faster one would learn the same moment many times over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from andon_contracts.messages import OperationStarted, StateChanged

from andon_platform.analytics.detection.alarm import Debounce
from andon_platform.analytics.detection.catalogue import DEFAULT, detector
from andon_platform.analytics.detection.port import Detector

#: Rows to learn: twenty minutes of producing, which is several cycles of anything in the shipped plant.
LEARN_ROWS: Final = 1_200
#: So many times longer learns what announces no operation: compressed air and cooling never stop, and what is normal
#: for them is all that the plant does, which an hour shows and twenty minutes do not.
CONTINUOUS: Final = 3
ROW_US: Final = 1_000_000
#: Rows that pass unscored after a machine comes back to an operation: what it did meanwhile is still in its signals.
SETTLE_ROWS: Final = 30
#: After it was down or stopped as many as it stood, up to these: ovens and moulds cool meanwhile.
LONGEST_SETTLE_ROWS: Final = 3_600
_COLD: Final = frozenset(("down", "planned"))
#: Signals that say how full a buffer is tell of the neighbours, not of this machine.
NOT_ITS_OWN: Final = frozenset(("buffer_out", "buffer_in"))
_REASONS: Final = 3


@dataclass(slots=True)
class Opinion:
    """What the detector thinks: ``score`` above 1 is unusual, ``because`` names the signals with their shares.

    ``t`` is the row's stamp, ``since`` that of the row which raised the alarm (0: none). Before ``learned`` is 1 it
    is still warming up.
    """

    machine: str
    mode: str
    t: int = 0
    learned: float = 0.0
    score: float = 0.0
    alarm: bool = False
    since: int = 0
    because: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Mode:
    """One operation of one machine."""

    detector: Detector
    debounce: Debounce
    opinion: Opinion
    settle: int = SETTLE_ROWS


@dataclass(slots=True)
class _Machine:
    """What is known of a machine at this moment; ``row_t`` is plant time of its last row."""

    state: str = ""
    operation: str = ""
    values: dict[str, float] = field(default_factory=dict)
    t: int = 0
    row_t: int = 0
    at: str = ""
    cooled: bool = False
    #: Those that it announced when what is learned here was begun.
    signals: list[str] = field(default_factory=list)
    modes: dict[str, _Mode] = field(default_factory=dict)


class Watch:
    """``raised`` is called when an alarm begins and when it ends; ``operations`` are those a machine announced. Nothing
    here waits."""

    def __init__(
        self,
        raised: Callable[[Opinion], None] = lambda opinion: None,
        *,
        kind: str = DEFAULT,
        learn_rows: int = LEARN_ROWS,
        operations: Callable[[str], Sequence[str]] = lambda machine: (),
    ) -> None:
        self._raised, self._kind, self._learn_rows = raised, kind, learn_rows
        self._operations = operations
        self._machines: dict[str, _Machine] = {}

    def event(self, machine: str, event: object) -> None:
        """A state or an operation changed."""
        known = self._machines.setdefault(machine, _Machine())
        if isinstance(event, StateChanged):
            if event.state != known.state:
                known.at = ""  # what comes next is a new beginning
            known.state = event.state
            known.cooled = known.cooled or event.state in _COLD
        elif isinstance(event, OperationStarted):
            known.operation = event.operation

    def announced(self, machine: str, signals: Iterable[str]) -> None:
        """What the machine says that it measures. What was learned of others is of no use: a signal that is new would
        not be watched, and one that is gone would stay as usual for ever."""
        known, there = self._machines.setdefault(machine, _Machine()), sorted({*signals} - NOT_ITS_OWN)
        if known.signals not in ([], there):
            known.values.clear()
            self.forget(machine)
        known.signals = there

    def sample(self, machine: str, t: int, plant: int, values: Mapping[str, float]) -> Opinion | None:
        """Values of a moment ``t`` (``plant``: the same in plant time). Late ones teach nothing."""
        known = self._machines.setdefault(machine, _Machine())
        if t <= known.t:
            return None
        known.t = t
        known.values.update(values)
        if plant - known.row_t < ROW_US or known.state not in ("producing", ""):
            return None
        name = known.operation or self._only(machine)
        if not name:
            return None
        mode = self._mode(machine, known, name, (plant - known.row_t) // ROW_US)
        known.row_t = plant
        row = {name: value for name, value in known.values.items() if name not in NOT_ITS_OWN}
        opinion = mode.opinion
        opinion.t = t
        if mode.settle > 0:
            mode.settle -= 1
            return opinion
        if mode.detector.learned < 1:
            mode.detector.learn_one(row)
            opinion.learned = mode.detector.learned
            return opinion
        opinion.score = mode.detector.score_one(row)
        alarm = mode.debounce.update(opinion.score)
        if alarm != opinion.alarm or alarm:
            because = mode.detector.because()
            opinion.because = dict(list(because.items())[:_REASONS])
        if alarm != opinion.alarm:
            opinion.alarm, opinion.since = alarm, t if alarm else 0
            self._raised(opinion)
        return opinion

    def _only(self, machine: str) -> str:
        """The operation of a machine of which none was heard yet: its only one; of several nobody knows which."""
        there = self._operations(machine)
        return "producing" if not there else there[0] if len(there) == 1 else ""

    def _mode(self, machine: str, known: _Machine, name: str, away: int) -> _Mode:
        """The mode at work; ``away``: rows of plant time since the machine's last one."""
        mode = known.modes.get(name)
        if mode is None:
            mode = known.modes[name] = self._new(machine, name)
        if known.at != name:
            cold = min(away, LONGEST_SETTLE_ROWS) if known.cooled else 0
            known.at, known.cooled, mode.settle = name, False, max(SETTLE_ROWS, cold)
        return mode

    def _new(self, machine: str, name: str) -> _Mode:
        rows = self._learn_rows * (1 if self._operations(machine) else CONTINUOUS)
        return _Mode(detector(self._kind, rows), Debounce(after=5), Opinion(machine, name))

    def opinions(self, machine: str) -> list[Opinion]:
        """Of each operation the machine was seen at."""
        known = self._machines.get(machine)
        return [mode.opinion for mode in known.modes.values()] if known else []

    def forget(self, machine: str) -> None:
        """Learn the machine anew: it was repaired, or rebuilt."""
        known = self._machines.get(machine)
        if known is not None:
            forgotten = [mode.opinion for mode in known.modes.values()]
            known.modes.clear()
            known.at = ""
            for opinion in forgotten:
                if opinion.alarm:
                    opinion.alarm, opinion.since = False, 0
                    self._raised(opinion)

    # --- over a restart -----------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All that was learned, as plain JSON."""
        return {
            "kind": self._kind,
            "learn_rows": self._learn_rows,
            "signals": {machine: known.signals for machine, known in self._machines.items()},
            "machines": {
                machine: {name: mode.detector.state() for name, mode in known.modes.items()}
                for machine, known in self._machines.items()
            },
            "alarms": {
                machine: raised
                for machine, known in self._machines.items()
                if (raised := {
                    name: {"t": o.t, "score": o.score, "since": o.since, "because": o.because}
                    for name, mode in known.modes.items()
                    if (o := mode.opinion).alarm
                })
            },
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from :meth:`state`; that of another detector, or another length of learning, is of no use."""
        if (state["kind"], state["learn_rows"]) != (self._kind, self._learn_rows):
            return
        for machine, modes in state["machines"].items():
            known = self._machines.setdefault(machine, _Machine())
            known.signals = list(state.get("signals", {}).get(machine, []))
            for name, learned in modes.items():
                mode = known.modes[name] = self._new(machine, name)
                mode.detector.restore(learned)
                mode.opinion.learned = mode.detector.learned
        for machine, modes in state.get("alarms", {}).items():
            for name, said in modes.items():
                mode = self._machines[machine].modes[name]
                mode.debounce.raised = mode.opinion.alarm = True
                mode.opinion.t, mode.opinion.score = said["t"], said["score"]
                mode.opinion.since, mode.opinion.because = said["since"], said["because"]
