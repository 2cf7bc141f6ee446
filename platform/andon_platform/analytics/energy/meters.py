"""Which signals are meters: a machine says so with the signal's role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from andon_contracts.messages import SignalSpec

Kind = Literal["electricity", "air"]
ELECTRICITY: Final = "electricity"
#: Compressed air that the machine supplies, as free air.
AIR: Final = "air"
#: UCUM unit to kW.
_TO_KW: Final = {"W": 1e-3, "kW": 1.0, "MW": 1e3}
#: UCUM unit to m3/min.
_TO_M3_MIN: Final = {"m3/min": 1.0, "m3/h": 1 / 60, "L/min": 1e-3, "l/min": 1e-3, "L/s": 0.06, "l/s": 0.06}


@dataclass(frozen=True, slots=True)
class Meter:
    """A signal whose value times ``factor`` is kW (electricity) or m3/min (air)."""

    signal: str
    kind: Kind
    factor: float


def meters(signals: Iterable[SignalSpec], kind: Kind) -> list[Meter]:
    """The machine's meters of a kind: several add up. One in a unit that is none of power or flow is no meter."""
    factors = _TO_KW if kind == ELECTRICITY else _TO_M3_MIN
    return [Meter(s.name, kind, factors[s.unit]) for s in signals if s.role == kind and s.unit in factors]
