"""The shipped library and a second plant of another enterprise, in a folder that a test may change."""

from __future__ import annotations

import re
from pathlib import Path

from support.morning import MORNING
from support.shipped import copy_shipped

_AURORA = f"""\
enterprise: aurora
title: Plant South
product: freezer
serials: AU
products:
  - {{name: chest, title: Chest, work: 1.0, weight: 1}}
sites:
  - site: south
    title: Plant South
    latitude: 37.4
    longitude: -6.0
    time_zone: {MORNING}
    lines:
      - line: line-1
        area: hall
        title: Line A, freezers
        stations:
          - {{machine: press-s, feeds: [foam-s], buffer: 3, carries: panels}}
          - {{machine: foam-s, feeds: [pack-s], buffer: 3, carries: cabinets}}
          - {{machine: pack-s, carries: packed units}}
"""
_MACHINES = {"press-s": "sheet-metal-press", "foam-s": "foaming-press", "pack-s": "packer"}
#: Machines of the shipped plant, and of the second one.
POLARIS, AURORA = 16, len(_MACHINES)


def two_plants(folder: Path) -> tuple[Path, Path]:
    """Write the library below ``folder``; gives (machines, plants)."""
    machines, plants = copy_shipped(folder)
    shipped = plants / "polaris.yaml"
    text = shipped.read_text(encoding="utf-8")
    assert "time_zone: Europe/Berlin" in text
    text = text.replace("Europe/Berlin", MORNING)
    # and no break: at a quick pace one comes in the midst of a test, and nobody is asked why a machine stands in it
    text, breaks = re.subn(r"breaks: \[\[.*\]\]", "breaks: []", text)
    assert breaks
    shipped.write_text(text, encoding="utf-8")
    (plants / "aurora.yaml").write_text(_AURORA, encoding="utf-8")
    for name, kind in _MACHINES.items():
        add_machine(machines, name, kind, "aurora/south/hall/line-1")
    return machines, plants


def add_machine(machines: Path, name: str, kind: str, line: str) -> None:
    """Write a machine's file as an editor would: whole, at once."""
    draft = machines / f".{name}.draft"
    draft.write_text(f"type: {kind}\nline: {line}\n", encoding="utf-8")
    draft.replace(machines / f"{name}.yaml")
