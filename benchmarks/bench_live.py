"""Latency from a machine to the live stream: a sample's own stamp to its arrival at a WebSocket.

    uv run python benchmarks/bench_live.py [--rate 1000] [--seconds 20] [--machines 50] [--readers 1] [--batch] [--json]

Broker (Mosquitto, TLS), machines, the platform (ingest, DuckDB and API in one process, as `andon demo` runs it) and
the reader are four processes on this machine. Every message is stored while the stream runs. The load average
stands beside the figures: other work on the machine shows in the tail.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
from andon_cli.access import admin_token
from andon_cli.processes.brokers import mosquitto_child
from andon_cli.processes.ports import free_port
from andon_cli.processes.system import listening
from andon_contracts.identity import Identity
from andon_security.stock import Stock, prepare
from live_load import path_of
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import connect

HERE = Path(__file__).parent
#: Arrivals of the first seconds are left out: connections and caches are still cold.
WARM_UP_S = 2.0


def wait(true: Any, within_s: float, what: str) -> None:
    """Until it is true."""
    end = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end:
            raise SystemExit(f"{what}: not within {within_s:g} s")
        time.sleep(0.05)


@contextlib.contextmanager
def child(command: list[str], env: dict[str, str], log: Path, cwd: Path | None = None) -> Iterator[Any]:
    """A process that is stopped at the end."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out, cwd=cwd)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def ready(url: str) -> bool:
    """Whether the platform is."""
    try:
        return httpx.get(f"{url}/api/v1/ready", trust_env=False, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


async def read(
    url: str, token: str, batch: bool, arrived: list[tuple[float, float]] | None, stop: asyncio.Event
) -> int:
    """Follow the stream; (arrival in us, latency in ms) of each frame go into ``arrived``. Returns how many frames
    the API says it skipped."""
    address = f"{url.replace('http', 'ws', 1)}/api/v1/live?kinds=telemetry" + ("&batch=1" if batch else "")
    skipped = 0
    async with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None) as socket:
        closing = asyncio.create_task(_close(socket, stop))
        async for text in socket:
            now = time.time_ns() / 1000
            frames = json.loads(text)
            for frame in frames if isinstance(frames, list) else [frames]:
                if frame["type"] == "telemetry" and arrived is not None:
                    arrived.append((now, (now - frame["t"]) / 1e3))
                elif frame["type"] == "skipped":
                    skipped += frame["frames"]
        await closing
    return skipped


async def _close(socket: Any, stop: asyncio.Event) -> None:
    await stop.wait()
    await socket.close()


async def measure(url: str, token: str, load: list[str], readers: int, batch: bool) -> dict[str, Any]:
    """Start the load, read until it has ended."""
    publisher = await asyncio.create_subprocess_exec(*load, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=HERE)
    assert publisher.stdin is not None and publisher.stdout is not None
    await publisher.stdout.readline()
    stop, arrived = asyncio.Event(), list[tuple[float, float]]()
    reading = [asyncio.create_task(read(url, token, batch, arrived if n == 0 else None, stop)) for n in range(readers)]
    # births are known and the machines' first messages not yet there: begin
    await asyncio.sleep(2)
    publisher.stdin.write(b"go\n")
    await publisher.stdin.drain()
    out = await publisher.stdout.read()
    await publisher.wait()
    await asyncio.sleep(1)
    stop.set()
    skipped = await asyncio.gather(*reading)
    sent = json.loads(out.splitlines()[-1])
    begun = arrived[0][0] + WARM_UP_S * 1e6
    times = sorted(ms for at, ms in arrived if at > begun)

    def part(p: float) -> float:
        return round(times[min(len(times) - 1, int(len(times) * p))], 1)

    return {
        "sent": sent["sent"],
        "arrived": len(arrived),
        "skipped": skipped[0],
        "p50_ms": part(0.5),
        "p90_ms": part(0.9),
        "p99_ms": part(0.99),
        "p99_9_ms": part(0.999),
        "max_ms": round(times[-1], 1),
        "publisher_behind_ms": round(sent["behind_ms"], 1),
    }


def run(a: argparse.Namespace) -> dict[str, Any]:
    """One run."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        prepare(folder / "secrets", [Identity.parse(path_of(n)) for n in range(a.machines)])
        stock = Stock(folder / "secrets")
        broker = mosquitto_child(stock, folder / "broker", free_port())
        stack.enter_context(child(broker.command, dict(os.environ), folder / "broker.log", broker.cwd))
        wait(lambda: listening(broker.host, broker.port), 20, "the broker")
        port = free_port()
        env = dict(os.environ) | {
            "ANDON_DATA_DIR": str(folder / "platform"),
            "ANDON_SECRETS_DIR": str(folder / "secrets"),
            "ANDON_MQTT_HOST": broker.host,
            "ANDON_MQTT_PORT": str(broker.port),
            "ANDON_LISTEN_PORT": str(port),
            "ANDON_LOG_LEVEL": "warning",
        }
        command = [sys.executable, *a.python, "-m", "andon_cli", "run", "platform"]
        platform = stack.enter_context(child(command, env, folder / "platform.log"))
        url = f"http://127.0.0.1:{port}"
        wait(lambda: ready(url), 60, "the platform")
        token = admin_token(stock.folder("api") / "signing-key")
        load = [sys.executable, "live_load.py", broker.host, str(broker.port), str(stock.folder("edge"))]
        load += [str(a.machines), str(a.rate), str(a.seconds)]
        before = psutil.Process(platform.pid).cpu_times()
        found = asyncio.run(measure(url, token, load, a.readers, a.batch))
        after = psutil.Process(platform.pid).cpu_times()
        used = after.user + after.system - before.user - before.system
        headers = {"Authorization": f"Bearer {token}"}
        flow = httpx.get(f"{url}/api/v1/flow", headers=headers, trust_env=False, timeout=20).json()
        return {
            **found,
            "stored": flow["stored"],
            "platform_cpu_us_per_message": round(used / found["sent"] * 1e6, 1),
            "load_average": round(psutil.getloadavg()[0], 1),
            "rate_per_s": a.rate,
            "machines": a.machines,
            "readers": a.readers,
        }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=1000.0, help="messages a second of 6 values")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--machines", type=int, default=50)
    parser.add_argument("--readers", type=int, default=1, help="WebSockets; the first one is measured")
    parser.add_argument("--batch", action="store_true", help="the stream in batches, as the console reads it")
    parser.add_argument("--python", action="append", default=[], help="an option of the platform's interpreter")
    parser.add_argument("--json", action="store_true")
    a = parser.parse_args()
    found = run(a)
    if a.json:
        print(json.dumps(found, indent=2))
        return
    table = Table("figure", "value", title="machine to live stream")
    for key, value in found.items():
        table.add_row(key.replace("_", " "), f"{value:,}")
    Console().print(table)


if __name__ == "__main__":
    main()
