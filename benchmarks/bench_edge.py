"""What a thousand machines at 1 Hz cost in one edge process: ``uv run python benchmarks/bench_edge.py``.

A real Mosquitto with TLS and one credential a machine runs beside it; a subscriber settles what arrives, as
ingest does, or (``--real``) the platform's own process does, with DuckDB. Machines are small worlds that say one
value a second, each with its own state, so the figures are those of journal, links and settlement, and not of the
physics.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from andon_cli.processes.ports import free_port
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.broker import BrokerUnderTest, running_broker
from support.edge_process import edge_process
from support.settler import settler
from support.waiting import until


@asynccontextmanager
async def platform_process(broker: BrokerUnderTest, folder: Path) -> AsyncIterator[psutil.Process]:
    """`andon run platform` with DuckDB; its secrets are those of ingest and API."""
    (folder / "platform-secrets").mkdir()
    for name in ("ingest", "api"):
        (folder / "platform-secrets" / name).symlink_to(broker.secrets(name))
    env = os.environ | {
        "ANDON_DATA_DIR": str(folder / "platform"), "ANDON_SECRETS_DIR": str(folder / "platform-secrets"),
        "ANDON_BROKER": "mosquitto", "ANDON_MQTT_HOST": broker.host, "ANDON_MQTT_PORT": str(broker.port),
        "ANDON_LISTEN_PORT": str(free_port()), "ANDON_STORE": "duckdb",
    }  # fmt: skip
    with (folder / "platform.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: ASYNC220
            [sys.executable, "-m", "andon_cli", "run", "platform"], env=env, stdout=log, stderr=log
        )
    try:
        await until(lambda: "ingest is connected" in (folder / "platform.log").read_text(), 60, "the platform")
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def measure(machines: int, seconds: float, folder: Path, real: bool) -> dict[str, float]:
    """Start, wait until all are connected, measure over ``seconds``."""
    paths = [f"bench/north/hall/line-{n // 100}/machine-{n}" for n in range(machines)]
    pause = asyncio.Event()

    async def wait(for_s: float) -> None:
        try:
            async with asyncio.timeout(for_s):
                await pause.wait()
        except TimeoutError:
            return

    with running_broker("mosquitto", folder, paths) as broker:
        settings = {
            "data_dir": str(folder / "edge"), "secrets_dir": str(broker.secrets("edge")),
            "mqtt_host": broker.host, "mqtt_port": broker.port, "poll_s": 2.0,
        }  # fmt: skip
        worlds = {f"w{n}": [path] for n, path in enumerate(paths)}
        what = {"settings": settings, "worlds": worlds, "period_us": 1_000_000}
        status = folder / "edge" / "edge-status.json"
        async with platform_process(broker, folder) if real else settler(broker) as platform:
            begun = time.monotonic()
            with edge_process(folder, what) as process:
                while not status.exists() or json.loads(status.read_text())["connected"] < machines:
                    if process.poll() is not None or time.monotonic() - begun > 300:
                        raise SystemExit((folder / "edge-process.log").read_text()[-2000:])
                    await wait(0.2)
                start_s = time.monotonic() - begun
                await wait(5.0)
                edge = psutil.Process(process.pid)
                before, t = edge.cpu_times(), time.monotonic()
                sent, told = json.loads(status.read_text())["sent"], status.stat().st_mtime
                await wait(seconds)
                after, now = edge.cpu_times(), json.loads(status.read_text())
                span = time.monotonic() - t
                cpu = (after.user + after.system - before.user - before.system) / span
                # the file is written about once a second: what it says holds for its own time
                rate = (now["sent"] - sent) / (status.stat().st_mtime - told)
                found = {
                    "machines": machines, "start_s": round(start_s, 1), "messages_per_s": round(rate, 1),
                    "cpu_cores": round(cpu, 3), "us_per_message": round(cpu / max(rate, 1) * 1e6, 1),
                    "rss_mb": round(edge.memory_info().rss / 1e6, 1), "pending": now["pending"],
                    "resent": now["resent"], "voided": now["voided"], "load_average": round(os.getloadavg()[0], 1),
                }  # fmt: skip
                if isinstance(platform, psutil.Process):
                    times = platform.cpu_times()
                    found["platform_cpu_s"] = round(times.user + times.system, 1)
                    found["platform_rss_mb"] = round(platform.memory_info().rss / 1e6, 1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--real", action="store_true", help="the platform's own process settles, with DuckDB")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(given.machines, given.seconds, Path(folder), given.real))
    if given.json:
        print(json.dumps(found, indent=1))
        return
    table = Table("figure", "value", title="one edge")
    for name, value in found.items():
        table.add_row(name.replace("_", " "), f"{value:,g}")
    Console().print(table)


if __name__ == "__main__":
    main()
