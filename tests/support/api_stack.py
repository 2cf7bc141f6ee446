"""The API with a real broker, a real database and real HTTP; the store is the fake."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiomqtt
import httpx
from andon_contracts.codec import decode_command, encode
from andon_contracts.identity import Identity
from andon_contracts.messages import (
    Birth,
    ClockMessage,
    ClockSegment,
    Command,
    CommandSpec,
    Death,
    Event,
    OperationSpec,
    Reply,
    Sample,
    SignalSpec,
    Telemetry,
)
from andon_contracts.topics import PREFIX
from andon_platform.api import run
from andon_platform.api.ingest_local import LocalIngest
from andon_platform.api.ports import IngestFlow, Replayed
from andon_platform.api.services import Services
from andon_platform.data.memory import MemoryStore
from andon_platform.ingest.follow import Follower
from andon_platform.settings import PlatformSettings
from andon_security.grants import MemoryBrokerAdmin
from andon_security.mqtt import load_credential, tls_context
from andon_security.tokens import Role, issue
from support.broker import BrokerUnderTest

PRESS = "polaris/north/cabinets/cabinets-1/press-1"
BEND = "polaris/north/cabinets/cabinets-1/bend-1"
OTHER = "acme/south/hall/line-1/press-1"
EPOCH = 1_795_000_000_000_000
#: Trusts nobody, which is enough for plain HTTP, and is made at once.
_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def birth_of(path: str = PRESS, session: int = 1, t: int = 1, **more: object) -> Birth:
    """A press with two signals."""
    fields: dict[str, object] = {
        "epoch": EPOCH,
        "type": "sheet-metal-press",
        "title": "Press 1",
        "signals": [
            SignalSpec(name="hydraulic_pressure", unit="bar", minimum=0, maximum=250, rate_hz=4),
            SignalSpec(name="oil_temperature", unit="Cel", minimum=0, maximum=120, rate_hz=1),
        ],
        "operations": [OperationSpec(name="press", cycle_s=12)],
        "commands": [
            CommandSpec(name="inject-fault", arguments={"fault": ["seal-wear"], "severity": []}),
            CommandSpec(name="clear-fault", arguments={"fault": ["seal-wear"]}),
            CommandSpec(name="stop", arguments={"reason": []}),
            CommandSpec(name="start"),
        ],
    }
    return Birth(machine=path, session=session, t=t, **(fields | more))  # type: ignore[arg-type]


def now_us() -> int:
    return time.time_ns() // 1000


@dataclass
class FakeIngest:
    """Figures as a test sets them."""

    figures: IngestFlow = IngestFlow(True, True, 10, 8, 16, 1, 1, 0, 0, 3.0)  # noqa: RUF009 - frozen
    follower: Follower = field(default_factory=lambda: Follower(now_us))

    async def replay(self, id: str) -> Replayed:
        if id == "gone":
            raise KeyError(id)
        return Replayed(id, True)


@dataclass
class Api:
    """A running API; ``client()`` speaks to it."""

    services: Services
    url: str
    store: MemoryStore
    admin: MemoryBrokerAdmin
    broker: BrokerUnderTest
    ingest: FakeIngest

    def token(self, role: Role = "admin", scopes: list[str] | None = None, tenant: str = "*") -> str:
        return issue(self.services.signing_key, "tester", role, scopes=scopes, tenant=tenant, life_s=600)

    def client(self, role: Role | None = "admin", **more: object) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token(role, **more)}"} if role else {}  # type: ignore[arg-type]
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20, trust_env=False, verify=_PLAIN)

    @property
    def ws(self) -> str:
        return self.url.replace("http", "ws", 1)


@asynccontextmanager
async def running_api(broker: BrokerUnderTest, folder: Path, **settings: object) -> AsyncIterator[Api]:
    """The API on a free port."""
    values: dict[str, object] = {
        "data_dir": folder / "data",
        "secrets_dir": broker.secrets("api"),
        "mqtt_host": broker.host,
        "mqtt_port": broker.port,
        "machines_dir": folder / "machines",
        "plants_dir": folder / "plants",
        "listen_port": 0,
        "store": "memory",
    }
    chosen = PlatformSettings(**(values | settings))  # type: ignore[arg-type]
    store, admin, ingest = MemoryStore(), MemoryBrokerAdmin(), FakeIngest()
    await store.open()
    local = LocalIngest(lambda: ingest.figures, ingest.replay, ingest.follower)
    async with run.building(chosen, chosen.secrets_dir, store, local, admin) as services:
        async with asyncio.timeout(20):
            await services.feed.connected.wait()
        async with run.running(services, chosen.secrets_dir) as port:
            yield Api(services, f"http://127.0.0.1:{port}", store, admin, broker, ingest)


@dataclass
class MachineOnTheWire:
    """A device with its own connection and credential; ``answer`` answers its commands."""

    client: aiomqtt.Client
    path: str
    seq: int = 0
    epoch: int = EPOCH

    async def publish(self, channel: str, payload: bytes, *, retain: bool = False) -> None:
        await self.client.publish(f"{PREFIX}/{self.path}/{channel}", payload, qos=1, retain=retain)

    async def born(self, session: int = 1, **more: object) -> None:
        await self.publish("birth", encode(birth_of(self.path, session, now_us(), **more)), retain=True)

    async def dies(self, session: int = 1) -> None:
        await self.publish("birth", encode(Death(machine=self.path, session=session, reason="stopped")), retain=True)

    async def measures(self, t: int | None = None, **values: float) -> None:
        self.seq += 1
        sample = Sample(t=t or now_us(), values=values)
        message = Telemetry(machine=self.path, epoch=self.epoch, seq=self.seq, samples=[sample])
        await self.publish("telemetry", encode(message))

    async def happens(self, kind: type[Event], **fields: object) -> Event:
        self.seq += 1
        values = {"machine": self.path, "epoch": self.epoch, "seq": self.seq, "t": now_us()} | fields
        event: Event = kind(**values)  # type: ignore[operator]
        await self.publish("event", encode(event))
        return event

    async def commands(self) -> AsyncIterator[Command]:
        async for message in self.client.messages:
            assert isinstance(message.payload, bytes)
            yield decode_command(message.payload)

    async def answer(self, status: str = "done", text: str = "", count: int = 1) -> list[Command]:
        """Answer so many commands, and tell which they were."""
        got: list[Command] = []
        async for command in self.commands():
            got.append(command)
            reply = Reply(id=command.id, owner=self.path, status=status, text=text, t=now_us())  # type: ignore[arg-type]
            await self.publish("reply", encode(reply))
            if len(got) == count:
                break
        return got


@asynccontextmanager
async def machine_on_the_wire(broker: BrokerUnderTest, path: str = PRESS) -> AsyncIterator[MachineOnTheWire]:
    """Connected and subscribed to its commands; not born yet."""
    who = broker.device(path)
    async with aiomqtt.Client(
        broker.host,
        broker.port,
        username=who.username,
        password=who.password,
        identifier=who.username,
        tls_context=tls_context(broker.secrets("edge")),
        protocol=aiomqtt.ProtocolVersion.V311,
    ) as client:
        await client.subscribe(f"{PREFIX}/{path}/command", qos=1)
        yield MachineOnTheWire(client, path)


@asynccontextmanager
async def edge_on_the_wire(broker: BrokerUnderTest) -> AsyncIterator[aiomqtt.Client]:
    """The edge's own connection, which speaks for plants."""
    who = load_credential(broker.secrets("edge") / "mqtt.json")
    async with aiomqtt.Client(
        broker.host,
        broker.port,
        username=who.username,
        password=who.password,
        tls_context=tls_context(broker.secrets("edge")),
        protocol=aiomqtt.ProtocolVersion.V311,
    ) as client:
        yield client


def clock_of(enterprise: str = "polaris", pace: float = 60.0) -> bytes:
    """A retained clock."""
    start = now_us() - 60_000_000
    return encode(ClockMessage(enterprise=enterprise, segments=[ClockSegment(wall=start, plant=start, pace=pace)]))


def identities() -> Iterator[Identity]:
    """The machines that the brokers of these tests know."""
    for path in (PRESS, BEND, OTHER):
        yield Identity.parse(path)
