"""A library of machines' files that is small enough to read: folders as `andon` takes them, with a type and a plant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: A type in three lines.
SAW = "title: Saw\noperations: {cut: {cycle_s: 30}}\nsignals: {speed: {unit: /min, range: [0, 9], value: 3}}\n"
#: Two stations, one behind the other.
TWO_SAWS = ("{machine: saw-1, feeds: [saw-2], carries: beams}", "{machine: saw-2}")


def plant_text(*stations: str, enterprise: str = "acme", site: str = "north", line: str = "line-1") -> str:
    """A plant's file of one line: ``site`` stands in line 3, the stations from line 10 on."""
    head = f"enterprise: {enterprise}\nsites:\n  - site: {site}\n    latitude: 50\n    longitude: 10\n    lines:\n"
    head += f"      - line: {line}\n        area: hall\n        stations:\n"
    return head + "".join(f"          - {station}\n" for station in stations)


def write_library(
    folder: Path,
    *,
    types: Mapping[str, str] | None = None,
    machines: Mapping[str, str] | None = None,
    plants: Mapping[str, str] | None = None,
) -> tuple[Path, Path]:
    """(machines, plants) below ``folder``. ``types`` and ``plants`` map names to texts; ``machines``, all of the first
    type, to what stands behind ``line:``, such as ``line-1``; more lines may follow it."""
    machines_dir, plants_dir = folder / "machines", folder / "plants"
    (machines_dir / "types").mkdir(parents=True)
    plants_dir.mkdir()
    for name, text in (types or {}).items():
        (machines_dir / "types" / f"{name}.yaml").write_text(text)
    kind = next(iter(types or ("saw",)))
    for name, line in (machines or {}).items():
        (machines_dir / f"{name}.yaml").write_text(f"type: {kind}\nline: {line}\n")
    for name, text in (plants or {}).items():
        (plants_dir / f"{name}.yaml").write_text(text)
    return machines_dir, plants_dir
