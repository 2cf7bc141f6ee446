"""The hub: decodes what the API's own connection to the broker brings, and hands it to whom it concerns.

Telemetry goes to the latest values and the stream, births, deaths and events to the registry and the stream,
replies to the command service, clocks and layouts are kept. What cannot be decoded is only counted here: ingest
puts it into quarantine.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain

from andon_contracts.codec import (
    MAX_INT,
    decode_birth,
    decode_clock,
    decode_event,
    decode_layout,
    decode_reply,
    decode_telemetry,
)
from andon_contracts.errors import ContractError
from andon_contracts.identity import Identity
from andon_contracts.messages import Birth, ClockMessage, Event, LayoutMessage, Reply, Sample
from andon_contracts.plant_clock import PlantClock
from andon_contracts.topics import PREFIX
from prometheus_client import Histogram

from andon_platform.api.live.channels import QUEUE, Channel, Reader, Wanted
from andon_platform.api.live.frames import AnyFrame, Frame, TelemetryFrame, hello
from andon_platform.api.live.pulse import Pulse
from andon_platform.api.live.recent import Point, Recent
from andon_platform.api.views import machine_frame
from andon_platform.registry.record import Machine
from andon_platform.registry.registry import Registry

_HEAD = len(PREFIX) + 1
#: Seconds after which ingest has surely stored what came before.
BEFORE_S = 1.0


class Hub:
    """Everything here runs in the API's loop and never waits."""

    def __init__(
        self,
        registry: Registry,
        on_reply: Callable[[Reply], None],
        *,
        now: Callable[[], int] = lambda: time.time_ns() // 1000,
        delay: Histogram | None = None,
        on_event: Callable[[Event], None] = lambda event: None,
        on_sample: Callable[[str, Sample], None] = lambda machine, sample: None,
        on_plan: Callable[[], None] = lambda: None,
    ) -> None:
        self._registry, self._on_reply, self._now, self._delay = registry, on_reply, now, delay
        self._on_event, self._on_sample, self._on_plan = on_event, on_sample, on_plan
        self._channels: dict[Wanted, Channel] = {}
        self.latest: dict[str, dict[str, tuple[int, float]]] = {}
        self._signals: dict[str, tuple[Birth | None, frozenset[str]]] = {}
        self.clocks: dict[str, ClockMessage] = {}
        self.layouts: dict[str, LayoutMessage] = {}
        #: (machine, epoch) to the highest sequence number heard.
        self.heard: dict[tuple[str, int], int] = {}
        self.recent = Recent()
        self.pulse = Pulse(now)
        self._connected = -math.inf
        self.received = 0
        self.undecodable = 0
        registry.listen(self._machine_changed)

    # --- from the broker --------------------------------------------------------------------------------------

    def receive(self, topic: str, payload: bytes) -> None:
        """A message came; bad ones are counted and disturb nothing."""
        owner, _, channel = topic[_HEAD:].rpartition("/")
        self.received += 1
        self.pulse.channels[channel] += 1
        try:
            self._dispatch(owner, channel, payload)
        except ContractError:
            self.undecodable += 1

    def _dispatch(self, owner: str, channel: str, payload: bytes) -> None:
        if channel == "telemetry":
            self._telemetry(owner, payload)
        elif channel == "event":
            event = decode_event(payload)
            self._same(owner, event.machine)
            self._count(owner, event.epoch, event.seq)
            self._registry.said(owner)
            self._registry.event(event)
            self._on_event(event)
            frame = Frame("event", owner.partition("/")[0], owner, event)
            self.recent.add(owner, event.epoch, event.seq, frame)
            self.publish(frame)
        elif channel == "birth":
            self._birth(owner, payload)
        elif channel == "reply":
            reply = decode_reply(payload)
            self._same(owner, reply.owner)
            self.pulse.replies[reply.status] += 1
            self._on_reply(reply)
        elif channel == "clock":
            clock = decode_clock(payload)
            self._same(owner, clock.enterprise)
            PlantClock(clock.segments)  # refuses segments that are no clock
            self.clocks[owner] = clock
            content = {"enterprise": owner, "segments": clock.segments}
            self.publish(Frame("clock", owner, "", content))
            self._on_plan()
        elif channel == "layout":
            if not payload:
                self.layouts.pop(owner, None)
                return
            layout = decode_layout(payload)
            self._same(owner, layout.enterprise)
            self.layouts[owner] = layout
            self.publish(Frame("layout", owner, "", layout))
            self._on_plan()

    def _telemetry(self, owner: str, payload: bytes) -> None:
        message, heard = decode_telemetry(payload), self._now()
        self._same(owner, message.machine)
        self._count(owner, message.epoch, message.seq)
        self._registry.said(owner)
        announced = self._announced(owner)
        latest = self.latest.setdefault(owner, {}) if announced else {}
        enterprise = owner.partition("/")[0]
        for sample in message.samples:
            self._on_sample(owner, sample)
            for name, value in sample.values.items():
                if name not in announced:
                    continue
                known = latest.get(name)
                if known is None or known[0] <= sample.t:
                    latest[name] = (sample.t, value)
            frame = TelemetryFrame(
                enterprise, owner, message.epoch, message.seq, sample.t, sample.values, sample.q or None
            )
            self.recent.add(owner, message.epoch, message.seq, frame)
            self.publish(frame)
        self.pulse.telemetry(message, heard)
        if self._delay is not None:
            self._delay.observe(max(0.0, (self._now() - message.samples[-1].t) / 1e6))

    def _announced(self, owner: str) -> frozenset[str]:
        """The signals that the machine announced: a stranger, or a name that nobody knows, has no latest value."""
        machine = self._registry.get(owner)
        if machine is None:
            return frozenset()
        birth, names = self._signals.get(owner, (None, frozenset()))
        if birth is not machine.birth:
            names = frozenset(s.name for s in machine.birth.signals)
            self._signals[owner] = (machine.birth, names)
        return names

    def _birth(self, owner: str, payload: bytes) -> None:
        if not payload:
            self._registry.removed(owner)
            return
        message = decode_birth(payload)
        self._same(owner, message.machine)
        Identity.parse(owner)
        numbers = (message.session, message.epoch, message.t) if isinstance(message, Birth) else (message.session,)
        if not all(0 <= n <= MAX_INT for n in numbers):
            raise ContractError(f"{owner}: session, epoch or time is out of range")
        if isinstance(message, Birth):
            self._registry.birth(message)
        else:
            self._registry.death(message)

    @staticmethod
    def _same(owner: str, said: str) -> None:
        if owner != said:
            raise ContractError(f"{owner} spoke as {said}")

    def _count(self, machine: str, epoch: int, seq: int) -> None:
        if seq > self.heard.get((machine, epoch), 0):
            self.heard[machine, epoch] = seq
            self.pulse.lag.note((machine, epoch), seq, self._now())

    def seed(self, values: dict[str, dict[str, tuple[int, float]]]) -> None:
        """Take values from the store where nothing newer has come."""
        for machine, signals in values.items():
            latest = self.latest.setdefault(machine, {})
            for name, (t, value) in signals.items():
                if name not in latest or latest[name][0] < t:
                    latest[name] = (t, value)

    # --- to the readers ---------------------------------------------------------------------------------------

    def publish(self, frame: AnyFrame) -> None:
        """To every channel that wants it."""
        for channel in self._channels.values():
            channel.offer(frame)

    @property
    def readers(self) -> int:
        """How many follow the stream."""
        return sum(len(c.readers) for c in self._channels.values())

    def paces(self, tenant: str = "*") -> dict[str, float]:
        """Enterprise to its plant's pace."""
        return {e: c.segments[-1].pace for e, c in self.clocks.items() if c.segments and tenant in ("*", e)}

    async def listening(self) -> None:
        """Returns when what was sent before the hub was connected to the broker is in the store."""
        left = self._connected + BEFORE_S - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)

    def connected(self) -> None:
        """The feed has a connection to the broker: what was sent without one was not heard."""
        self._connected = time.monotonic()

    def hello(self, wanted: Wanted) -> bytes:
        """The first frame of a stream."""
        return hello(self._now(), self.paces(wanted.tenant))

    @contextmanager
    def reading(self, wanted: Wanted, after: Mapping[str, Point] | None = None) -> Iterator[Reader]:
        """A reader of its own: plants and machines as they are, then what is remembered after these messages, then
        whatever comes. Nothing can come in between, so none is missed or doubled."""
        remembered = (frame for _, _, frame in self.recent.after(after)) if after else ()
        chosen = (wanted.narrowed(frame) for frame in chain(self._present(), remembered))
        first = [frame.encoded() for frame in chosen if frame is not None]
        reader = Reader(QUEUE + len(first))
        for data in first:
            reader.put(data)
        channel = self._channels.get(wanted)
        if channel is None:
            channel = self._channels[wanted] = Channel(wanted)
        channel.readers.add(reader)
        try:
            yield reader
        finally:
            channel.readers.discard(reader)
            if not channel.readers and self._channels.get(wanted) is channel:
                del self._channels[wanted]
                channel.close()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        for channel in self._channels.values():
            for reader in channel.readers:
                reader.close()

    def _present(self) -> Iterator[AnyFrame]:
        for enterprise, clock in self.clocks.items():
            yield Frame("clock", enterprise, "", {"enterprise": enterprise, "segments": clock.segments})
        for machine in self._registry.find():
            yield Frame("machine", machine.identity.enterprise, machine.path, _seen(machine))

    def _machine_changed(self, machine: Machine) -> None:
        if self._channels:
            self.publish(Frame("machine", machine.identity.enterprise, machine.path, _seen(machine)))


def _seen(machine: Machine) -> dict[str, object]:
    return {"machine": machine.path, "view": machine_frame(machine)}
