"""A plant with a month of history: ``uv run python benchmarks/bench_month.py [--days 30] [--store duckdb|influxdb]``.

Back-fills a new folder with `andon backfill`, starts `andon demo` on it, and asks its API what pages ask: a chart of
several signals zoomed from an hour to a month, the OEE of a shift and of a week, a shift's energy. Each question is
asked once cold and then again; figures are milliseconds at the client.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from andon_cli.access import find_access
from rich.console import Console
from rich.table import Table

LINE = "polaris/north/cabinets/cabinets-1"
PRESS = f"{LINE}/press-1"
SIGNALS = ["hydraulic_pressure", "oil_temperature", "vibration", "power"]
DAY = 86_400_000_000
REPEATS = 9


def questions(days: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """What to ask; ranges end a day ago, so that nothing of today is in the way, but for the last hour's."""
    chart = {"machine": PRESS, "signal": SIGNALS, "points": 500, "spread": True}
    found: dict[str, tuple[str, dict[str, Any]]] = {
        "chart, 4 signals, last hour (raw)": ("/series", chart | {"start": "-1h"}),
        "chart, 4 signals, a day": ("/series", chart | {"start": "-1d"}),
        "chart, 4 signals, a week": ("/series", chart | {"start": f"-{min(7, days)}d"}),
        "chart, 4 signals, all of it": ("/series", chart | {"start": f"-{days}d"}),
        "states of a machine, a day": ("/states", {"machine": PRESS, "start": "-1d"}),
        "OEE of the line, the last shift": ("/oee", {"place": LINE, "shift": "previous"}),
        "OEE of the line, a week": ("/oee", {"place": LINE, "start": f"-{min(7, days)}d"}),
        "energy of the plant, 8 h": ("/energy", {"place": "polaris", "start": "-8h"}),
    }
    return found


def measure(wish: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Fill, start, ask."""
    began = time.monotonic()
    command = [sys.executable, "-m", "andon_cli", "backfill", f"{wish.days}d", "--data-dir", str(folder), "--json"]
    filled = subprocess.run([*command, "--store", wish.store], capture_output=True, text=True, check=True)
    took = time.monotonic() - began
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    command = [sys.executable, "-m", "andon_cli", "demo", "--data-dir", str(folder), "--port", "0"]
    log = folder.parent / "printed"
    with log.open("wb") as out:
        demo = subprocess.Popen([*command, "--store", wish.store], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        while "/link/" not in log.read_text():
            if demo.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.2)
        time.sleep(5)
        access = find_access(folder)
        asked = {}
        with httpx.Client(base_url=f"{access.url}/api/v1", headers=access.headers, timeout=120) as http:
            for name, (path, parameters) in questions(wish.days).items():
                times = []
                for _ in range(REPEATS + 1):
                    at = time.perf_counter()
                    http.get(path, params=parameters).raise_for_status()
                    times.append(1e3 * (time.perf_counter() - at))
                asked[name] = {
                    "first_ms": times[0],
                    "median_ms": statistics.median(times[1:]),
                    "max_ms": max(times[1:]),
                }
    finally:
        demo.terminate()
        demo.wait(60)
    return {"backfill_s": took, "backfill": json.loads(filled.stdout), "bytes": size, "asked": asked}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--store", choices=["duckdb", "influxdb"], default="duckdb")
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(wish, Path(folder) / "demo")
    if wish.json:
        print(json.dumps(found))
        return
    table = Table(title=f"{wish.days} days of the shipped plant in {wish.store}: milliseconds", box=None)
    for name in ("question", "first", "median", "slowest"):
        table.add_column(name, justify="left" if name == "question" else "right")
    for name, row in found["asked"].items():
        table.add_row(name, *(f"{row[k]:.0f}" for k in ("first_ms", "median_ms", "max_ms")))
    screen = Console()
    screen.print(f"andon backfill {wish.days}d: {found['backfill_s']:.0f} s, {found['bytes'] / 1e6:.0f} MB on disk")
    screen.print(table)


if __name__ == "__main__":
    main()
