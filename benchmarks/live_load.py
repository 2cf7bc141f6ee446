"""Machines for the benchmark of the live stream: TLS, one connection and credential each, MQTT 3.1.1 QoS 1.

    python benchmarks/live_load.py HOST PORT SECRETS MACHINES RATE SECONDS

``SECRETS`` is the edge's folder. Publishes births, prints ``ready``, waits for a line on its input, then publishes
RATE messages a second of 6 values each, evenly over MACHINES, without waiting for acknowledgements, and prints one
JSON line. A sample's stamp is taken just before its message is written to the socket.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from andon_security.mqtt import load_credential, tls_context
from load import SIGNALS, birth, packet, text


def path_of(n: int) -> str:
    """The n-th machine's path."""
    return f"bench/north/hall/line-{n // 50}/machine-{n}"


class Machine:
    """A connected machine."""

    def __init__(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.path, self._reader, self._writer = path, reader, writer
        self.sent = self.acknowledged = 0
        self._epoch = time.time_ns() // 1000
        self._topic = text(f"andon/v1/{path}/telemetry")

    @classmethod
    async def connect(cls, host: str, port: int, secrets: Path, path: str) -> Machine:
        """Connected and born."""
        who = load_credential(secrets / "devices" / f"{path}.json")
        reader, writer = await asyncio.open_connection(host, port, ssl=tls_context(secrets), server_hostname=host)
        body = text("MQTT") + b"\x04\xc2\x00\x78" + text(path) + text(who.username) + text(who.password)
        writer.write(packet(0x10, body))
        answer = await reader.readexactly(4)
        if answer[3]:
            raise SystemExit(f"the broker refuses {path}: reason {answer[3]}")
        writer.write(packet(0x31, text(f"andon/v1/{path}/birth") + birth(path)))
        return cls(path, reader, writer)

    def publish(self) -> None:
        """One message, stamped now."""
        self.sent += 1
        values = ",".join(f'"{s}":{100 + (self.sent * 7 + k * 17) % 97 / 9.7:.2f}' for k, s in enumerate(SIGNALS))
        head = f'{{"v":1,"machine":"{self.path}","epoch":{self._epoch},"seq":{self.sent},"samples":[{{"t":'
        stamp = time.time_ns() // 1000
        payload = f'{head}{stamp},"values":{{{values}}}}}]}}'.encode()
        number = (self.sent % 65535 + 1).to_bytes(2, "big")
        self._writer.write(packet(0x32, self._topic + number + payload))

    async def count(self, ended: asyncio.Event) -> None:
        """Count acknowledgements until the last one after the end."""
        while not (ended.is_set() and self.acknowledged >= self.sent):
            await self._reader.readexactly(4)
            self.acknowledged += 1


async def main() -> None:
    """Publish."""
    host, port, secrets = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    count, rate, seconds = int(sys.argv[4]), float(sys.argv[5]), float(sys.argv[6])
    machines = [await Machine.connect(host, port, secrets, path_of(n)) for n in range(count)]
    ended = asyncio.Event()
    counters = [asyncio.create_task(m.count(ended)) for m in machines]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    started, sent, late = time.perf_counter(), 0, 0.0
    while (elapsed := time.perf_counter() - started) < seconds:
        due = int(rate * elapsed)
        if due > sent:
            late = max(late, (due - sent) / rate)
        while sent < due:
            machines[sent % count].publish()
            sent += 1
        await asyncio.sleep(0.001)
    took = time.perf_counter() - started
    ended.set()
    _, late_ones = await asyncio.wait(counters, timeout=20)
    for counter in late_ones:
        counter.cancel()
    await asyncio.gather(*counters, return_exceptions=True)
    acknowledged = sum(m.acknowledged for m in machines)
    print(json.dumps({"sent": sent, "acknowledged": acknowledged, "seconds": took, "behind_ms": late * 1e3}))


if __name__ == "__main__":
    asyncio.run(main())
