"""What the broker keeps of plants: read back where the journal, which holds it otherwise, was lost.

A plant's clock never goes back. Its edge is the only one that knows it, so a new journal must not begin a clock of
its own and publish it over the one that everybody else has counted with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from andon_contracts.codec import decode_clock
from andon_contracts.errors import ContractError, MessageError
from andon_contracts.plant_clock import PlantClock
from andon_contracts.topics import PREFIX, every_plant
from andon_security.mqtt import MqttCredential

from andon_edge.link.connection import BrokerAddress, Connection
from andon_edge.link.errors import LinkError
from andon_edge.runtime.time import pause

_log = structlog.get_logger()
_AGAIN_S: Final = 0.5


def read_clock(topic: str, payload: bytes) -> tuple[str, PlantClock] | None:
    """(enterprise, clock) of a retained message, or None and a word in the log where it is none."""
    enterprise = topic.removeprefix(f"{PREFIX}/").partition("/")[0]
    try:
        return enterprise, PlantClock(decode_clock(payload).segments)
    except (MessageError, ContractError) as error:
        _log.warning("the clock that the broker keeps cannot be read", enterprise=enterprise, error=str(error))
        return None


async def recall_clocks(
    broker: BrokerAddress,
    credential: MqttCredential,
    stop: asyncio.Event,
    within_s: float,
    monotonic: Callable[[], float],
    name: str,
) -> dict[str, PlantClock]:
    """Every clock that the broker keeps, by enterprise, asked under the client id ``name``.

    None where the broker cannot be asked ``within_s``, which is said.
    """
    found: dict[str, PlantClock] = {}

    def received(topic: str, payload: bytes, kept: bool) -> None:
        if kept and payload and topic.endswith("/clock"):
            clock = read_clock(topic, payload)
            if clock is not None:
                found[clock[0]] = clock[1]

    end, failure = monotonic() + within_s, ""
    while not stop.is_set() and monotonic() < end:
        try:
            connection = await Connection.open(broker, credential, will=None, on_message=received, client_id=name)
        except LinkError as error:
            failure = str(error)
            await pause(stop, _AGAIN_S)
            continue
        try:
            # a broker hands over what it keeps before it answers what comes after: the second answer is the end
            await connection.subscribed(every_plant("clock"))
            await connection.subscribed(every_plant("command"))
        except LinkError as error:
            failure = str(error)
            continue
        finally:
            connection.close()
        for enterprise, clock in found.items():
            _log.info("the plant's clock goes on from what the broker keeps", enterprise=enterprise, pace=clock.pace)
        return found
    if not stop.is_set():
        _log.error(
            "a new journal, and the broker cannot be asked for the plants' clocks: new ones begin", error=failure
        )
    return found
