"""The plants' side of the wire: clocks and layouts retained, the pace set by command.

A plant is named by its enterprise. Its clock lies in the journal's transaction with what its machines said
under it, and is published when the journal has it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Final, Literal

import structlog
from andon_contracts.codec import decode_command, encode
from andon_contracts.errors import ContractError, MessageError
from andon_contracts.messages import ClockMessage, ClockSegment, Command, LayoutMessage, Reply
from andon_contracts.plant_clock import PlantClock
from andon_contracts.topics import PREFIX, every_plant
from andon_security.mqtt import MqttCredential

from andon_edge.journal import Journal
from andon_edge.link.connection import BrokerAddress, Connection
from andon_edge.link.errors import LinkError
from andon_edge.runtime.recall import read_clock
from andon_edge.runtime.time import Times, pause

_log = structlog.get_logger()
_BACKOFF_S, _LAST_BACKOFF_S = 0.25, 10.0
#: The list is published whole at each change; older segments are forgotten.
_SEGMENTS: Final = 500


class Plants:
    """``changed(enterprise)`` is called after a change of pace, when the journal must be written soon."""

    def __init__(self, journal: Journal, times: Times, pace: float, changed: Callable[[str], None]) -> None:
        self._journal, self._times, self._pace, self._changed = journal, times, pace, changed
        self.clocks: dict[str, PlantClock] = {}
        self._layouts: dict[str, LayoutMessage] = {}
        self._replies: list[tuple[str, bytes]] = []
        self._clears: set[str] = set()
        self._unpublished: set[str] = set()
        self._connection: Connection | None = None
        #: What the broker keeps of plants that the journal does not know.
        self.recalled: dict[str, PlantClock] = {}

    def clock(self, enterprise: str) -> PlantClock:
        """The plant's clock: as stored, as the broker kept it, or begun now."""
        if enterprise not in self.clocks:
            stored = self._journal.clock(enterprise)
            self._set(enterprise, PlantClock(stored) if stored else self._begun(enterprise))
        return self.clocks[enterprise]

    def _begun(self, enterprise: str) -> PlantClock:
        now, kept = self._times.now(), self.recalled.pop(enterprise, None)
        if kept is None:
            return PlantClock.starting(now, self._pace)
        last = kept.segments[-1]
        return kept if last.wall <= now else _set_back(kept, last.wall, now)

    def _set(self, enterprise: str, clock: PlantClock) -> None:
        self.clocks[enterprise] = clock
        self._journal.keep_clock(enterprise, clock.segments)
        self._unpublished.add(enterprise)

    def set_layout(self, enterprise: str, layout: LayoutMessage | None) -> None:
        """What the board draws; None where the enterprise has no plant (any more)."""
        if layout is None:
            if self._layouts.pop(enterprise, None) is not None:
                self._publish(enterprise, "layout", b"")
        elif self._layouts.get(enterprise) != layout:
            self._layouts[enterprise] = layout
            self._publish(enterprise, "layout", encode(layout))

    def stepped_back(self, before: int, wall: int) -> None:
        """Wall time went back from ``before`` to ``wall``: plant time goes on from where it was."""
        for enterprise, clock in list(self.clocks.items()):
            self._set(enterprise, _set_back(clock, before, wall))

    def committed(self) -> None:
        """The journal has what was kept: publish clocks and answers."""
        for enterprise in self._unpublished:
            self._publish_clock(enterprise)
        for enterprise, payload in self._replies:
            self._publish(enterprise, "reply", payload, retain=False)
        self._unpublished.clear()
        self._replies.clear()

    def clear_birth(self, path: str) -> None:
        """Take the retained birth of a removed machine away, now or when the broker is there."""
        self._clears.add(path)
        self._send_clears()

    def _send_clears(self) -> None:
        if self._connection is not None and self._connection.is_open:
            for path in self._clears:
                self._connection.publish(f"{PREFIX}/{path}/birth", b"", retain=True)
            self._clears.clear()

    def _publish_clock(self, enterprise: str) -> None:
        message = ClockMessage(enterprise=enterprise, segments=self.clocks[enterprise].segments)
        self._publish(enterprise, "clock", encode(message))

    def _publish(self, enterprise: str, channel: str, payload: bytes, *, retain: bool = True) -> None:
        if self._connection is not None:
            self._connection.publish(f"{PREFIX}/{enterprise}/{channel}", payload, retain=retain)

    # --- commands ---------------------------------------------------------------------------------------------

    def _received(self, topic: str, payload: bytes, kept: bool) -> None:
        enterprise, _, channel = topic.removeprefix(f"{PREFIX}/").partition("/")
        if channel == "clock" and payload and kept and enterprise not in self.clocks:
            clock = read_clock(topic, payload)  # of a plant whose file may come later
            if clock is not None:
                self.recalled[enterprise] = clock[1]
        if channel != "command" or enterprise not in self.clocks:
            return
        try:
            command = decode_command(payload)
        except MessageError as error:
            _log.warning("command of a plant cannot be read", enterprise=enterprise, error=str(error))
            return
        known = self._journal.reply(enterprise, command.id)
        if known is None:
            known = encode(self._perform(enterprise, command))
            self._journal.keep_reply(enterprise, command.id, known)
        self._replies.append((enterprise, known))
        self._changed(enterprise)

    def _perform(self, enterprise: str, command: Command) -> Reply:
        now = self._times.now()
        reply = Reply(id=command.id, owner=enterprise, status="refused", t=now)
        if command.owner != enterprise:
            reply.text = f"the command names {command.owner!r} and came to {enterprise!r}"
        elif command.expires and now > command.expires:
            reply.text = "the command came after its time; send it again"
        elif command.command != "set-pace":
            reply.text = f"a plant does not know {command.command!r}; it takes set-pace"
        else:
            reply.status, reply.text = self._set_pace(enterprise, command.arguments.get("pace", ""), now)
        return reply

    def _set_pace(self, enterprise: str, text: str, now: int) -> tuple[Literal["done", "refused"], str]:
        clock = self.clocks[enterprise]
        try:
            pace = float(text)
            changed = clock if pace == clock.pace else clock.with_pace(max(now, clock.segments[-1].wall + 1), pace)
        except (ValueError, ContractError) as error:
            return "refused", f"pace {text!r}: {error}"
        if changed is not clock:
            self._set(enterprise, PlantClock(changed.segments[-_SEGMENTS:]))
        return "done", f"pace {pace:g}"

    # --- connection -------------------------------------------------------------------------------------------

    async def run(self, broker: BrokerAddress, credential: MqttCredential, rng: random.Random, name: str) -> None:
        """Hold the service's connection, with the client id ``name``, until cancelled."""
        failures, never = 0, asyncio.Event()
        while True:
            try:
                self._connection = await Connection.open(
                    broker, credential, will=None, on_message=self._received, client_id=name
                )
                failures = 0
                self._connection.subscribe(every_plant("command"), every_plant("clock"))
                for enterprise, layout in self._layouts.items():
                    self._publish(enterprise, "layout", encode(layout))
                for enterprise in self.clocks.keys() - self._unpublished:
                    self._publish_clock(enterprise)
                self._send_clears()
                while not await pause(self._connection.closed, 5.0):
                    self._connection.keep_alive()
            except LinkError as error:
                _log.warning("the plants' connection fails", error=str(error))
            failures += 1
            await pause(never, min(_LAST_BACKOFF_S, _BACKOFF_S * 2 ** min(failures, 10)) * rng.uniform(0.5, 1.0))

    async def end(self) -> None:
        """Publish what is under way and disconnect."""
        if self._connection is not None and self._connection.is_open:
            await self._connection.settle_inflight(2.0)
            self._connection.close()


def _set_back(clock: PlantClock, before: int, wall: int) -> PlantClock:
    """Wall time went back from ``before`` to ``wall``: plant time goes on from where it was."""
    kept = [s for s in clock.segments if s.wall < wall]
    return PlantClock([*kept, ClockSegment(wall=wall, plant=clock.plant(before) + 1, pace=clock.pace)])
