"""The one grammar of Andon's MQTT topics.

::

    topic   = "andon/v1/" owner "/" channel
    owner   = enterprise                                      (clock, layout, command, reply)
            | enterprise "/" site "/" area "/" line "/" machine
              (birth, telemetry, event, command, reply, watermark)

``parse`` and ``format`` are inverse. A delivered product is an owner like any machine:
``{owner}/field/products/{model}/{serial}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from andon_contracts.errors import IdentityError, TopicError
from andon_contracts.identity import Identity, check_level

PREFIX = "andon/v1"

MachineChannel = Literal["birth", "telemetry", "event", "command", "reply", "watermark"]
PlantChannel = Literal["clock", "layout", "command", "reply"]

MACHINE_CHANNELS: tuple[MachineChannel, ...] = get_args(MachineChannel)
PLANT_CHANNELS: tuple[PlantChannel, ...] = get_args(PlantChannel)

#: What a device writes and reads: listed one by one, never ``#``, or it could retain on its own watermark.
DEVICE_WRITES: tuple[MachineChannel, ...] = ("birth", "telemetry", "event", "reply")
DEVICE_READS: tuple[MachineChannel, ...] = ("command", "watermark")


@dataclass(frozen=True, slots=True)
class MachineTopic:
    """A channel of one machine."""

    machine: Identity
    channel: MachineChannel

    def __str__(self) -> str:
        return f"{PREFIX}/{self.machine.path}/{self.channel}"


@dataclass(frozen=True, slots=True)
class PlantTopic:
    """A channel of a plant; a plant is named by its enterprise."""

    enterprise: str
    channel: PlantChannel

    def __post_init__(self) -> None:
        check_level(self.enterprise, "enterprise")

    def __str__(self) -> str:
        return f"{PREFIX}/{self.enterprise}/{self.channel}"


Topic = MachineTopic | PlantTopic


def format_topic(topic: Topic) -> str:
    """The topic as MQTT writes it."""
    return str(topic)


def parse_topic(text: str) -> Topic:
    """The inverse of :func:`format_topic`.

    Raises:
        TopicError: the text is outside the grammar; says which part is.
    """
    head, _, rest = text.partition(f"{PREFIX}/")
    if head or not rest:
        raise TopicError(f"{text!r} does not start with {PREFIX}/")
    levels = rest.split("/")
    owner, channel = levels[:-1], levels[-1]
    try:
        if len(owner) == 5 and channel in MACHINE_CHANNELS:
            return MachineTopic(Identity(*owner), channel)
        if len(owner) == 1 and channel in PLANT_CHANNELS:
            return PlantTopic(owner[0], channel)
    except IdentityError as error:
        raise TopicError(f"{text!r}: {error}") from error
    raise TopicError(
        f"{text!r}: after {PREFIX}/ come five levels and one of {', '.join(MACHINE_CHANNELS)}, "
        f"or an enterprise and one of {', '.join(PLANT_CHANNELS)}"
    )


def every_machine(channel: MachineChannel) -> str:
    """The MQTT filter for a channel of every machine."""
    return f"{PREFIX}/+/+/+/+/+/{channel}"


def every_plant(channel: PlantChannel) -> str:
    """The MQTT filter for a channel of every plant."""
    return f"{PREFIX}/+/{channel}"


def of_line(enterprise: str, site: str, area: str, line: str, channel: MachineChannel) -> str:
    """The filter for a channel of every machine of one line: how ingest is partitioned."""
    for level in (enterprise, site, area, line):
        check_level(level)
    return f"{PREFIX}/{enterprise}/{site}/{area}/{line}/+/{channel}"
