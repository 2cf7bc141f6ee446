"""People's words and deeds as the API shows them: plain dictionaries, which ``models_station`` describes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from andon_contracts.plant_clock import PlantClock

from andon_platform.api.live.hub import Hub
from andon_platform.people.calls import Call
from andon_platform.people.handover import Handover


def clock_in(hub: Hub, enterprise: str) -> PlantClock:
    """A plant's clock; without one, plant time is wall time."""
    message = hub.clocks.get(enterprise)
    return PlantClock(message.segments) if message and message.segments else PlantClock.starting(1)


def call_view(call: Call, clock: PlantClock) -> dict[str, Any]:
    """A call with its plant times; durations are plant time, null while they run."""
    plant = {name: clock.plant(t) if t else 0 for name, t in _times(call).items()}
    return {
        **asdict(call),
        "state": call.state,
        **{f"{name}_plant": t for name, t in plant.items()},
        "answer_s": answer_s(call, clock),
        "resolve_s": resolve_s(call, clock),
    }


def answer_s(call: Call, clock: PlantClock) -> float | None:
    """Seconds of plant time from the call to the answer."""
    return (clock.plant(call.answered) - clock.plant(call.called)) / 1e6 if call.answered else None


def resolve_s(call: Call, clock: PlantClock) -> float | None:
    """Seconds of plant time from the call to its end."""
    return (clock.plant(call.resolved) - clock.plant(call.called)) / 1e6 if call.resolved else None


def _times(call: Call) -> dict[str, int]:
    return {"called": call.called, "answered": call.answered, "resolved": call.resolved}


def handover_view(h: Handover) -> dict[str, Any]:
    """A handover with its facts as they were signed."""
    return {**asdict(h), "facts": json.loads(h.facts), "state": "accepted" if h.came else "signed"}
