"""Every fault that a shipped type takes shows: in the signals it claims, in quality or in time."""

from __future__ import annotations

import math

import pytest
from andon_contracts.messages import StateChanged
from andon_edge.library.read_types import STANDARD_FAULTS
from andon_edge.ports import Outgoing
from support.fault_effects import SHORT, Effect, alone, calmest, claimed, effect, shipped, wear_shows

TYPES = shipped().types
OWN = [(kind, fault) for kind, found in sorted(TYPES.items()) for fault in found.model.faults]
#: Those that every type takes; jams are of work on pieces.
STANDARD = [
    (k, f) for k, found in sorted(TYPES.items()) for f in STANDARD_FAULTS if f != "jams" or found.model.operations
]
WEAR = [(kind, wear) for kind, found in sorted(TYPES.items()) for wear in found.model.wear]


def stops(said: list[Outgoing]) -> int:
    return sum(isinstance(m, StateChanged) and m.state == "down" for m in said)


def visible(kind: str, fault: str, e: Effect) -> bool:
    """One standard deviation of the noise, a per cent of scrap, five short stops an hour, or a failure."""
    shown = max((abs(v) for v in e.shown(claimed(kind, fault)).values()), default=0.0)
    return shown >= 1 or e.scrap >= 0.01 or e.stops >= 5 or math.isfinite(e.fails_min)


@pytest.mark.parametrize(("kind", "fault"), OWN)
def test_a_fault_of_a_type_shows_at_full_severity_and_less_at_half(kind: str, fault: str) -> None:
    full, half = effect(kind, fault, 1.0), effect(kind, fault, 0.5)
    assert visible(kind, fault, full), f"{fault} of {kind} has no effect: {full}"
    if TYPES[kind].model.faults[fault].factor and math.isfinite(full.fails_min):  # it ages something: sooner worn out
        assert full.fails_min < 0.8 * half.fails_min
        return
    both, less = ({**e.signals, "scrap": 100 * e.scrap, "stops": e.stops} for e in (full, half))
    name = max(("scrap", "stops", *full.shown(claimed(kind, fault))), key=lambda n: abs(both[n]))
    assert abs(less[name]) < 0.8 * abs(both[name]), f"{fault} of {kind}: the severity changes nothing in {name}"


@pytest.mark.parametrize(("kind", "fault"), STANDARD)
def test_a_fault_of_every_type_shows(kind: str, fault: str) -> None:
    signal = calmest(kind) if "sensor" in fault else ""
    e = effect(kind, fault, 1.0, signal, hours=SHORT)
    seen = {
        "stuck-sensor": e.held,
        "drifting-sensor": abs(e.signals.get(signal, 0.0)) > 1,
        "noisy-sensor": e.spread.get(signal, 0.0) > 1,
        "dropped-samples": e.samples < 0.5,
        "link-loss": e.link_lost,
        "jams": e.stops > 10,
    }
    assert seen[fault], f"{fault} of {kind} has no effect: {e}"


def test_a_fault_changes_at_once_how_often_the_machine_stops() -> None:
    """Bad film tears thirty times an hour from the first minute on, and no more when the roll is changed."""
    torn, after = 0, 0
    for seed in range(6):
        packer = alone("packer", seed)
        packer.run(30)
        assert packer.command("packer", "inject-fault", fault="film-tears", severity="1").status == "done"
        torn += stops(packer.run(20))
        packer.command("packer", "clear-fault")
        after += stops(packer.run(20))
    assert 25 < torn < 75, "two hours at 30 an hour, some 14 s of each two minutes lost"
    assert after < 10


@pytest.mark.parametrize(("kind", "wear"), WEAR)
def test_what_is_nearly_worn_out_shows_before_it_fails(kind: str, wear: str) -> None:
    shown = wear_shows(kind, wear)
    assert max(map(abs, shown.values()), default=0.0) >= 1, f"{wear} of {kind} cannot be seen coming: {shown}"
