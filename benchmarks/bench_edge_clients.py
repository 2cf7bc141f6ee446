"""CPU a message and memory a connection of MQTT clients as the edge would use them (QoS 1, TLS, 300 bytes).

``uv run --group bench python benchmarks/bench_edge_clients.py``: each client sends over 50 connections, at most 20
messages of each under way; a real Mosquitto with one credential a connection takes them.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiomqtt
import gmqtt
import psutil
from andon_edge.link.connection import BrokerAddress, Connection
from andon_security.mqtt import tls_context
from gmqtt.mqtt.constants import MQTTv311
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.broker import BrokerUnderTest, running_broker

CONNECTIONS, EACH, WINDOW = 50, 200, 20
PAYLOAD = b"x" * 300
PATHS = [f"bench/north/hall/line-1/machine-{n}" for n in range(CONNECTIONS)]
Sender = Callable[[], Coroutine[Any, Any, None]]


async def by_paho(broker: BrokerUnderTest, path: str, pool: ThreadPoolExecutor) -> Sender:
    address = BrokerAddress(broker.host, broker.port, tls_context(broker.secrets("edge")), pool)
    connection = await Connection.open(address, broker.device(path), will=None, on_message=lambda *_: None)

    async def send() -> None:
        room = asyncio.Event()
        connection.on_ack = room.set
        for _ in range(EACH):
            while connection.inflight >= WINDOW:
                room.clear()
                await room.wait()
            connection.publish(f"andon/v1/{path}/telemetry", PAYLOAD)
        await connection.settle_inflight(30)
        connection.close()

    return send


async def by_aiomqtt(broker: BrokerUnderTest, path: str, pool: ThreadPoolExecutor) -> Sender:
    who = broker.device(path)
    client = aiomqtt.Client(
        broker.host, broker.port, username=who.username, password=who.password, identifier=path,
        tls_context=tls_context(broker.secrets("edge")), protocol=aiomqtt.ProtocolVersion.V311,
        max_concurrent_outgoing_calls=WINDOW,
    )  # fmt: skip
    await client.__aenter__()

    async def send() -> None:
        for _ in range(EACH // WINDOW):
            await asyncio.gather(*(client.publish(f"andon/v1/{path}/telemetry", PAYLOAD, qos=1) for _ in range(WINDOW)))
        await client.__aexit__(None, None, None)

    return send


async def by_gmqtt(broker: BrokerUnderTest, path: str, pool: ThreadPoolExecutor) -> Sender:
    who = broker.device(path)
    client = gmqtt.Client(path)
    client.set_auth_credentials(who.username, who.password)
    await client.connect(broker.host, broker.port, ssl=tls_context(broker.secrets("edge")), version=MQTTv311)

    async def send() -> None:
        for _ in range(EACH // WINDOW):
            for _ in range(WINDOW):
                client.publish(f"andon/v1/{path}/telemetry", PAYLOAD, qos=1)
            while not client._persistent_storage.is_empty:  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0)
        await client.disconnect()

    return send


async def measure(broker: BrokerUnderTest, make: Callable[..., Coroutine[Any, Any, Sender]]) -> tuple[float, ...]:
    """Microseconds of CPU a message, milliseconds of CPU and kB of memory a connection."""
    me = psutil.Process()
    with ThreadPoolExecutor(4) as pool:
        rss, cpu = me.memory_info().rss, time.process_time()
        senders = [await make(broker, path, pool) for path in PATHS]
        connect, grown = time.process_time() - cpu, me.memory_info().rss - rss
        cpu = time.process_time()
        await asyncio.gather(*(send() for send in senders))
        spent = time.process_time() - cpu
    return spent / (CONNECTIONS * EACH) * 1e6, connect / CONNECTIONS * 1e3, grown / CONNECTIONS / 1e3


def main() -> None:
    table = Table("client", "us a message", "ms a connection", "kB a connection")
    with tempfile.TemporaryDirectory() as folder, running_broker("mosquitto", Path(folder), PATHS) as broker:
        for name, make in (("paho on the loop", by_paho), ("aiomqtt", by_aiomqtt), ("gmqtt", by_gmqtt)):
            table.add_row(name, *(f"{value:.1f}" for value in asyncio.run(measure(broker, make))))
    Console().print(table)


if __name__ == "__main__":
    main()
