"""How many machines one core simulates: each of eight signals at 1 Hz, with its state saved every second.

Run it with ``uv run python benchmarks/bench_simulation.py [--machines 1000] [--seconds 20] [--json]``.
What is measured is the simulation alone: samples, events, wear and the dump of the state. The journal and MQTT
come on top.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from andon_contracts.messages import Telemetry
from andon_contracts.plant_clock import PlantClock
from andon_edge.library import load_library
from andon_edge.library.templates import type_text
from andon_edge.simulation import build
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
START, SECOND = 1_764_000_000_000_000, 1_000_000


def measure(machines_dir: Path, plants_dir: Path, seconds: int) -> dict[str, float]:
    """CPU time of a run at pace 1 in the rhythm of the edge: advance and dump once a second."""
    begun = time.process_time()
    library = load_library(machines_dir, plants_dir)
    loaded = time.process_time() - begun
    begun = time.process_time()
    worlds = [build(spec, 1) for spec in library.worlds.values()]
    clock = PlantClock.starting(START, 1.0)
    for world in worlds:
        world.advance(clock, START)
    started = time.process_time() - begun
    samples = values = messages = state = 0
    living = dumping = 0.0
    for second in range(1, seconds + 1):
        begun = time.process_time()
        said = [world.advance(clock, START + second * SECOND) for world in worlds]
        middle = time.process_time()
        state = sum(len(data) for world in worlds for data in world.dump().values())
        dumping += time.process_time() - middle
        living += middle - begun
        for messages_of in said:
            messages += len(messages_of)
            for message in messages_of:
                if isinstance(message, Telemetry):
                    samples += len(message.samples)
                    values += sum(len(s.values) for s in message.samples)
    machines = sum(len(world.machines()) for world in worlds)
    cpu = living + dumping
    return {
        "machines": machines,
        "load_s": round(loaded, 2),
        "start_s": round(started, 2),
        "messages": messages,
        "samples": samples,
        "values_per_sample": round(values / samples, 1),
        "us_per_sample": round(living / samples * 1e6, 1),
        "us_per_dump": round(dumping / machines / seconds * 1e6, 1),
        "state_bytes_per_machine": round(state / machines),
        "core_share": round(cpu / seconds, 3),
        "machines_per_core": round(machines / (cpu / seconds)),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        machines = Path(folder) / "machines"
        (machines / "types").mkdir(parents=True)
        (machines / "types" / "lathe.yaml").write_text(type_text("lathe"))
        for i in range(chosen.machines):
            (machines / f"lathe-{i}.yaml").write_text("type: lathe\nline: bench/site/hall/line\n")
        rows = {
            f"{chosen.machines} machines alone": measure(machines, Path(folder) / "plants", chosen.seconds),
            "the shipped plant": measure(ROOT / "machines", ROOT / "plants", chosen.seconds),
        }
    if chosen.json:
        print(json.dumps(rows))
        return
    table = Table("", *rows, box=None, header_style="bold")
    for figure in next(iter(rows.values())):
        table.add_row(figure.replace("_", " "), *(f"{row[figure]:g}" for row in rows.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
