"""A platform in miniature for tests of the edge: receives, remembers, and publishes watermarks."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiomqtt
from andon_contracts.codec import decode_event, decode_telemetry, encode
from andon_contracts.messages import EpochMark, Span, Telemetry, Voided, Watermark
from andon_contracts.topics import PREFIX, every_machine
from andon_edge.journal.journal import ranges
from andon_security.mqtt import load_credential, tls_context
from support.broker import BrokerUnderTest
from support.waiting import until

Key = tuple[str, int]


class Settler:
    """``seen[machine, epoch]`` counts how often each number came; ``settling`` may be switched off."""

    def __init__(self, broker: BrokerUnderTest) -> None:
        self._broker = broker
        self.seen: dict[Key, Counter[int]] = defaultdict(Counter)
        self.void: dict[Key, set[int]] = defaultdict(set)
        self.events: dict[str, list[object]] = defaultdict(list)
        self.values: dict[Key, dict[int, dict[str, float]]] = defaultdict(dict)
        self.births: dict[str, bytes] = {}
        self.other: list[tuple[str, bytes]] = []
        self.settling = True
        self.client: aiomqtt.Client | None = None
        self.drop: set[int] = set()
        self._changed: set[str] = set()

    def _take(self, topic: str, payload: bytes) -> None:
        machine, _, channel = topic.removeprefix(f"{PREFIX}/").rpartition("/")
        if channel == "birth":
            self.births[machine] = payload
        elif channel in ("telemetry", "event"):
            message = decode_telemetry(payload) if channel == "telemetry" else decode_event(payload)
            if message.seq in self.drop:
                self.drop.discard(message.seq)
                return
            self.seen[machine, message.epoch][message.seq] += 1
            if isinstance(message, Telemetry):
                self.values[machine, message.epoch][message.seq] = message.samples[-1].values
            elif self.seen[machine, message.epoch][message.seq] == 1:
                self.events[machine].append(message)
            if isinstance(message, Voided):
                self.void[machine, message.of_epoch].update(range(message.first, message.last + 1))
            self._changed.add(machine)
        else:
            self.other.append((topic, payload))

    def mark(self, machine: str) -> Watermark:
        """The watermark as ingest would say it."""
        epochs = []
        for (owner, epoch), counted in list(self.seen.items()):
            if owner != machine:
                continue
            have = set(counted) | self.void[machine, epoch]
            settled = next(n for n in range(1, max(have) + 2) if n not in have) - 1
            absent = [n for n in range(settled + 1, max(counted) + 1) if n not in have]
            missing = [Span(a, b) for a, b in ranges(absent)]
            epochs.append(EpochMark(epoch=epoch, settled=settled, missing=missing))
        return Watermark(machine=machine, t=1, epochs=epochs)

    def settled(self, machine: str) -> dict[int, int]:
        """Epoch to the contiguous mark."""
        return {mark.epoch: mark.settled for mark in self.mark(machine).epochs}

    async def _watermarks(self, every_s: float = 0.1) -> None:
        never, rounds = asyncio.Event(), 0
        while True:
            try:
                async with asyncio.timeout(every_s):
                    await never.wait()
            except TimeoutError:
                rounds += 1
            changed = {machine for machine, _ in self.seen} if rounds % 10 == 0 else set(self._changed)
            self._changed.clear()
            for machine in changed if self.settling and self.client else ():
                try:
                    assert self.client is not None
                    topic = f"{PREFIX}/{machine}/watermark"
                    # one that a killed broker never acknowledged must not hold up the next ones
                    # (and its own time-out swallows a cancellation that comes together with the answer, before 3.12)
                    async with asyncio.timeout(1.0):
                        await self.client.publish(
                            topic, encode(self.mark(machine)), qos=1, retain=True, timeout=math.inf
                        )
                except (aiomqtt.MqttError, TimeoutError):
                    self._changed.add(machine)

    async def run(self) -> None:
        """Receive until cancelled; connect again when the broker comes back."""
        who = load_credential(self._broker.secrets("ingest") / "mqtt.json")
        tls = tls_context(self._broker.secrets("ingest"))
        never = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watermarks())
            while True:
                try:
                    async with aiomqtt.Client(
                        self._broker.host, self._broker.port, username=who.username, password=who.password,
                        identifier=who.username, tls_context=tls, clean_session=False,
                        protocol=aiomqtt.ProtocolVersion.V311,
                    ) as client:  # fmt: skip
                        for channel in ("telemetry", "event", "birth"):
                            await client.subscribe(every_machine(channel), qos=1)  # type: ignore[arg-type]
                        await client.subscribe(f"{PREFIX}/+/clock", qos=1)
                        self.client = client
                        async for message in client.messages:
                            assert isinstance(message.payload, bytes)
                            self._take(str(message.topic), message.payload)
                except aiomqtt.MqttError:
                    self.client = None
                    try:
                        async with asyncio.timeout(0.1):
                            await never.wait()
                    except TimeoutError:
                        continue


@asynccontextmanager
async def settler(broker: BrokerUnderTest) -> AsyncIterator[Settler]:
    """One that runs, and has its session."""
    found = Settler(broker)
    task = asyncio.create_task(found.run())
    try:
        await until(lambda: found.client is not None, what="the settler's session")
        yield found
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
