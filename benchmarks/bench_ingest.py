"""Messages a second from the broker into each store, acknowledged after the write.

    uv run python benchmarks/bench_ingest.py [--store duckdb|influxdb|memory] [--rate 10000] [--seconds 20] [--plain]

Broker, load, ingest and store share this machine. The broker is Mosquitto as Andon configures it, with TLS,
users, and 1,000 messages in flight; ``--plain`` takes one without any of that.
``cpu us/message`` is ingest's process alone; ``store cpu`` is influxd's. The sender counts what it published;
the store counts what it holds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
from andon_cli.processes.ports import free_port
from andon_contracts.topics import PREFIX
from andon_platform.data.duckdb import DuckDBStore
from andon_platform.data.influxdb import InfluxDBStore
from andon_platform.data.memory import MemoryStore
from andon_platform.data.port import TelemetryStore
from andon_platform.ingest import IngestConfig, IngestService
from andon_security.brokers.connect import broker_admin
from andon_security.files import new_password, write_json
from andon_security.grants import Grant
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent


@contextlib.contextmanager
def mosquitto(folder: Path) -> Any:
    """A broker on a free port, loopback, open to all."""
    port, path = free_port(), folder / "mosquitto.conf"
    path.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 20000\nmax_queued_messages 200000\n"
    )
    binary = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    process = subprocess.Popen([binary, "-c", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield port, process
    finally:
        process.terminate()
        process.wait()


@contextlib.asynccontextmanager
async def broker_of(plain: bool, folder: Path) -> AsyncIterator[tuple[int, psutil.Process, Path | None, Path | None]]:
    """(port, process, ingest's secrets, the load's secrets)."""
    if plain:
        with mosquitto(folder) as (port, process):
            yield port, psutil.Process(process.pid), None, None
        return
    sys.path.insert(0, str(HERE.parent / "tests"))
    from support.broker import running_broker

    with running_broker("mosquitto", folder) as broker:
        assert broker.process is not None
        load, password = folder / "load", new_password()
        load.mkdir()
        shutil.copy(broker.secrets("ingest") / "ca.pem", load)
        write_json(load / "mqtt.json", {"username": "load", "password": password})
        everywhere = tuple(f"{PREFIX}/bench/+/+/+/+/{channel}" for channel in ("birth", "telemetry"))
        admin = broker_admin("mosquitto", broker.secrets("api"), broker.host, broker.port, None)
        await admin.grant(Grant("load", publish=everywhere), password)
        yield broker.port, psutil.Process(broker.process.pid), broker.secrets("ingest"), load


@contextlib.asynccontextmanager
async def store_of(kind: str, folder: Path) -> AsyncIterator[tuple[TelemetryStore, psutil.Process | None]]:
    """An empty store, and its server's process."""
    if kind == "influxdb":
        sys.path.insert(0, str(HERE.parent / "tests"))
        from support.influx import running_influx

        with running_influx(folder / "influx") as server:
            store: TelemetryStore = InfluxDBStore(server.url, server.token)
            await store.open()
            yield store, psutil.Process(server.process.pid) if server.process else None
            await store.close()
        return
    store = DuckDBStore(folder / "store") if kind == "duckdb" else MemoryStore()
    await store.open()
    yield store, None
    await store.close()


def cpu(process: psutil.Process | None) -> float:
    """Seconds of CPU so far."""
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


async def drained(service: IngestService, sent: int) -> None:
    """Wait, at most a minute, until as many messages are stored."""
    pause, deadline = asyncio.Event(), time.perf_counter() + 60
    while service.stats.messages < sent and time.perf_counter() < deadline:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(pause.wait(), 0.01)


async def run(kind: str, rate: float, seconds: float, machines: int, plain: bool) -> dict[str, Any]:
    """One run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with broker_of(plain, folder) as (port, broker, ours, theirs):  # noqa: SIM117
            async with store_of(kind, folder) as (store, server):
                config = IngestConfig("127.0.0.1", port, ours, client_id="ingest", protocol=5)
                service = IngestService(config, store)
                async with service:
                    await service.ready.wait()
                    me = psutil.Process()
                    before = cpu(me), cpu(server), cpu(broker)
                    command = [sys.executable, str(HERE / "load.py"), *map(str, (port, machines, rate, seconds))]
                    command += ["127.0.0.1", str(theirs)] if theirs else []
                    started = time.perf_counter()
                    load = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
                    out, _ = await load.communicate()
                    asked, sent = time.perf_counter() - started, json.loads(out)
                    await drained(service, sent["sent"])
                    took = time.perf_counter() - started
                    startup = max(0.0, asked - sent["seconds"])  # the sender's own interpreter, not the way
                    stored = service.stats.messages
                    health = await store.health()
                    stats = service.stats
                    return {
                        "store": kind,
                        "offered_per_s": round(sent["sent"] / sent["seconds"]),
                        "sent": sent["sent"],
                        "stored": stored,
                        "in_store": health.counts["messages"],
                        "stored_per_s": round(stored / (took - startup)),
                        "seconds": round(took, 2),
                        "drain_s": round(took - asked, 2),
                        "cpu_us_per_message": round((cpu(me) - before[0]) / stored * 1e6, 1),
                        "store_cpu_us_per_message": round((cpu(server) - before[1]) / stored * 1e6, 1),
                        "broker_cpu_us_per_message": round((cpu(broker) - before[2]) / stored * 1e6, 1),
                        "batches": stats.batches,
                        "messages_per_batch": round(stored / max(1, stats.batches)),
                        "write_ms": round(stats.write_s.total / max(1, stats.batches) * 1e3, 1),
                        "settle_ms": round(stats.settle_s.total / max(1, stats.batches) * 1e3, 1),
                        "redelivered": stats.redelivered,
                        "transit_ms": round(stats.transit_s.total / max(1, sum(stats.transit_s.counts)) * 1e3, 1),
                        "load_average": os.getloadavg()[0],
                        "rss_mb": round(me.memory_info().rss / 1e6),
                    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", action="append", choices=["memory", "duckdb", "influxdb"])
    parser.add_argument("--rate", type=float, default=10_000, help="messages a second; 0: as fast as it goes")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--machines", type=int, default=1_000)
    parser.add_argument("--plain", action="store_true", help="a broker without TLS, users and bounds")
    parser.add_argument("--json", action="store_true")
    a = parser.parse_args()
    kinds = a.store or ["duckdb", *(["influxdb"] if shutil.which("influxd") else [])]
    found = [asyncio.run(run(kind, a.rate, a.seconds, a.machines, a.plain)) for kind in kinds]
    if a.json:
        print(json.dumps(found, indent=2))
        return
    table = Table("figure", *kinds, title=f"{a.machines} machines, 6 values a message")
    for key in list(found[0])[1:]:
        table.add_row(key.replace("_", " "), *(f"{f[key]:,}" for f in found))
    Console().print(table)


if __name__ == "__main__":
    main()
