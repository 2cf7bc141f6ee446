"""Where simulation and runtime meet: the runtime drives a :class:`World` and journals what it says.

A world is a set of machines that must advance together because they share buffers, air or water: a plant,
a machine that stands alone, or a cassette. It knows nothing of MQTT, journals or asyncio; given the same
seed, clock and calls it says the same values again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec
from andon_contracts.identity import Identity
from andon_contracts.messages import Birth, Command, Event, LayoutMessage, Telemetry
from andon_contracts.plant_clock import PlantClock

Outgoing = Telemetry | Event
"""A message with ``machine`` and stamps filled; ``epoch`` and ``seq`` are 0, the journal gives them."""


class Truth(msgspec.Struct, frozen=True, gc=False):
    """One line of the ground truth log: what only the simulator knows. Never published."""

    wall: int
    plant: int
    machine: str
    kind: Literal["condition", "fault", "failure", "repair"]
    detail: Mapping[str, float | str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A machine's answer to a command."""

    status: Literal["done", "refused", "failed"]
    text: str = ""


class World(Protocol):
    """Machines that advance together. Wall times are integer microseconds UTC."""

    @property
    def enterprise(self) -> str: ...

    def machines(self) -> list[Identity]: ...

    def birth(self, machine: Identity) -> Birth:
        """What the machine announces; ``session``, ``t`` and ``epoch`` are 0, the runtime fills them."""
        ...

    def layout(self) -> LayoutMessage | None:
        """The plant's layout, or None where the world is no plant."""
        ...

    def due(self, clock: PlantClock) -> int:
        """The wall time at which :meth:`advance` next has something to say."""
        ...

    def advance(self, clock: PlantClock, wall: int) -> list[Outgoing]:
        """Live up to ``wall``; per machine the messages are in order and their stamps strictly increase."""
        ...

    def skip(self, clock: PlantClock, wall: int) -> None:
        """Nothing happened until ``wall`` (the computer slept or was off): go on from there, no burst."""
        ...

    def perform(self, command: Command, clock: PlantClock, wall: int) -> Answer:
        """Carry out a machine's command; effects show in the next :meth:`advance`."""
        ...

    def dump(self) -> dict[str, bytes]:
        """Changed state since the last dump: hidden condition, work in progress, buffers, generators."""
        ...

    def restore(self, state: Mapping[str, bytes]) -> None:
        """Take up what :meth:`dump` gave, all keys together; unknown keys are ignored."""
        ...

    def truth(self) -> list[Truth]:
        """Ground truth since the last call."""
        ...
