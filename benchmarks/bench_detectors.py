"""What a detector costs a message: ``uv run python benchmarks/bench_detectors.py [--signals 8] [--json]``.

Each learns 1,200 rows of made-up signals and scores 20,000 more; figures are CPU time a row, in microseconds, the
median of five runs. The default must stay below 15.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time

from andon_platform.analytics.detection.catalogue import DEFAULT, DETECTORS, detector
from rich.console import Console
from rich.table import Table

LEARN, RUNS = 1_200, 5


def rows(signals: int, count: int, seed: int) -> list[dict[str, float]]:
    """Signals that go together, somewhat."""
    dice, found = random.Random(seed), []
    for _ in range(count):
        load = dice.gauss(0, 1)
        found.append({f"signal_{i}": 10.0 * i + load + dice.gauss(0, 0.3) for i in range(signals)})
    return found


def measure(name: str, signals: int, count: int) -> dict[str, float | str]:
    """One detector."""
    made = detector(name, LEARN)
    for row in rows(signals, LEARN, 1):
        made.learn_one(row)
    scored, took = rows(signals, count, 2), []
    begun = time.process_time()
    made.score_one(scored[0])
    fit = time.process_time() - begun
    for _ in range(RUNS):
        begun = time.process_time()
        for row in scored:
            made.score_one(row)
        took.append((time.process_time() - begun) / count * 1e6)
    return {
        "detector": name + (" (default)" if name == DEFAULT else ""),
        "us_per_row": round(statistics.median(took), 1),
        "fit_ms": round(fit * 1e3, 1),
        "state_bytes": len(json.dumps(made.state())),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, default=8)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = [measure(name, given.signals, given.rows if name != "half-space-trees" else 2_000) for name in DETECTORS]
    if given.json:
        print(json.dumps(found))
        return
    table = Table(*(key.replace("_", " ") for key in found[0]), title=f"{given.signals} signals")
    for row in found:
        table.add_row(*map(str, row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
