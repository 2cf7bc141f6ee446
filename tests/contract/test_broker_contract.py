"""What Andon asks of a broker, on both: who may connect, write and read, and changes while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest
from andon_cli.processes.brokers import NoBroker, find_mosquitto
from andon_contracts.identity import Identity
from andon_security import grants
from andon_security.brokers.connect import broker_admin
from andon_security.grants import BrokerAdmin
from andon_security.mqtt import MqttCredential, load_credential, tls_context
from support.broker import BrokerUnderTest, running_broker

PRESS = Identity.parse("acme/north/hall/line-1/press-1")
BEND = Identity.parse("acme/north/hall/line-1/bend-1")
NEW = Identity.parse("acme/north/hall/line-1/new-1")


@pytest.fixture(scope="module", params=["mosquitto", "nats"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerUnderTest]:
    if request.param == "mosquitto":
        try:
            find_mosquitto()
        except NoBroker as error:
            pytest.skip(f"{error}; NATS is tested all the same")
    with running_broker(request.param, tmp_path_factory.mktemp(request.param), [PRESS, BEND]) as running:
        yield running


@asynccontextmanager
async def connected(broker: BrokerUnderTest, who: MqttCredential) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client(
        broker.host,
        broker.port,
        username=who.username,
        password=who.password,
        identifier=who.username,
        tls_context=tls_context(broker.secrets("edge")),
        protocol=aiomqtt.ProtocolVersion.V311,
    ) as client:
        yield client


def service(broker: BrokerUnderTest, name: str) -> MqttCredential:
    return load_credential(broker.secrets(name) / "mqtt.json")


def admin_of(broker: BrokerUnderTest) -> BrokerAdmin:
    child = broker.child
    return broker_admin(
        child.kind, broker.secrets("api"), child.host, child.client_port or child.port, broker.stock.nats
    )


async def next_payload(client: aiomqtt.Client) -> tuple[str, bytes]:
    async with asyncio.timeout(10):
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            return str(message.topic), message.payload
    raise AssertionError("the connection ended")


async def test_a_device_writes_its_own_channels_and_no_other(broker: BrokerUnderTest) -> None:
    async with connected(broker, service(broker, "ingest")) as ingest:
        await ingest.subscribe("andon/v1/+/+/+/+/+/telemetry", qos=1)
        try:
            async with connected(broker, broker.device(PRESS.path)) as press:
                await press.publish(f"andon/v1/{BEND.path}/telemetry", b"forged", qos=1)
        except aiomqtt.MqttError:
            pass  # a broker may also cut the connection of who does so
        async with connected(broker, broker.device(PRESS.path)) as press:
            await press.publish(f"andon/v1/{PRESS.path}/telemetry", b"own", qos=1)
        assert await next_payload(ingest) == (f"andon/v1/{PRESS.path}/telemetry", b"own")


async def test_a_device_does_not_write_its_own_watermark(broker: BrokerUnderTest) -> None:
    topic = f"andon/v1/{PRESS.path}/watermark"
    try:
        async with connected(broker, broker.device(PRESS.path)) as press:
            await press.publish(topic, b"forged", qos=1, retain=True)
    except aiomqtt.MqttError:
        pass
    async with connected(broker, service(broker, "ingest")) as ingest:
        await ingest.publish(topic, b"true", qos=1, retain=True)
    async with connected(broker, broker.device(PRESS.path)) as press:
        await press.subscribe(topic, qos=1)
        assert await next_payload(press) == (topic, b"true")


async def test_a_device_reads_its_own_commands_and_no_other(broker: BrokerUnderTest) -> None:
    async with (
        connected(broker, broker.device(PRESS.path)) as press,
        connected(broker, service(broker, "api")) as api,
    ):
        # a refusal is a reason code on one broker and an ended session on another: what counts is what arrives
        await press.subscribe(f"andon/v1/{PRESS.path}/command", qos=1)
        await api.publish(f"andon/v1/{PRESS.path}/command", b"do", qos=1)
        assert await next_payload(press) == (f"andon/v1/{PRESS.path}/command", b"do")
    try:
        async with connected(broker, broker.device(PRESS.path)) as press:
            await press.subscribe("andon/v1/#", qos=1)
            await press.subscribe(f"andon/v1/{BEND.path}/command", qos=1)
            await press.subscribe(f"andon/v1/{PRESS.path}/command", qos=1)
            async with connected(broker, service(broker, "api")) as api:
                await api.publish(f"andon/v1/{BEND.path}/command", b"not yours", qos=1)
                await api.publish(f"andon/v1/{PRESS.path}/command", b"yours", qos=1)
            assert await next_payload(press) == (f"andon/v1/{PRESS.path}/command", b"yours")
    except aiomqtt.MqttError:
        pass


async def test_nobody_connects_without_a_password(broker: BrokerUnderTest) -> None:
    for who in (MqttCredential(PRESS.path, "wrong"), MqttCredential("", ""), MqttCredential("unknown", "x")):
        with pytest.raises(aiomqtt.MqttError):
            async with connected(broker, who):
                pass


async def test_a_partition_of_lines_can_be_read(broker: BrokerUnderTest) -> None:
    async with (
        connected(broker, service(broker, "ingest")) as ingest,
        connected(broker, broker.device(PRESS.path)) as press,
    ):
        await ingest.subscribe("andon/v1/acme/north/hall/line-1/+/telemetry", qos=1)
        await press.publish(f"andon/v1/{PRESS.path}/telemetry", b"line", qos=1)
        assert (await next_payload(ingest))[1] == b"line"


async def test_a_user_is_granted_and_revoked_while_the_broker_runs(broker: BrokerUnderTest) -> None:
    admin = admin_of(broker)
    new = MqttCredential(NEW.path, "a-password-for-this-test")
    with pytest.raises(aiomqtt.MqttError):
        async with connected(broker, new):
            pass
    async with connected(broker, service(broker, "ingest")) as ingest:
        await ingest.subscribe("andon/v1/+/+/+/+/+/telemetry", qos=1)
        await admin.grant(grants.device(NEW), new.password)
        assert NEW.path in await admin.names()
        async with connected(broker, new) as device:
            await device.publish(f"andon/v1/{NEW.path}/telemetry", b"hello", qos=1)
        assert (await next_payload(ingest))[1] == b"hello"
        changed = MqttCredential(NEW.path, "another-password")
        await admin.grant(grants.device(NEW), changed.password)
        with pytest.raises(aiomqtt.MqttError):
            async with connected(broker, new):
                pass
        async with connected(broker, changed) as device:
            await device.publish(f"andon/v1/{NEW.path}/telemetry", b"again", qos=1)
        assert (await next_payload(ingest))[1] == b"again"
    await admin.revoke(NEW.path)
    assert NEW.path not in await admin.names()
    with pytest.raises(aiomqtt.MqttError):
        async with connected(broker, changed):
            pass


async def test_a_filter_for_all_below_and_a_name_with_a_dot_are_granted_as_mqtt_means_them(
    broker: BrokerUnderTest,
) -> None:
    """`lab/#` is what lies below `lab`, and `lab` itself; a dot is a letter like others."""
    admin, reader, writer = admin_of(broker), MqttCredential("reader", "its-word"), MqttCredential("writer", "its-word")
    await admin.grant(grants.Grant("reader", subscribe=("lab/#", "v1.0/+")), reader.password)
    await admin.grant(grants.Grant("writer", publish=("lab/#", "v1.0/+", "other")), writer.password)
    async with connected(broker, reader) as ear, connected(broker, writer) as mouth:
        for topic in ("lab/#", "v1.0/+"):
            granted = await ear.subscribe(topic, qos=1)
            assert [int(getattr(code, "value", code)) for code in granted] == [1], topic
        for topic in ("other", "lab", "lab/a/b", "v1.0/x"):
            await mouth.publish(topic, topic.encode(), qos=1)
        # two subscriptions: no broker owes an order across them
        heard = {await next_payload(ear) for _ in range(3)}
        assert heard == {(t, t.encode()) for t in ("lab", "lab/a/b", "v1.0/x")}


async def test_what_the_broker_accepted_survives_its_stop(broker: BrokerUnderTest, tmp_path: Path) -> None:
    topic = f"andon/v1/{PRESS.path}/birth"
    async with connected(broker, broker.device(PRESS.path)) as press:
        await press.publish(topic, b"kept", qos=1, retain=True)
    broker.stop()
    broker.start()
    async with connected(broker, service(broker, "api")) as api:
        await api.subscribe("andon/v1/+/+/+/+/+/birth", qos=1)
        assert await next_payload(api) == (topic, b"kept")
