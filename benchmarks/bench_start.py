"""How long `andon demo` takes to its first stored value, and what each process needs.

uv run python benchmarks/bench_start.py [--runs 3] [--seconds 20] [--broker auto] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def one_run(seconds: int, broker: str) -> dict[str, Any]:
    """The summary of one demo on a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        summary = Path(folder) / "summary.json"
        command = [sys.executable, "-m", "andon_cli", "demo", "--for", f"{seconds}s", "--broker", broker, "--port", "0"]
        command += ["--data-dir", f"{folder}/demo", "--summary", str(summary)]
        subprocess.run(command, check=True, capture_output=True)
        found: dict[str, Any] = json.loads(summary.read_text())
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--broker", default="auto")
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    console = Console(stderr=True)
    runs = []
    for n in range(wish.runs):
        console.print(f"run {n + 1} of {wish.runs}", style="dim")
        runs.append(one_run(wish.seconds, wish.broker))
    names = list(runs[0]["processes"])
    result = {
        "first_data_s": [r["first_data_s"] for r in runs],
        "rss_mb": {n: statistics.median(r["processes"][n]["rss_mb"] for r in runs) for n in names},
        "cpu_s": {n: statistics.median(r["processes"][n]["cpu_s"] for r in runs) for n in names},
        "seconds": wish.seconds,
    }
    if wish.json:
        print(json.dumps(result))
        return
    table = Table(title=f"andon demo for {wish.seconds} s, median of {wish.runs} runs", box=None)
    for name in ("process", "memory, MB", "CPU, s"):
        table.add_column(name, justify="left" if name == "process" else "right")
    for name in names:
        table.add_row(name, f"{result['rss_mb'][name]:.0f}", f"{result['cpu_s'][name]:.1f}")
    table.add_row("all", f"{sum(result['rss_mb'].values()):.0f}", f"{sum(result['cpu_s'].values()):.1f}")
    Console().print(table)
    first = sorted(result["first_data_s"])
    Console().print(f"first value stored after {first[0]} to {first[-1]} s, median {statistics.median(first)} s")


if __name__ == "__main__":
    main()
