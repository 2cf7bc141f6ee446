"""What it costs to receive and acknowledge: MQTT clients compared, each acknowledging after a (pretended) write.

    uv run --group bench python benchmarks/bench_transports.py [--seconds 8] [--json] [CLIENT ...]

Every client subscribes at QoS 1 with a persistent session and acknowledges a message only after the batch it
belongs to is "written" (50 ms later, written nowhere), which is what ingest does. The load sends as fast as the
broker takes it. ``mqtt5`` is in the group ``bench`` and left out where it is not installed; aiomqtt cannot
acknowledge later (it acknowledges on receipt), which its row says.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILTER = "andon/v1/+/+/+/+/+/telemetry"
BATCH_S = 0.05


class Tally:
    """Messages received, counted by the client under test."""

    def __init__(self) -> None:
        self.received = 0


def andon(port: int, tally: Tally, stop: threading.Event, version: int) -> None:
    """Andon's own transport."""
    from andon_platform.ingest.mqtt import MqttTransport

    async def main() -> None:
        client = MqttTransport("127.0.0.1", port, "bench", [(FILTER, 1)], version=version)  # type: ignore[arg-type]
        await client.connect()
        loop = asyncio.get_running_loop()
        handles: list[int] = []

        def written() -> None:
            client.acknowledge(handles)
            handles.clear()
            loop.call_later(BATCH_S, written)

        written()
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                for _, _, handle in await asyncio.wait_for(client.receive(), 0.2):
                    handles.append(handle)
                    tally.received += 1
        await client.close()

    asyncio.run(main())


def paho(port: int, tally: Tally, stop: threading.Event) -> None:
    """paho-mqtt with manual acknowledgement."""
    import paho.mqtt.client as mqtt

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "bench", clean_session=False, manual_ack=True)
    pending: list[int] = []

    def on_message(_client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        pending.append(message.mid)
        tally.received += 1

    client.on_message = on_message
    client.on_connect = lambda c, *_: c.subscribe(FILTER, 1)
    client.connect("127.0.0.1", port)
    due = time.monotonic() + BATCH_S
    while not stop.is_set():
        client.loop(0.01)
        if time.monotonic() > due:
            for mid in pending:
                client.ack(mid, 1)
            pending.clear()
            due = time.monotonic() + BATCH_S
    client.disconnect()


def aiomqtt(port: int, tally: Tally, stop: threading.Event) -> None:
    """aiomqtt: acknowledges on receipt."""
    import aiomqtt as library

    async def main() -> None:
        async with library.Client("127.0.0.1", port, identifier="bench", clean_session=False) as client:
            await client.subscribe(FILTER, qos=1)

            async def read() -> None:
                async for _ in client.messages:
                    tally.received += 1

            task = asyncio.create_task(read())
            await asyncio.to_thread(stop.wait)
            task.cancel()

    asyncio.run(main())


def gmqtt(port: int, tally: Tally, stop: threading.Event, version: int) -> None:
    """gmqtt, acknowledging when the handler's coroutine ends."""
    import gmqtt as library

    async def main() -> None:
        client = library.Client(
            "bench", clean_session=False, optimistic_acknowledgement=False, receive_maximum=20_000,
            session_expiry_interval=3600,
        )  # fmt: skip
        loop = asyncio.get_running_loop()
        written = [loop.create_future()]

        async def on_message(*_: Any) -> int:
            tally.received += 1
            await written[0]
            return 0

        def write() -> None:
            before, written[0] = written[0], loop.create_future()
            before.set_result(None)
            loop.call_later(BATCH_S, write)

        client.on_message = on_message
        client.on_connect = lambda c, *_: c.subscribe(FILTER, qos=1)
        await client.connect("127.0.0.1", port, version=version)
        write()
        await asyncio.to_thread(stop.wait)
        await client.disconnect()

    asyncio.run(main())


def mqtt5(port: int, tally: Tally, stop: threading.Event) -> None:
    """The Rust codec of mqtt5 under a plain socket loop (MQTT 5 only)."""
    import socket

    import mqtt5 as codec

    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(codec.ConnectPacket("bench", session_expiry_interval=3600, receive_max=20_000).write())
    sock.recv(1024)
    sock.sendall(codec.SubscribePacket(1, [codec.TopicFilter(FILTER, max_qos=codec.QoS.AT_LEAST_ONCE)]).write())
    sock.settimeout(0.01)
    buffer, pending, due = b"", list[int](), time.monotonic() + BATCH_S
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            buffer += sock.recv(1 << 16)
        view, at = memoryview(buffer), 0
        while at < len(buffer):
            try:
                packet, used = codec.read(view[at:])
            except IndexError:  # not complete yet
                break
            at += used
            if isinstance(packet, codec.PublishPacket):
                tally.received += 1
                pending.append(packet.packet_id)
        buffer = buffer[at:]
        if time.monotonic() > due:
            sock.sendall(b"".join([codec.PubAckPacket(packet_id).write() for packet_id in pending]))
            pending.clear()
            due = time.monotonic() + BATCH_S
    sock.close()


CLIENTS: dict[str, Callable[[int, Tally, threading.Event], None]] = {
    "andon 5": lambda p, t, s: andon(p, t, s, 5),
    "andon 3.1.1": lambda p, t, s: andon(p, t, s, 4),
    "gmqtt 5": lambda p, t, s: gmqtt(p, t, s, 5),
    "gmqtt 3.1.1": lambda p, t, s: gmqtt(p, t, s, 4),
    "paho 3.1.1": paho,
    "aiomqtt 3.1.1": aiomqtt,
    "mqtt5 5": mqtt5,
}


def child(name: str, port: int) -> None:
    """In a process of its own: receive until the parent closes stdin, then print the figures."""
    tally, stop = Tally(), threading.Event()

    def watch() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    print("started", flush=True)
    before = time.process_time()
    CLIENTS[name](port, tally, stop)
    print(json.dumps({"received": tally.received, "cpu_s": time.process_time() - before}))


def measure(name: str, seconds: float) -> dict[str, Any]:
    """One client."""
    from bench_ingest import mosquitto  # not above: what it imports would slow the start of the clients

    with tempfile.TemporaryDirectory() as folder, mosquitto(Path(folder)) as (port, _):
        me = [sys.executable, str(Path(__file__))]
        client = subprocess.Popen(
            [*me, "--child", name, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert client.stdout is not None
        client.stdout.readline()
        time.sleep(2.0)  # to import, connect and subscribe
        load = subprocess.run(
            [sys.executable, str(HERE / "load.py"), str(port), "1000", "0", str(seconds)],
            capture_output=True, check=True,
        )  # fmt: skip
        time.sleep(1.5)
        try:
            out, errors = client.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            client.kill()
            out, errors = client.communicate()
        if not out:
            return {"client": name, "failed": errors.decode()[-200:].strip().replace("\n", " ") or "it does not end"}
        sent, found = json.loads(load.stdout), json.loads(out)
        return {
            "client": name,
            "received": found["received"],
            "of": sent["sent"],
            "per_s": round(found["received"] / sent["seconds"]),
            "cpu_us_per_message": round(found["cpu_s"] / max(1, found["received"]) * 1e6, 1),
            "acknowledged": "on receipt" if name.startswith("aiomqtt") else "after the write",
        }


def main() -> None:
    """Run and print."""
    if "--child" in sys.argv:
        child(sys.argv[2], int(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("client", nargs="*", default=list(CLIENTS))
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--json", action="store_true")
    a = parser.parse_args()
    found = [measure(name, a.seconds) for name in a.client]
    if a.json:
        print(json.dumps(found, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    columns = ("client", "received", "of", "per_s", "cpu_us_per_message", "acknowledged")
    table = Table(*(c.replace("_", " ") for c in columns), title="From the broker to acknowledgement, no store")
    for f in found:
        table.add_row(*(str(f.get(c, "")) for c in columns) if "failed" not in f else (f["client"], f["failed"]))
    Console().print(table)


if __name__ == "__main__":
    main()
